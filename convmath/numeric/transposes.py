"""The transposes of what windows do to arrays: what was read goes back to where it was read, and adds up there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .windows import COPIES, at_tap

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array


def unspread(y: Array, windows: tuple[Window, ...], sizes: tuple[int, ...]) -> Array:
    """The transpose of `spread_out`: what stands at the inputs' positions, and 0 for inputs that were cropped.

    >>> from convmath.core.window import Window
    >>> unspread(np.array([5, 6, 7, 8, 9]), (Window(low=1, high=-1, input_dilation=2),), (3,))
    array([6, 8, 0])
    """
    for axis, (window, size) in enumerate(zip(windows, sizes, strict=True), y.ndim - len(windows)):
        lead, step = (slice(None),) * axis, window.input_dilation
        first = max(0, -(window.low // step))
        last = min(size - 1, (y.shape[axis] - 1 - window.low) // step)
        place, count = window.low + first * step, max(last - first + 1, 0)
        taken = y[(*lead, slice(place, place + count * step, step) if count else slice(0, 0))]
        if count < size:
            y = np.zeros((*y.shape[:axis], size, *y.shape[axis + 1 :]), y.dtype)
            y[(*lead, slice(first, first + count))] = taken
        else:
            y = taken
    return np.ascontiguousarray(y)


def unread(columns: Array, windows: tuple[Window, ...], sizes: tuple[int, ...]) -> Array:
    """The transpose of `reading` a spread-out input: (lead, *kernel, *outputs) adds up to (lead, *sizes).

    Booleans are united instead.

    >>> from convmath.core.window import Window
    >>> unread(np.array([[1, 2], [10, 20], [100, 200]]), (Window(3, stride=2, low=1),), (4,))
    array([ 10, 102,  20, 200])
    """
    rank = len(windows)
    lead, outputs = columns.shape[: columns.ndim - 2 * rank], columns.shape[columns.ndim - rank :]
    spread = (
        max(window.padded_size(size), (count - 1) * window.stride + window.dilation * (window.kernel - 1) + 1, 0)
        for window, size, count in zip(windows, sizes, outputs, strict=True)
    )
    x = np.zeros((*lead, *spread), columns.dtype)
    for tap in np.ndindex(*(window.kernel for window in windows)):
        place = at_tap(x, windows, outputs, tap)
        place += columns[(slice(None),) * len(lead) + tap]
    return unspread(x, windows, sizes)


def shared(y: Array, windows: tuple[Window, ...]) -> Array:
    """A view (lead, *kernel, *outputs) that holds every output at each of its taps, for `unread`."""
    lead, outputs = y.shape[: y.ndim - len(windows)], y.shape[y.ndim - len(windows) :]
    kernel = tuple(window.kernel for window in windows)
    return np.broadcast_to(y.reshape(*lead, *(1,) * len(windows), *outputs), (*lead, *kernel, *outputs))


def uncopied(y: Array, pads: tuple[tuple[int, int], ...], sizes: tuple[int, ...], mode: str) -> Array:
    """The transpose of `copied`: every copy adds to the position that it was copied from.

    >>> uncopied(np.array([1, 2, 4, 8, 16, 32]), ((2, 1),), (3,), "reflect")
    array([ 4, 42, 17])
    """
    for axis, ((low, high), size) in enumerate(zip(pads, sizes, strict=True), y.ndim - len(pads)):
        if low or high:
            y = untaken(y, COPIES[mode](low, high, size), size, axis)
    return y


def untaken(y: Array, index: Array, size: int, axis: int) -> Array:
    """The transpose of `np.take` along an axis of `size` positions.

    >>> untaken(np.array([1, 2, 4]), np.array([3, 0, 3]), 4, 0)
    array([2, 0, 0, 5])
    """
    order = np.argsort(index, kind="stable")
    found, starts = np.unique(index[order], return_index=True)
    x = np.zeros((*y.shape[:axis], size, *y.shape[axis + 1 :]), y.dtype)
    if len(found):
        x[(slice(None),) * axis + (found,)] = np.add.reduceat(np.take(y, order, axis), starts, axis)
    return x
