"""Proposition: what may hold or not, depending on the values of symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ..core.errors import FormulaError
from .signs import is_nonnegative
from .terms import ONE, Terms, plus, scaled

if TYPE_CHECKING:
    from ..core.size import Size


class Proposition(NamedTuple):
    """`left relation right`, where the relation is ≥ or =.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H = symbols("H")
    >>> H + 2 >= 3, H >= 32
    (True, Proposition('H ≥ 32'))
    """

    left: Size
    relation: str
    right: Size

    def decided(self) -> object:
        """True or False where bounds prove it, otherwise the proposition itself."""
        difference = self.left - self.right
        if type(difference) is int:
            return difference >= 0 if self.relation == "≥" else difference == 0
        if _is_negative(difference.terms):
            return False
        if self.relation == "≥":
            return True if is_nonnegative(difference.terms) else self
        return False if _is_negative(scaled(difference.terms, -1)) else self

    def at(self, **values: Size) -> object:
        """The proposition with values for some of its symbols: True or False if that decides it.

        >>> from convmath.symbolic.polynomial import symbols
        >>> (symbols("H") >= 32).at(H=31)
        False
        """
        left, right = (
            side if type(side) is int else side.at({name: values[name] for name in side.names if name in values})
            for side in (self.left, self.right)
        )
        return Proposition(left, self.relation, right).decided()

    def __bool__(self) -> NoReturn:
        raise FormulaError(f"whether {self} depends on the values of its symbols (give them with .at())")

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"

    def __repr__(self) -> str:
        return f"Proposition({str(self)!r})"


def _is_negative(terms: Terms) -> bool:
    return is_nonnegative(plus(scaled(terms, -1), {ONE: -1}))
