"""How a formula grows with one of its symbols: the power that it follows in the long run."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .atoms import ATOMS, Floor, Name, Positive, inside
from .polynomial import Polynomial
from .terms import ONE, Monomial, inverse, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from .terms import Terms

Coefficient = dict[Monomial, Fraction]
"""What a power of the symbol is multiplied by: a sum over the other symbols."""

Series = dict[int, Coefficient]
"""A formula in the long run: the coefficient of each power of the symbol; a floor is its fraction, up to 1."""


class Growth(NamedTuple):
    """The formula follows symbol^power, falling if `falls`; a power of None is not decided.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> print(growth(9408 * ((H + 1) // 2) * ((W + 1) // 2) + 100, "H"))
    as H: twice H makes about 2 times as much
    """

    symbol: str
    power: int | None
    falls: bool = False

    def __str__(self) -> str:
        if self.power is None:
            return f"how it grows with {self.symbol} is not decided: its leading parts may cancel"
        if self.power <= 0:
            return f"towards a constant: in the long run not with {self.symbol}"
        raised = self.symbol if self.power == 1 else f"{self.symbol}^{self.power}"
        if self.falls:
            return f"falls as −{raised}"
        return f"as {raised}: twice {self.symbol} makes about {2**self.power} times as much"


def growth(formula: Size, symbol: str) -> Growth:
    """The power of a symbol that a formula follows; not decided where what leads may cancel.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, k, s = symbols("H k s")
    >>> growth((H - k) // s, "k"), growth(2 * H * (H // 2) - H * H, "H").power
    (Growth(symbol='k', power=1, falls=True), None)
    """
    if not isinstance(formula, Polynomial):
        return Growth(symbol, 0)
    known: dict[int, Series | None] = {}
    for atom in inside([formula.terms]):
        known[atom.number] = _of_atom(atom.number, symbol, known)
    series = _of_terms(formula.terms, known)
    if series is None:
        return Growth(symbol, None)
    power = max(series, default=0)
    sign = _sign(series.get(power, {}))
    return Growth(symbol, power if power <= 0 or sign else None, falls=sign < 0)


def _of_atom(number: int, symbol: str, known: Mapping[int, Series | None]) -> Series | None:
    atom = ATOMS[number]
    if isinstance(atom, Name):
        return {1: {ONE: Fraction(1)}} if atom.name == symbol else {0: {(number,): Fraction(1)}}
    parts = [_of_terms(part, known) for part in atom.parts]
    if all(part is not None and set(part) <= {0} for part in parts):
        return {0: {(number,): Fraction(1)}}  # the symbol is not in it
    if type(atom) is Floor:
        return _quotient(parts[0], parts[1])
    (inner,) = parts if type(atom) is Positive else (None,)
    sign = 0 if not inner else _sign(inner[max(inner)])
    return inner if sign > 0 else {} if sign < 0 else None


def _quotient(above: Series | None, below: Series | None) -> Series | None:
    """One series over another, if that is a single term; lower powers are lost in what the floor takes off."""
    if above is None or below is None or len(below) != 1:
        return None
    ((power, coefficients),) = below.items()
    if len(coefficients) != 1:
        return None
    ((monomial, number),) = coefficients.items()
    return {
        own - power: {joined(m, inverse(monomial)): c / number for m, c in terms.items()}
        for own, terms in above.items()
        if own == max(above)
    }


def _of_terms(terms: Terms, known: Mapping[int, Series | None]) -> Series | None:
    """The sum of the products; None where the leading parts cancel, as what is below them is not known."""
    total: Series = {}
    highest = 0
    for monomial, coefficient in terms.items():
        product: Series | None = {0: {ONE: Fraction(coefficient)}}
        for n in monomial:
            factor = known[abs(n)]
            if factor is None or product is None:
                return None
            product = _quotient(product, factor) if n < 0 else _times(product, factor)
        if product is None:
            return None
        highest = max([highest, *product])
        for power, part in product.items():
            into = total.setdefault(power, {})
            for m, c in part.items():
                into[m] = into.get(m, Fraction(0)) + c
    series = {power: kept for power, part in total.items() if (kept := {m: c for m, c in part.items() if c})}
    return series if highest <= 0 or highest in series else None


def _times(a: Series, b: Series) -> Series:
    result: Series = {}
    for p, left in a.items():
        for q, right in b.items():
            into = result.setdefault(p + q, {})
            for x, c in left.items():
                for y, d in right.items():
                    monomial = joined(x, y)
                    into[monomial] = into.get(monomial, Fraction(0)) + c * d
    return result


def _sign(coefficient: Coefficient) -> int:
    """1 or −1 if all terms say so, and all their atoms are positive; otherwise 0."""
    positive = all((ATOMS[abs(n)].low or 0) >= 1 for monomial in coefficient for n in monomial)
    if not coefficient or not positive:
        return 0
    return 1 if all(c > 0 for c in coefficient.values()) else -1 if all(c < 0 for c in coefficient.values()) else 0
