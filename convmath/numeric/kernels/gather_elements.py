"""Numbers looked up along an axis, each at a place of its own."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.lookup import GatherElements
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Bound, Gradients, Reads, Run


def exact(layer: GatherElements) -> bool:
    return True


def indices(layer: GatherElements, inputs: tuple[Shape, ...]) -> tuple[Bound | None, ...]:
    return None, inputs[0][layer.dim % len(inputs[0])]


def prepare(layer: GatherElements, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    return lambda xs, weights: (xs[0][where(layer, xs[1], inputs[0])],)


def room(ask: Ask) -> int:
    listed = prod(ask.inputs[1])
    return WIDE * (2 * listed + sum(ask.inputs[1])) + 2 * listed


def backward(
    layer: GatherElements, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    """A place has no gradient."""

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        made = np.zeros(inputs[0], dtype)
        np.add.at(made, where(layer, xs[1], inputs[0]), dys[0])
        return (made, np.zeros(inputs[1], dtype)), {}

    return back


def reads(layer: GatherElements, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Along the axis any position may be read; an output reads its own place."""
    x, axis = inputs[0], layer.dim % len(inputs[0])

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        found = np.zeros(x, bool)
        rows = marked[0].any(axis, keepdims=True)
        corner = tuple(slice(None) if at == axis else slice(size) for at, size in enumerate(rows.shape))
        found[corner] = rows
        return found, marked[0]

    return read


def where(layer: GatherElements, listed: Array, x: Shape) -> tuple[Array, ...]:
    """What picks every number that is looked up."""
    axis = layer.dim % len(x)
    size = x[axis]
    if listed.size and not -size <= listed.min() <= listed.max() < size:
        raise ParameterError(f"{layer.op}: indices must be whole numbers from {-size} to {size - 1}")
    grid = list(np.indices(listed.shape, sparse=True))
    grid[axis] = listed % size
    return tuple(grid)
