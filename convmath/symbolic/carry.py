"""Terms taken to another process: atom numbers mean something only where the atoms were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .atoms import Name, inside, number_of

if TYPE_CHECKING:
    from .terms import Terms

Packed = tuple[Any, tuple[Any, ...]]
"""The kind of an atom, and its parts: terms over the numbers of atoms before it, or a name and its least value."""


def packed(terms: Terms) -> tuple[list[Packed], Terms]:
    """Every atom in some terms, in an order in which they can be made, and the terms over their places in it.

    >>> h = number_of(Name, "H", 1)
    >>> packed({(h,): 3})
    ([(<class 'convmath.symbolic.atoms.Name'>, ('H', 1))], {(1,): 3})
    """
    atoms = inside([terms])
    places = {atom.number: place for place, atom in enumerate(atoms, start=1)}
    made: list[Packed] = [
        (type(atom), (atom.name, atom.low) if isinstance(atom, Name) else tuple(_over(p, places) for p in atom.parts))
        for atom in atoms
    ]
    return made, _over(terms, places)


def with_atoms(atoms: list[Packed], terms: Terms) -> Terms:
    """The terms over the atoms of this process, which are made where they are not known yet."""
    numbers: dict[int, int] = {}
    for place, (kind, parts) in enumerate(atoms, start=1):
        numbers[place] = number_of(kind, *(parts if kind is Name else [_over(part, numbers) for part in parts]))
    return _over(terms, numbers)


def _over(terms: Terms, numbers: dict[int, int]) -> Terms:
    """The terms with other numbers for their atoms, sorted again."""
    return {
        tuple(sorted(numbers[n] if n > 0 else -numbers[-n] for n in monomial)): coefficient
        for monomial, coefficient in terms.items()
    }
