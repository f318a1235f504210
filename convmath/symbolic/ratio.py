"""Ratio: one formula over another, with what they have in common cancelled."""

from __future__ import annotations

from functools import reduce
from math import gcd
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError
from .notations import InNotations
from .polynomial import Polynomial, size_of, terms_of
from .terms import Monomial, Terms, inverse, joined, scaled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from ..core.size import Size


class Ratio(InNotations):
    """numerator / denominator, where both are sizes and the denominator is not zero.

    >>> from convmath.symbolic.polynomial import symbols
    >>> C, k = symbols("C_out k")
    >>> str(ratio(k * k + C, C * k * k))  # depthwise separable over standard
    '1/C_out + 1/k²'
    """

    __slots__ = ("denominator", "numerator")

    def __init__(self, numerator: Size, denominator: Size) -> None:
        self.numerator = numerator
        self.denominator = denominator

    def at(self, values: Mapping[str, Size] | None = None, /, **named: Size) -> Any:
        """The value where symbols are given values: a Fraction, or a ratio of what is left.

        >>> from convmath.symbolic.polynomial import symbols
        >>> H, k = symbols("H k")
        >>> ratio(H, k).at(H=7, k=2)
        Fraction(7, 2)
        """
        given = {**(values or {}), **named}
        parts = (
            part if type(part) is int else part.at({name: given[name] for name in part.names if name in given})
            for part in (self.numerator, self.denominator)
        )
        return ratio(*parts)

    @property
    def names(self) -> dict[str, int]:
        """The symbols of both parts."""
        parts = [part.names for part in (self.numerator, self.denominator) if type(part) is not int]
        return {name: least for names in parts for name, least in names.items()}

    def __add__(self, other: Any) -> Any:
        a, b = _parts(self), _parts(other)
        return ratio(a[0] * b[1] + b[0] * a[1], a[1] * b[1])

    def __mul__(self, other: Any) -> Any:
        a, b = _parts(self), _parts(other)
        return ratio(a[0] * b[0], a[1] * b[1])

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and (self.numerator, self.denominator) == (other.numerator, other.denominator)

    def __hash__(self) -> int:
        return hash((self.numerator, self.denominator))

    def operand(self) -> Any:
        from .write import written

        return written(self)

    def __repr__(self) -> str:
        return f"Ratio({str(self)!r})"


def ratio(numerator: Any, denominator: Any) -> Any:
    """numerator / denominator in lowest terms: a size where it is whole, a Fraction of numbers, otherwise a Ratio.

    Either may be a Ratio or a Fraction itself. Factors that all terms have in common are cancelled, numbers and
    symbols alike, and sums that are the same on both sides. FormulaError where the denominator is zero.

    >>> ratio(6, 4), ratio(6, 3)
    (Fraction(3, 2), Fraction(2, 1))
    """
    if type(numerator) is int and type(denominator) is int:
        return _fraction(numerator, denominator)
    above, below = terms_of(numerator), terms_of(denominator)
    if above is None or below is None:
        return _of_fractions(numerator, denominator)
    if not below:
        raise FormulaError(f"{numerator} is divided by 0")
    if not above:
        return 0
    above, below = _without_same_sum(above, below)
    number = reduce(gcd, [*above.values(), *below.values()], 0)
    number = -number if all(c < 0 for c in below.values()) else number
    shared = inverse(_in_common([*above, *below]))
    above, below = (_divided(part, shared, number) for part in (above, below))
    if below == {(): 1}:
        return size_of(above)
    if type(size_of(above)) is type(size_of(below)) is int:
        return _fraction(above.get((), 0), below[()])
    return Ratio(size_of(above), size_of(below))


def _of_fractions(numerator: Any, denominator: Any) -> Any:
    """The same where one of the two, or both, are fractions."""
    from fractions import Fraction

    if not any(isinstance(part, Ratio | Fraction) for part in (numerator, denominator)):
        return numerator / denominator  # arrays
    (a, b), (c, d) = _parts(numerator), _parts(denominator)
    return ratio(a * d, b * c)


def _without_same_sum(above: Terms, below: Terms) -> tuple[Terms, Terms]:
    """What stands before the bracket, where both are multiples of the same sum."""
    if len(above) == 1 or len(above) != len(below):
        return above, below
    units = [(reduce(gcd, part.values(), 0), _in_common([*part])) for part in (above, below)]
    a, b = (
        _divided(part, inverse(shared), number) for part, (number, shared) in zip((above, below), units, strict=True)
    )
    sign = 1 if a == b else -1 if a == scaled(b, -1) else 0
    ((number, shared), (other, beside)) = units
    return ({shared: sign * number}, {beside: other}) if sign else (above, below)


def _parts(value: Any) -> tuple[Any, Any]:
    """Above and below the line; a size stands over 1."""
    return (value.numerator, value.denominator) if not hasattr(value, "terms") else (value, 1)


def ceil_log2(x: Size) -> Size:
    """⌈log₂ x⌉ of a number; a formula's is not worked out.

    >>> ceil_log2(8), ceil_log2(9)
    (3, 4)
    """
    if type(x) is int:
        return (x - 1).bit_length()
    if isinstance(x, Polynomial):
        raise FormulaError(f"log₂({x}) has no normal form (give its symbols values)")
    raise FormulaError(f"log₂ takes one number, not {type(x).__name__}")


def power_of_two(x: Size) -> Size:
    """2ˣ of a number from 0 to 10,000.

    >>> power_of_two(5)
    32
    """
    if type(x) is int and 0 <= x <= LARGEST_POWER:
        return 1 << x
    raise FormulaError(f"2^({x}) is not worked out (give its symbols values)")


LARGEST_POWER = 10_000


def _fraction(a: int, b: int) -> Fraction:
    from fractions import Fraction

    if b == 0:
        raise FormulaError(f"{a} is divided by 0")
    return Fraction(a, b)


def _divided(terms: Terms, down: Monomial, number: int) -> Terms:
    return {joined(monomial, down): c // number for monomial, c in terms.items()}


def _in_common(monomials: list[Monomial]) -> Monomial:
    """The atoms, divided by or multiplied, that every monomial has."""
    common: list[int] = []
    for atom in {abs(number) for monomial in monomials for number in monomial}:
        least = min(monomial.count(atom) - monomial.count(-atom) for monomial in monomials)
        common += [atom] * least if least > 0 else [-atom] * -least
    return tuple(sorted(common))
