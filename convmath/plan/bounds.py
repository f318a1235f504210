"""Bounds: between which numbers every step of a program lies, so that what 64 bits hold is known and not hoped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import FormulaError
from .program import ADD, DIVISOR, FLOOR, LARGER, MULTIPLY, NAME, NUMBER, PAIRS, SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .program import Program

Interval = tuple[int, int]

WORD = 2**63
"""Magnitudes below this are exact in 64 bits."""


def intervals(program: Program, given: Sequence[Interval]) -> list[Interval]:
    """The least and largest value that each step can have, for names that keep to these intervals.

    Products and sums are bounded by those of the ends (Moore, 1966), so an interval may be too wide, never too narrow.

    >>> from convmath.plan.program import program
    >>> from convmath.symbolic.polynomial import symbols
    >>> found = program([(symbols("H") - 3) * 5])
    >>> [intervals(found, [(1, 10)])[step] for step in found.results]
    [(-10, 35)]
    """
    found: list[Interval] = []
    for word, parts in program.steps:
        if word == NUMBER:
            found.append((parts[0], parts[0]))
        elif word == NAME:
            found.append(given[parts[0]])
        else:
            found.append(OF[word](*[found[part] for part in parts]))
    return found


def fits(found: Sequence[Interval]) -> bool:
    """Whether 64 bits hold every value within some intervals."""
    return all(low >= -WORD and high < WORD for low, high in found)


def _multiplied(a: Interval, b: Interval) -> Interval:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _floored(a: Interval, b: Interval) -> Interval:
    if b[0] < 1:
        raise FormulaError(f"a divisor may be {b[0]} here, and must be at least 1 (give its symbols larger values)")
    ends = [x // y for x in a for y in b]
    return min(ends), max(ends)


def _pairs(limit: Interval, steps: Interval, stride: Interval, taps: Interval, dilation: Interval) -> Interval:
    """From none to all; on the way to the count nothing exceeds the second."""
    largest = max(limit[1], -limit[0]) + stride[1] + dilation[1] + taps[1] * (steps[1] + dilation[1]) + 1
    return -largest, largest


OF: dict[str, Callable[..., Interval]] = {
    ADD: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    MULTIPLY: _multiplied,
    FLOOR: _floored,
    SHIFT: lambda a, b: (a[0] >> b[0], a[1] >> b[0]),
    LARGER: lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    DIVISOR: lambda a, b: (0, max(*map(abs, a), *map(abs, b))),
    PAIRS: _pairs,
}
"""The interval of what each word makes of others."""
