"""What defining equations are made of beyond sizes: entries of arrays, and sums over an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..symbolic.written import operation, symbol

if TYPE_CHECKING:
    from ..symbolic.written import Operand


def of(name: str, *indices: Operand) -> Operand:
    """name(indices): an entry of an array, a function of its arguments.

    >>> str(of("x", symbol("q"), symbol("o") * symbol("s")))
    'x(q, o·s)'
    """
    return operation("()", symbol(name), *indices)


def total(index: str, body: Operand) -> Operand:
    """Σ over all values of an index.

    >>> str(total("t", of("x", symbol("t"))))
    'Σ_t x(t)'
    """
    return operation("Σ", symbol(index), body)


def largest(index: str, body: Operand) -> Operand:
    """The largest value over all values of an index.

    >>> str(largest("t", of("x", symbol("t"))))
    'max_t x(t)'
    """
    return operation("max over", symbol(index), body)


def mean(index: str, body: Operand) -> Operand:
    """The mean over all values of an index.

    >>> str(mean("t", of("x", symbol("t"))))
    'mean_t x(t)'
    """
    return operation("mean over", symbol(index), body)


def largest_of(a: Operand, b: Operand) -> Operand:
    """The larger of two."""
    return operation("max", a, b)


def smallest_of(a: Operand, b: Operand) -> Operand:
    """The smaller of two."""
    return operation("min", a, b)
