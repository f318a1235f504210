"""Whether terms are never negative: a proof by bounds, or none.

Floors are replaced by the line below or above them (⌊x / m⌋ ≥ (x − m + 1) / m, ⌊x / m⌋ ≤ x / m), positive parts by
either of their two values, where they are added, and by both in turn where they are subtracted, and every symbol H by
its least value plus H′ ≥ 0; if no coefficient of the outcome is negative, the terms are not either. What this does not
prove may still be true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .atoms import ATOMS, Floor, Name, Positive, low, place
from .terms import ONE, Monomial, Terms, plus, scaled, times

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 100
"""Replacements that a proof may take, over all its cases."""

MOST_WORK = 400
"""Terms that it may come to."""


def is_nonnegative(terms: Terms) -> bool:
    """Whether terms ≥ 0 is proven.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H = symbols("H")
    >>> is_nonnegative((H - H // 2).terms), is_nonnegative((H // 2 - 1).terms)
    (True, False)
    """
    bound = low(terms)
    return (bound is not None and bound >= 0) or _by_lines(terms, iter(range(MOST_STEPS)))


def _by_lines(terms: Terms, steps: Iterator[int]) -> bool:
    terms = _without_ordered_pairs(terms)
    for _ in steps:
        if len(terms) > MOST_WORK:
            return False
        if any(monomial and monomial[0] < 0 for monomial in terms):
            return False
        found = {number for monomial in terms for number in monomial if type(ATOMS[number]) is not Name}
        if not found:
            return all(coefficient >= 0 for coefficient in _from_least(terms).values())
        # The atom of the highest rank is inside no other: what it is made of may still cancel.
        number = max(found, key=lambda number: (type(ATOMS[number]) is Positive, ATOMS[number].rank))
        monomial = max((monomial for monomial in terms if number in monomial), key=place)
        atom, coefficient, rest = ATOMS[number], terms[monomial], _less(monomial, number)
        if not _is_positive(rest):
            return False
        others = plus(terms, {monomial: -coefficient})
        if type(atom) is Positive:
            other = plus(others, times(atom.parts[0], {rest: coefficient}))
            # max(x, 0) is at least either of the two, so one proof will do where it is added.
            if coefficient > 0:
                return _by_lines(others, steps) or _by_lines(other, steps)
            return _by_lines(others, steps) and _by_lines(other, steps)
        if type(atom) is not Floor or atom.steps is None:
            if atom.low is None or coefficient < 0:
                return False
            terms = plus(others, {rest: coefficient * atom.low}) if atom.low else others
            continue
        line = plus(atom.parts[0], {ONE: 1 - atom.steps}) if coefficient > 0 and atom.steps > 1 else atom.parts[0]
        terms = plus(scaled(others, atom.steps), times(line, {rest: coefficient}))
    return False


def _without_ordered_pairs(terms: Terms) -> Terms:
    """⌊x / m⌋ − ⌊y / m⌋ ≥ 0 where x ≥ y, so such pairs may go."""
    floors = [m for m in terms if len(m) == 1 and m[0] > 0 and type(ATOMS[m[0]]) is Floor]
    if len(floors) < 2:
        return terms
    floors.sort(key=place)
    for upper in floors:
        for lower in floors:
            if terms.get(upper, 0) < 1 or terms.get(lower, 0) > -1:
                continue
            (x, a), (y, b) = ATOMS[upper[0]].parts, ATOMS[lower[0]].parts
            difference = plus(x, scaled(y, -1))
            bound = low(difference)
            if a == b and bound is not None and bound >= 0:
                count = min(terms[upper], -terms[lower])
                terms = plus(terms, {upper: -count, lower: count})
    return terms


def _is_positive(monomial: Monomial) -> bool:
    return all((ATOMS[abs(number)].low or 0) >= 0 and ATOMS[abs(number)].low is not None for number in monomial)


def _less(monomial: Monomial, number: int) -> Monomial:
    atoms = list(monomial)
    atoms.remove(number)
    return tuple(atoms)


def _from_least(terms: Terms) -> Terms:
    """The terms with every name standing for what it has above its least value."""
    result: Terms = {}
    for monomial, coefficient in terms.items():
        product: Terms = {ONE: coefficient}
        for number in monomial:
            least = ATOMS[number].low
            product = times(product, {(number,): 1, ONE: least} if least else {(number,): 1})
        result = plus(result, product)
    return result
