"""What terms are made of besides numbers: names, floors, positive parts; each distinct one is made once.

An atom is known by its number, and those that it is made of have smaller numbers: going through atoms in the
order of their numbers needs no recursion, however deeply floors are nested.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from .terms import ONE, Monomial, Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

Bound = int | None
"""A bound of a value; None is none."""


class Atom:
    """An integer that is not known yet, with bounds that it provably keeps."""

    __slots__ = ("high", "low", "number", "parts", "rank")

    number: int
    rank: tuple[int, str, int]
    """Its place among all atoms, whichever was made first: names by their letters, and parts before what they make."""
    low: Bound
    high: Bound
    parts: tuple[Terms, ...]
    """The terms that the atom is made of."""


class Name(Atom):
    """A symbol: any integer of at least `low`."""

    __slots__ = ("name",)

    def __init__(self, name: str, least: int) -> None:
        self.name, self.parts, self.low, self.high = name, (), least, None
        self.rank = 0, name, least


class Floor(Atom):
    """⌊numerator / divisor⌋ for a divisor that is provably at least 1."""

    __slots__ = ("steps",)

    def __init__(self, numerator: Terms, divisor: Terms) -> None:
        self.parts = numerator, divisor
        self.steps = divisor[ONE] if len(divisor) == 1 and ONE in divisor else None
        """The divisor, if it is a number."""
        least, most = low(numerator), high(numerator)
        if self.steps is not None:
            self.low = None if least is None else least // self.steps
            self.high = None if most is None else most // self.steps
        else:
            self.low = None if least is None else min(least, 0)
            self.high = None if most is None else max(most, -1)


class Positive(Atom):
    """max(x, 0)."""

    __slots__ = ()

    def __init__(self, x: Terms) -> None:
        self.parts = (x,)
        most = high(x)
        self.low, self.high = max(low(x) or 0, 0), None if most is None else max(most, 0)


class Common(Atom):
    """gcd(a, b), which is 0 only for two zeros."""

    __slots__ = ("divisor",)

    def __init__(self, a: Terms, b: Terms) -> None:
        self.parts = a, b
        self.divisor = next((part[ONE] for part in self.parts if len(part) == 1 and ONE in part), None)
        """The one that is a number, if one is."""
        positive = [part for part in self.parts if (low(part) or 0) >= 1]
        bounds = [bound for bound in map(high, positive) if bound is not None]
        self.low, self.high = 1 if positive else 0, min(bounds) if bounds else None


class Pairs(Atom):
    """The pairs (o, t), o < steps and t < taps, with o·stride + t·dilation ≤ limit."""

    __slots__ = ()

    def __init__(self, limit: Terms, steps: Terms, stride: Terms, taps: Terms, dilation: Terms) -> None:
        self.parts, self.low, self.high = (limit, steps, stride, taps, dilation), 0, None


ATOMS: list[Atom] = [Atom()]
"""Every atom at the place of its number; 0 is none, so that a sign can tell dividing from multiplying."""

_numbers: dict[Any, int] = {}
_making = Lock()

Kind = TypeVar("Kind", Name, Floor, Positive, Common, Pairs)


def number_of(kind: type[Kind], *parts: Any) -> int:
    """The number of the atom of this kind and these parts, made when it is first asked for.

    >>> number_of(Name, "H", 1) == number_of(Name, "H", 1) != number_of(Name, "W", 1)
    True
    """
    key = (kind, *[frozenset(part.items()) if type(part) is dict else part for part in parts])
    number = _numbers.get(key)
    if number is not None:
        return number
    atom = kind(*parts)
    if atom.parts:
        atom.rank = _rank(atom)
    with _making:
        if key not in _numbers:
            atom.number = len(ATOMS)
            ATOMS.append(atom)  # before its number is known to others
            _numbers[key] = atom.number
        return _numbers[key]


def _rank(atom: Atom) -> tuple[int, str, int]:
    kind = type(atom).__name__
    depth = 1 + max((ATOMS[abs(n)].rank[0] for part in atom.parts for m in part for n in m), default=0)
    described = (sorted((place(m), hex(c)) for m, c in part.items()) for part in atom.parts)
    # A prime's remainder is fingerprint enough for an order, and a real hash takes longer to import than a network.
    return depth, kind, int.from_bytes(repr((kind, *described)).encode(), "big") % (2**127 - 1)


def place(monomial: Monomial) -> tuple[int, list[tuple[Any, bool]]]:
    """Where a monomial stands among others: by its degree, then by the ranks of its atoms.

    >>> place((number_of(Name, "H", 1),))
    (1, [((0, 'H', 1), True)])
    """
    return len(monomial), sorted([(ATOMS[abs(number)].rank, number > 0) for number in monomial])


def inside(roots: Iterable[Terms]) -> list[Atom]:
    """Every atom in some terms, and in what those are made of, parts first."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        for monomial in waiting.pop():
            for signed in monomial:
                number = abs(signed)
                if number not in found:
                    found.add(number)
                    waiting.extend(ATOMS[number].parts)
    return [ATOMS[number] for number in sorted(found)]


def low(terms: Terms) -> Bound:
    """A number that the terms are provably never below.

    >>> low({(number_of(Name, "H", 1),): 3, (): -4})
    -1
    """
    total = 0
    for monomial, coefficient in terms.items():
        bound = _least(monomial, coefficient) if coefficient > 0 else _most(monomial, coefficient)
        if bound is None:
            return None
        total += bound
    return total


def high(terms: Terms) -> Bound:
    """A number that the terms are provably never above."""
    bound = low({monomial: -coefficient for monomial, coefficient in terms.items()})
    return None if bound is None else -bound


def _least(monomial: Monomial, coefficient: int) -> Bound:
    """coefficient · monomial, where the monomial is least."""
    if len(monomial) == 1 and monomial[0] > 0:
        bound = ATOMS[monomial[0]].low
        return None if bound is None else coefficient * bound
    least = coefficient
    for signed in monomial:
        bound = ATOMS[abs(signed)].low
        if bound is None or bound < 0:
            return None
        if signed > 0:
            least *= bound
    if monomial and monomial[0] < 0:
        # What divides leaves no remainder, so a quotient of positive numbers is at least 1.
        return min(max(least, -1), 1)
    return least


def _most(monomial: Monomial, coefficient: int) -> Bound:
    """coefficient · monomial, where the monomial is largest."""
    most = coefficient
    for signed in monomial:
        atom = ATOMS[abs(signed)]
        if len(monomial) > 1 and (atom.low is None or atom.low < 0):
            return None
        if signed > 0:
            if atom.high is None:
                return None
            most *= atom.high
    return most
