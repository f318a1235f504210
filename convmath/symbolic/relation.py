"""Relations of formulas as they are typed: H % 32 == 0, or several in a row as in 64 <= H <= 4096."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..core.errors import ParseError, show
from .parse import parse_formula
from .proposition import Proposition

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGN = re.compile(r"(>=|<=|==|=|>|<|≥|≤)")


def relations(text: str, names: Mapping[str, Any]) -> tuple[Proposition | bool, ...]:
    """The propositions that a text states: its formulas two by two, and after each comma others.

    Raises ParseError, with the column, where a part is no formula or nothing is compared.

    >>> from convmath.symbolic.implicit import Symbols
    >>> relations("H % 32 == 0, 64 <= H <= 4096", Symbols())
    (Proposition('H − 32·⌊H/32⌋ = 0'), Proposition('H ≥ 64'), Proposition('4096 ≥ H'))
    """
    found: list[Proposition | bool] = []
    begin = 1
    for part in _parted(text):
        words = SIGN.split(part)
        if len(words) < 3:
            raise ParseError(
                f"{show(part.strip())} compares nothing (write for example 64 <= H, or H % 32 == 0)", begin
            )
        places = [begin + sum(map(len, words[:place])) for place in range(len(words))]
        sides = [_formula(word, place, names) for word, place in list(zip(words, places, strict=True))[::2]]
        found += [_joined(a, sign, b) for (a, b), sign in zip(pairwise(sides), words[1::2], strict=True)]
        begin += len(part) + 1
    return tuple(found)


def _parted(text: str) -> list[str]:
    """The text at its commas outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _formula(text: str, place: int, names: Mapping[str, Any]) -> Any:
    try:
        return parse_formula(text, names)
    except ParseError as error:
        raise ParseError(str(error), place + error.column - 1) from None


def _joined(a: Any, sign: str, b: Any) -> Proposition | bool:
    if sign in {"=", "=="}:
        return Proposition(a, "=", b)
    if sign in {"<", "<=", "≤"}:
        a, b = b, a
    return Proposition(a, "≥", b + 1 if sign in {"<", ">"} else b)
