"""Resizing by interpolation, one axis after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.size import as_fraction
from ..transposes import untaken
from .activation import floating
from .adaptive_pool import averaged, averaged_back, averaging, bins_of, into_bins

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.upsample import Upsample
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run

CUBIC = -0.75
"""The slope of Keys' cubic kernel at 1, as in PyTorch."""


def exact(layer: Upsample) -> bool:
    return layer.mode in {"nearest", "nearest-exact"}


def prepare(layer: Upsample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    if layer.mode == "area":
        return lambda xs, weights: (averaged(xs[0], outputs[0].spatial),)
    axes = _axes(layer, inputs[0], outputs[0], dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = xs[0]
        for axis, taps in reversed(list(enumerate(axes, 2))):
            form = (-1, *(1,) * (y.ndim - 1 - axis))
            y = sum(np.take(y, index, axis) * share.reshape(form) for index, share in taps)
        return (y,)

    return run


def room(ask: Ask) -> int:
    sizes = ask.outputs[0].spatial
    if ask.layer.mode == "area":
        return averaging(ask, sizes)
    return ask.axis_by_axis(ask.inputs[0].spatial, sizes, 3, (2, 1, 0))


def backward(layer: Upsample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x = inputs[0]
    if layer.mode == "area":
        floating(layer, dtype)
        return lambda xs, weights, dys: ((averaged_back(dys[0], x.spatial),), {})
    axes = _axes(layer, x, outputs[0], dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dx = dys[0]
        for axis, taps in enumerate(axes, 2):
            form = (-1, *(1,) * (len(x) - 1 - axis))
            dx = sum(untaken(dx * share.reshape(form), index, x[axis], axis) for index, share in taps)
        return (dx,), {}

    return back


def reads(layer: Upsample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    x = inputs[0]
    if layer.mode == "area":
        return lambda marked: (into_bins(marked[0], x.spatial, bins_of(x.spatial, outputs[0].spatial)),)
    axes = _axes(layer, x, outputs[0], np.dtype(np.float64))

    def through(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        found = marked[0]
        for axis, taps in enumerate(axes, 2):
            form = (-1, *(1,) * (len(x) - 1 - axis))
            pieces = (untaken(found & (share != 0).reshape(form), index, x[axis], axis) for index, share in taps)
            found = np.logical_or.reduce(list(pieces))
        return (found,)

    return through


def _axes(layer: Upsample, x: Shape, y: Shape, dtype: np.dtype[Any]) -> list[Taps]:
    """Of each axis the inputs that every output is a sum of, with their shares."""
    if layer.mode not in {"nearest", "nearest-exact"}:
        floating(layer, dtype)
    return [
        SHARES[layer.mode](_places(layer, axis, i, o), i, dtype)
        for axis, (i, o) in enumerate(zip(x.spatial, y.spatial, strict=True))
    ]


def _places(layer: Upsample, axis: int, inputs: int, outputs: int) -> Array:
    """Where each output falls among the inputs: numerators over the last entry, the denominator."""
    j = np.arange(outputs)
    if layer.align_corners:
        return np.append(j * (inputs - 1), max(outputs - 1, 1))
    if layer.scale_factor is None:
        above, below = inputs, outputs
    else:
        factors = layer.scale_factor
        below, above = as_fraction(factors[axis] if len(factors) > 1 else factors[0])
    if layer.mode == "nearest":
        return np.append(j * above, below)
    return np.append((2 * j + 1) * above - (0 if layer.mode == "nearest-exact" else below), 2 * below)


Taps = list[tuple[Any, Any]]


def _nearest(positions: Array, size: int, dtype: np.dtype[Any]) -> Taps:
    index = np.minimum(positions[:-1] // positions[-1], size - 1)
    return [(index, np.ones(len(index), dtype))]


def _linear(positions: Array, size: int, dtype: np.dtype[Any]) -> Taps:
    at, below = np.maximum(positions[:-1], 0), positions[-1]
    index = np.minimum(at // below, size - 1)
    share = (at - index * below) / below
    return [(index, (1 - share).astype(dtype)), (np.minimum(index + 1, size - 1), share.astype(dtype))]


def _cubic(positions: Array, size: int, dtype: np.dtype[Any]) -> Taps:
    index = positions[:-1] // positions[-1]
    share = (positions[:-1] - index * positions[-1]) / positions[-1]
    far, near = _keys_far, _keys_near
    shares = (far(share + 1), near(share), near(1 - share), far(2 - share))
    return [(np.clip(index + k - 1, 0, size - 1), part.astype(dtype)) for k, part in enumerate(shares)]


def _keys_near(t: Array) -> Array:
    return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1


def _keys_far(t: Array) -> Array:
    return ((t - 5) * t + 8) * t * CUBIC - 4 * CUBIC


SHARES = {
    "nearest": _nearest, "nearest-exact": _nearest, "linear": _linear, "bilinear": _linear, "trilinear": _linear,
    "bicubic": _cubic,
}  # fmt: skip
"""The inputs that each output of an axis is a sum of, with their shares."""
