"""Matrices of whole numbers: their rank without any tolerance, and factors of whole numbers."""

from __future__ import annotations

from itertools import count
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..arrays import Array


def integer_rank(matrix: Array) -> int:
    """The rank over the rationals, exactly.

    It is the largest rank modulo any prime, once the product of the primes exceeds every minor that is one larger: such
    minors then are 0, for they are so modulo each of them. Hadamard's inequality bounds them.

    >>> integer_rank(np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]))
    2

    Source: Hadamard (1893), for the inequality.
    """
    largest = max(int(matrix.max(initial=0)), -int(matrix.min(initial=0)))
    rank, modulus = 0, 1
    for prime in _primes():
        rank = max(rank, _rank_modulo(matrix, prime))
        modulus *= prime
        if rank == min(matrix.shape) or modulus**2 > ((rank + 1) * largest**2) ** (rank + 1):
            return rank
    raise AssertionError  # there are more primes than any minor needs


def _primes() -> Iterator[int]:
    """Primes below 2³¹, the largest first, so that products of two remainders fit into int64."""
    odd = np.arange(3, isqrt(1 << 31) + 1, 2)
    for candidate in count((1 << 31) - 1, -2):
        if (candidate % odd).all():
            yield candidate


def _rank_modulo(matrix: Array, prime: int) -> int:
    rows = (matrix % prime).astype(np.int64)
    rank = 0
    for column in range(rows.shape[1]):
        (found,) = np.nonzero(rows[rank:, column])
        if len(found):
            rows[[rank, rank + found[0]]] = rows[[rank + found[0], rank]]
            pivot = rows[rank] * pow(int(rows[rank, column]), -1, prime) % prime
            below = rows[rank + 1 :]
            below -= below[:, column, None] * pivot % prime
            below %= prime
            rank += 1
    return rank


def integer_factors(matrix: Array) -> tuple[Array, Array]:
    """(left, right) of whole numbers with matrix = left·right and as many rows on the right as its rank.

    The right one's rows are in echelon form and span, with whole coefficients, the same as the matrix' rows. The first
    number in each column on the left is positive. Both hold Python's integers.

    >>> [part.tolist() for part in integer_factors(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]))]  # Sobel
    [[[1], [2], [1]], [[1, 0, -1]]]

    Source: Hermite (1851), without the reduction above the pivots that makes his form unique.
    """
    rest, basis, pivots = matrix.astype(object), [], []
    for column in range(matrix.shape[1]):
        while len(live := np.flatnonzero(rest[:, column])) > 1:  # Euclid's algorithm on all rows at once
            least = live[np.argmin(abs(rest[live, column]))]
            times = rest[:, column] // rest[least, column]
            times[least] = 0
            rest = rest - np.outer(times, rest[least])
        if len(live):
            basis.append(rest[live[0]])
            pivots.append(column)
            rest = np.delete(rest, live[0], 0)
    right = np.array(basis, object).reshape(len(basis), matrix.shape[1])
    left = np.zeros((len(matrix), len(basis)), object)
    for place, column in enumerate(pivots):
        left[:, place] = (matrix[:, column] - left[:, :place] @ right[:place, column]) // right[place, column]
    for place in range(len(basis)):
        if next(value for value in left[:, place] if value) < 0:
            left[:, place], right[place] = -left[:, place], -right[place]
    return left, right
