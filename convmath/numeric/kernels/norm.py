"""Normalisation: by running statistics, or by moments of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from . import Run

    Norm = BatchNorm | InstanceNorm | GroupNorm | LayerNorm | LocalResponseNorm


def prepare(layer: Norm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    x = inputs[0]
    each_channel = (-1, *(1,) * (len(x) - 2))
    if isinstance(layer, LocalResponseNorm):
        return lambda xs, weights: (_by_neighbours(xs[0], layer).astype(dtype, copy=False),)
    if isinstance(layer, BatchNorm) and layer.track_running_stats:
        return lambda xs, weights: (_by_running(xs[0], weights, layer.eps, each_channel),)
    parts, axes = _moments_over(layer, x)
    affine = x[-len(layer.normalized_shape) :] if isinstance(layer, LayerNorm) else each_channel

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = xs[0].reshape(parts)
        y = y - y.mean(axes, keepdims=True)
        y = (y / np.sqrt((y * y).mean(axes, keepdims=True) + dtype.type(layer.eps))).reshape(x)
        if "weight" in weights:
            y = y * weights["weight"].reshape(affine)
        return (y + weights["bias"].reshape(affine) if "bias" in weights else y,)

    return run


def _moments_over(layer: Norm, x: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The input's shape for taking moments, and the axes over which they are taken."""
    if isinstance(layer, BatchNorm):
        return x, (0, *range(2, len(x)))
    if isinstance(layer, InstanceNorm):
        return x, tuple(range(2, len(x)))
    if isinstance(layer, GroupNorm):
        return (x[0], layer.num_groups, -1), (2,)
    return x, tuple(range(len(x) - len(layer.normalized_shape), len(x)))  # type: ignore[union-attr]


def _by_running(x: Array, weights: Weights, eps: float, each_channel: tuple[int, ...]) -> Array:
    scale = 1 / np.sqrt(weights["running_var"] + x.dtype.type(eps))
    if "weight" in weights:
        scale = scale * weights["weight"]
    shift = weights.get("bias", 0) - weights["running_mean"] * scale
    return x * scale.reshape(each_channel) + shift.reshape(each_channel)


def _by_neighbours(x: Array, layer: LocalResponseNorm) -> Array:
    size, channels = layer.size, x.shape[1]
    squares = np.zeros((x.shape[0], channels + size - 1, *x.shape[2:]), x.dtype)
    np.multiply(x, x, out=squares[:, size // 2 : size // 2 + channels])
    total = sum(squares[:, tap : tap + channels] for tap in range(size))
    return x / (layer.k + layer.alpha / size * total) ** layer.beta
