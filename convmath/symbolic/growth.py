"""How a formula grows with one of its symbols: the power that it follows in the long run."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .atoms import ATOMS, Floor, Name, Positive
from .polynomial import Polynomial, size_of

if TYPE_CHECKING:
    from ..core.size import Size
    from .terms import Monomial, Terms


class Growth(NamedTuple):
    """The formula follows symbol^power; `leading` are the terms that do, the others fall behind.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> print(growth(9408 * ((H + 1) // 2) * ((W + 1) // 2) + 100, "H"))
    as H: twice H makes about 2 times as much; 9408·⌈H/2⌉⌈W/2⌉ leads
    """

    symbol: str
    power: int
    leading: Size

    def __str__(self) -> str:
        if self.power == 0:
            return f"not with {self.symbol}, in the long run"
        raised = self.symbol if self.power == 1 else f"{self.symbol}^{self.power}"
        times = Fraction(2) ** self.power
        leading = f"; {self.leading} leads" if len(str(self.leading)) <= LONGEST_LEAD else ""
        return f"as {raised}: twice {self.symbol} makes about {times} times as much{leading}"


LONGEST_LEAD = 60
"""Leading terms that take more characters are left out of the sentence."""


def growth(formula: Size, symbol: str) -> Growth:
    """The power of a symbol that a formula follows, and the terms that make it."""
    if not isinstance(formula, Polynomial):
        return Growth(symbol, 0, formula)
    powers = {monomial: _power_of(monomial, symbol) for monomial in formula.terms}
    most = max(powers.values())
    leading = {monomial: c for monomial, c in formula.terms.items() if powers[monomial] == most}
    return Growth(symbol, most, size_of(leading))


def _power_of(monomial: Monomial, symbol: str) -> int:
    return sum(_power(abs(number), symbol) * (1 if number > 0 else -1) for number in monomial)


def _power(number: int, symbol: str) -> int:
    """The power of the symbol that an atom follows."""
    atom = ATOMS[number]
    if type(atom) is Name:
        return int(atom.name == symbol)
    if type(atom) is Floor:
        above, below = atom.parts
        return max(_most(above, symbol) - _most(below, symbol), 0)
    if type(atom) is Positive:
        return _most(atom.parts[0], symbol)
    return max((_most(part, symbol) for part in atom.parts), default=0)


def _most(terms: Terms, symbol: str) -> int:
    return max((_power_of(monomial, symbol) for monomial in terms), default=0)
