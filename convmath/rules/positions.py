"""Which positions of a value a window reads, as a pattern that repeats with its stride."""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

from ..core.size import are_numbers, is_one

if TYPE_CHECKING:
    from ..core.window import Window

LONGEST_PATTERN = 1 << 12
"""Patterns that repeat after more positions are not told."""


class Pattern(NamedTuple):
    """The positions that are read, modulo the period; every position if there is no period but 1."""

    period: int
    residues: frozenset[int]

    @property
    def is_all(self) -> bool:
        """Whether no position is left out."""
        return len(self.residues) == self.period

    def over(self, period: int) -> frozenset[int]:
        """The residues modulo a multiple of the period."""
        return frozenset(r + turn for r in self.residues for turn in range(0, period, self.period))


ALL = Pattern(1, frozenset({0}))


def pattern_of(window: Window) -> Pattern:
    """What the window reads, borders apart; everything where that is not told.

    >>> from convmath.core.window import Window
    >>> pattern_of(Window(1, stride=2)), pattern_of(Window(3, stride=2)).is_all
    (Pattern(period=2, residues=frozenset({0})), True)
    """
    if not are_numbers(*window) or not is_one(window.input_dilation) or window.stride > LONGEST_PATTERN:
        return ALL
    stride = window.stride
    turns = min(window.kernel, stride // gcd(window.dilation, stride))
    read = frozenset((tap * window.dilation - window.low) % stride for tap in range(turns))
    return ALL if len(read) == stride else Pattern(stride, read)


def both(a: Pattern, b: Pattern) -> Pattern:
    """What either of two readers reads; everything where the two together repeat too late.

    >>> both(Pattern(2, frozenset({0})), Pattern(2, frozenset({1}))).is_all
    True
    """
    period = lcm(a.period, b.period)
    return Pattern(period, a.over(period) | b.over(period)) if period <= LONGEST_PATTERN else ALL
