"""Which inputs the outputs read along one axis, in bands of neighbouring outputs that read alike.

Inside, every output reads what its neighbour reads, shifted; at the borders fewer taps touch the input, or several taps
touch one copied position. A matrix is filled band by band, with one broadcast for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...core.size import ceil_div
from ..windows import COPIES

if TYPE_CHECKING:
    from ...core.window import Window
    from ..arrays import Array

NOTHING = -1
"""What a tap reads that stands on zeros."""


class Band(NamedTuple):
    """Outputs in a row: output n of them reads `firsts[n] + steps`, and position p by the taps from `starts[p]` on.

    `pairs` (output, input) of the axis come before its own.
    """

    pairs: int
    firsts: Array
    steps: Array
    taps: Array
    starts: Array

    @property
    def size(self) -> int:
        """How many pairs (output, input) are in it."""
        return len(self.firsts) * len(self.steps)

    def merged(self, weight: Array, axis: int) -> Array:
        """A weight for every position that is read, in place of every tap: taps on the same position add up."""
        return np.add.reduceat(weight.take(self.taps, axis), self.starts, axis, weight.dtype)


class Bands(tuple[Band, ...]):
    """All bands of an axis, first output first.

    >>> from convmath.core.window import Window
    >>> for band in bands(Window(3, low=1, high=1), 5, 5, "zeros"):
    ...     print(band.firsts, band.steps, band.taps)
    [0] [0 1] [1 2]
    [0 1 2] [0 1 2] [0 1 2]
    [3] [0 1] [0 1]
    """

    __slots__ = ()

    @property
    def pairs(self) -> int:
        """How many pairs (output, input) there are."""
        return sum(band.size for band in self)

    @property
    def counts(self) -> Array:
        """How many inputs every output reads."""
        return np.repeat([len(band.steps) for band in self], [len(band.firsts) for band in self])


def bands(window: Window, size: int, outputs: int, mode: str) -> Bands:
    """The bands of a window over an input of `size` positions with zeros, or with copies of some, around it."""
    begin, end = inside(window, size, outputs)
    firsts, steps = np.arange(begin, end) * window.stride - window.low, np.arange(window.kernel) * window.dilation
    parts = [
        *_alike(reads(window, size, np.arange(begin), mode)),
        *([(firsts, steps, np.arange(window.kernel), np.arange(window.kernel))] if end > begin else []),
        *_alike(reads(window, size, np.arange(end, outputs), mode)),
    ]
    found, pairs = [], 0
    for part in parts:
        found.append(Band(pairs, *part))
        pairs += found[-1].size
    return Bands(found)


def inside(window: Window, size: int, outputs: int) -> tuple[int, int]:
    """(begin, end): from `begin` on no tap stands before the input, from `end` on the last one stands behind it.

    >>> from convmath.core.window import Window
    >>> inside(Window(3, low=1, high=1), 5, 5)
    (1, 4)
    """
    reach = window.dilation * (window.kernel - 1)
    begin = min(max(ceil_div(window.low, window.stride), 0), outputs)
    return begin, min(max((window.low + size - 1 - reach) // window.stride + 1, begin), outputs)


def reads(window: Window, size: int, outputs: Array, mode: str) -> Array:
    """(outputs, taps): the position that each tap reads, or NOTHING.

    >>> from convmath.core.window import Window
    >>> reads(Window(3, low=1, high=1), 3, np.arange(3), "zeros").tolist()
    [[-1, 0, 1], [0, 1, 2], [1, 2, -1]]
    >>> reads(Window(3, low=1, high=1), 3, np.arange(3), "reflect").tolist()
    [[1, 0, 1], [0, 1, 2], [1, 2, 1]]
    """
    positions = outputs[:, None] * window.stride + np.arange(window.kernel) * window.dilation
    if mode in COPIES:
        standing: Array = COPIES[mode](window.low, window.high, size)[positions]
        return standing
    positions -= window.low
    return np.where((positions >= 0) & (positions < size), positions, NOTHING)


def _alike(read: Array) -> list[tuple[Array, Array, Array, Array]]:
    """(firsts, steps, taps, starts) of neighbouring rows of `reads` that differ by a shift alone."""
    order = np.argsort(read, axis=1, kind="stable")
    positions = np.take_along_axis(read, order, 1)
    idle = (positions == NOTHING).sum(1)
    firsts = np.take_along_axis(positions, idle.clip(max=read.shape[1] - 1)[:, None], 1)
    pattern = np.concatenate((np.where(positions == NOTHING, NOTHING, positions - firsts), order), axis=1)
    changes = np.flatnonzero((pattern[1:] != pattern[:-1]).any(1)) + 1
    parts = []
    for rows in np.split(np.arange(len(read)), changes) if len(read) else ():
        row = rows[0]
        steps, starts = np.unique((positions - firsts)[row, idle[row] :], return_index=True)
        parts.append((firsts[rows, 0], steps, order[row, idle[row] :], starts))
    return parts
