"""Written: a formula as a textbook writes it, in the order in which the rule states it.

Rules run on it as they run on numbers, and it records what they do. It is tidied only as a person tidies while
writing: nothing is multiplied by 1, p + p is 2p, the constant of a sum stands last, −⌊−a/b⌋ is ⌈a/b⌉. Nothing is
multiplied out and no floor is moved; that is the normal form's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ..core.errors import FormulaError, unknown_name
from ..core.size import Size, Symbolic, ceil_div, common_divisor, larger, pairs_below, smaller
from .names import checked_name
from .notations import InNotations
from .proposition import Proposition
from .ratio import ceil_log2, power_of_two, ratio
from .values import divided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Operand = Any
"""An int or a Written."""


class Symbol(NamedTuple):
    """A name, for an integer of at least `least`."""

    name: str
    least: int


class Operation(NamedTuple):
    """An operation that is no sum and no product: '⌊⌋', '⌈⌉', '/', '÷', 'mod', 'max', 'min', 'gcd', '#'.

    Further 'log₂', rounded up, and '2^'. '/' leaves no remainder, '÷' is a fraction, '#' what `pairs_below` counts.
    """

    word: str
    operands: tuple[Operand, ...]


Factor = Any
"""A Symbol, an Operation, or a Written sum in brackets."""

Term = tuple[int, tuple[Factor, ...]]
"""A coefficient and the factors it multiplies."""


class Written(InNotations, Symbolic):
    """A sum of terms in written order, and a constant.

    >>> i, k, s, p = (symbol(name) for name in "iksp")
    >>> str((i + p + p - k) // s + 1)
    '⌊(i + 2p − k)/s⌋ + 1'
    """

    __slots__ = ("_hash", "constant", "terms")

    __array_ufunc__ = None

    def __init__(self, terms: tuple[Term, ...], constant: int = 0) -> None:
        self.terms = terms
        self.constant = constant
        # Parts share parts: worked out when it is asked for, it would be worked out once for every way to a part.
        self._hash = hash((terms, constant))

    # Arithmetic, recorded

    def __add__(self, other: Operand) -> Operand:
        if type(other) is int:
            return Written(self.terms, self.constant + other)
        if type(other) is not Written:
            return NotImplemented
        return total((self, other))

    def __radd__(self, other: int) -> Operand:
        return self + other

    def __neg__(self) -> Operand:
        terms = tuple(_negated(factors) if c == 1 else (-c, factors) for c, factors in self.terms)
        return Written(terms, -self.constant)

    def __sub__(self, other: Operand) -> Operand:
        return self + -other

    def __rsub__(self, other: int) -> Operand:
        return -self + other

    def __mul__(self, other: Operand) -> Operand:
        return _product(self, other) if type(other) in {int, Written} else NotImplemented

    def __rmul__(self, other: int) -> Operand:
        return _product(other, self) if type(other) is int else NotImplemented

    def __pow__(self, exponent: int) -> Operand:
        result: Operand = 1
        for _ in range(exponent):
            result = self * result
        return result

    def __floordiv__(self, other: Operand) -> Operand:
        if type(other) is Written and other in (self, -self):
            return 1 if other == self else -1
        return self if other == 1 else _operation("⌊⌋", self, other)

    def __rfloordiv__(self, other: int) -> Operand:
        return _operation("⌊⌋", other, self)

    def __mod__(self, other: Operand) -> Operand:
        return 0 if other in (self, 1) else _operation("mod", self, other)

    def __rmod__(self, other: int) -> Operand:
        return _operation("mod", other, self)

    # The words of core/size.py

    def larger(self, other: Operand) -> Operand:
        return self if self == other else _operation("max", self, other)

    def smaller(self, other: Operand) -> Operand:
        return self if self == other else _operation("min", self, other)

    def at_least(self, other: Operand) -> object:
        return Proposition(self, "≥", other)

    def equals(self, other: Operand) -> object:
        return self == other or Proposition(self, "=", other)

    def broadcasts_with(self, other: Operand) -> object:
        return self == other or Proposition(self, "broadcasts with", other)

    def exact_div(self, other: Operand) -> Operand:
        return 1 if self == other else self if other == 1 else _operation("/", self, other)

    def exactly_into(self, other: Operand) -> Operand:
        return _operation("/", other, self)

    def common_divisor(self, other: Operand) -> Operand:
        return _operation("gcd", self, other)

    @staticmethod
    def pairs_below(limit: Size, steps: Size, stride: Size, taps: Size, dilation: Size) -> Size:
        return _operation("#", limit, steps, stride, taps, dilation)

    # Questions

    @property
    def names(self) -> dict[str, int]:
        """The symbols in the formula in order of appearance, each with its least value."""
        found: dict[str, int] = {}
        for _, factors in self.terms:
            for factor in factors:
                match factor:
                    case Symbol(name, least):
                        found.setdefault(name, least)
                    case Operation(_, operands):
                        for operand in operands:
                            found |= {} if type(operand) is int else operand.names | found
                    case _:
                        found |= factor.names | found
        return found

    def at(self, values: Mapping[str, Size] | None = None, /, **named: Size) -> Size:
        """The value where symbols are given values; those without stay. UnknownNameError for other names.

        >>> i, s = symbol("i"), symbol("s")
        >>> ((i - 1) // s + 1).at(i=7, s=2), str(((i - 1) // s + 1).at(s=2))
        (4, '⌊(i − 1)/2⌋ + 1')
        """
        given = {**(values or {}), **named}
        for name in given:
            if name not in self.names:
                raise unknown_name("symbol", name, sorted(self.names))
        return self.worked_out(given)

    def worked_out(self, values: Mapping[str, Size]) -> Size:
        """The formula with these values in the place of names, worked out in the order in which it is written."""
        total: Size = self.constant
        terms = []
        for coefficient, factors in self.terms:
            value: Size = coefficient
            for factor in factors:
                value = value * _value(factor, values)
            terms.append(value)
        for value in reversed(terms):
            total = value + total
        return total

    def replaced(self, names: Mapping[Operand, Operand]) -> Operand:
        """The formula with other formulas in the place of some that it contains.

        >>> i, s = symbol("i"), symbol("s")
        >>> str((((i - 1) // s + 1) * s).replaced({(i - 1) // s + 1: symbol("o")}))
        'o·s'
        """
        if self in names:
            return names[self]
        total: Operand = 0
        for coefficient, factors in self.terms:
            value: Operand = coefficient
            for factor in factors:
                value = value * _replaced(factor, names)
            total = total + value
        return total + self.constant

    def __eq__(self, other: object) -> bool:
        if self is other or type(other) is not Written:
            return self is other
        return self._hash == other._hash and self.terms == other.terms and self.constant == other.constant

    def __hash__(self) -> int:
        return self._hash

    def __bool__(self) -> NoReturn:
        raise FormulaError(f"{self} is neither true nor false (give its symbols values with .at())")

    def __iter__(self) -> Iterator[NoReturn]:
        raise TypeError("a formula is one size, not several")

    def operand(self) -> Written:
        return self

    def __repr__(self) -> str:
        return f"Written({str(self)!r})"


def symbol(name: str, least: int = 1) -> Written:
    """A formula that is one symbol.

    >>> symbol("C_in") * 3
    Written('3·C_in')
    """
    return Written(((1, (Symbol(checked_name(name), least),)),))


def operation(word: str, *operands: Operand) -> Written:
    """A formula that is one operation."""
    return Written(((1, (Operation(word, operands),)),))


def total(operands: Iterable[Operand]) -> Operand:
    """The sum of many, as adding them one after the other gives it.

    >>> str(total([symbol("i"), 3, symbol("k"), -symbol("i")]))
    'k + 3'
    """
    coefficients: dict[tuple[Factor, ...], int] = {}
    constant = 0
    for operand in operands:
        terms, more = ((), operand) if type(operand) is int else (operand.terms, operand.constant)
        constant += more
        for coefficient, factors in terms:
            coefficients[factors] = coefficients.get(factors, 0) + coefficient
    return _sum(tuple((c, factors) for factors, c in coefficients.items() if c), constant)


_operation = operation


def _sum(terms: tuple[Term, ...], constant: int) -> Operand:
    return Written(terms, constant) if terms else constant


def _negated(factors: tuple[Factor, ...]) -> Term:
    """−⌊−a/b⌋ is ⌈a/b⌉."""
    if len(factors) == 1 and isinstance(factors[0], Operation) and factors[0].word == "⌊⌋":
        above, below = factors[0].operands
        if type(above) is int or (above.terms and all(c < 0 for c, _ in above.terms)):
            return 1, (Operation("⌈⌉", (-above, below)),)
    return -1, factors


def _product(a: Operand, b: Operand) -> Operand:
    if a == 0 or b == 0:
        return 0
    if a == 1 or b == 1:
        return b if a == 1 else a
    (c, before), (d, after) = _as_term(a), _as_term(b)
    return Written(((c * d, before + after),)) if before or after else c * d


def _as_term(a: Operand) -> Term:
    """One coefficient and factors; a sum becomes a factor in brackets."""
    if type(a) is int:
        return a, ()
    if len(a.terms) == 1 and not a.constant:
        return a.terms[0]  # type: ignore[no-any-return]
    return 1, (a,)


def _replaced(factor: Factor, names: Mapping[Operand, Operand]) -> Operand:
    if isinstance(factor, Written):
        return factor.replaced(names)
    alone = Written(((1, (factor,)),))
    if alone in names or isinstance(factor, Symbol):
        return names.get(alone, alone)
    operands = (part if type(part) is int else part.replaced(names) for part in factor.operands)
    return operation(factor.word, *operands)


def _value(factor: Factor, values: Mapping[str, Size]) -> Size:
    match factor:
        case Symbol(name, least):
            return values[name] if name in values else symbol(name, least)
        case Operation(word, operands):
            parts = [part if type(part) is int else part.worked_out(values) for part in operands]
            open_still = word in NOT_OF_SIZES and any(type(part) is Written for part in parts)
            return operation(word, *parts) if open_still or word in OF_ARRAYS else _MEANING[word](*parts)
    return factor.worked_out(values)


NOT_OF_SIZES = {"÷", "log₂", "2^"}
"""Operations that no rule uses, so that sizes do not know them."""

OF_ARRAYS = {"()", "Σ", "max over", "mean over", "√"}
"""What defining equations say of arrays, written but never worked out: x(o), and Σ, max or mean over an index."""

_MEANING: dict[str, Any] = {
    "⌊⌋": lambda a, b: a // b,
    "⌈⌉": ceil_div,
    "/": divided,
    "mod": lambda a, b: a % b,
    "max": larger,
    "min": smaller,
    "gcd": common_divisor,
    "#": pairs_below,
    "÷": ratio,
    "log₂": ceil_log2,
    "2^": power_of_two,
}
