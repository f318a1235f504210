"""Normalisation: by running statistics, or by moments of the input."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.norm import BatchNorm, ChannelNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run

    Norm = BatchNorm | InstanceNorm | GroupNorm | LayerNorm | LocalResponseNorm


def prepare(layer: Norm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    x = inputs[0]
    form, _ = _own_numbers(layer, x)
    if isinstance(layer, LocalResponseNorm):
        return lambda xs, weights: (_by_neighbours(xs[0], layer).astype(dtype, copy=False),)
    if isinstance(layer, ChannelNorm) and layer.track_running_stats:
        return lambda xs, weights: (_by_running(xs[0], weights, layer.eps, form),)
    parts, axes = _moments_over(layer, x)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = _normalised(xs[0].reshape(parts), axes, layer.eps)[0].reshape(x)
        if "weight" in weights:
            y = y * weights["weight"].reshape(form)
        return (y + weights["bias"].reshape(form) if "bias" in weights else y,)

    return run


def room(ask: Ask) -> int:
    if isinstance(ask.layer, LocalResponseNorm):
        channels = int(ask.inputs[0].channels)
        return 4 * ask.y + ask.y // channels * (channels + int(ask.layer.size))
    x = ask.inputs[0]
    if isinstance(ask.layer, ChannelNorm) and ask.layer.track_running_stats:
        return ask.y + 8 * ask.item * int(x.channels)
    parts, axes = _moments_over(ask.layer, x)
    moments = prod(size for axis, size in enumerate(parts) if axis not in axes)
    return ask.y + 2 * ask.item * moments


def backward(layer: Norm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Running statistics count as constants."""
    floating(layer, dtype)
    x = inputs[0]
    if isinstance(layer, LocalResponseNorm):
        return lambda xs, weights, dys: ((_by_neighbours_back(xs[0], dys[0], layer).astype(dtype, copy=False),), {})
    form, beside = _own_numbers(layer, x)
    if isinstance(layer, ChannelNorm) and layer.track_running_stats:

        def by_running(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
            scale = _scale(weights, layer.eps).reshape(form)
            y = (xs[0] - weights["running_mean"].reshape(form)) * scale
            dy, dw = _affine_back(y, dys[0], weights, form, beside)
            return (dy * scale,), dw

        return by_running
    parts, axes = _moments_over(layer, x)

    def by_moments(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        y, scale = _normalised(xs[0].reshape(parts), axes, layer.eps)
        dy, dw = _affine_back(y.reshape(x), dys[0], weights, form, beside)
        dy = dy.reshape(parts)
        dx = dy - dy.mean(axes, keepdims=True) - y * (dy * y).mean(axes, keepdims=True)
        return ((dx * scale).reshape(x),), dw

    return by_moments


def reads(layer: Norm, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    x = inputs[0]
    if isinstance(layer, LocalResponseNorm):
        return lambda marked: (_sums(marked[0], layer.size, layer.size - 1 - layer.size // 2) > 0,)
    if isinstance(layer, ChannelNorm) and layer.track_running_stats:
        return lambda marked: marked
    parts, axes = _moments_over(layer, x)

    def all_that_moments_are_of(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        found = marked[0].reshape(parts)
        return (np.broadcast_to(found.any(axes, keepdims=True), found.shape).reshape(x),)

    return all_that_moments_are_of


def cancelling(layer: Norm, xs: tuple[Array, ...]) -> Array:
    """What a normalisation by moments subtracts from x·scale: the mean times the scale."""
    if isinstance(layer, LocalResponseNorm) or (isinstance(layer, ChannelNorm) and layer.track_running_stats):
        return np.zeros(1)
    parts, axes = _moments_over(layer, xs[0].shape)
    x = xs[0].reshape(parts).astype(np.float64)
    deviation = np.sqrt(x.var(axes, keepdims=True) + layer.eps)
    return np.divide(abs(x), deviation, out=np.zeros_like(x), where=deviation > 0).reshape(xs[0].shape)


def _own_numbers(layer: Norm, x: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The form in which scale and shift meet the input, and the axes along which they are the same."""
    if isinstance(layer, LayerNorm):
        own = len(layer.normalized_shape)
        return x[-own:], tuple(range(len(x) - own))
    return (-1, *(1,) * (len(x) - 2)), (0, *range(2, len(x)))


def _affine_back(
    y: Array, dy: Array, weights: Weights, form: tuple[int, ...], beside: tuple[int, ...]
) -> tuple[Array, Weights]:
    """The gradient of what is scaled and shifted, and of scale and shift where there are any."""
    dw = {}
    if "weight" in weights:
        dw["weight"] = (dy * y).sum(beside)
    if "bias" in weights:
        dw["bias"] = dy.sum(beside)
    return dy * weights["weight"].reshape(form) if "weight" in weights else dy, dw


def _normalised(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """(x − mean)·scale and the scale, 1/√(variance + eps)."""
    y = x - x.mean(axes, keepdims=True)
    deviation = np.sqrt((y * y).mean(axes, keepdims=True) + x.dtype.type(eps))
    return y / deviation, 1 / deviation


def _moments_over(layer: Norm, x: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The input's shape for taking moments, and the axes over which they are taken."""
    if isinstance(layer, BatchNorm):
        return x, (0, *range(2, len(x)))
    if isinstance(layer, InstanceNorm):
        return x, tuple(range(2, len(x)))
    if isinstance(layer, GroupNorm):
        return (x[0], layer.num_groups, -1), (2,)
    return x, tuple(range(len(x) - len(layer.normalized_shape), len(x)))  # type: ignore[union-attr]


def _by_running(x: Array, weights: Weights, eps: float, each_channel: tuple[int, ...]) -> Array:
    scale = _scale(weights, eps)
    if "weight" in weights:
        scale = scale * weights["weight"]
    shift = weights.get("bias", 0) - weights["running_mean"] * scale
    return x * scale.reshape(each_channel) + shift.reshape(each_channel)


def _scale(weights: Weights, eps: float) -> Array:
    variance = weights["running_var"]
    return 1 / np.sqrt(variance + variance.dtype.type(eps))


def _by_neighbours(x: Array, layer: LocalResponseNorm) -> Array:
    return x / _divisor(x, layer) ** layer.beta


def _by_neighbours_back(x: Array, dy: Array, layer: LocalResponseNorm) -> Array:
    size, divisor = layer.size, _divisor(x, layer)
    each = dy * x * divisor ** (-layer.beta - 1)
    # Channel j reads those from j − ⌊size/2⌋ on, so channel i is read by those up to i + ⌊size/2⌋.
    total = _sums(each, size, size - 1 - size // 2)
    return dy * divisor**-layer.beta - 2 * layer.beta * layer.alpha / size * x * total


def _divisor(x: Array, layer: LocalResponseNorm) -> Array:
    return layer.k + layer.alpha / layer.size * _sums(x * x, layer.size, layer.size // 2)


def _sums(x: Array, size: int, before: int) -> Array:
    """The sum of `size` neighbouring channels, `before` of them before each."""
    channels = x.shape[1]
    around = np.zeros((x.shape[0], channels + size - 1, *x.shape[2:]), x.dtype)
    around[:, before : before + channels] = x
    return sum(around[:, tap : tap + channels] for tap in range(size))
