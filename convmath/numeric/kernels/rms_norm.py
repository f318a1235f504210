"""Normalisation by the mean of squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.norm import RMSNorm
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(layer: RMSNorm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = xs[0] * _scale(layer, xs[0])
        return (y * weights["weight"] if "weight" in weights else y,)

    return run


def room(ask: Ask) -> int:
    return 2 * ask.y


def backward(layer: RMSNorm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    beside = tuple(range(len(inputs[0]) - len(layer.normalized_shape)))

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        scale = _scale(layer, xs[0])
        y, dy = xs[0] * scale, dys[0]
        dw = {"weight": (dy * y).sum(beside)} if "weight" in weights else {}
        dy = dy * weights["weight"] if "weight" in weights else dy
        return ((dy - y * (dy * y).mean(_axes(layer), keepdims=True)) * scale,), dw

    return back


def reads(layer: RMSNorm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    axes = _axes(layer)
    return lambda marked: (np.broadcast_to(marked[0].any(axes, keepdims=True), marked[0].shape),)


def _axes(layer: RMSNorm) -> tuple[int, ...]:
    return tuple(range(-len(layer.normalized_shape), 0))


def _scale(layer: RMSNorm, x: Array) -> Array:
    """1/√(mean of squares + eps)."""
    eps = np.finfo(x.dtype).eps if layer.eps is None else layer.eps
    return 1 / np.sqrt((x * x).mean(_axes(layer), keepdims=True) + x.dtype.type(eps))
