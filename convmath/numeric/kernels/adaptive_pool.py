"""Pooling into bins, and to one position."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.adaptive_pool import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AdaptivePool,
    Bins,
    GlobalAvgPool,
    GlobalMaxPool,
    GlobalPool,
)
from ..workspaces import WIDE
from .activation import floating, ordered
from .avg_pool import divided, wide
from .max_pool import given_to

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


EACH = 512
"""Bytes for a bin's own array objects, for as long as the bins are put together."""


def exact(layer: AdaptivePool | GlobalPool) -> bool:
    return isinstance(layer, AdaptiveMaxPool | GlobalMaxPool)


def prepare(
    layer: AdaptivePool | GlobalPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    x, shape = inputs[0], outputs[0]
    sizes = (1,) * x.rank if isinstance(layer, GlobalPool) else shape.spatial
    if isinstance(layer, AdaptiveAvgPool | GlobalAvgPool):
        return lambda xs, weights: (averaged(xs[0], sizes).reshape(shape),)
    ordered(layer, dtype)
    if getattr(layer, "return_indices", False):
        return lambda xs, weights: _largest_and_indices(xs[0], bins_of(x.spatial, sizes))
    return lambda xs, weights: (_over_axes(xs[0], bins_of(x.spatial, sizes), np.max).reshape(shape),)


def room(ask: Ask) -> int:
    sizes = ask.inputs[0].spatial
    bins = ask.outputs[0].spatial or (1,) * len(sizes)
    if getattr(ask.layer, "return_indices", False):
        largest = prod(max(last - first + 1 for first, last in along) for along in bins_of(sizes, bins))
        found = (2 + ask.wide) * ask.item * prod(ask.outputs[0])
        return WIDE * prod(sizes) + (ask.item + 2) * prod(ask.inputs[0][:2]) * largest + found
    return averaging(ask, bins)


def averaging(ask: Ask, bins: tuple[int, ...]) -> int:
    """What taking means, or the largest, axis by axis takes; integers are summed in 64 bits."""
    wide = ask.wide if ask.integers else 1
    own = ask.wide * ask.x if ask.integers else 0
    return own + wide * ask.axis_by_axis(ask.inputs[0].spatial, bins, 2) + (2 + 4 * ask.wide) * ask.y + EACH * sum(bins)


def backward(
    layer: AdaptivePool | GlobalPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    x, sizes = inputs[0], outputs[0].spatial
    if isinstance(layer, AdaptiveAvgPool | GlobalAvgPool):
        floating(layer, dtype)
        return lambda xs, weights, dys: ((averaged_back(dys[0], x.spatial),), {})
    ordered(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        _, found = _largest_and_indices(xs[0], bins_of(x.spatial, sizes))
        return (given_to(found, dys[0], x),), {}

    return back


def reads(layer: AdaptivePool | GlobalPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    bins = bins_of(inputs[0].spatial, outputs[0].spatial)
    return lambda marked: (into_bins(np.logical_or.reduce(marked), inputs[0].spatial, bins),)


def bins_of(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """The first and last input of every bin, axis by axis."""
    return [[Bins(i, o).interval(j) for j in range(o)] for i, o in zip(inputs, outputs, strict=True)]


def averaged(x: Array, outputs: tuple[int, ...]) -> Array:
    """The mean of every bin."""
    bins = bins_of(x.shape[2:], outputs)
    return divided(_over_axes(wide(x), bins, np.sum), _counts(bins)).astype(x.dtype, copy=False)


def averaged_back(dy: Array, inputs: tuple[int, ...]) -> Array:
    """The gradient of the means."""
    bins = bins_of(inputs, dy.shape[2:])
    return into_bins(divided(dy, _counts(bins)), inputs, bins)


def into_bins(dy: Array, inputs: tuple[int, ...], bins: list[list[tuple[int, int]]]) -> Array:
    """Every output added to (of booleans: united with) all inputs of its bin."""
    for axis, (size, intervals) in enumerate(zip(inputs, bins, strict=True), 2):
        dx = np.zeros((*dy.shape[:axis], size, *dy.shape[axis + 1 :]), dy.dtype)
        lead = (slice(None),) * axis
        for j, (first, last) in enumerate(intervals):
            dx[(*lead, slice(first, last + 1))] += dy[(*lead, slice(j, j + 1))]
        dy = dx
    return dy


def _counts(bins: list[list[tuple[int, int]]]) -> Any:
    """How many numbers every bin holds."""
    divisor: Any = 1
    for axis, intervals in enumerate(bins):
        lengths = np.array([last - first + 1 for first, last in intervals])
        divisor = divisor * lengths.reshape(-1, *(1,) * (len(bins) - 1 - axis))
    return divisor


def _over_axes(x: Array, bins: list[list[tuple[int, int]]], reduce: Any) -> Array:
    for axis, intervals in enumerate(bins, 2):
        pieces = [x[(slice(None),) * axis + (slice(first, last + 1),)] for first, last in intervals]
        x = np.stack([reduce(piece, axis) for piece in pieces], axis).astype(x.dtype, copy=False)
    return x


def _largest_and_indices(x: Array, bins: list[list[tuple[int, int]]]) -> tuple[Array, Array]:
    """The largest number of every bin and where it stands, the first of equals; of NaNs the last."""
    outputs = tuple(map(len, bins))
    y, found = np.empty((*x.shape[:2], *outputs), x.dtype), np.empty((*x.shape[:2], *outputs), np.int64)
    indices = np.arange(x[0, 0].size).reshape(x.shape[2:])
    for output in np.ndindex(*outputs):
        inside = tuple(slice(bins[axis][j][0], bins[axis][j][1] + 1) for axis, j in enumerate(output))
        y[(..., *output)], best = _largest(x[(slice(None), slice(None), *inside)].reshape(*x.shape[:2], -1))
        found[(..., *output)] = indices[inside].reshape(-1)[best]
    return y, found


def _largest(piece: Array) -> tuple[Array, Array]:
    """The largest along the last axis and its place there."""
    nowhere = np.isnan(piece)
    last = piece.shape[-1] - 1 - nowhere[..., ::-1].argmax(-1)
    best = np.where(nowhere.any(-1), last, piece.argmax(-1))
    return np.take_along_axis(piece, best[..., None], -1)[..., 0], best
