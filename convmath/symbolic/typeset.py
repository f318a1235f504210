"""Notations for print and screen, which set a formula by itself on lines of its own, and break it where it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .naming import named
from .printing import Notation
from .text import render
from .written import Written

if TYPE_CHECKING:
    from .printing import Piece
    from .written import Operand, Term

WIDTH = 80
"""Characters of plain text that fill a line of print."""

AROUND_MOD = {"sum", "negative", "product", "loose", "series"}
"""What stands beside "mod" only in brackets."""


class Typeset(Notation):
    """A notation with a display."""

    def display(self, lines: list[str], where: list[tuple[str, list[str]]]) -> str:
        """A formula in one or more lines, and names of parts with the lines of what they stand for."""
        raise NotImplementedError

    def quotient(self, above: Piece, below: Piece) -> Piece:
        return self.fraction(above, below)

    @classmethod
    def render_display(cls, operand: Operand, width: int) -> str:
        """A whole formula on lines of its own."""
        formula, parts, letter = named(operand)
        notation = cls(letter)
        where = [(notation.symbol(name).text, notation.lines(part, width)) for name, part in parts]
        return notation.display(notation.lines(formula, width), where)

    def lines(self, operand: Operand, width: int) -> list[str]:
        """A sum in lines; all but the first begin with a sign."""
        first, *others = rows(operand, width)
        return [
            self.operand(first).text,
            *("".join(self.added(*term) for term in self.terms(row)).lstrip() for row in others),
        ]


def rows(operand: Operand, width: int = WIDTH) -> list[Operand]:
    """A sum as shorter sums, each at most `width` characters of plain text unless a single term is longer.

    >>> from convmath.symbolic.written import symbol
    >>> H, W, k = (symbol(name) for name in ("H", "W", "k"))
    >>> [str(row) for row in rows(H * W - k * H + 3 * W - 1, width=9)]
    ['H·W − k·H', '3W − 1']
    """
    if type(operand) is not Written:
        return [operand]
    result: list[Operand] = []
    terms: list[Term] = []
    used = 0
    for coefficient, factors in operand.terms:
        length = len(render(Written(((abs(coefficient), factors),)))) + len(" + ")
        if used and used + length > width + len(" + "):
            result.append(Written(tuple(terms)))
            terms, used = [], 0
        terms.append((coefficient, factors))
        used += length
    return [*result, Written(tuple(terms), operand.constant)]
