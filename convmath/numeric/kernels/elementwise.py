"""Inputs joined number by number: Add, Subtract, Multiply."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.merge import Add, Elementwise, Multiply, Subtract

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run

OPERATIONS = {Add: np.add, Subtract: np.subtract, Multiply: np.multiply}


def prepare(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    operation = next(operation for kind, operation in OPERATIONS.items() if isinstance(layer, kind))

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (reduce(operation, xs),)

    return run


def room(ask: Ask) -> int:
    return ask.y if len(ask.inputs) > 2 else 0


def backward(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dy = dys[0]
        if isinstance(layer, Multiply):
            each = [dy * factor.conj() for factor in _others(xs)]
        else:
            each = [dy if place == 0 or isinstance(layer, Add) else -dy for place in range(len(xs))]
        return tuple(_summed(dx, shape) for dx, shape in zip(each, inputs, strict=True)), {}

    return back


def _others(xs: tuple[Array, ...]) -> list[Array]:
    """For each of several arrays the product of all others."""
    before = accumulate(xs[:-1], np.multiply)
    behind = list(accumulate(xs[:0:-1], np.multiply))[::-1]
    return [behind[0], *(a * b for a, b in zip(before, behind[1:], strict=False)), reduce(np.multiply, xs[:-1])]


def _summed(dx: Array, shape: Shape) -> Array:
    """The sum over all axes along which an input of this shape was broadcast."""
    axes = tuple(axis for axis, (size, own) in enumerate(zip(dx.shape, shape, strict=True)) if size != own)
    return dx.sum(axes, keepdims=True, dtype=dx.dtype) if axes else dx
