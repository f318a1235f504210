"""Convolution by columns (im2col): what a tile of outputs reads is copied, then one product weighs it.

Tiles keep the columns within `TILE` bytes whatever the layer, so that they stay in the cache.

Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document Processing" (2006).
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from .products import matmul
from .windows import at_tap, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.window import Window
    from .arrays import Array
    from .lowering import Lowering

TILE = 2 << 20
"""Bytes of columns at a time; one position's are made whatever they take."""


def suits(layer: Lowering, x: Array, weight: Array) -> bool:
    return True


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    rows = weight.reshape(layer.groups, len(weight) // layer.groups, -1)
    if all(window.kernel == 1 for window in layer.windows):
        _one_position(layer, x, rows, y)
        return
    for sample, result in zip(x, y, strict=True):
        out = result.reshape(*rows.shape[:2], -1)
        for some, here, columns in tiles(sample, layer.windows, layer.outputs, layer.groups):
            matmul(rows[some], columns, out=out[some, :, here])


def _one_position(layer: Lowering, x: Array, rows: Array, y: Array) -> None:
    """The columns of a kernel of one position are the input itself."""
    columns = np.ascontiguousarray(at_tap(x, layer.windows, layer.outputs, (0,) * len(layer.windows)))
    batch, groups = len(x), layer.groups
    share = x.shape[1] // groups
    matmul(rows, columns.reshape(batch, groups, share, -1), out=y.reshape(batch, groups, rows.shape[1], -1))


def tiles(
    x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...], groups: int
) -> Iterator[tuple[slice, slice, Array]]:
    """The columns of one sample (C, *spread), tile by tile: of which groups, of which outputs, (groups, taps, outputs).

    Each tile is overwritten by the next.

    >>> from convmath.core.window import Window
    >>> next(tiles(np.array([[1, 2, 3, 4]]), (Window(2, stride=2),), (2,), 1))
    (slice(0, 1, None), slice(0, 2, None), array([[[1, 3],
            [2, 4]]]))
    """
    x = x.reshape(groups, -1, *x.shape[1:])
    taps = x.shape[1] * prod(window.kernel for window in windows)
    *extent, several = cut((*reversed(outputs), groups), TILE // (taps * x.itemsize))
    extent.reverse()
    scratch = np.empty(several * taps * prod(extent), x.dtype)
    for group, *begin in product(*map(range, (0,) * (1 + len(extent)), (groups, *outputs), (several, *extent))):
        counts = tuple(min(n, total - b) for n, total, b in zip(extent, outputs, begin, strict=True))
        some = slice(group, min(group + several, groups))
        first = (slice(b * window.stride, None) for b, window in zip(begin, windows, strict=True))
        view = reading(x[(some, slice(None), *first)], windows, counts)
        columns = scratch[: view.size].reshape(view.shape)
        np.copyto(columns, view)
        # A tile is whole along its last axes, so its outputs stand together.
        at = int(np.ravel_multi_index(begin, outputs))
        yield some, slice(at, at + prod(counts)), columns.reshape(len(view), taps, -1)


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
