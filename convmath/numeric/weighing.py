"""The gradients of a convolution: for its weight a product with what the outputs read, for its input the transpose.

Both go tile by tile, as the convolution itself does: the columns and products that they need beside their results stay
within `TILE` bytes. The pattern by which the transpose adds up is kept whole: a number for each position and tap.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from .products import matmul
from .routes.by_column import TILE, tiles
from .windows import at_tap

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array
    from .transposing import Transposing


def for_weight(x: Array, dy: Array, windows: tuple[Window, ...], groups: int) -> Array:
    """(N, C, *spread) and (N, M, *o) to (M, C/g, *k): Σ over samples and outputs of dy times what was read.

    >>> from convmath.core.window import Window
    >>> for_weight(np.array([[[1, 2, 3, 4]]]), np.array([[[1, 10, 100]]]), (Window(2),), 1)
    array([[[321, 432]]])
    """
    filters, share = dy.shape[1], x.shape[1] // groups
    kernel = tuple(window.kernel for window in windows)
    dw = np.zeros((groups, filters // groups, share * prod(kernel)), x.dtype)
    given = dy.reshape(len(dy), *dw.shape[:2], -1)
    for n, some, here, columns in tiles(x, windows, dy.shape[2:], groups):
        dw[some] += matmul(given[n, some, :, here], columns.transpose(0, 2, 1))
    return dw.reshape(filters, share, *kernel)


def of_each_channel(x: Array, dy: Array, weight: Array, windows: tuple[Window, ...]) -> tuple[Array, Array]:
    """The gradients of the spread-out input and the weight where every channel has one filter: tap by tap, in place.

    >>> from convmath.core.window import Window
    >>> x, dy = np.array([[[1, 2, 3]]]), np.array([[[1, 10]]])
    >>> [one.tolist() for one in of_each_channel(x, dy, np.array([[[4, 5]]]), (Window(2),))]
    [[[[4, 45, 50]]], [[[21, 32]]]]
    """
    dx, dw = np.zeros_like(x), np.empty_like(weight)
    part, outputs = np.empty_like(dy), dy.shape[2:]
    beside = (0, *range(2, dy.ndim))
    for tap in np.ndindex(*weight.shape[2:]):
        own = (slice(None), 0, *tap)
        place = at_tap(dx, windows, outputs, tap)
        place += np.multiply(dy, weight[own].conj().reshape(-1, *(1,) * len(outputs)), out=part)
        dw[own] = np.multiply(dy, at_tap(x, windows, outputs, tap).conj(), out=part).sum(beside)
    return dx, dw


def for_input(dy: Array, weight: Array, groups: int, transposing: Transposing) -> Array:
    """(N, M, *o) and (M, C/g, *k) to (N, C, *i): the transpose, for as many channels at a time as fit into a tile."""
    share = weight.shape[1]
    at_once = max(1, TILE // (transposing.positions * transposing.taps * dy.itemsize))
    if at_once >= share:
        return transposing(dy, weight, groups)
    dx = np.empty((len(dy), groups, share, *transposing.outputs), dy.dtype)
    for first in range(0, share, at_once):
        some = slice(first, first + at_once)
        part = transposing(dy, weight[:, some], groups)
        dx[:, :, some] = part.reshape(len(dy), groups, -1, *transposing.outputs)
    return dx.reshape(len(dy), groups * share, *transposing.outputs)
