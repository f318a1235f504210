"""Polynomial: a size in normal form, an integer polynomial over names, floors and positive parts.

Rules add, multiply and divide it as they do numbers. What is equal after multiplying out, collecting and the
laws of floor.py has the same terms; what is constant is an int again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from ..core.errors import FormulaError, show
from ..core.foreign import is_foreign, read
from ..core.size import LARGEST, Size, Symbolic, is_one, larger, pairs_below
from .atoms import Atom, Common, Floor, Name, Pairs, Positive, inside, number_of, place
from .carry import Packed, packed, with_atoms
from .floor import floor, positive
from .names import checked_name
from .notations import InNotations
from .proposition import Proposition
from .signs import is_nonnegative
from .terms import ONE, Terms, divides, inverse, joined, plus, scaled, times
from .values import divided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Polynomial(InNotations, Symbolic):
    """A formula for a size: Σ coefficient · ∏ atoms, with integer coefficients; frozen, equal where its terms are.

    >>> H = symbols("H")
    >>> (H - 1) // 2 + 1 == (H + 1) // 2, ((H // 2) - 1) // 2 == (H - 2) // 4
    (True, True)
    """

    __slots__ = ("_hash", "terms")

    __array_ufunc__ = None  # an array of formulas is no formula of arrays

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash = 0

    # Arithmetic

    def __add__(self, other: Size) -> Size:
        if type(other) is int:
            return Polynomial(plus(self.terms, {ONE: other})) if other else self
        if type(other) is not Polynomial:
            return self + read(other) if is_foreign(other) else NotImplemented
        terms = plus(self.terms, other.terms)
        return Polynomial(terms) if len(terms) > 1 else size_of(terms)

    def __neg__(self) -> Polynomial:
        return Polynomial(scaled(self.terms, -1))

    def __sub__(self, other: Size) -> Size:
        if type(other) is int:
            return Polynomial(plus(self.terms, {ONE: -other})) if other else self
        if type(other) is not Polynomial:
            return self - read(other) if is_foreign(other) else NotImplemented
        return size_of(plus(self.terms, scaled(other.terms, -1)))

    def __rsub__(self, other: Size) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        if type(other) is int:
            return self if other == 1 else size_of(scaled(self.terms, other))
        if type(other) is not Polynomial:
            return self * read(other) if is_foreign(other) else NotImplemented
        return size_of(times(self.terms, other.terms))

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Size:
        if type(exponent) is not int or not 0 <= exponent <= MOST_POWER:
            raise FormulaError(f"{show(exponent)} is no exponent (use an integer from 0 to {MOST_POWER})")
        result: Size = 1
        for _ in range(exponent):
            result = self * result
        return result

    def __floordiv__(self, other: Size) -> Size:
        if is_one(other):
            return self
        divisor = terms_of(_read(other))
        return NotImplemented if divisor is None else _quotient(self.terms, divisor)

    def __rfloordiv__(self, other: Size) -> Size:
        numerator = terms_of(_read(other))
        return NotImplemented if numerator is None else _quotient(numerator, self.terms)

    def __mod__(self, other: Size) -> Size:
        return self - other * (self // other)

    def __rmod__(self, other: Size) -> Size:
        return other - self * (other // self)

    # The words of core/size.py

    def larger(self, other: Size) -> Size:
        other = _read(other)
        difference = self - other
        return max(difference, 0) + other if type(difference) is int else size_of(positive(difference.terms)) + other

    def smaller(self, other: Size) -> Size:
        difference = self - other
        return self - (max(difference, 0) if type(difference) is int else size_of(positive(difference.terms)))

    def at_least(self, other: Size) -> object:
        return Proposition(self, "≥", _read(other)).decided()

    def equals(self, other: Size) -> object:
        return Proposition(self, "=", _read(other)).decided()

    def broadcasts_with(self, other: Size) -> object:
        return Proposition(self, "broadcasts with", _read(other)).decided()

    def exact_div(self, other: Size) -> Size:
        divisor = _sized(other)
        _check_divisor(divisor)
        if len(divisor) == 1:
            ((unit, size),) = divisor.items()
            whole = all(c % size == 0 for c in self.terms.values())
            if whole and (len(self.terms) == 1 or all(divides(unit, monomial) for monomial in self.terms)):
                down = inverse(unit)
                return size_of({joined(monomial, down): c // size for monomial, c in self.terms.items()})
        return size_of(floor(self.terms, divisor))

    def exactly_into(self, other: Size) -> Size:
        return Polynomial(_sized(other)).exact_div(self)

    def common_divisor(self, other: Size) -> Size:
        if self == other:
            return self.larger(-self)
        return size_of({(number_of(Common, *sorted((self.terms, _sized(other)), key=_order)),): 1})

    @staticmethod
    def pairs_below(limit: Size, steps: Size, stride: Size, taps: Size, dilation: Size) -> Size:
        parts = map(_sized, (limit, steps, stride, taps, dilation))
        return size_of({(number_of(Pairs, *parts),): 1})

    # Questions

    def at(self, values: Mapping[str, Size] | None = None, /, **named: Size) -> Size:
        """The value where symbols are given values: ints, integer arrays or other formulas.

        Symbols without a value stay. Raises UnknownNameError for a name that the formula does not have,
        FormulaError for a value below what a symbol assumes.

        >>> H, W = symbols("H W")
        >>> ((H // 2) * W).at(H=7, W=2), ((H // 2) * W).at(H=7)
        (6, Polynomial('3W'))
        """
        from .values import exact, settled

        given = exact(self, settled(self.names, values, named))
        return self.rebuilt(lambda atom: given.get(atom.name, size_of({(atom.number,): 1})))

    def rebuilt(self, value_of: Callable[[Name], Any]) -> Any:
        """The formula worked out again with another value for every name, by the same arithmetic."""
        values: dict[int, Any] = {}
        for atom in inside([self.terms]):
            parts = [_worked_out(part, values) for part in atom.parts]
            values[atom.number] = value_of(atom) if type(atom) is Name else _ARITHMETIC[type(atom)](*parts)
        return _worked_out(self.terms, values)

    @property
    def names(self) -> dict[str, int]:
        """The symbols in the formula, each with the largest of the least values that it is given."""
        return names_in(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return unpacked, packed(self.terms)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Polynomial and self.terms == other.terms)

    def __hash__(self) -> int:
        if not self._hash:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __ge__(self, other: Size) -> Any:
        other = _read(other)
        return NotImplemented if terms_of(other) is None else self.at_least(other)

    def __gt__(self, other: Size) -> Any:
        other = _read(other)
        return NotImplemented if terms_of(other) is None else self.at_least(other + 1)

    def __le__(self, other: Size) -> Any:
        other = _read(other)
        return NotImplemented if terms_of(other) is None else (-self).at_least(-other)

    def __lt__(self, other: Size) -> Any:
        other = _read(other)
        return NotImplemented if terms_of(other) is None else (-self).at_least(1 - other)

    def __bool__(self) -> NoReturn:
        raise FormulaError(f"{self} is neither true nor false (compare it, or give its symbols values with .at())")

    def __iter__(self) -> Iterator[NoReturn]:
        raise TypeError("a formula is one size, not several")

    def operand(self) -> Any:
        from .write import written

        return written(self)

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return f"Polynomial({str(self)!r})"


@lru_cache(maxsize=4096)
def _text(formula: Polynomial) -> str:
    """The text of a formula; a network's table shows each size many times."""
    from .text import render

    return render(formula.operand())


def names_in(*formulas: Polynomial) -> dict[str, int]:
    """Every symbol in some formulas, each with the largest of the least values that it is given."""
    names: dict[str, int] = {}
    for atom in inside([formula.terms for formula in formulas]):
        if type(atom) is Name:
            low = atom.low or 0
            names[atom.name] = max(names.get(atom.name, low), low)
    return names


def shown(formula: Polynomial) -> str:
    """A formula in a message, if it is short."""
    return str(formula) if len(inside([formula.terms])) <= MOST_SHOWN else "the formula"


MOST_SHOWN = 20

MOST_POWER = 16


def unpacked(atoms: list[Packed], terms: Terms) -> Polynomial:
    """The formula that `packed` took apart, in a process that numbers its atoms otherwise."""
    return Polynomial(with_atoms(atoms, terms))


def symbols(names: str, least: int = 1) -> Any:
    """The symbols of these names (split by spaces or commas), each an integer of at least `least`.

    One name gives one symbol, several a tuple. Raises FormulaError for what is no name.

    >>> H, W = symbols("H W")
    >>> H * W
    Polynomial('H·W')
    """
    words = names.replace(",", " ").split() if isinstance(names, str) else []
    if not words:
        raise FormulaError(f"{show(names)} names no symbols (write for example symbols('H W'))")
    if type(least) is not int or abs(least) > LARGEST:
        raise FormulaError(f"{show(least)} is no least value (use an integer of at most 10^18)")
    made = tuple(Polynomial({(number_of(Name, checked_name(word), least),): 1}) for word in words)
    return made[0] if len(made) == 1 else made


def terms_of(size: Size) -> Terms | None:
    """The terms of an int or a Polynomial; None for anything else."""
    if type(size) is int:
        return {ONE: size} if size else {}
    return size.terms if type(size) is Polynomial else None


def _order(terms: Terms) -> list[Any]:
    return sorted((place(monomial), coefficient) for monomial, coefficient in terms.items())


def _read(other: Any) -> Any:
    """The other operand: another library's as a size, any other as it is."""
    if type(other) is int or type(other) is Polynomial:
        return other
    return read(other) if is_foreign(other) else other


def _sized(size: Size) -> Terms:
    terms = terms_of(_read(size))
    if terms is None:
        raise FormulaError(f"{show(size)} is no size (use an integer or a formula)")
    return terms


def size_of(terms: Terms) -> Size:
    """The size that terms are: an int where they are constant."""
    if not terms:
        return 0
    if len(terms) == 1 and ONE in terms:
        return terms[ONE]
    return Polynomial(terms)


def _quotient(numerator: Terms, divisor: Terms) -> Size:
    if len(divisor) == 1 and ONE in divisor and divisor[ONE] < 0:
        numerator, divisor = scaled(numerator, -1), scaled(divisor, -1)
    _check_divisor(divisor)
    return size_of(floor(numerator, divisor))


def _check_divisor(divisor: Terms) -> None:
    if divisor.keys() <= {ONE} and divisor.get(ONE, 0) < 1:
        raise FormulaError(f"the divisor {divisor.get(ONE, 0)} is below 1 (write one of at least 1)")
    if divisor.keys() != {ONE} and not is_nonnegative(plus(divisor, {ONE: -1})):
        said = f"the divisor {Polynomial(divisor)} is not provably at least 1"
        raise FormulaError(f"{said} (give its symbols a larger least value, or numbers)")


def _worked_out(terms: Terms, values: Mapping[int, Any]) -> Any:
    total: Any = 0
    for monomial, coefficient in terms.items():
        product: Any = coefficient
        for number in reversed(monomial):
            product = product * values[number] if number > 0 else divided(product, values[-number])
        total = total + product
    return total


def _floored(x: Any, m: Any) -> Any:
    """⌊x / m⌋ for a divisor that was at least 1 before its symbols got values; that it is so yet need not be proven."""
    above, below = terms_of(x), terms_of(m)
    return x // m if above is None or below is None else size_of(floor(above, below))


def _common(a: Any, b: Any) -> Any:
    from ..core.size import common_divisor

    return common_divisor(a, b)


_ARITHMETIC: dict[type[Atom], Callable[..., Any]] = {
    Floor: _floored,
    Positive: lambda x: larger(x, 0),
    Common: _common,
    Pairs: pairs_below,
}
"""What each kind of atom does with the values of its parts."""
