"""Designs: the networks of a sweep, each built once for all the sizes that can stay symbols."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, ParameterError
from ..core.size import larger
from ..symbolic.polynomial import symbols
from ..symbolic.proposition import Proposition
from .axis import Axis, tied
from .compiled import Compiled
from .measures import formulas

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ..report.analysis import Report
    from .measures import Measure

    Build = Callable[[dict[str, Any]], Report]
    """An analysed network for values, or symbols, of everything that is varied."""


class Variant(NamedTuple):
    """One structure: its values, and what is measured of it as functions of the sizes that stayed symbols."""

    values: Mapping[str, Any]
    measured: Compiled
    """The measures, and behind them what each demand of the network leaves over: below 0 it is not met."""
    measures: tuple[str, ...]
    demands: tuple[str, ...]


class Designs:
    """Axes told apart: `open` ones are symbols in the network's formulas, for each value of the others it is built.

    Of the names in `anew` every value is another network, though it could be built with a symbol.

    >>> from convmath.plan.axis import parse_axis
    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.resnet import resnet18
    >>> def build(values):
    ...     return resnet18(width=values["width"]).analyze((1, 3, values["H"], 224))
    >>> [axis.name for axis in Designs(build, (parse_axis("width=16:64:16"), parse_axis("H=64:256:32"))).open]
    ['width', 'H']
    """

    def __init__(self, build: Build, axes: tuple[Axis, ...], anew: Collection[str] = ()) -> None:
        self.axes = axes
        self._build = build
        self._ties = [axis for axis in axes if axis.formula]
        free = [axis for axis in axes if not axis.formula]
        candidates = [
            axis for axis in free if axis.name not in anew and all(type(value) is int for value in axis.values)
        ]
        if not self._takes(candidates, free):
            candidates = [axis for axis in candidates if self._takes([axis], free)]
        self.open: tuple[Axis, ...] = tuple(candidates)
        self.closed: tuple[Axis, ...] = tuple(axis for axis in free if axis not in candidates)

    def _takes(self, candidates: Sequence[Axis], free: Sequence[Axis]) -> bool:
        """Whether the network can be built with symbols for these axes, and the first value of each other."""
        try:
            self._built({axis.name: axis.values[0] for axis in free}, candidates)
        except ConvmathError:
            return False
        return True

    def _built(self, values: Mapping[str, Any], opened: Sequence[Axis]) -> Report:
        given = {**values, **{axis.name: symbols(axis.name, min(axis.values[0], 1)) for axis in opened}}
        return self._build(given | {axis.name: tied(axis, given) for axis in self._ties})

    @property
    def count(self) -> int:
        """How many structures there are."""
        return prod(len(axis.values) for axis in self.closed)

    def variant(self, number: int, measures: Sequence[Measure]) -> Variant | ConvmathError:
        """One structure, by its place in the order of the closed axes; the error of one that cannot be built."""
        chosen = []
        for axis in reversed(self.closed):
            number, place = divmod(number, len(axis.values))
            chosen.append((axis.name, axis.values[place]))
        values = dict(reversed(chosen))
        try:
            report = self._built(values, self.open)
        except ConvmathError as error:
            return error
        return self._variant(values, report, measures)

    def _variant(self, values: dict[str, Any], report: Report, measures: Sequence[Measure]) -> Variant:
        found = dict(formulas(report, measures))
        opened = {axis.name: symbols(axis.name, min(axis.values[0], 1)) for axis in self.open}
        ties = {axis.name: tied(axis, {**values, **opened}) for axis in self._ties}
        clash = next((name for name in found if name in ties or name in values or name in opened), None)
        if clash:
            raise ParameterError(f"{clash} is varied and measured (rename the symbol)")
        margins = _margins(report)
        return Variant(values, Compiled({**ties, **found, **margins}), tuple(found), tuple(margins))


def _margins(report: Report) -> dict[str, Any]:
    """What every demand that the sizes leave open has left over: 0 or more where it is met."""
    found: dict[str, Any] = {}
    for row in report.whole.rows:
        for condition in row.conditions:
            if isinstance(condition.verdict, Proposition):
                found.setdefault(f"{row.name}: {condition.claim}", _margin(condition.verdict))
    return found


def _margin(proposition: Proposition) -> Any:
    """0 or more where a proposition holds, below 0 where it does not; of a tuple the largest."""
    left, right = proposition.left, proposition.right
    if proposition.relation == "≥":
        return left - right
    ways = [(left, right)] if proposition.relation == "=" else [(left, right), (left, 1), (right, 1)]
    return tuple(-larger(a - b, b - a) for a, b in ways)
