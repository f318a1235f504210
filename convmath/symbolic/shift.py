"""Products as they are read best: (F − 1)(G − 1) rather than F·G − F − G + 1.

The normal form keeps the constant inside a floor below its divisor, so that equal floors are one atom; a product of
sizes that lie beside such a floor then has four terms. Here an atom is replaced by itself plus a constant where that
leaves fewer terms; the atoms made are for writing only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .atoms import ATOMS, Floor, Name, number_of
from .terms import ONE, Monomial, Terms, plus, times

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_TERMS = 400
"""Longer formulas are written as they are."""


def shortened(terms: Terms, place: Callable[[int], Any]) -> Terms:
    """The same value with fewer terms, over shifted atoms, which are tried in the order of their places.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> str(((H + 1) // 4 - 1) * ((W + 1) // 4 - 1) * 5)
    '5·⌊(H − 3)/4⌋⌊(W − 3)/4⌋'
    """
    if len(terms) > MOST_TERMS:
        return terms
    for number in sorted({n for monomial in terms for n in monomial if n > 0 and _may_shift(n)}, key=place):
        for shift in _shifts(terms, number):
            shifted = _with(terms, number, shift)
            if len(shifted) < len(terms):
                terms = shifted
                break
    return terms


def _may_shift(number: int) -> bool:
    atom = ATOMS[number]
    return type(atom) is Name or (type(atom) is Floor and atom.steps is not None and atom.steps > 1)


def _shifts(terms: Terms, number: int) -> list[int]:
    """The constants c for which some terms a·F·R + b·R are a·(F + c)·R; the most frequent first."""
    found: dict[int, int] = {}
    for monomial, coefficient in terms.items():
        if monomial.count(number) == 1 and len(monomial) > 1:
            rest = _without(monomial, number)
            constant, remainder = divmod(terms.get(rest, 0), coefficient)
            if rest and constant and not remainder:
                found[constant] = found.get(constant, 0) + 1
    return sorted(found, key=lambda constant: -found[constant])


def _with(terms: Terms, number: int, shift: int) -> Terms:
    """The terms with F written as (F + shift) − shift."""
    atom = ATOMS[number]
    if type(atom) is Floor:
        numerator, divisor = atom.parts
        moved = number_of(Floor, plus(numerator, {ONE: shift * divisor[ONE]}), divisor)
    else:
        moved = number_of(Floor, {(number,): 1, ONE: shift}, {ONE: 1})
    result: Terms = {}
    for monomial, coefficient in terms.items():
        part: Terms = {tuple(n for n in monomial if n != number): coefficient}
        for _ in range(monomial.count(number)):
            part = times(part, {(moved,): 1, ONE: -shift})
        result = plus(result, part)
    return result


def _without(monomial: Monomial, number: int) -> Monomial:
    atoms = list(monomial)
    atoms.remove(number)
    return tuple(atoms)
