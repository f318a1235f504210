"""Max pooling."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.window import Window
from ..windows import at_tap, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.pool import MaxPool
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: MaxPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    windows, spatial = layer.windows(inputs[0]), outputs[0].spatial
    places = np.arange(prod(inputs[0].spatial)).reshape(inputs[0].spatial) if layer.return_indices else None

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        if places is None:
            return (largest(xs[0], windows, spatial),)
        return largest_and_places(spread_out(xs[0], windows, least(dtype)), windows, spatial, places)

    return run


def least(dtype: np.dtype[Any]) -> Any:
    """What no number is below."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


_NOTHING = Window()


def largest(x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...]) -> Array:
    """The largest number that each window reads, one axis after the other; NaN where it reads one."""
    x = spread_out(x, windows, least(x.dtype))
    for axis, window in enumerate(windows):
        along = tuple(w if other == axis else _NOTHING for other, w in enumerate(windows))
        sizes = tuple(outputs[: axis + 1]) + x.shape[x.ndim - len(windows) + axis + 1 :]
        before = (0,) * axis
        after = (0,) * (len(windows) - axis - 1)
        y = at_tap(x, along, sizes, (*before, 0, *after)).copy()
        for tap in range(1, window.kernel):
            np.maximum(y, at_tap(x, along, sizes, (*before, tap, *after)), out=y)
        x = y
    return x


def largest_and_places(
    x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...], places: Array
) -> tuple[Array, Array]:
    """The largest numbers and where they stand in the input, the first of equals; of NaNs the last."""
    where = spread_out(places, windows, -1)
    taps = list(np.ndindex(*(window.kernel for window in windows)))
    y = at_tap(x, windows, outputs, taps[0]).copy()
    found = np.broadcast_to(at_tap(where, windows, outputs, taps[0]), y.shape).copy()
    for tap in taps[1:]:
        read, place = at_tap(x, windows, outputs, tap), at_tap(where, windows, outputs, tap)
        # A padded place is never better; one that stands for an input of −∞ is better than none.
        better = (place >= 0) & ((read > y) | np.isnan(read) | (found < 0))
        np.copyto(y, read, where=better)
        np.copyto(found, np.broadcast_to(place, y.shape), where=better)
    return y, found
