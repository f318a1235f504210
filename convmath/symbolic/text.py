"""Formulas as Unicode text: ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1."""

from __future__ import annotations

from itertools import count, pairwise
from typing import TYPE_CHECKING

from .printing import GREEK, Notation, Piece
from .written import symbol

if TYPE_CHECKING:
    from .written import Operand

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text(Notation):
    """Plain text with the signs of mathematics."""

    def number(self, value: int) -> Piece:
        return Piece(str(value), "number" if value < 10 else "word")

    def symbol(self, name: str) -> Piece:
        name = GREEK.get(name, name)
        return Piece(name, "letter" if len(name) == 1 else "word")

    def within(self, piece: Piece, kinds: set[str]) -> Piece:
        # Before brackets around anything but a sum stands a dot.
        return Piece(self.bracket(piece.text).text, "call") if piece.kind in kinds else piece

    def product(self, pieces: list[Piece]) -> str:
        written = pieces[0].text
        for before, after in pairwise(pieces):
            close = (before.kind, after.kind) in CLOSE
            written += after.text if close else f"·{after.text}"
        return written

    def power(self, base: Piece, exponent: int) -> Piece:
        base = self.within(base, {"quotient", "loose", "series"})
        return Piece(base.text + str(exponent).translate(RAISED), base.kind)

    def bracket(self, inside: str) -> Piece:
        return Piece(f"({inside})", "bracket")

    def floor(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"⌊{self.over(above, below)}⌋", "fenced")

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"⌈{self.over(above, below)}⌉", "fenced")

    def quotient(self, above: Piece, below: Piece) -> Piece:
        return Piece(self.over(above, below), "quotient")

    def fraction(self, above: Piece, below: Piece) -> Piece:
        return Piece(self.over(above, below), "quotient")

    def over(self, above: Piece, below: Piece) -> str:
        """One over the other on one line."""
        return f"{self.within(above, ABOVE).text}/{self.within(below, BELOW).text}"

    def remainder(self, a: Piece, b: Piece) -> Piece:
        return Piece(f"{self.within(a, BELOW).text} mod {self.within(b, BELOW).text}", "loose")

    def logarithm(self, x: Piece) -> Piece:
        return Piece(f"⌈log₂({x.text})⌉", "fenced")

    def power_of_two(self, x: Piece) -> Piece:
        return Piece(f"2^{x.text if x.kind in {'letter', 'word'} else self.bracket(x.text).text}", "call")

    def call(self, word: str, parts: list[Piece]) -> Piece:
        return Piece(f"{word}({', '.join(part.text for part in parts)})", "call")

    def root(self, x: Piece) -> Piece:
        return Piece(f"√{x.text if x.kind in {'number', 'letter'} else self.bracket(x.text).text}", "call")

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        return Piece(f"{name.text}({', '.join(place.text for place in places)})", "value")

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        return Piece(f"{word}_{index.text} {body.text}", "series")

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        limit, steps, stride, taps, dilation = operands
        taken = {name for operand in operands if type(operand) is not int for name in operand.names}
        output = next(name for n in count() if (name := f"o{n or ''}") not in taken)
        place = self.operand(symbol(output, 0) * stride + self.tap * dilation).text
        last, outputs, below = (self.operand(operand).text for operand in (limit, steps, taps))
        return Piece(f"#{{{output} < {outputs}, {self.index} < {below} : {place} ≤ {last}}}", "call")

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        return formula + (", where " if where else "") + "; ".join(f"{name} = {part}" for name, part in where)


CLOSE = {
    ("number", "letter"), ("number", "bracket"), ("letter", "bracket"), ("bracket", "bracket"), ("fenced", "fenced"),
}  # fmt: skip
"""Kinds of neighbours that need no dot between them."""

ABOVE = {"sum", "negative", "quotient", "loose", "series"}
"""What needs brackets above a fraction's line."""

BELOW = ABOVE | {"product"}


def render(operand: Operand) -> str:
    """The formula as text.

    >>> from convmath.symbolic.written import symbol
    >>> d, k = symbol("d"), symbol("k")
    >>> render(d * (k - 1) + 1), render(k * k * 3)
    ('d(k − 1) + 1', '3k²')
    """
    return Text.render(operand)
