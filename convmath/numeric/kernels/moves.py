"""Numbers copied to other positions: Permute, Slice, Select, Expand, Repeat, Roll, Flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def carries(layer: Layer) -> bool:
    return True


def exact(layer: Layer) -> bool:
    return True


def prepare(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    move = MOVES[layer.op]
    return lambda xs, weights: (move(xs[0], layer, outputs[0]),)


def room(ask: Ask) -> int:
    return 2 * ask.y if ask.layer.op == "Repeat" else ask.y


def backward(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x = inputs[0]
    positions = MOVES[layer.op](np.arange(x.elements).reshape(x), layer, outputs[0])

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dx = np.zeros(x.elements, dtype)
        np.add.at(dx, positions, dys[0])
        return (dx.reshape(x),), {}

    return back


def _sliced(x: Array, layer: Any, y: Shape) -> Array:
    cut: list[slice] = [slice(None)] * x.ndim
    cut[layer.dim] = slice(layer.start, layer.stop, layer.step)
    return x[tuple(cut)]


MOVES: dict[str, Callable[[Array, Any, Shape], Array]] = {
    "Permute": lambda x, layer, y: x.transpose(layer.dims),
    "Slice": _sliced,
    "Select": lambda x, layer, y: x.take(layer.index, layer.dim),
    "Expand": lambda x, layer, y: np.broadcast_to(x, y),
    "Repeat": lambda x, layer, y: np.tile(x, layer.repeats),
    "Roll": lambda x, layer, y: np.roll(x, layer.shifts, layer.dims),
    "Flip": lambda x, layer, y: np.flip(x, layer.dims),
}
"""Where each number of the output comes from; the same of positions gives the gradient."""
