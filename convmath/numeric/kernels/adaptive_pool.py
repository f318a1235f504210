"""Pooling into bins, and to one position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.adaptive_pool import AdaptiveAvgPool, AdaptivePool, Bins, GlobalAvgPool, GlobalPool
from .avg_pool import divided

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array
    from . import Run


def prepare(
    layer: AdaptivePool | GlobalPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    x, shape = inputs[0], outputs[0]
    sizes = (1,) * x.rank if isinstance(layer, GlobalPool) else shape.spatial
    if isinstance(layer, AdaptiveAvgPool | GlobalAvgPool):
        return lambda xs, weights: (averaged(xs[0], sizes).reshape(shape),)
    if getattr(layer, "return_indices", False):
        return lambda xs, weights: _largest_and_places(xs[0], bins_of(x.spatial, sizes))
    return lambda xs, weights: (_over_axes(xs[0], bins_of(x.spatial, sizes), np.max).reshape(shape),)


def bins_of(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """The first and last input of every bin, axis by axis."""
    return [[Bins(i, o).interval(j) for j in range(o)] for i, o in zip(inputs, outputs, strict=True)]


def averaged(x: Array, outputs: tuple[int, ...]) -> Array:
    """The mean of every bin."""
    bins = bins_of(x.shape[2:], outputs)
    divisor: Any = 1
    for axis, intervals in enumerate(bins):
        lengths = np.array([last - first + 1 for first, last in intervals])
        divisor = divisor * lengths.reshape(-1, *(1,) * (len(bins) - 1 - axis))
    return divided(_over_axes(x, bins, np.sum), divisor)


def _over_axes(x: Array, bins: list[list[tuple[int, int]]], reduce: Any) -> Array:
    for axis, intervals in enumerate(bins, 2):
        pieces = [x[(slice(None),) * axis + (slice(first, last + 1),)] for first, last in intervals]
        x = np.stack([reduce(piece, axis) for piece in pieces], axis).astype(x.dtype, copy=False)
    return x


def _largest_and_places(x: Array, bins: list[list[tuple[int, int]]]) -> tuple[Array, Array]:
    outputs = tuple(map(len, bins))
    y, found = np.empty((*x.shape[:2], *outputs), x.dtype), np.empty((*x.shape[:2], *outputs), np.int64)
    places = np.arange(x[0, 0].size).reshape(x.shape[2:])
    for output in np.ndindex(*outputs):
        inside = tuple(slice(bins[axis][j][0], bins[axis][j][1] + 1) for axis, j in enumerate(output))
        piece = x[(slice(None), slice(None), *inside)].reshape(*x.shape[:2], -1)
        best = piece.argmax(-1)
        y[(..., *output)] = np.take_along_axis(piece, best[..., None], -1)[..., 0]
        found[(..., *output)] = places[inside].reshape(-1)[best]
    return y, found
