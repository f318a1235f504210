"""Max pooling."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.window import Window
from ..windows import at_tap, spread_out
from ..workspaces import WIDE, Workspace
from . import avg_pool
from .activation import ordered

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.pool import MaxPool
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def reads(layer: MaxPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Everything that a window holds, for the largest as for its place."""
    read = avg_pool.reads(layer, inputs, outputs)
    return lambda marked: read((np.logical_or.reduce(marked),))


def exact(layer: MaxPool) -> bool:
    return True


def prepare(layer: MaxPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    ordered(layer, dtype)
    windows, spatial = layer.windows(inputs[0]), outputs[0].spatial
    indices = np.arange(prod(inputs[0].spatial)).reshape(inputs[0].spatial) if layer.return_indices else None

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        if indices is None:
            return (largest(xs[0], windows, spatial),)
        return largest_and_indices(spread_out(xs[0], windows, least(dtype)), windows, spatial, indices)

    return run


def room(ask: Ask) -> Workspace | int:
    if not ask.layer.return_indices:
        return ask.spread + ask.axis_by_axis(ask.padded, ask.outputs[0].spatial, 1)
    indices = WIDE * prod(ask.inputs[0].spatial)
    y = ask.item * prod(ask.outputs[0])
    found = ask.wide * y  # int64, and several masks at a time
    return Workspace(indices, ask.spread + 2 * indices + y + 2 * found)


def backward(layer: MaxPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    ordered(layer, dtype)
    windows, spatial = layer.windows(inputs[0]), outputs[0].spatial
    indices = np.arange(prod(inputs[0].spatial)).reshape(inputs[0].spatial)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        _, found = largest_and_indices(spread_out(xs[0], windows, least(dtype)), windows, spatial, indices)
        return (given_to(found, dys[0], inputs[0]),), {}

    return back


def given_to(found: Array, dy: Array, x: Shape) -> Array:
    """The gradient of the largest numbers' indices; what was found in the padding alone (−1) reaches none."""
    maps, positions = x[0] * x[1], prod(x.spatial)
    dx = np.zeros((maps, positions + 1), dy.dtype)
    # −1 is the last place of the map, as everywhere in Python.
    at = found.reshape(maps, -1) % (positions + 1) + np.arange(maps)[:, None] * (positions + 1)
    np.add.at(dx.reshape(-1), at.reshape(-1), dy.reshape(-1))
    return dx[:, :positions].reshape(x)


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


def largest_and_indices(
    x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...], indices: Array
) -> tuple[Array, Array]:
    """The largest numbers and where they stand in the input, the first of equals; of NaNs the last."""
    where = spread_out(indices, windows, -1)
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
