"""Whether a formula in several symbols rises with each of them over all sizes from some on: its bounds are corners."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from .polynomial import Polynomial, terms_of
from .solve import is_rising_atom
from .terms import ONE, plus, scaled, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from .terms import Terms


def rises(formula: Size, least: Mapping[str, int]) -> bool:
    """Whether it is proven that it never falls while a symbol rises from its least size on.

    A part, be it a symbol or a floor that never falls, is its value at the least sizes and something from 0 on;
    multiplied out, a sum of products of these without a negative coefficient never falls. What is no such sum may
    still rise.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> area = ((H - 1) // 2) * ((W - 1) // 2)
    >>> rises(area, {"H": 1, "W": 1}), rises(area - H, {"H": 8, "W": 1})
    (True, False)
    >>> rises(((H - 7) // 2) * W, {"H": 7, "W": 1}), rises(((H - 7) // 2) * W, {"H": 1, "W": 1})
    (True, False)
    >>> rises(3 * (H // 2) * (W // 2), {"H": 1, "W": 1})
    True
    """
    terms = terms_of(formula) or {}
    parts = {number for monomial in terms for number in monomial}
    if not all(number > 0 and is_rising_atom(number) for number in parts):
        return False
    moved = {number: plus({(number,): 1}, _constant(_least(number, least))) for number in parts}
    total: Terms = {}
    for monomial, coefficient in terms.items():
        total = plus(total, scaled(reduce(times, (moved[number] for number in monomial), {ONE: 1}), coefficient))
    return all(coefficient > 0 for monomial, coefficient in total.items() if monomial)


def _constant(number: int) -> Terms:
    return {ONE: number} if number else {}


def _least(number: int, least: Mapping[str, int]) -> int:
    part = Polynomial({(number,): 1})
    return int(part.at({name: least.get(name, low) for name, low in part.names.items()}))
