"""Max-unpooling: every number goes back to where it was found."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE
from . import avg_pool

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.unpool import MaxUnpool
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Bound, Gradients, Reads, Run


def operands(layer: MaxUnpool, inputs: tuple[Shape, ...]) -> dict[str, tuple[Shape, np.dtype[Any]]]:
    """The indices that the pooling returned, as flat positions of the output's map, unless they are an input."""
    return {} if len(inputs) > 1 else {"indices": (inputs[0], np.dtype(np.int64))}


def indices(layer: MaxUnpool, inputs: tuple[Shape, ...]) -> tuple[Bound | None, ...]:
    """The second input has flat positions of the output's map."""
    return (None, prod(layer.infer(*inputs)[0].spatial))[: len(inputs)]


def reads(layer: MaxUnpool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """A number may land anywhere in its window, and its place says where."""
    read = avg_pool.reads(layer, inputs, outputs)
    return lambda marked: read(marked) * len(inputs)


def exact(layer: MaxUnpool) -> bool:
    return True


def prepare(layer: MaxUnpool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    shape = outputs[0]
    positions, maps = prod(shape.spatial), shape[0] * shape[1]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        where = _where(layer, xs, weights, maps, positions)
        y = np.zeros((maps, positions), dtype)
        np.put_along_axis(y, where, xs[0].reshape(maps, -1), 1)
        return (y.reshape(shape),)

    return run


def room(ask: Ask) -> int:
    return WIDE * prod(ask.inputs[0][:2])


def backward(layer: MaxUnpool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    positions, maps = prod(outputs[0].spatial), inputs[0][0] * inputs[0][1]
    order = np.arange(prod(inputs[0].spatial))

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        where = _where(layer, xs, weights, maps, positions)
        # Of several numbers that were put to one place only the last is there.
        last = np.zeros((maps, positions), order.dtype)
        np.put_along_axis(last, where, order[None], 1)
        there = np.take_along_axis(last, where, 1) == order
        dx = np.where(there, np.take_along_axis(dys[0].reshape(maps, -1), where, 1), dtype.type(0))
        nothing = (np.zeros(x, dtype) for x in inputs[1:])  # a place has no gradient
        return (dx.reshape(inputs[0]), *nothing), {}

    return back


def _where(layer: MaxUnpool, xs: tuple[Array, ...], weights: Weights, maps: int, positions: int) -> Array:
    where = (xs[1] if len(xs) > 1 else weights["indices"]).reshape(maps, -1)
    if where.size and not 0 <= where.min() <= where.max() < positions:
        raise ParameterError(f"{layer.op}: indices go from {where.min()} to {where.max()}, the output has {positions}")
    return where
