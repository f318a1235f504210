"""Proposition: what may hold or not, depending on the values of symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ..core.errors import FormulaError
from ..core.size import Symbolic
from .signs import is_nonnegative
from .terms import ONE, Terms, plus, scaled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size


class Proposition(NamedTuple):
    """`left relation right`, where the relation is ≥, =, or "broadcasts with": equal, or either is 1.

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
        if self.relation == "broadcasts with":
            return self._broadcasts()
        difference = self.left - self.right
        if not isinstance(difference, Symbolic):
            return difference >= 0 if self.relation == "≥" else difference == 0
        terms = getattr(difference, "terms", None)
        if not isinstance(terms, dict):
            return self  # as written: nothing is proven there
        if _is_negative(terms):
            return False
        if self.relation == "≥":
            return True if is_nonnegative(terms) else self
        return False if _is_negative(scaled(terms, -1)) else self

    def _broadcasts(self) -> object:
        ways = [Proposition(a, "=", b).decided() for a, b in ((self.left, self.right), (self.left, 1), (self.right, 1))]
        if all(not isinstance(way, Proposition) for way in ways):
            equal, *ones = ways
            return equal | ones[0] | ones[1]  # type: ignore[operator]
        return True if any(way is True for way in ways) else self

    @property
    def names(self) -> dict[str, int]:
        """The symbols on either side, each with its least value."""
        return {name: least for side in (self.left, self.right) for name, least in _names(side).items()}

    def at(self, values: Mapping[str, Size] | None = None, /, **named: Size) -> object:
        """The proposition with values for some of its symbols: True or False if that decides it, a mask for arrays.

        Raises UnknownNameError and FormulaError as `at` of a formula does.

        >>> from convmath.symbolic.polynomial import symbols
        >>> (symbols("H") >= 32).at(H=31)
        False
        """
        from .values import settled

        given = settled(self.names, values, named)
        left, right = (
            side if type(side) is int else side.at({name: given[name] for name in _names(side) if name in given})
            for side in (self.left, self.right)
        )
        return Proposition(left, self.relation, right).decided()

    def __bool__(self) -> NoReturn:
        raise FormulaError(f"whether {self} depends on the values of its symbols (give them with .at())")

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"

    def __repr__(self) -> str:
        return f"Proposition({str(self)!r})"


def _names(side: Size) -> dict[str, int]:
    return side.names if isinstance(side, Symbolic) else {}  # type: ignore[attr-defined]


def _is_negative(terms: Terms) -> bool:
    return is_nonnegative(plus(scaled(terms, -1), {ONE: -1}))
