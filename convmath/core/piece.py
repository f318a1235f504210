"""Piece: where the positions of an axis come from that a layer moves: a run of one of its inputs."""

from __future__ import annotations

from typing import NamedTuple

from .positions import bits_of, members


class Piece(NamedTuple):
    """Position made[n] of an axis of an output is position read[n] of the same axis of an input.

    >>> half = Piece(0, range(4, 8), range(4))  # the second half of eight positions
    >>> bin(half.of(0b0101)), bin(half.into(0b1100_0000))
    ('0b1010000', '0b1100')
    """

    place: int
    """Which of the layer's inputs."""
    read: range
    made: range

    def of(self, made: int) -> int:
        """The positions of the input, as bits, that these positions of the output are."""
        return _carried(made, self.made, self.read)

    def into(self, read: int) -> int:
        """The positions of the output that these positions of the input become."""
        return _carried(read, self.read, self.made)


def _carried(bits: int, origin: range, target: range) -> int:
    """Bits at places of one range, brought to the places of another of the same length."""
    if origin.step == target.step == 1:
        return (bits >> origin.start & (1 << len(origin)) - 1) << target.start
    places = (target[origin.index(place)] for place in members(bits) if place in origin)
    return bits_of((range(place, place + 1) for place in places), max(*target, 0) + 1) if target else 0
