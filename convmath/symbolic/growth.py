"""How a formula grows with one of its symbols: the power that it follows in the long run."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

from .atoms import ATOMS, Floor, Name, Positive, inside
from .polynomial import Polynomial, terms_of
from .ratio import Ratio
from .terms import ONE, Monomial, inverse, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .terms import Terms

Coefficient = dict[Monomial, Fraction]
"""What a power of the symbol is multiplied by: a sum over the other symbols."""


class Series(NamedTuple):
    """A formula in the long run: the coefficient of each power of the symbol, down to what is not known."""

    terms: dict[int, Coefficient]
    unknown: int | None = None
    """The power that all that is left out keeps below; None if nothing is."""

    @property
    def top(self) -> int | None:
        """The highest power that may be in it; None of zero."""
        powers = [*self.terms, *([] if self.unknown is None else [self.unknown])]
        return max(powers, default=None)


class Growth(NamedTuple):
    """The formula follows symbol^power, with a minus sign if `falls`; a power of None is not decided.

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
        if self.power == 0:
            return f"towards a constant: in the long run not with {self.symbol}"
        size = abs(self.power)
        raised = self.symbol if size == 1 else f"{self.symbol}^{size}"
        if self.power < 0:
            less = "half" if size == 1 else f"1/{2**size}"
            told = f"rises to 0 as −1/{raised}" if self.falls else f"falls as 1/{raised}"
            return f"{told}: twice {self.symbol} makes {less} as much"
        if self.falls:
            return f"falls as −{raised}"
        return f"as {raised}: twice {self.symbol} makes about {2**size} times as much"


def growth(formula: Any, symbol: str) -> Growth:
    """The power of a symbol that a size or a ratio follows; not decided where what leads may cancel.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, k, s = symbols("H k s")
    >>> growth((H - k) // s, "k"), growth(2 * H * (H // 2) - H * H, "H").power
    (Growth(symbol='k', power=1, falls=True), None)
    """
    if isinstance(formula, Ratio):
        return _of_ratio(formula, symbol)
    series = _series(formula, symbol) if isinstance(formula, Polynomial) else Series({})
    power, sign = _leading(series)
    return Growth(symbol, power if not power or sign else None, falls=bool(power) and sign < 0)


def _of_ratio(formula: Ratio, symbol: str) -> Growth:
    above, below = (_series(part, symbol) for part in (formula.numerator, formula.denominator))
    if above == Series({}):
        return Growth(symbol, 0)
    (up, over), (down, under) = _leading(above), _leading(below)
    if up is None or down is None:
        return Growth(symbol, None)
    # Where the sign of what leads is not known, it may be 0; nothing divides by what is 0.
    if not under and below != Series({0: below.terms.get(0, {})}):  # type: ignore[union-attr]
        return Growth(symbol, None)
    if up != down and not (over and under):
        return Growth(symbol, None)
    return Growth(symbol, up - down, falls=up != down and over * under < 0)


def _series(formula: Any, symbol: str) -> Series | None:
    terms = terms_of(formula) or {}
    known: dict[int, Series | None] = {}
    for atom in inside([terms]):
        known[atom.number] = _of_atom(atom.number, symbol, known)
    return _of_terms(terms, known)


def _leading(series: Series | None) -> tuple[int | None, int]:
    """The power that leads and the sign of its coefficient, 0 if that is not known; None where it is not known."""
    if series is None:
        return None, 0
    if not series.terms:
        return (0, 0) if series.unknown is None else (None, 0)
    power = max(series.terms)
    return power, _sign(series.terms[power])


def _of_atom(number: int, symbol: str, known: Mapping[int, Series | None]) -> Series | None:
    atom = ATOMS[number]
    if isinstance(atom, Name):
        return Series({1: {ONE: Fraction(1)}} if atom.name == symbol else {0: {(number,): Fraction(1)}})
    parts = [_of_terms(part, known) for part in atom.parts]
    if all(part is not None and part.unknown is None and set(part.terms) <= {0} for part in parts):
        return Series({0: {(number,): Fraction(1)}})  # the symbol is not in it
    if type(atom) is Floor:
        return _floored(number, _quotient(*parts))
    (inner,) = parts if type(atom) is Positive else (None,)
    sign = _eventual_sign(inner)
    if inner is not None and sign is None and inner.unknown is None and max(inner.terms) <= 0:
        return Series({0: {(number,): Fraction(1)}}, -1)
    return None if sign is None else inner if sign > 0 else Series({})


def _eventual_sign(series: Series | None) -> int | None:
    """1, −1, or 0 of zero, from some size on; None if it is not known."""
    if series is None or (not series.terms and series.unknown is not None):
        return None
    if not series.terms:
        return 0
    return _sign(series.terms[max(series.terms)]) or None


def _floored(number: int, series: Series | None) -> Series | None:
    """The floor of a series: what it takes off is bounded, and where nothing grows its value settles."""
    if series is None:
        return None
    if series.terms and max(series.terms) > 0:
        return _known(series.terms, max(0, series.unknown or 0))
    if series.unknown is not None and series.unknown >= 0:
        return Series({}, max(0, series.unknown))
    limit = series.terms.get(0, {})
    near = series._replace(terms={power: part for power, part in series.terms.items() if power < 0})
    value = limit.get(ONE, Fraction(0))
    sign = _eventual_sign(near) if value.denominator == 1 else 0
    if sign is not None and limit.keys() <= {ONE}:
        whole = Fraction(floor(value) - (sign < 0))
        return Series({0: {ONE: whole}} if whole else {})
    # To which value it settles the other symbols say: the floor stands for it.
    return Series({0: {(number,): Fraction(1)}}) if series.unknown is None else Series({}, 0)


def _quotient(above: Series | None, below: Series | None) -> Series | None:
    """One series over another, where the leading part of that is a single term; lower powers may be lost."""
    if above is None or below is None or not below.terms or len(below.terms[max(below.terms)]) != 1:
        return None
    power = max(below.terms)
    ((monomial, number),) = below.terms[power].items()
    upside = inverse(monomial)
    terms = {own - power: {joined(m, upside): c / number for m, c in part.items()} for own, part in above.terms.items()}
    lost = [] if above.unknown is None else [above.unknown - power]
    behind = [own for own in (*below.terms, below.unknown) if own is not None and own != power]
    if behind and above.top is not None:
        lost.append(above.top - power + max(behind) - power)
    return _known(terms, max(lost, default=None))


def _known(terms: dict[int, Coefficient], unknown: int | None) -> Series:
    """Without coefficients that are 0 and powers that are lost in what is not known."""
    kept = {power: left for power, part in terms.items() if (left := {m: c for m, c in part.items() if c})}
    return Series({p: part for p, part in kept.items() if unknown is None or p > unknown}, unknown)


def _of_terms(terms: Terms, known: Mapping[int, Series | None]) -> Series | None:
    """The sum of the products."""
    total: dict[int, Coefficient] = {}
    unknown: int | None = None
    for monomial, coefficient in terms.items():
        product: Series | None = Series({0: {ONE: Fraction(coefficient)}})
        for n in reversed(monomial):  # what multiplies before what divides
            factor = known[abs(n)]
            product = _quotient(product, factor) if n < 0 else _times(product, factor)
        if product is None:
            return None
        if product.unknown is not None:
            unknown = product.unknown if unknown is None else max(unknown, product.unknown)
        for power, part in product.terms.items():
            into = total.setdefault(power, {})
            for m, c in part.items():
                into[m] = into.get(m, Fraction(0)) + c
    return _known(total, unknown)


def _times(a: Series | None, b: Series | None) -> Series | None:
    if a is None or b is None:
        return None
    result: dict[int, Coefficient] = {}
    for p, left in a.terms.items():
        for q, right in b.terms.items():
            into = result.setdefault(p + q, {})
            for x, c in left.items():
                for y, d in right.items():
                    monomial = joined(x, y)
                    into[monomial] = into.get(monomial, Fraction(0)) + c * d
    pairs = ((a.unknown, b.top), (b.unknown, a.top))
    return _known(result, max((p + q for p, q in pairs if p is not None and q is not None), default=None))


def _sign(coefficient: Coefficient) -> int:
    """1 or −1 if all terms say so, and all their atoms are positive; otherwise 0."""
    positive = all((ATOMS[abs(n)].low or 0) >= 1 for monomial in coefficient for n in monomial)
    if not coefficient or not positive:
        return 0
    return 1 if all(c > 0 for c in coefficient.values()) else -1 if all(c < 0 for c in coefficient.values()) else 0
