"""The transpose of a convolution: a product makes what every position adds, one sparse matrix adds it up."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .products import matmul
from .scatter import summing

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array


class Transposing:
    """Cᵀ for a convolution C whose `windows` map `outputs` positions to `inputs`; its sparse matrix is made once."""

    def __init__(
        self, windows: tuple[Window, ...], inputs: tuple[int, ...], outputs: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.outputs = outputs
        self.positions, self.taps = prod(inputs), prod(window.kernel for window in windows)
        self.add_up = summing(windows, inputs, outputs, dtype)

    def __call__(self, x: Array, weight: Array, groups: int) -> Array:
        """(N, M, *inputs) and the convolution's weight (M, C/g, *k) to (N, C, *outputs)."""
        filters, share = weight.shape[:2]
        rows = weight.reshape(groups, filters // groups, share, self.taps).transpose(0, 1, 3, 2)
        # Of each group (M/g, ∏k·C/g): what one position adds to all those that it reaches.
        rows = np.ascontiguousarray(rows).reshape(groups, filters // groups, -1)
        pixels = x.reshape(len(x), groups, -1, self.positions).transpose(0, 1, 3, 2)
        y = np.empty((len(x), groups, share, prod(self.outputs)), x.dtype)
        for n, group in np.ndindex(*y.shape[:2]):
            added = matmul(pixels[n, group], rows[group]).reshape(self.positions * self.taps, share)
            y[n, group] = (self.add_up @ added).T
        return y.reshape(len(x), groups * share, *self.outputs)
