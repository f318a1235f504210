"""Sums of all that comes before, along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.cumulative import CumSum
    from ..arrays import Array
    from ..workspaces import Ask
    from . import Back, Reads, Run


def exact(layer: CumSum) -> bool:
    return True


def prepare(layer: CumSum, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    axis = layer.dim % len(inputs[0])
    return lambda xs, weights: (_added_up(xs[0], axis, layer.exclusive, layer.reverse),)


def room(ask: Ask) -> int:
    return 0


def backward(layer: CumSum, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """A number counts in all sums that come after it: the same sums, from the other end."""
    axis = layer.dim % len(inputs[0])
    return lambda xs, weights, dys: ((_added_up(dys[0], axis, layer.exclusive, not layer.reverse),), {})


def reads(layer: CumSum, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    axis = layer.dim % len(inputs[0])
    return lambda marked: (_added_up(marked[0].astype(np.int64), axis, layer.exclusive, not layer.reverse) > 0,)


def _added_up(x: Array, axis: int, exclusive: bool, reverse: bool) -> Array:
    along = np.flip(x, axis) if reverse else x
    y = np.empty_like(along)
    if exclusive:
        first, rest, before = ([slice(None)] * x.ndim for _ in range(3))
        first[axis], rest[axis], before[axis] = slice(1), slice(1, None), slice(-1)
        y[tuple(first)] = 0
        np.cumsum(along[tuple(before)], axis, x.dtype, y[tuple(rest)])
    else:
        np.cumsum(along, axis, x.dtype, y)
    return np.flip(y, axis) if reverse else y
