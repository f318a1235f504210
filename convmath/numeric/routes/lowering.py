"""Convolution over a spread-out input, by the route that suits its sizes best.

The routes compute the same sums; which one is fastest follows from the layer's shapes alone. `ROUTES` lists them, the
most particular first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import by_channel, by_column, by_line, by_tap

if TYPE_CHECKING:
    from types import ModuleType

    from ...core.window import Window
    from ..arrays import Array

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
            self.route(weight.shape, x.dtype).fill(self, x, weight, y)
        return y

    def route(self, weight: tuple[int, ...], dtype: np.dtype[Any]) -> ModuleType:
        """The file that runs it for weights of this shape."""
        return next(route for route in ROUTES if route.suits(self, weight, dtype))

    def room(self, x: tuple[int, ...], weight: tuple[int, ...], dtype: np.dtype[Any]) -> int:
        """Bytes that running it takes beside the spread-out input (N, C, *spread), the weights and the output.

        >>> from convmath.core.window import Window
        >>> Lowering((Window(3),), (100,), 1).room((1, 8, 102), (4, 8, 3), np.dtype("float32"))
        9600
        """
        bytes_taken: int = self.route(weight, dtype).room(self, x, weight, dtype)
        return bytes_taken
