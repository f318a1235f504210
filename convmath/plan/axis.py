"""Axes: what a sweep varies, and through which values."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FormulaError, ParameterError, ParseError, show
from ..core.size import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RANGE = re.compile(r"(?P<first>[0-9]+):(?P<last>[0-9]+)(:(?P<step>[0-9]+))?")

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")

MOST_CELLS = 10**12
"""Designs of a sweep; more would take days."""

EXAMPLE = "write for example width=16:128:8, depth=2,3,4 or W=H"


class Axis(NamedTuple):
    """A name and the values that it takes, or the formula over other axes that says its value."""

    name: str
    values: Sequence[Any]
    formula: str = ""

    def __str__(self) -> str:
        return f"{self.name}={self.formula or self._told}"

    @property
    def _told(self) -> str:
        values = self.values
        if isinstance(values, range):
            return f"{values[0]}:{values[-1]}:{values.step}"
        return ",".join(map(str, values))


def parse_axis(text: str) -> Axis:
    """The axis that a text states: NAME=FIRST:LAST:STEP with both ends, NAME=A,B,C, or NAME=FORMULA over others.

    >>> parse_axis("width=16:32:8").values, parse_axis("W=H").formula
    (range(16, 33, 8), 'H')
    """
    name, equals, told = (part.strip() for part in text.partition("="))
    if not equals or not NAME.fullmatch(name) or not told:
        raise ParseError(f"{show(text)} is no axis ({EXAMPLE})")
    found = RANGE.fullmatch(told)
    if found is not None:
        return Axis(name, _range(name, *(int(found[part] or 1) for part in ("first", "last", "step"))))
    parts = told.split(",")
    if ":" in told:
        raise ParseError(f"{name}: {show(told)} is no range of integers ({EXAMPLE})")
    values = [_value(name, part.strip()) for part in parts]
    if len(parts) == 1 and values[0] is None:
        return Axis(name, (), told)
    if None in values:
        raise ParseError(f"{name}: {show(parts[values.index(None)].strip())} is no value ({EXAMPLE})")
    return Axis(name, tuple(dict.fromkeys(values)))


def _range(name: str, first: int, last: int, step: int) -> range:
    if not step or last < first or last > LARGEST:
        wrong = "a step of 0" if not step else f"{last} after {first}" if last < first else f"{last}, above 10^18"
        raise ParameterError(f"{name}: the range has {wrong} (write FIRST:LAST:STEP, such as 16:128:8)")
    return range(first, last + 1, step)


def _value(name: str, text: str) -> Any:
    """A value that is written out; None for a formula over names."""
    from ..layers.parse import parse_value

    if not text:
        raise ParseError(f"{name}: a value is missing between commas ({EXAMPLE})")
    try:
        return parse_value(text, {})
    except ConvmathError:
        return None


def checked_axes(axes: Iterable[Axis]) -> tuple[Axis, ...]:
    """Axes that can be swept: no name twice, formulas over axes that have values, cells that can be counted.

    >>> checked_axes([parse_axis("H=1:2000000"), parse_axis("W=1:2000000")])
    Traceback (most recent call last):
    convmath.core.errors.ParameterError: the sweep has 4·10^12 designs, and at most 10^12 are swept (take larger steps)
    """
    settled = tuple(axes)
    names = [axis.name for axis in settled]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{name} is varied twice (give it one range)")
    if not any(len(axis.values) for axis in settled):
        raise ParameterError(f"nothing is varied ({EXAMPLE})")
    cells = prod(len(axis.values) for axis in settled if not axis.formula)
    if cells > MOST_CELLS:
        raise ParameterError(f"the sweep has {_powers(cells)} designs, and at most 10^12 are swept (take larger steps)")
    _check_formulas(settled)
    return settled


def _powers(count: int) -> str:
    """A count rounded to one digit, with its power of ten."""
    power = len(str(count)) - 1
    return f"{count // 10**power}·10^{power}"


def _check_formulas(axes: tuple[Axis, ...]) -> None:
    known = {axis.name: 1 for axis in axes if not axis.formula}
    for axis in axes:
        if axis.formula:
            try:
                tied(axis, known)
            except FormulaError:
                pass  # as for 1: other values tell
            except ConvmathError as error:
                raise ParseError(f"{axis.name}: {error} ({EXAMPLE})") from None


def tied(axis: Axis, values: dict[str, Any]) -> Any:
    """What the formula of an axis makes of the values, or symbols, of others."""
    from ..symbolic.parse import parse_formula

    return parse_formula(axis.formula, values)


def values_of(axis: Axis, axes: Sequence[Axis]) -> Sequence[Any]:
    """Every value that an axis takes, each once; of one that is tied to others, for all of theirs.

    >>> axes = [parse_axis("H=2:6:2"), parse_axis("W=H//2 + 1")]
    >>> values_of(axes[1], axes)
    [2, 3, 4]
    """
    if not axis.formula:
        return axis.values
    import numpy as np

    from ..symbolic.polynomial import symbols
    from .compiled import Compiled

    free = {one.name: one.values for one in axes if not one.formula and all(type(v) is int for v in one.values)}
    found = tied(axis, {name: symbols(name, min(values[0], 1)) for name, values in free.items()})
    compiled = Compiled({axis.name: found})
    grid = np.ix_(*[np.array(free[name]) for name in compiled.names]) if compiled.names else ()
    values: list[Any] = np.unique(compiled(**dict(zip(compiled.names, grid, strict=True)))[axis.name]).tolist()
    return values
