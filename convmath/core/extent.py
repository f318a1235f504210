"""Extent: what every position of a map sees along one axis, where no one interval moves along with it."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Extent(NamedTuple):
    """Position o sees, of an axis of the input, positions low[o] … high[o] within its borders; none if low > high.

    A ReceptiveField moves by one jump from position to position. Where paths of different jump meet, or positions are
    put in another order, none does, and each position is told by itself; a single entry holds for all of them.

    >>> extent = Extent((0, 0, 3), (2, 4, 5), 1)  # holes: 1 in the position that has most of them
    >>> extent.size, extent.start, extent.jump, extent.interval(2)
    (5, 0, 'varies', (3, 5))
    """

    low: tuple[int, ...]
    high: tuple[int, ...]
    holes: int
    exactly: bool = True
    """Whether just these ends are read, if along the other axes there is anything to read but padding.

    Else it is known that nothing beyond them is.
    """

    @property
    def size(self) -> int:
        """The longest interval of any position."""
        return max(high - low + 1 for low, high in zip(self.low, self.high, strict=True))

    @property
    def start(self) -> int:
        """The first input position that position 0 sees."""
        return self.low[0]

    @property
    def jump(self) -> Literal["varies", 0]:
        """What lies between the fields of neighbours differs; nothing does where all see alike."""
        return 0 if len(self.low) == 1 else "varies"

    def interval(self, position: int) -> tuple[int, int]:
        """The first and last input position that `position` sees."""
        place = 0 if len(self.low) == 1 else position
        return self.low[place], self.high[place]
