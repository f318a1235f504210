"""Convolution as matrix products: what the outputs of a tile read is copied into columns, a kernel's taps are rows.

Tiles keep the columns within `TILE` bytes whatever the layer, so that they stay in the cache; windows of one position
need no copy at all.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .products import matmul
from .windows import at_tap, reading

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array

TILE = 6 << 20
"""Bytes of columns at a time."""


class Lowering(NamedTuple):
    """How a convolution of C channels to M in groups is cut up; `windows` are over a spread-out input."""

    windows: tuple[Window, ...]
    outputs: tuple[int, ...]
    groups: int

    def __call__(self, x: Array, weight: Array) -> Array:
        """(N, C, *spread) and (M, C/g, *k) to (N, M, *o)."""
        batch, filters, share = len(x), weight.shape[0], weight.shape[1]
        y = np.empty((batch, filters, *self.outputs), x.dtype)
        if 0 in self.outputs:
            return y
        rows = weight.reshape(self.groups, filters // self.groups, -1)
        if all(window.kernel == 1 for window in self.windows):
            columns = np.ascontiguousarray(at_tap(x, self.windows, self.outputs, (0,) * len(self.windows)))
            matmul(rows, columns.reshape(batch, self.groups, share, -1), out=y.reshape(batch, *rows.shape[:2], -1))
            return y
        if share == 1 and filters == self.groups:
            return self._each_channel(x, weight, y)
        for n in range(batch):
            self._tiles(x[n], rows, y[n])
        return y

    def _tiles(self, x: Array, rows: Array, y: Array) -> None:
        groups, filters, taps = rows.shape
        first, *rest = self.outputs
        line = prod(rest)
        at_once = max(1, min(first, TILE // (taps * line * x.itemsize)))
        several = max(1, min(groups, TILE // (taps * at_once * line * x.itemsize)))
        x = x.reshape(groups, -1, *x.shape[1:])
        window = self.windows[0]
        y = y.reshape(groups, filters, first, line)
        for group in range(0, groups, several):
            some = slice(group, min(group + several, groups))
            for begin in range(0, first, at_once):
                count = min(at_once, first - begin)
                view = reading(x[some, :, begin * window.stride :], self.windows, (count, *rest))
                columns = view.reshape(len(view), taps, count * line)
                part = matmul(rows[some], columns)
                y[some, :, begin : begin + count] = part.reshape(len(view), filters, count, line)

    def _each_channel(self, x: Array, weight: Array, y: Array) -> Array:
        """One filter for each channel: taps are added up in place, with no columns to copy."""
        rank = len(self.windows)
        part = np.empty_like(y)
        for number, tap in enumerate(np.ndindex(*weight.shape[2:])):
            factor = weight[(slice(None), 0, *tap)].reshape(-1, *(1,) * rank)
            read = at_tap(x, self.windows, self.outputs, tap)
            if number:
                np.multiply(read, factor, out=part)
                np.add(y, part, out=y)
            else:
                np.multiply(read, factor, out=y)
        return y
