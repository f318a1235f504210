"""Pattern: exactly which input positions one position of a feature map can depend on, holes and all."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from .positions import gaps, smeared
from .receptive_field import LONGEST_PERIOD, UNTOLD, Untold
from .size import are_numbers, common_period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .receptive_field import Reach

WIDEST = 1 << 16
"""Positions that a pattern may span, and copies it may be made of; a wider one is UNTOLD."""


class Pattern(NamedTuple):
    """Position o sees, of phase r, first[r] + n·advance + b for every bit b of bits[r]: n, r = divmod(o, period).

    A ReceptiveField bounds what is seen, a Pattern holds it; both are of maps without end, so that every padding
    counts as input.

    >>> from convmath.core.window import Window
    >>> dilated = Window(3, dilation=2, low=2, high=2)
    >>> pattern = POINT.then(dilated).then(dilated).then(dilated)
    >>> pattern.span, pattern.seen, pattern.holes
    (13, 7, 6)

    Source: Wang et al., "Understanding Convolution for Semantic Segmentation" (2018), for the holes: gridding.
    """

    advance: int
    first: tuple[int, ...]
    bits: tuple[int, ...]

    @property
    def period(self) -> int:
        """How many phases the positions fall into."""
        return len(self.bits)

    @property
    def span(self) -> int:
        """From the first to the last position seen, in the phase that spans most."""
        return max(bits.bit_length() for bits in self.bits)

    @property
    def seen(self) -> int:
        """How many positions are seen, in the phase that sees most."""
        return max(bits.bit_count() for bits in self.bits)

    @property
    def holes(self) -> int:
        """Positions between the first and the last that are not seen, in the phase that has most of them."""
        return max(gaps(bits).bit_count() for bits in self.bits)

    def at(self, position: int) -> tuple[int, int]:
        """(first, bits) of one position."""
        rounds, phase = divmod(position, self.period)
        return self.first[phase] + rounds * self.advance, self.bits[phase]

    def then(self, reach: Reach) -> Drawn:
        """The pattern after one more layer; UNTOLD where a ReceptiveField is."""
        outputs, inputs = reach.pace
        if not are_numbers(outputs, inputs, *reach.interval(0)):
            return UNTOLD
        rounds = 1 if self.period == 1 else self.period // gcd(inputs, self.period)
        period = rounds * outputs
        if period > LONGEST_PERIOD:
            return UNTOLD
        read = [reach.reads(output) for output in range(period)]
        if self._too_wide(read):
            return UNTOLD
        seen = [self._through(positions) for positions in read]
        return Pattern(
            rounds * inputs * self.advance // self.period,
            tuple(first for first, _ in seen),
            tuple(bits for _, bits in seen),
        )

    def _too_wide(self, read: Sequence[range]) -> bool:
        outermost = max((positions[-1] - positions[0] for positions in read if positions), default=0)
        copies = sum(map(len, read)) if self.period > 1 else 0
        return copies > WIDEST or outermost * self.advance // self.period + self.span > WIDEST

    def _through(self, positions: range) -> tuple[int, int]:
        """What all of these positions see."""
        if self.period == 1 and positions:
            first, bits = self.at(positions[0])
            return first, smeared(bits, positions.step * self.advance, len(positions))
        return _union([self.at(position) for position in positions])

    def join(self, other: Pattern) -> Drawn:
        """What is seen over either of two paths; UNTOLD where their jumps differ."""
        period = common_period(self.period, other.period)
        if period > LONGEST_PERIOD or self.advance * other.period != other.advance * self.period:
            return UNTOLD
        pairs = [(self.at(position), other.at(position)) for position in range(period)]
        if any(abs(mine[0] - theirs[0]) > WIDEST for mine, theirs in pairs):
            return UNTOLD
        both = list(map(_union, pairs))
        return Pattern(
            self.advance * (period // self.period), tuple(first for first, _ in both), tuple(bits for _, bits in both)
        )


def _union(sets: Sequence[tuple[int, int]]) -> tuple[int, int]:
    first = min((first for first, bits in sets if bits), default=0)
    union = 0
    for other, bits in sets:
        if bits:
            union |= bits << other - first
    return first, union


POINT = Pattern(1, (0,), (1,))
"""Every position sees itself."""

Drawn = Pattern | Untold | None
"""What is known of one axis: the pattern, the whole axis (None), or nothing (UNTOLD)."""
