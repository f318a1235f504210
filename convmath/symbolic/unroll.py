"""Counts of pairs written out as sums over the taps, where strides, taps and dilations are numbers."""

from __future__ import annotations

from ..core.size import clip
from .atoms import ATOMS, Pairs
from .polynomial import size_of, terms_of
from .terms import Terms, plus, times

MOST_TAPS = 64
"""A count over more taps than this stays a count."""


def unrolled(terms: Terms) -> Terms:
    """The same terms without counts of pairs, as far as their taps are a number.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H = symbols("H")
    >>> size_of(unrolled(H.pairs_below(H, H, 1, 3, 1).terms))
    Polynomial('3H − 1')
    """
    if not any(n > 0 and type(ATOMS[n]) is Pairs for monomial in terms for n in monomial):
        return terms
    result: Terms = {}
    for monomial, coefficient in terms.items():
        product: Terms = {tuple(n for n in monomial if not _is_count(n)): coefficient}
        for number in monomial:
            if _is_count(number):
                product = times(product, _sum(number))
        result = plus(result, product)
    return result


def _is_count(number: int) -> bool:
    return number > 0 and type(ATOMS[number]) is Pairs


_sums: dict[int, Terms] = {}


def _sum(number: int) -> Terms:
    if number not in _sums:
        _sums[number] = _written_out(number)
    return _sums[number]


def _written_out(number: int) -> Terms:
    limit, steps, stride, taps, dilation = map(size_of, ATOMS[number].parts)
    if not (type(stride) is type(taps) is type(dilation) is int) or taps > MOST_TAPS:
        return {(number,): 1}
    total: Terms = {}
    for tap in range(taps):
        column = clip((limit - tap * dilation) // stride + 1, 0, steps)
        total = plus(total, terms_of(column) or {})
    return total
