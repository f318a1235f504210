"""The largest or smallest numbers along an axis: sorted, and the first of them taken."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..workspaces import WIDE
from .activation import ordered

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.ranking import TopK
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: TopK) -> bool:
    return True


def prepare(layer: TopK, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    ordered(layer, dtype)
    axis = layer.dim % len(inputs[0])

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        at = _indices(layer, xs[0], axis)
        return np.take_along_axis(xs[0], at, axis), at

    return run


def room(ask: Ask) -> int:
    """The order of all numbers, and of the largest the same from the other end."""
    x, axis = ask.inputs[0], ask.layer.dim % len(ask.inputs[0])
    orders = 2 if ask.layer.largest else 1
    return int(WIDE * (orders * prod(x) + 2 * prod(ask.outputs[0]) + sum(x)) + (WIDE + ask.item) * x[axis])


def backward(layer: TopK, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """The gradient goes where the numbers came from; a place has none."""
    ordered(layer, dtype)
    axis = layer.dim % len(inputs[0])

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        made = np.zeros(inputs[0], dtype)
        np.put_along_axis(made, _indices(layer, xs[0], axis), dys[0], axis)
        return (made,), {}

    return back


def reads(layer: TopK, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """The whole axis, for the numbers as for their indices."""
    axis = layer.dim % len(inputs[0])
    return lambda marked: (np.broadcast_to(np.logical_or.reduce(marked).any(axis, keepdims=True), inputs[0]),)


def _indices(layer: TopK, x: Array, axis: int) -> Array:
    """Of equals the first comes first, NaN counts as the largest."""
    if not layer.largest:
        return np.argsort(x, axis, kind="stable").take(range(layer.k), axis)
    backwards = np.argsort(np.flip(x, axis), axis, kind="stable")
    last = np.flip(backwards, axis).take(range(layer.k), axis)
    return x.shape[axis] - 1 - last
