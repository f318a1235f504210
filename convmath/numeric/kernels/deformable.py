"""Deformable convolution: a sparse matrix samples what the taps read, and one product weighs it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..arrays import checked
from ..sampling import sampling_matrix, slope_matrix
from ..workspaces import Workspace, workspace
from . import reading
from .activation import floating
from .conv import backward as gradient_of_convolution
from .conv import biased, for_bias
from .conv import prepare as prepare_convolution

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.deformable import Deformable, DeformConv
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: DeformConv) -> bool:
    return True


def prepare(layer: DeformConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    x, shape = inputs[0], outputs[0]
    branch = prepare_convolution(layer.offset, inputs, layer.offset.infer(x), dtype)
    sampled = Deformed(layer, x, shape, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (sampled(xs[0], *_parted(layer, *branch(xs, _of_branch(weights))), weights),)

    return run


def room(ask: Ask) -> Workspace:
    layer = ask.layer
    branch, sampled = layer.offset.infer(*ask.inputs), sampling(ask)
    told = ask.item * prod(branch[0]) * (2 if layer.mask else 1)
    offsets = workspace(layer.offset, ask.inputs, branch, ask.dtype).at_once
    return Workspace(sampled.kept, max(ask.wide * sampled.kept, told + max(offsets, sampled.at_once)))


def sampling(ask: Ask) -> Workspace:
    """What `Deformed` keeps, and what it takes while it samples."""
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    rank, taps = x.rank, prod(layer.kernel_size)
    some = min(prod(y.spatial), max(1, TILE // (taps * layer.in_channels * ask.item))) * taps
    # Of each sample: its corners in the matrix, what leads there along each axis, and what is read, old and new.
    each = 2**rank * (ask.item + 4) + rank * (6 * ask.item + 24) + 3 * ask.item * layer.in_channels
    grid = rank * prod(y.spatial) * taps * ask.item
    finite = x.batch * layer.offset_groups * rank * prod(y.spatial) * taps  # a boolean for every offset
    return Workspace(grid, max(finite, some * each + ask.item * prod(x[1:]) + ask.weights))


def backward(layer: DeformConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    told = layer.offset.infer(inputs[0])
    branch = prepare_convolution(layer.offset, inputs, told, dtype)
    branch_back = gradient_of_convolution(layer.offset, inputs, told, dtype)
    sampled = Deformed(layer, inputs[0], outputs[0], dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        own = _of_branch(weights)
        offset, mask = _parted(layer, *branch(xs, own))
        dx, doffset, dmask, dw = sampled.backward(xs[0], offset, mask, weights, dys[0])
        dtold = doffset if mask is None else np.concatenate([doffset, dmask * mask * (1 - mask)], 1)
        (through,), of_branch = branch_back(xs, own, (dtold,))
        return (dx + through,), dw | {f"offset.{name}": array for name, array in of_branch.items()}

    return back


def reads(layer: DeformConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Where the taps are without offsets, which are data; there the offsets' branch reads every channel."""
    told = layer.offset.infer(inputs[0])
    branch = reading(layer.offset, inputs, told)
    return lambda marked: branch((np.broadcast_to(marked[0].any(1, keepdims=True), told[0]),))


def _of_branch(weights: Weights) -> Weights:
    return {name.removeprefix("offset."): array for name, array in weights.items() if name.startswith("offset.")}


def _parted(layer: DeformConv, told: Array) -> tuple[Array, Array | None]:
    """The offsets and masks that the branch tells."""
    moved = len(layer.kernel_size) * prod(layer.kernel_size) * layer.offset_groups
    return told[:, :moved], 1 / (1 + np.exp(-told[:, moved:])) if layer.mask else None


class Deformed:
    """A deformable convolution whose offsets and masks are given."""

    def __init__(self, layer: Deformable, x: Shape, y: Shape, dtype: np.dtype[Any]) -> None:
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
        layer = self.layer
        groups, taps, positions = layer.offset_groups, prod(layer.kernel_size), prod(self.y.spatial)
        offset, factor = self._by_group(offset, mask)
        share = layer.in_channels // groups
        rows = _by_tap(weights["weight"], layer.groups)
        y = np.empty((len(x), layer.out_channels, positions), self.dtype)
        several = max(1, TILE // (taps * layer.in_channels * self.dtype.itemsize))
        for n, sample in enumerate(x):
            pixels = [np.ascontiguousarray(part.T) for part in sample.reshape(groups, share, -1)]
            for begin in range(0, positions, several):
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

    def backward(
        self, x: Array, offset: Array, mask: Array | None, weights: Weights, dy: Array
    ) -> tuple[Array, Array, Array | None, Weights]:
        """The gradients of the input, the offsets, the masks (None without any) and the weights by name."""
        layer, shape = self.layer, offset.shape
        offset, factor = self._by_group(offset, mask)
        rows, share = _by_tap(weights["weight"], layer.groups), layer.in_channels // layer.offset_groups
        given, drows = dy.reshape(*self.y[:2], -1), np.zeros_like(rows)
        doffset, dfactor = np.empty_like(offset), np.empty_like(offset[:, :, :, 0])
        dpixels = np.zeros((len(x), prod(self.x.spatial), layer.in_channels), self.dtype)
        at_once = max(1, TILE // (offset.shape[2] * layer.in_channels * self.dtype.itemsize))
        for n in range(len(x)):
            pixels = x[n].reshape(layer.in_channels, -1).T
            for begin in range(0, given.shape[2], at_once):
                tile = slice(begin, begin + at_once)
                dread = _unweighed(given[n, :, tile], rows, layer.in_channels // layer.groups)
                read = np.empty_like(dread)
                for group in range(layer.offset_groups):
                    own = slice(group * share, (group + 1) * share)
                    where = self.grid[:, tile] + offset[n, group, :, :, tile].transpose(1, 2, 0)
                    times = None if factor is None else factor[n, group, :, tile].T
                    sampled = _Sampled(np.ascontiguousarray(pixels[:, own]), where, self.x.spatial, times)
                    read[:, :, own] = sampled.read
                    dpixel, dwhere, dtimes = sampled.backward(dread[:, :, own])
                    dpixels[n, :, own] += dpixel
                    doffset[n, group, :, :, tile] = dwhere.transpose(2, 0, 1)
                    dfactor[n, group, :, tile] = dtimes.T
                drows += _by_share(read, len(rows)).transpose(0, 2, 1) @ _by_share(given[n, :, tile].T, len(rows))
        dx = np.ascontiguousarray(dpixels.transpose(0, 2, 1)).reshape(self.x)
        dw = {"weight": _from_taps(drows, weights["weight"].shape), **for_bias(dy, weights)}
        return dx, doffset.reshape(shape), None if mask is None else dfactor.reshape(mask.shape), dw

    def _by_group(self, offset: Array, mask: Array | None) -> tuple[Array, Array | None]:
        """(N, og, ∏k, n, ∏o) and (N, og, ∏k, ∏o)."""
        layer, rank = self.layer, self.x.rank
        lead = (self.x.batch, layer.offset_groups, prod(layer.kernel_size))
        moved = (lead[0], lead[1] * lead[2], *self.y.spatial)
        offset = checked(f"{layer.op}: the offset", offset, (lead[0], rank * moved[1], *self.y.spatial), self.dtype)
        mask = None if mask is None else checked(f"{layer.op}: the mask", mask, moved, self.dtype)
        if not np.isfinite(offset).all():
            raise ParameterError(f"{layer.op}: an offset is not finite (NaN or infinite offsets sample nowhere)")
        offset = offset.reshape(*lead, rank, -1)
        return offset, None if mask is None else mask.reshape(*lead, -1)


class _Sampled:
    """What some positions (P, C) hold at positions (n, outputs, ∏k), times factors (outputs, ∏k)."""

    def __init__(self, pixels: Array, where: Array, sizes: tuple[int, ...], times: Array | None) -> None:
        self.pixels, self.sizes, self.form = pixels, sizes, where.shape[1:]
        self.positions = tuple(axis.reshape(-1) for axis in where)
        self.times = np.ones(self.form, pixels.dtype) if times is None else times
        self.matrix = sampling_matrix(self.positions, sizes)
        self.plain = self.matrix @ pixels
        self.read = self.plain.reshape(*self.form, -1) * self.times[..., None]

    def backward(self, dread: Array) -> tuple[Array, Array, Array]:
        """The gradients of positions, positions and factors."""
        through = (dread * self.times[..., None]).reshape(self.plain.shape)
        slopes = [slope_matrix(self.positions, self.sizes, axis) @ self.pixels for axis in range(len(self.sizes))]
        dwhere = np.stack([(slope * through).sum(1).reshape(self.form) for slope in slopes])
        dtimes = (self.plain.reshape(dread.shape) * dread).sum(2)
        return self.matrix.T @ through, dwhere, dtimes


TILE = 4 << 20
"""Bytes of samples at a time."""


def _by_tap(weight: Array, groups: int) -> Array:
    """(M, C/g, *k) as (g, ∏k·C/g, M/g), the order in which taps are read."""
    filters, share = weight.shape[:2]
    taps = weight.reshape(groups, filters // groups, share, -1).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(taps).reshape(groups, -1, filters // groups)


def _from_taps(rows: Array, shape: tuple[int, ...]) -> Array:
    """The transpose of `_by_tap`."""
    groups, _, filters = rows.shape
    return rows.reshape(groups, -1, shape[1], filters).transpose(0, 3, 2, 1).reshape(shape)


def _weighed(read: Array, rows: Array) -> Array:
    """(positions, ∏k, C) by (g, ∏k·C/g, M/g) to (M, positions)."""
    positions, groups = len(read), len(rows)
    if groups == 1:
        return (read.reshape(positions, -1) @ rows[0]).T
    return np.matmul(_by_share(read, groups), rows).transpose(0, 2, 1).reshape(-1, positions)


def _unweighed(dy: Array, rows: Array, share: int) -> Array:
    """(M, positions) by (g, ∏k·C/g, M/g) to (positions, ∏k, C): the transpose of `_weighed`."""
    given = _by_share(dy.T, len(rows))
    each = (given @ rows.transpose(0, 2, 1)).reshape(len(rows), dy.shape[1], -1, share)
    return np.moveaxis(each, 0, 2).reshape(dy.shape[1], each.shape[2], -1)


def _by_share(read: Array, groups: int) -> Array:
    """(positions, …, C) as (g, positions, …·C/g)."""
    each = read.reshape(*read.shape[:-1], groups, -1)
    return np.moveaxis(each, -2, 0).reshape(groups, len(read), -1)
