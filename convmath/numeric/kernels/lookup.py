"""Numbers looked up by their indices."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.lookup import Embedding, Gather
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Bound, Gradients, Reads, Run


def exact(layer: Embedding | Gather) -> bool:
    return True


def indices(layer: Embedding | Gather, inputs: tuple[Shape, ...]) -> tuple[Bound | None, ...]:
    """The last input lists them."""
    return (layer.num_embeddings,) if len(inputs) == 1 else (None, inputs[0][layer.dim % len(inputs[0])])  # type: ignore[union-attr]


def prepare(
    layer: Embedding | Gather, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        table, axis = _table(layer, xs, weights)
        return (table.take(_listed(layer, xs[-1], table.shape[axis]), axis),)

    return run


def room(ask: Ask) -> int:
    return (2 * WIDE + 2 + 2 * ask.item) * prod(ask.inputs[-1])


def backward(
    layer: Embedding | Gather, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    """A place has no gradient."""

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        table, axis = _table(layer, xs, weights)
        listed = _listed(layer, xs[-1], table.shape[axis])
        made = np.zeros_like(table)
        rows = np.moveaxis(dys[0], range(axis, axis + listed.ndim), range(listed.ndim))
        np.add.at(np.moveaxis(made, axis, 0), listed, rows)
        nothing = np.zeros(inputs[-1], dtype)
        return ((nothing,), {"weight": made}) if len(xs) == 1 else ((made, nothing), {})

    return back


def reads(layer: Embedding | Gather, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Any row of a table may be read; a place is read for every number of its row."""
    axis = 0 if len(inputs) == 1 else layer.dim % len(inputs[0])  # type: ignore[union-attr]
    listed = tuple(range(axis, axis + len(inputs[-1])))
    if len(inputs) == 1:
        return lambda marked: (marked[0].any(-1),)

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        beside = tuple(place for place in range(marked[0].ndim) if place not in listed)
        rows = np.expand_dims(marked[0].any(listed), axis)
        return np.broadcast_to(rows, inputs[0]), marked[0].any(beside)

    return read


def _table(layer: Embedding | Gather, xs: tuple[Array, ...], weights: Weights) -> tuple[Array, int]:
    """What is looked up in, and along which axis."""
    if len(xs) == 1:
        return weights["weight"], 0
    return xs[0], layer.dim % xs[0].ndim  # type: ignore[union-attr]


def _listed(layer: Embedding | Gather, x: Array, size: int) -> Array:
    if x.size and not -size <= x.min() <= x.max() < size:
        raise ParameterError(f"{layer.op}: indices must be whole numbers from {-size} to {size - 1}")
    return x % size
