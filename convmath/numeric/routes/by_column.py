"""Convolution by columns (im2col): what a tile of outputs reads is copied, then one product weighs it.

Tiles keep the columns within `TILE` bytes whatever the layer, so that they stay in the cache.

Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document Processing" (2006).
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..products import matmul
from ..windows import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...core.window import Window
    from ..arrays import Array
    from .lowering import Lowering

TILE = 2 << 20
"""Bytes of columns at a time; one position's are made whatever they take."""


def suits(layer: Lowering, weight: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    return True


def room(layer: Lowering, x: tuple[int, ...], weight: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Bytes for a tile of columns; of integers also for the products in float64."""
    groups, (filters, share, *kernel) = layer.groups, weight
    if all(window.kernel == window.stride == 1 for window in layer.windows):
        columns, copied = prod(x), 0
    else:
        several, *extent = extents(layer.outputs, groups, share * prod(kernel) * dtype.itemsize)
        columns = copied = several * share * prod(kernel) * prod(extent)
    made = columns * filters // (groups * share * prod(kernel))
    exact = 8 * (columns + 2 * made + prod(weight)) if dtype.kind in "iu" else 0
    return copied * dtype.itemsize + exact


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    rows = weight.reshape(layer.groups, len(weight) // layer.groups, -1)
    if all(window.kernel == window.stride == 1 for window in layer.windows):
        # The columns of a kernel of one position are the input itself.
        columns = x.reshape(len(x), layer.groups, x.shape[1] // layer.groups, -1)
        matmul(rows, columns, out=y.reshape(len(x), *rows.shape[:2], -1))
        return
    out = y.reshape(len(y), *rows.shape[:2], -1)
    for n, some, here, columns in tiles(x, layer.windows, layer.outputs, layer.groups):
        matmul(rows[some], columns, out=out[n, some, :, here])


def tiles(
    x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...], groups: int
) -> Iterator[tuple[int, slice, slice, Array]]:
    """The columns of (N, C, *spread), tile by tile: of which sample, groups and outputs, and (groups, taps, outputs).

    Each tile is overwritten by the next.

    >>> from convmath.core.window import Window
    >>> next(tiles(np.array([[[1, 2, 3, 4]]]), (Window(2, stride=2),), (2,), 1))
    (0, slice(0, 1, None), slice(0, 2, None), array([[[1, 3],
            [2, 4]]]))
    """
    x = x.reshape(len(x), groups, -1, *x.shape[2:])
    taps = x.shape[2] * prod(window.kernel for window in windows)
    several, *extent = extents(outputs, groups, taps * x.itemsize)
    scratch = np.empty(several * taps * prod(extent), x.dtype)
    first = (0,) * (2 + len(extent))
    for n, group, *begin in product(*map(range, first, (len(x), groups, *outputs), (1, several, *extent))):
        counts = tuple(min(n, total - b) for n, total, b in zip(extent, outputs, begin, strict=True))
        some = slice(group, min(group + several, groups))
        onward = (slice(b * window.stride, None) for b, window in zip(begin, windows, strict=True))
        view = reading(x[(n, some, slice(None), *onward)], windows, counts)
        columns = scratch[: view.size].reshape(view.shape)
        np.copyto(columns, view)
        # A tile is whole along its last axes, so its outputs stand together.
        at = int(np.ravel_multi_index(begin, outputs))
        yield n, some, slice(at, at + prod(counts)), columns.reshape(len(view), taps, -1)


def extents(outputs: tuple[int, ...], groups: int, position: int) -> list[int]:
    """The groups, and the outputs along each axis, of a tile whose positions take so many bytes each."""
    *found, several = cut((*reversed(outputs), groups), TILE // position)
    return [several, *reversed(found)]


def cut(sizes: tuple[int, ...], most: int) -> list[int]:
    """The extents of a block of at most so many entries, whole along the first axes as far as it goes.

    >>> cut((10, 8, 3), 40), cut((10, 8, 3), 5), cut((10, 8, 3), 1000)
    ([10, 4, 1], [5, 1, 1], [10, 8, 3])
    """
    extents = []
    for size in sizes:
        extents.append(max(1, min(size, most)))
        most //= extents[-1]
    return extents
