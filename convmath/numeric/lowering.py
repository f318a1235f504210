"""Convolution over a spread-out input, by the route that suits its sizes best.

The routes compute the same sums; which one is fastest follows from the layer's shapes alone. `ROUTES` lists them, the
most particular first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from . import by_channel, by_column, by_line, by_tap

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array

ROUTES = (by_channel, by_tap, by_line, by_column)


class Lowering(NamedTuple):
    """A convolution of C channels to M in groups; `windows` are over a spread-out input."""

    windows: tuple[Window, ...]
    outputs: tuple[int, ...]
    groups: int

    def __call__(self, x: Array, weight: Array) -> Array:
        """(N, C, *spread) and (M, C/g, *k) to (N, M, *o)."""
        y = np.empty((len(x), len(weight), *self.outputs), x.dtype)
        if y.size:
            next(route for route in ROUTES if route.suits(self, x, weight)).fill(self, x, weight, y)
        return y
