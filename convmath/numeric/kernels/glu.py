"""The gated linear unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import FUNCTIONS, floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.shrink import GLU
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(layer: GLU, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        x, gate = np.split(xs[0], 2, layer.dim)
        return ((x * FUNCTIONS["Sigmoid"](gate, layer)).astype(dtype, copy=False),)

    return run


def cancelling(layer: GLU, xs: tuple[Array, ...]) -> Array:
    """Half of what is gated, of which tanh leaves a share: x·σ(g) = x/2 + x/2·tanh(g/2)."""
    half: Array = np.split(xs[0], 2, layer.dim)[0] / 2
    return abs(half)


def room(ask: Ask) -> int:
    return 4 * ask.y


def backward(layer: GLU, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        x, gate = np.split(xs[0], 2, layer.dim)
        share = FUNCTIONS["Sigmoid"](gate, layer)
        dx = np.concatenate((dys[0] * share, dys[0] * x * share * (1 - share)), layer.dim)
        return (dx.astype(dtype, copy=False),), {}

    return back


def reads(layer: GLU, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    return lambda marked: (np.concatenate((marked[0], marked[0]), layer.dim),)
