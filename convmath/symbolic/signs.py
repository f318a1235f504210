"""Whether terms are never negative: a proof by bounds, or none.

Floors are replaced by the line below or above them (⌊x / m⌋ ≥ (x − m + 1) / m, ⌊x / m⌋ ≤ x / m), positive parts by
either of their two values, where they are added, and by both in turn where they are subtracted, and every symbol H by
its least value plus H′ ≥ 0; if no coefficient of the outcome is negative, the terms are not either. What this does not
prove may still be true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import FormulaError
from .atoms import ATOMS, Floor, Name, Positive, low, place
from .terms import ONE, Monomial, Terms, plus, scaled, times

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 100
"""Replacements that a proof may take, over all its cases."""

MOST_WORK = 128
"""Terms that it may come to."""


def is_nonnegative(terms: Terms) -> bool:
    """Whether terms ≥ 0 is proven.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H = symbols("H")
    >>> is_nonnegative((H - H // 2).terms), is_nonnegative((H // 2 - 1).terms)
    (True, False)
    """
    bound = low(terms)
    if bound is not None and bound >= 0:
        return True
    try:
        return _by_lines(terms, iter(range(MOST_STEPS)))
    except FormulaError:  # multiplied out it would be too long: nothing is proven
        return False


def _by_lines(terms: Terms, steps: Iterator[int]) -> bool:
    for _ in steps:
        if len(terms) > MOST_WORK or any(monomial and monomial[0] < 0 for monomial in terms):
            return False
        found = {number for monomial in terms for number in monomial if type(ATOMS[number]) is not Name}
        if not found:
            return all(coefficient >= 0 for coefficient in _from_least(terms).values())
        # The atom of the highest rank is inside no other: what it is made of may still cancel.
        number = max(found, key=lambda number: (type(ATOMS[number]) is Positive, ATOMS[number].rank))
        if type(ATOMS[number]) is not Positive and (fewer := _without_ordered_pairs(terms)) != terms:
            terms = fewer
            continue
        monomial = max((monomial for monomial in terms if number in monomial), key=place)
        rest, coefficient = _less(monomial, number), terms[monomial]
        others = plus(terms, {monomial: -coefficient})
        if type(ATOMS[number]) is Positive and _is_positive(rest):
            (x,) = ATOMS[number].parts
            cases = (_by_lines(case, steps) for case in (others, plus(others, times(x, {rest: coefficient}))))
            # max(x, 0) is at least either of the two, so one proof will do where it is added.
            return any(cases) if coefficient > 0 else all(cases)
        below = _below(number, coefficient, rest, others) if _is_positive(rest) else None
        if below is None:
            return False
        terms = below
    return False


def _below(number: int, coefficient: int, rest: Monomial, others: Terms) -> Terms | None:
    """What coefficient · atom · rest + others is at least, up to a positive factor; None where nothing is known."""
    atom = ATOMS[number]
    if type(atom) is Floor and atom.steps is not None:
        line = plus(atom.parts[0], {ONE: 1 - atom.steps}) if coefficient > 0 and atom.steps > 1 else atom.parts[0]
        return plus(scaled(others, atom.steps), times(line, {rest: coefficient}))
    bound = atom.low if coefficient > 0 else atom.high
    return None if bound is None else plus(others, {rest: coefficient * bound} if bound else {})


def _without_ordered_pairs(terms: Terms) -> Terms:
    """⌊x / a⌋ − ⌊y / b⌋ ≥ 0 where x·b ≥ y·a, so such pairs may go."""
    floors = [m for m in terms if len(m) == 1 and m[0] > 0 and type(ATOMS[m[0]]) is Floor]
    if len(floors) < 2:
        return terms
    floors.sort(key=place)
    for upper in floors:
        for lower in floors:
            if terms.get(upper, 0) < 1 or terms.get(lower, 0) > -1:
                continue
            (x, a), (y, b) = ATOMS[upper[0]].parts, ATOMS[lower[0]].parts
            if a == b:
                bound = low(plus(x, scaled(y, -1)))
            elif len(a) == len(b) == 1 and ONE in a and ONE in b:
                bound = low(plus(scaled(x, b[ONE]), scaled(y, -a[ONE])))
            else:
                continue
            if bound is not None and bound >= 0:
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
