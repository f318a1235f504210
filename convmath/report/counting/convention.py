"""A convention: what a tool counts, told as its departures from our MACs, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.bound import is_known, known_part
from ...core.size import exact_div, is_one
from ...layers.composite import Composite
from ..once import once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...core.cost import Cost
    from ...core.shape import Shape
    from ...core.size import Size
    from ...layers.base import Layer
    from ..analysis import Report
    from ..row import Row


class Rule(NamedTuple):
    """One way in which a tool departs from our MACs, in words, and by how much for a layer."""

    says: str
    amount: Callable[[Any, tuple[Shape, ...], tuple[Shape, ...], Cost], Size]
    """From a layer, its inputs, its outputs and its cost, what the tool has more (or less, below 0)."""


class Convention(NamedTuple):
    """What one tool counts: for each family of layers it knows, its departures from our MACs.

    The first family that a layer belongs to holds. A layer of no family is not known to the tool and counts 0, unless
    it is a chain of layers, whose parts are then looked up. Of an operator that we do not know either nothing is told.
    """

    name: str
    tool: str
    """The tool, the version whose results the tests hold, and what of it gives the number."""
    unit: str
    """MACs or FLOPs, as the tool calls them."""
    families: Mapping[type[Layer], tuple[Rule, ...]]
    shares: bool = False
    """Whether the tool tells of one sample: the total over the batch's size."""


class Departure(NamedTuple):
    """What one rule makes of one layer."""

    says: str
    amount: Size


class CountedRow(NamedTuple):
    """A layer's MACs, and how the tool departs from them."""

    row: Row
    departures: tuple[Departure, ...]

    @property
    def count(self) -> Size:
        """What the tool counts for the layer."""
        return self.row.cost.macs + sum(departure.amount for departure in self.departures)


UNKNOWN = "layers that it does not know"
SAMPLE = "one sample of the batch is told of"


class Counted(NamedTuple):
    """A report counted by another tool's convention.

    >>> from convmath.zoo.resnet import resnet50
    >>> counted = resnet50().analyze().counted_like("thop")
    >>> counted.total, counted.unit
    (4133742592, 'MACs')
    """

    convention: Convention
    report: Report
    by_name: dict[str, CountedRow]

    @property
    def rows(self) -> tuple[CountedRow, ...]:
        """Every layer, in order."""
        return tuple(self.by_name.values())

    @property
    def unit(self) -> str:
        """MACs or FLOPs, as the tool calls them."""
        return self.convention.unit

    @property
    def total(self) -> Size:
        """What the tool prints for the whole network; at least so much beside an operator that nobody knows."""
        return self.report.totals.macs + sum(departure.amount for departure in self.departures)

    @property
    def departures(self) -> tuple[Departure, ...]:
        """The rules by which total and our MACs differ, each with its sum over all layers."""
        sums: dict[str, Size] = {}
        for counted in self.rows:
            for says, amount in counted.departures:
                sums[says] = sums.get(says, 0) + amount
        return tuple(Departure(says, amount) for says, amount in sums.items()) + self._sample(sums)

    def _sample(self, sums: dict[str, Size]) -> tuple[Departure, ...]:
        batch = next(iter(self.report.inputs.values()))[0]
        if not self.convention.shares or is_one(batch):
            return ()
        whole = known_part(self.report.totals.macs) + sum(sums.values())
        return (Departure(SAMPLE, exact_div(whole, batch) - whole),)

    @property
    def uncounted(self) -> dict[str, int]:
        """The types of layers that work and count 0 here, each with how many there are."""
        found: dict[str, int] = {}
        for counted in self.rows:
            if not _is_zero(counted.row.cost.flops) and _is_zero(counted.count):
                found[counted.row.op] = found.get(counted.row.op, 0) + 1
        return found

    def of(self, row: Row) -> Size:
        """What the tool counts for a row of the report, be it a folded block."""
        if row.layer is not None:
            return self.by_name[row.name].count
        inside, rows = f"{row.name}.", self.by_name.items()
        return sum(counted.count for name, counted in rows if name == row.name or name.startswith(inside))

    @property
    def notes(self) -> tuple[str, ...]:
        """Whose convention it is, and what counts 0 in it."""
        name, tool = self.convention.name, self.convention.tool
        nothing = ", ".join(f"{op} ({many})" for op, many in self.uncounted.items())
        return (f"{name} is {tool}.", *([f"{name} counts 0 for {nothing}."] if nothing else []))


def _is_zero(count: Size) -> bool:
    return type(count) is int and count == 0


def counted_like(report: Report, convention: Convention) -> Counted:
    """All layers of a report, shown or not, counted by a convention."""
    known: dict[object, tuple[Departure, ...]] = {}

    def told(row: Row) -> CountedRow:
        assert row.layer is not None
        layer, x, y, cost = row.layer, row.inputs, row.outputs, row.cost
        made = once(known, (layer, x), lambda: tuple(_departures(convention, layer, x, y, cost)))
        return CountedRow(row, made)

    return Counted(convention, report.whole, {row.name: told(row) for row in report.whole.rows})


def _departures(
    convention: Convention, layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], cost: Cost
) -> Iterator[Departure]:
    """What is not 0 of all that the rules say of one layer."""
    rules = next((rules for family, rules in convention.families.items() if isinstance(layer, family)), None)
    if rules is None and isinstance(layer, Composite):
        for _, part, x, y in layer.steps(inputs):
            yield from _departures(convention, part, x, y, part.facts(*x).cost)
        return
    if rules is None and not is_known(cost.macs):
        return
    found = (
        [Departure(UNKNOWN, -cost.macs)]
        if rules is None
        else [Departure(rule.says, rule.amount(layer, inputs, outputs, cost)) for rule in rules]
    )
    yield from (departure for departure in found if not _is_zero(departure.amount))
