"""Deformable convolution: a sparse matrix samples what the taps read, and one product weighs it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..sampling import sampling_matrix
from .activation import floating
from .conv import biased
from .conv import prepare as prepare_convolution

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.deformable import DeformConv
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: DeformConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    x, shape = inputs[0], outputs[0]
    taps = prod(layer.kernel_size)
    moved = x.rank * taps * layer.offset_groups
    branch = prepare_convolution(layer.offset, inputs, layer.offset.infer(x), dtype)
    sampled = Deformed(layer, x, shape, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        own = {name.removeprefix("offset."): array for name, array in weights.items() if name.startswith("offset.")}
        (told,) = branch(xs, own)
        mask = 1 / (1 + np.exp(-told[:, moved:])) if layer.mask else None
        return (sampled(xs[0], told[:, :moved], mask, weights),)

    return run


class Deformed:
    """A deformable convolution whose offsets and masks are given."""

    def __init__(self, layer: DeformConv, x: Shape, y: Shape, dtype: np.dtype[Any]) -> None:
        self.layer, self.x, self.y, self.dtype = layer, x, y, dtype
        windows = layer.windows(x)
        rank, taps = x.rank, layer.kernel_size
        # Where every tap of every output reads without offsets: (axis, *o, *k).
        grids = []
        for axis, window in enumerate(windows):
            outputs = np.arange(y.spatial[axis]) * window.stride - window.low
            place = outputs[:, None] + np.arange(window.kernel) * window.dilation
            form = [1] * (2 * rank)
            form[axis], form[rank + axis] = place.shape
            grids.append(np.broadcast_to(place.reshape(form), (*y.spatial, *taps)))
        self.grid = np.stack(grids).reshape(rank, prod(y.spatial), prod(taps)).astype(dtype)

    def __call__(self, x: Array, offset: Array, mask: Array | None, weights: Weights) -> Array:
        """(N, C, *i), offsets (N, og·∏k·n, *o), tap by tap and axis by axis, and masks (N, og·∏k, *o)."""
        layer, rank = self.layer, self.x.rank
        groups, taps, places = layer.offset_groups, prod(layer.kernel_size), prod(self.y.spatial)
        if not np.isfinite(offset).all():
            raise ParameterError(f"{layer.op}: an offset is not finite (NaN or infinite offsets sample nowhere)")
        offset = offset.reshape(len(x), groups, taps, rank, places)
        factor = None if mask is None else mask.reshape(len(x), groups, taps, places)
        share = layer.in_channels // groups
        rows = _by_tap(weights["weight"], layer.groups)
        y = np.empty((len(x), layer.out_channels, places), self.dtype)
        several = max(1, TILE // (taps * layer.in_channels * self.dtype.itemsize))
        for n, sample in enumerate(x):
            pixels = [np.ascontiguousarray(part.T) for part in sample.reshape(groups, share, -1)]
            for begin in range(0, places, several):
                some = slice(begin, begin + several)
                times = None if factor is None else factor[n, :, :, some]
                y[n, :, some] = _weighed(self._read(pixels, offset[n, ..., some], times, some), rows)
        return biased(y.reshape(self.y), weights)

    def _read(self, pixels: list[Array], offset: Array, factor: Array | None, some: slice) -> Array:
        """What the taps of some outputs sample: (positions, ∏k, C)."""
        parts = []
        for group, values in enumerate(pixels):
            where = tuple((grid + offset[group, :, axis].T).reshape(-1) for axis, grid in enumerate(self.grid[:, some]))
            times = None if factor is None else factor[group].T.reshape(-1)
            sampled = sampling_matrix(where, self.x.spatial, times) @ values
            parts.append(sampled.reshape(-1, self.grid.shape[2], values.shape[1]))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, 2)


TILE = 4 << 20
"""Bytes of samples at a time."""


def _by_tap(weight: Array, groups: int) -> Array:
    """(M, C/g, *k) as (g, ∏k·C/g, M/g), the order in which taps are read."""
    filters, share = weight.shape[:2]
    taps = weight.reshape(groups, filters // groups, share, -1).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(taps).reshape(groups, -1, filters // groups)


def _weighed(read: Array, rows: Array) -> Array:
    """(positions, ∏k, C) by (g, ∏k·C/g, M/g) to (M, positions)."""
    places, taps, channels = read.shape
    groups = len(rows)
    if groups == 1:
        return (read.reshape(places, -1) @ rows[0]).T
    each = read.reshape(places, taps, groups, channels // groups).transpose(2, 0, 1, 3).reshape(groups, places, -1)
    return np.matmul(each, rows).transpose(0, 2, 1).reshape(-1, places)
