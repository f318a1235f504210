"""Ties: symbols that a premise equates to formulas in others, such as H == W + 4, put in their places."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.size import Symbolic
from ..symbolic.polynomial import symbols
from ..symbolic.proposition import Proposition
from ..symbolic.solve import sized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size


@lru_cache(maxsize=256)
def untied(asked: tuple[Proposition | bool, ...]) -> tuple[tuple[Proposition | bool, ...], dict[str, Size]]:
    """Relations without the symbols that one of them equates to others, and what those are.

    >>> from convmath.symbolic.implicit import Symbols
    >>> from convmath.symbolic.relation import relations
    >>> untied(relations("H == W + 4, H % 4 == 0, H >= 9", Symbols()))
    ((Proposition('W − 4·⌊W/4⌋ = 0'), Proposition('W + 4 ≥ 9')), {'H': Polynomial('W + 4')})
    """
    for one in asked:
        tie = _tie(one) if isinstance(one, Proposition) and one.relation == "=" else {}
        if tie:
            rest, ties = untied(tuple(replaced(other, tie) for other in asked if other is not one))
            return rest, {**{name: at(size, ties) for name, size in tie.items()}, **ties}
    return asked, {}


def _tie(one: Proposition) -> dict[str, Size]:
    """The symbol that an equation gives as a formula in others, never below the least that it may be; else nothing."""
    difference: Any = sized(one.left - one.right)
    for name, least in one.names.items() if len(one.names) > 1 else ():
        symbol: Any = symbols(name, least)
        for others in (symbol - difference, symbol + difference):
            if name not in names_of(others) and Proposition(others, "≥", least).decided() is True:
                return {name: others}
    return {}


def replaced(one: Proposition | bool, tied: Mapping[str, Size]) -> Any:
    """A proposition with formulas for the symbols that are tied; True or False where that decides it."""
    if isinstance(one, bool) or not tied.keys() & one.names.keys():
        return one
    return Proposition(at(sized(one.left), tied), one.relation, at(sized(one.right), tied)).decided()


def at(size: Size, tied: Mapping[str, Size]) -> Size:
    """A size with other sizes for those of its symbols that are named."""
    known = names_of(size)
    return size.at({name: other for name, other in tied.items() if name in known}) if known else size


def names_of(size: Size) -> dict[str, int]:
    """The symbols of a size, each with its least value."""
    return size.names if isinstance(size, Symbolic) else {}  # type: ignore[attr-defined]
