"""The matrix of a convolution written out: CSR channel by channel, BSR pixel by pixel.

Every array is written once, in the order in which it is stored: nothing is sorted, and no index is kept wider than it
ends.
"""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .bands import bands
from .geometry import index_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..arrays import Array
    from .bands import Band, Bands
    from .geometry import Geometry


def csr(geometry: Geometry, weight: Array) -> Any:
    """Row (m, o), column (c, i): for a filter m, the rows of all its outputs hold equally much, C/g·pairs."""
    from scipy.sparse import csr_array

    axes, groups, share = _axes(geometry), geometry.groups, geometry.share
    index = index_dtype(*geometry.shape, geometry.nonzeros)
    filters, inputs, stored = len(weight), prod(geometry.inputs.spatial), share * _pairs(axes)
    data = np.empty((filters, stored), weight.dtype)
    indices = np.empty((groups, filters // groups, stored), index)
    group, channel = np.arange(groups) * share * inputs, np.arange(share) * inputs
    for chosen in _combinations(axes):
        values = _merged(weight, chosen).reshape(filters, *(1,) * len(chosen), -1)
        _part(data, axes, chosen)[...] = values
        firsts, steps = _places(geometry.inputs.spatial, chosen)
        _fill(_part(indices, axes, chosen), group[:, None], firsts, np.add.outer(channel, steps))
    starts = _starts(_counts(axes) * share, filters, index)
    return csr_array((data.reshape(-1), indices.reshape(-1), starts), shape=geometry.shape)


def bsr(geometry: Geometry, weight: Array) -> Any:
    """Row (o, m), column (i, c): a block M/g × C/g for each group and for each input that an output reads."""
    from scipy.sparse import bsr_array

    axes, groups, share = _axes(geometry), geometry.groups, geometry.share
    index = index_dtype(*geometry.shape)
    filters, blocks = len(weight) // groups, groups * _pairs(axes)
    data, indices = np.empty(blocks * filters * share, weight.dtype), np.empty(blocks, index)
    for chosen in _combinations(axes):
        values = _merged(weight, chosen).reshape(groups, filters, share, -1)
        _part(data, axes, chosen)[...] = values.transpose(0, 3, 1, 2).reshape(-1)
        firsts, steps = _places(geometry.inputs.spatial, chosen)
        steps = np.add.outer(np.arange(groups), steps * groups)
        _fill(_part(indices, axes, chosen), np.zeros((), int), firsts * groups, steps)
    starts = _starts(_counts(axes).repeat(groups), 1, index)
    return bsr_array((data.reshape(blocks, filters, share), indices, starts), shape=geometry.shape)


def _axes(geometry: Geometry) -> tuple[Bands, ...]:
    sizes = zip(geometry.windows, geometry.inputs.spatial, geometry.outputs.spatial, strict=True)
    return tuple(bands(window, size, count, geometry.mode) for window, size, count in sizes)


def _pairs(axes: tuple[Bands, ...]) -> int:
    return prod(axis.pairs for axis in axes)


def _combinations(axes: tuple[Bands, ...]) -> Iterator[tuple[Band, ...]]:
    """A band of every axis, in all ways in which something is read."""
    return product(*([band for band in axis if band.size] for axis in axes))


def _part(stored: Array, axes: tuple[Bands, ...], chosen: Sequence[Band]) -> Array:
    """What the outputs of these bands hold, (…, *outputs, each): a view of (…, all that is stored)."""
    for band, axis in zip(chosen, axes, strict=True):
        *lead, width = stored.shape
        each = width // axis.pairs
        stored = stored[..., band.pairs * each : (band.pairs + band.size) * each]
        stored = stored.reshape(*lead, len(band.firsts), len(band.steps) * each)
    return stored


def _merged(weight: Array, chosen: Sequence[Band]) -> Array:
    """(M, C/g, *positions): the weights of the inputs that each output of these bands reads."""
    return reduce(lambda merged, axis: axis[1].merged(merged, axis[0]), enumerate(chosen, 2), weight)


def _places(sizes: tuple[int, ...], chosen: Sequence[Band]) -> tuple[Array, Array]:
    """The first input of every output of these bands, and how far its inputs are from it, as flat positions."""
    firsts = steps = np.zeros((), int)
    for band, size in zip(chosen, sizes, strict=True):
        firsts, steps = np.add.outer(firsts * size, band.firsts), np.add.outer(steps * size, band.steps)
    return firsts, steps


def _fill(out: Array, begins: Array, firsts: Array, steps: Array) -> None:
    """out[…, *o, s] = begins[…] + firsts[*o] + steps[s], a line of outputs at a time, for rows may be short."""
    line = firsts[(0,) * (firsts.ndim - 1)]
    offsets = np.add.outer((line - line[0]).astype(out.dtype), steps.reshape(-1).astype(out.dtype))
    heads = np.add.outer(begins, firsts[..., 0]).astype(out.dtype)
    np.add(heads[..., None], offsets.reshape(-1), out=out.reshape(*out.shape[:-2], -1))


def _counts(axes: tuple[Bands, ...]) -> Array:
    """How many inputs every output reads, over all axes."""
    return reduce(np.multiply.outer, [axis.counts for axis in axes]).reshape(-1)


def _starts(counts: Array, times: int, index: np.dtype[Any]) -> Array:
    """Where every row begins, if rows hold `counts`, so many times over."""
    starts = np.zeros(times * len(counts) + 1, index)
    before = (np.arange(times) * counts.sum()).astype(index)
    np.add.outer(before, counts.cumsum().astype(index), out=starts[1:].reshape(times, -1))
    return starts
