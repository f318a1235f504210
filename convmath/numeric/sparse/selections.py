"""Which input every tap of every output reads, as matrices of 0 and 1: the S_t of a factored matrix."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .bands import NOTHING, reads
from .geometry import index_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..arrays import Array
    from .geometry import Geometry

TILE = 6 << 20
"""Bytes of what is selected at a time, so that it stays in the cache."""


class Tile(NamedTuple):
    """What some outputs read, all of it among some inputs: for each tap of each output a row with at most one 1."""

    outputs: slice
    inputs: slice
    selection: Any

    @property
    def nbytes(self) -> int:
        """Bytes that the selection takes."""
        kept = self.selection.data, self.selection.indices, self.selection.indptr
        return sum(int(array.nbytes) for array in kept)


def tiles(geometry: Geometry, itemsize: int) -> Iterator[Tile]:
    """All outputs in order, cut so that what a tile selects stays within TILE bytes."""
    read = positions(geometry)
    several = outputs_at_once(geometry, itemsize)
    index = index_dtype(several * geometry.taps, prod(geometry.inputs.spatial))
    for begin in range(0, len(read), several):
        part = read[begin : begin + several].reshape(-1)
        touched = part[part != NOTHING]
        first, last = (int(touched.min()), int(touched.max())) if len(touched) else (0, -1)
        yield Tile(
            slice(begin, begin + several),
            slice(first, last + 1),
            _selection(np.where(part == NOTHING, NOTHING, part - first), last + 1 - first, index),
        )


def outputs_at_once(geometry: Geometry, itemsize: int) -> int:
    """How many outputs a tile has, at the most."""
    fit: int = TILE // (geometry.taps * geometry.inputs.channels * itemsize)
    return max(1, min(fit, prod(geometry.outputs.spatial)))


def selections(geometry: Geometry) -> Iterator[Any]:
    """S_t (∏o, ∏i) of every tap."""
    read, inputs = positions(geometry), prod(geometry.inputs.spatial)
    for tap in read.T:
        yield _selection(tap, inputs, index_dtype(len(read), inputs))


def positions(geometry: Geometry) -> Array:
    """(∏o, ∏k): the flat position that every tap of every output reads, or NOTHING.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.numeric.sparse.geometry import geometry_of
    >>> positions(geometry_of(Conv2d(1, 1, (1, 2), padding=(0, 1)), (1, 1, 2, 2))).tolist()
    [[-1, 0], [0, 1], [1, -1], [-1, 2], [2, 3], [3, -1]]
    """
    sizes, counts = geometry.inputs.spatial, geometry.outputs.spatial
    found, rank = np.zeros((1,) * 2 * len(sizes), index_dtype(prod(sizes))), len(sizes)
    for axis, (window, size, count) in enumerate(zip(geometry.windows, sizes, counts, strict=True)):
        read = reads(window, size, np.arange(count), geometry.mode)
        # Axis by axis of the outputs, then of the taps.
        shape = [1] * 2 * rank
        shape[axis], shape[rank + axis] = read.shape
        read = read.reshape(shape).astype(found.dtype)
        found = np.where((found == NOTHING) | (read == NOTHING), NOTHING, found * size + read).astype(found.dtype)
    return found.reshape(prod(counts), geometry.taps)


def _selection(read: Array, inputs: int, index: np.dtype[Any]) -> Any:
    """A row for every place of `read`, with a 1 at the input that it reads, if any."""
    from scipy.sparse import csr_array

    touching = read != NOTHING
    starts = np.zeros(len(read) + 1, index)
    np.cumsum(touching, out=starts[1:])
    return csr_array((np.ones(starts[-1], bool), read[touching].astype(index), starts), shape=(len(read), inputs))
