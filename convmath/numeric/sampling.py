"""Sampling between positions as a sparse matrix: a row for each sample, with 2ⁿ corners or the nearest position."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .arrays import Array


def sampling_matrix(positions: tuple[Array, ...], sizes: tuple[int, ...], factor: Array | None = None) -> Any:
    """The CSR matrix (samples, positions) of n-linear interpolation at `positions`, one array for each axis.

    Corners outside the input count 0, so a sample is 0 only where some place is ≤ −1 or ≥ the size. `factor` multiplies
    every sample, as the mask of deformable convolution does.

    >>> sampling_matrix((np.array([0.25, -0.5]),), (3,)).toarray().tolist()
    [[0.75, 0.25, 0.0], [0.5, 0.0, 0.0]]

    Source: torchvision's border rule, observed; Dai et al. (2017).
    """
    steps = [_corners(place, size) for place, size in zip(positions, sizes, strict=True)]
    return _matrix(steps, sizes, positions[0].dtype, factor)


def slope_matrix(positions: tuple[Array, ...], sizes: tuple[int, ...], axis: int) -> Any:
    """The CSR matrix of how fast every sample changes as its place moves up along an axis.

    At a whole position that is the slope above it.

    >>> slope_matrix((np.array([0.25, -0.5, 1.0, 3.0]),), (3,), 0).toarray().tolist()
    [[-1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 0.0]]

    Source: Dai et al. (2017), appendix A.
    """
    steps = [_corners(place, size) for place, size in zip(positions, sizes, strict=True)]
    (low, _), (high, _) = steps[axis]
    below, size = np.floor(positions[axis]), sizes[axis]
    down, up = ((i >= 0) & (i < size) for i in (below, below + 1))
    steps[axis] = (low, np.where(down, -1, 0)), (high, np.where(up, 1, 0))
    return _matrix(steps, sizes, positions[0].dtype, None)


def nearest_matrix(positions: tuple[Array, ...], sizes: tuple[int, ...]) -> Any:
    """The CSR matrix (samples, positions) of the position nearest to each place; a sample of none beyond the border.

    Halfway between two positions it is the even one, as in PyTorch.

    >>> nearest_matrix((np.array([0.25, 1.5, 2.75]),), (3,)).toarray().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]

    Source: PyTorch's grid_sample, observed.
    """
    from scipy.sparse import csr_array

    rounded = [np.rint(np.clip(place, -1, size)) for place, size in zip(positions, sizes, strict=True)]
    inside = [(index >= 0) & (index < size) for index, size in zip(rounded, sizes, strict=True)]
    held = np.logical_and.reduce(inside)
    column = np.zeros(len(held), np.int64)
    for index, size in zip(rounded, sizes, strict=True):
        column = column * size + index.clip(0, size - 1).astype(np.int64)
    starts = np.concatenate([[0], held.cumsum()])
    values = np.ones(int(starts[-1]), positions[0].dtype)
    return csr_array((values, column[held], starts), shape=(len(held), prod(sizes)))


Step = tuple[tuple["Array", "Array"], tuple["Array", "Array"]]
"""Along an axis: of each of two neighbours the positions, and the shares that they have in the samples."""


def _matrix(steps: list[Step], sizes: tuple[int, ...], dtype: np.dtype[Any], factor: Array | None) -> Any:
    from scipy.sparse import csr_array

    samples, corners = len(steps[0][0][0]), 2 ** len(sizes)
    columns = np.empty((samples, corners), np.int32 if prod(sizes) < 1 << 31 else np.int64)
    values = np.empty((samples, corners), dtype)
    strides = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    for corner, sides in enumerate(product((0, 1), repeat=len(sizes))):
        chosen = [step[side] for step, side in zip(steps, sides, strict=True)]
        columns[:, corner] = sum(index * stride for (index, _), stride in zip(chosen, strides, strict=True))
        weight = prod_of([share for _, share in chosen])
        values[:, corner] = weight if factor is None else weight * factor
    starts = np.arange(0, samples * corners + 1, corners, dtype=columns.dtype)
    return csr_array((values.reshape(-1), columns.reshape(-1), starts), shape=(samples, prod(sizes)))


def prod_of(arrays: list[Array]) -> Array:
    """The product of arrays."""
    result = arrays[0]
    for array in arrays[1:]:
        result = result * array
    return result


def _corners(place: Array, size: int) -> Step:
    """The two neighbours along an axis, and their shares; one outside stands at the border with a share of 0."""
    clipped = np.clip(place, -1, size)  # farther out all shares are 0, and indices stay small
    below = np.floor(clipped)
    share = clipped - below
    index = below.astype(np.int32)
    return tuple(
        (np.clip(i, 0, size - 1), np.where((i >= 0) & (i < size), s, 0))
        for i, s in ((index, 1 - share), (index + 1, share))
    )  # type: ignore[return-value]
