"""Formulas as Python source that needs nothing but Python's integers: (H + 1)//2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import FormulaError
from .printing import Notation, Piece, column

if TYPE_CHECKING:
    from .written import Operand


class Python(Notation):
    """An expression; gcd is math.gcd, Fraction is fractions.Fraction."""

    minus = " - "
    sign = "-"

    def symbol(self, name: str) -> Piece:
        return Piece(name, "word")

    def product(self, pieces: list[Piece]) -> str:
        return "*".join(piece.text for piece in pieces)

    def power(self, base: Piece, exponent: int) -> Piece:
        return Piece(f"{self.within(base, OPEN).text}**{exponent}", "product")

    def bracket(self, inside: str) -> Piece:
        return Piece(f"({inside})", "bracket")

    def floor(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"{self.above(above)}//{self.below(below)}", "quotient")

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"-(-{self.above(above)}//{self.below(below)})", "quotient")

    def quotient(self, above: Piece, below: Piece) -> Piece:
        return self.floor(above, below)

    def fraction(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"Fraction({above.text}, {below.text})", "call")

    def remainder(self, a: Piece, b: Piece) -> Piece:
        return Piece(f"{self.above(a)} % {self.below(b)}", "quotient")

    def logarithm(self, x: Piece) -> Piece:
        return Piece(f"({x.text} - 1).bit_length()", "call")

    def power_of_two(self, x: Piece) -> Piece:
        return Piece(f"2**{self.below(x)}", "product")

    def call(self, word: str, parts: list[Piece]) -> Piece:
        return Piece(f"{word}({', '.join(part.text for part in parts)})", "call")

    def above(self, piece: Piece) -> str:
        """What is divided."""
        return self.within(piece, OPEN - {"product"}).text

    def below(self, piece: Piece) -> str:
        """What it is divided by."""
        return self.within(piece, OPEN).text

    def root(self, x: Piece) -> Piece:
        raise FormulaError(OF_ARRAYS)

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        raise FormulaError(OF_ARRAYS)

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        raise FormulaError(OF_ARRAYS)

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        each, taps = self.operand(column(self.tap, operands)).text, self.operand(operands[3]).text
        return Piece(f"sum({each} for {self.index} in range({taps}))", "call")

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        made = [f"{name} := {part}" for name, part in where]
        return f"[{', '.join([*made, formula])}][-1]" if made else formula


OF_ARRAYS = "an equation about arrays is no expression of integers (write it as text, LaTeX, MathML or Typst)"

OPEN = {"sum", "negative", "product", "quotient", "loose"}
"""What needs brackets as an operand."""


def render(operand: Operand) -> str:
    """The formula as Python source.

    >>> from convmath.symbolic.written import symbol
    >>> i, k, s = (symbol(name) for name in "iks")
    >>> render((i - k) // s + 1)
    '(i - k)//s + 1'
    """
    return Python.render(operand)
