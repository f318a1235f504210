"""A matrix as a product of two thin ones: exactly where it is of whole numbers and low rank, else by its SVD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...core.errors import ParameterError
from ..products import EXACT
from .lattice import integer_factors, integer_rank

if TYPE_CHECKING:
    from ..arrays import Array

EXACT_RANK = 16
"""Up to this rank factors are whole where the matrix is: with it the numbers in them grow."""


class Split(NamedTuple):
    """A matrix ≈ left·right, all its singular values, largest first, and the rank of the matrix itself."""

    left: Array
    right: Array
    values: Array
    rank: int


def nearest(matrix: Array, rank: int | None = None) -> Split:
    """The product of this rank at most, or of the matrix' own, that is nearest to a matrix.

    ‖matrix − left·right‖² = Σ_{r>rank} σ_r², and the columns on the left are orthonormal. The own rank counts the
    singular values above σ₁·max(m, n)·ε, ε being that of the matrix' dtype; of whole numbers it is exact.

    >>> almost = np.array([[1, 2], [2, 4.0000005]])
    >>> nearest(almost).rank, nearest(almost.astype("float32")).rank
    (2, 1)

    Source: Eckart and Young, "The approximation of one matrix by another of lower rank" (1936); the tolerance is that
    of numpy.linalg.matrix_rank.
    """
    wide = matrix.astype(np.result_type(matrix, np.float64))
    left, values, right = np.linalg.svd(wide, full_matrices=False)
    if not np.isfinite(values).all():
        raise ParameterError("weights are too large for their singular values to be numbers (scale them down)")
    kind = matrix.dtype if matrix.dtype.kind in "fc" else wide.dtype
    own = int(np.count_nonzero(values > values[0] * max(matrix.shape) * np.finfo(kind).eps))
    if own < len(values) and is_whole(matrix):  # a full rank needs no proof: rounding moves singular values by less
        own = integer_rank(_integers(matrix))
    kept = max(1, own if rank is None else min(rank, own))
    return Split(left[:, :kept].astype(kind), (values[:kept, None] * right[:kept]).astype(kind), values, own)


def split(matrix: Array, rank: int | None = None) -> Split:
    """The nearest product, of whole numbers and equal to the matrix where that is whole and nothing is cut.

    Up to rank 16; above, and where they would not fit, the factors are those of `nearest`.

    >>> [part.tolist() for part in split(np.array([[2, 4], [3, 6]]))[:2]]
    [[[2], [3]], [[1, 2]]]
    """
    near = nearest(matrix, rank)
    if 0 < near.rank <= min(near.left.shape[1], EXACT_RANK) and is_whole(matrix):
        kind = np.dtype(np.int64) if matrix.dtype.kind in "iu" else matrix.dtype
        left, right = integer_factors(_integers(matrix))
        if _fits(left, kind) and _fits(right, kind):
            return near._replace(left=left.astype(kind), right=right.astype(kind))
    return near


def is_whole(matrix: Array) -> bool:
    """Whether all numbers are whole, and floats below 2⁵³, where nothing between them is lost.

    >>> is_whole(np.array([2.0, -1.0])), is_whole(np.array([0.5]))
    (True, False)
    """
    if matrix.dtype.kind in "iu":
        return True
    return matrix.dtype.kind == "f" and bool((matrix == np.rint(matrix)).all() and (abs(matrix) < EXACT).all())


def _integers(matrix: Array) -> Array:
    """Python's integers, which never overflow."""
    return (matrix if matrix.dtype.kind in "iu" else matrix.astype(np.int64)).astype(object)


def _fits(whole: Array, dtype: np.dtype[Any]) -> bool:
    largest = np.iinfo(dtype).max if dtype.kind == "i" else 2 ** (np.finfo(dtype).nmant + 1)
    return all(abs(value) <= largest for value in whole.flat)
