"""Sums of products as plain dictionaries: the arithmetic below the normal form.

Terms map a monomial to its integer coefficient. A monomial is a sorted tuple of atom numbers, one entry for
each power; a negative number divides (C_in/g is the monomial (-g, C_in)). () is the monomial 1, {} is zero.
"""

from __future__ import annotations

from ..core.errors import FormulaError

Monomial = tuple[int, ...]
Terms = dict[Monomial, int]

ONE: Monomial = ()

MOST_TERMS = 20_000
"""A product of more terms than this is refused before it is multiplied out."""


def plus(a: Terms, b: Terms) -> Terms:
    """a + b.

    >>> plus({(1,): 2, (): 1}, {(1,): -2})
    {(): 1}
    """
    if len(a) < len(b):
        a, b = b, a
    if not b:
        return a
    result = a.copy()
    for monomial, coefficient in b.items():
        total = result.get(monomial, 0) + coefficient
        if total:
            result[monomial] = total
        else:
            del result[monomial]
    return result


def scaled(terms: Terms, factor: int) -> Terms:
    """terms · factor.

    >>> scaled({(1,): 2}, 3)
    {(1,): 6}
    """
    return {monomial: coefficient * factor for monomial, coefficient in terms.items()} if factor else {}


def times(a: Terms, b: Terms) -> Terms:
    """a · b; FormulaError before it would take too many terms.

    >>> times({(1,): 1, (): 1}, {(1,): 1, (): -1})
    {(1, 1): 1, (): -1}
    """
    if len(a) * len(b) > MOST_TERMS:
        raise FormulaError(
            f"a product of {len(a)} and {len(b)} terms has more than {MOST_TERMS} (give some of its symbols numbers)"
        )
    result: Terms = {}
    for x, c in a.items():
        for y, d in b.items():
            monomial = joined(x, y)
            total = result.get(monomial, 0) + c * d
            if total:
                result[monomial] = total
            else:
                del result[monomial]
    return result


def joined(x: Monomial, y: Monomial) -> Monomial:
    """The product of two monomials; what divides cancels what multiplies.

    >>> joined((1, 2), (-1, 3))
    (2, 3)
    """
    if not x:
        return y
    if not y:
        return x
    atoms = sorted(x + y)
    if atoms[0] < 0:
        for atom in [atom for atom in atoms if atom < 0]:
            if -atom in atoms:
                atoms.remove(atom)
                atoms.remove(-atom)
    return tuple(atoms)


def inverse(monomial: Monomial) -> Monomial:
    """1 / monomial.

    >>> inverse((1, 2))
    (-2, -1)
    """
    return tuple([-atom for atom in reversed(monomial)])


def divides(x: Monomial, y: Monomial) -> bool:
    """Whether y / x needs no division.

    >>> divides((1,), (1, 2)), divides((1, 1), (1, 2))
    (True, False)
    """
    if len(x) > len(y):
        return False
    atoms = iter(y)  # both are sorted, so each atom is looked for behind the one before
    return all(atom in atoms for atom in x)
