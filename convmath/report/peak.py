"""The largest tensor of a network: a number, or the shapes that no other one is proven to exceed."""

from __future__ import annotations

from functools import lru_cache
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError
from ..core.size import Size, Symbolic, larger
from ..symbolic.solve import is_line, period_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.shape import Shape
    from .analysis import Report

LONGEST_PERIOD = 4096
"""Sizes that repeat after more than this are not compared."""


class Peak(NamedTuple):
    """The shapes of which one is the largest, each with the layer that writes it first, and from which sizes on."""

    candidates: tuple[tuple[str, Shape], ...]
    least: Mapping[str, int]

    @property
    def size(self) -> Size:
        """The numbers in the largest tensor."""
        (_, first), *others = self.candidates
        largest = first.elements
        for _, shape in others:
            largest = larger(largest, shape.elements)
        return largest

    def __str__(self) -> str:
        text = " or ".join(f"{shape} ({name})" for name, shape in self.candidates)
        bounds = ", ".join(f"{name} ≥ {least}" for name, least in self.least.items())
        return f"{text}{f' for {bounds}' if bounds else ''}"


def peak(report: Report, least: Mapping[str, int]) -> Peak:
    """The largest tensor that a layer writes, or all that may be, for symbols of at least these values.

    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.resnet import resnet50
    >>> H, W = symbols("H W")
    >>> str(peak(resnet50().analyze((1, 3, H, W)), {"H": 32, "W": 32}))
    '1 × 256 × ⌈H/4⌉ × ⌈W/4⌉ (layer1.0.conv3) for H ≥ 32, W ≥ 32'
    """
    kept: list[tuple[str, Shape]] = []
    told: set[Shape] = set()
    for row in report.whole.rows:
        for shape in row.outputs:
            if shape in told:
                continue
            told.add(shape)
            if any(exceeds(other, shape, least) for _, other in kept):
                continue
            kept = [(name, other) for name, other in kept if not exceeds(shape, other, least)]
            kept.append((row.name, shape))
    return Peak(tuple(kept), least)


def exceeds(a: Shape, b: Shape, least: Mapping[str, int]) -> bool:
    """Whether a holds at least as many numbers as b for all symbols of at least these values, if that is certain.

    Sizes are compared symbol by symbol: a ≥ b where the largest ratios of b's sizes to a's make at most 1 together.
    """
    if _at(a, least) < _at(b, least) or _mixes(a) or _mixes(b):
        return False
    above, below = 1, 1
    for name in {None, *_symbol_of(a), *_symbol_of(b)}:
        mine, theirs = _in(a, name), _in(b, name)
        if mine == theirs:
            continue
        part = _largest_ratio(theirs, mine, least.get(name or "", 1))
        if part is None:
            return False
        above, below = above * part[0], below * part[1]
    return above <= below


def _at(shape: Shape, least: Mapping[str, int]) -> int:
    """The numbers in a shape at the least sizes."""
    result: int = 1
    for size in shape:
        names = size.names if isinstance(size, Symbolic) else {}  # type: ignore[attr-defined]
        result *= size.at({name: least.get(name, low) for name, low in names.items()}) if names else size
    return result


def _mixes(shape: Shape) -> bool:
    """Whether a size depends on several symbols, which are compared one by one here."""
    return any(isinstance(size, Symbolic) and len(size.names) > 1 for size in shape)  # type: ignore[attr-defined]


def _symbol_of(shape: Shape) -> set[str]:
    return {name for size in shape if isinstance(size, Symbolic) for name in size.names}  # type: ignore[attr-defined]


def _in(shape: Shape, name: str | None) -> Size:
    """The product of the sizes that depend on a symbol; of the numbers, for None."""
    result: Size = 1
    for size in shape:
        names = list(size.names) if isinstance(size, Symbolic) else [None]  # type: ignore[attr-defined]
        if names[0] == name:
            result = result * size
    return result


Ratio = tuple[int, int]
"""One whole number over another of at least 1; Fraction takes longer to load than all of this."""


@lru_cache(maxsize=1024)
def _largest_ratio(above: Size, below: Size, least: int) -> Ratio | None:
    """The largest value, or limit, of above / below for a symbol of at least `least`; None if it is not known."""
    if type(above) is int and type(below) is int:
        return (above, below) if below else None
    try:
        period = lcm(*(period_of(size) for size in (above, below)))
        if period > LONGEST_PERIOD:
            return None
        upper, lower = _line(above, period), _line(below, period)
    except FormulaError:
        return None
    return None if upper is None or lower is None else _largest_of(upper, lower, period, least)


def _largest_of(upper: Line, lower: Line, period: int, least: int) -> Ratio | None:
    """The largest ratio of two lines over all residues: at the first step, or at the end, that of the slopes."""
    (a, tops), (c, bottoms) = upper, lower
    if c < 0 or (c == 0 and a > 0):
        return None
    largest: Ratio = (a, c) if c else (0, 1)
    for r in range(period):
        first = max(0, -((r - least) // period))
        top, bottom = a * first + tops[r], c * first + bottoms[r]
        if bottom <= 0:
            return None
        if top * largest[1] > largest[0] * bottom:
            largest = top, bottom
    return largest


Line = tuple[int, list[int]]
"""A slope, and a start for each residue."""


def _line(size: Size, period: int) -> Line | None:
    """The slope of a size from period to period, and where it starts for each residue, if it is a line there."""
    if type(size) is int:
        return 0, [size] * period
    if not is_line(size):
        return None
    starts = [size.rebuilt(lambda atom: r) for r in range(period + 1)]  # noqa: B023
    return starts.pop() - starts[0], starts
