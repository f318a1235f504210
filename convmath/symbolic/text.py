"""Formulas as Unicode text: ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .printing import Notation, Piece, is_product, is_sum

if TYPE_CHECKING:
    from .written import Operand

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text(Notation):
    """Plain text with the signs of mathematics."""

    def symbol(self, name: str) -> Piece:
        return Piece(name, "letter" if len(name) == 1 else "word")

    def product(self, pieces: list[Piece]) -> str:
        written = pieces[0].text
        for before, after in pairwise(pieces):
            close = (before.kind, after.kind) in CLOSE
            written += after.text if close else f"·{after.text}"
        return written

    def power(self, base: Piece, exponent: int) -> Piece:
        return Piece(base.text + str(exponent).translate(RAISED), base.kind)

    def bracket(self, inside: str) -> Piece:
        return Piece(f"({inside})", "bracket")

    def operation(self, word: str, parts: list[str], operands: tuple[Operand, ...]) -> Piece:
        fenced = FENCES.get(word)
        if fenced:
            return Piece(fenced[0] + _over(parts, operands) + fenced[1], "fenced")
        if word == "mod":
            return Piece(f"({parts[0]} mod {parts[1]})", "bracket")
        if word == "#":
            limit, steps, stride, taps, dilation = map(_factor, parts, operands)
            return Piece(f"#{{o < {steps}, t < {taps} : o·{stride} + t·{dilation} ≤ {limit}}}", "word")
        return Piece(f"{word}({', '.join(parts)})", "word")


CLOSE = {
    ("number", "letter"), ("number", "bracket"), ("letter", "bracket"), ("bracket", "bracket"), ("fenced", "fenced"),
}  # fmt: skip
"""Kinds of neighbours that need no dot between them."""

FENCES = {"⌊⌋": ("⌊", "⌋"), "⌈⌉": ("⌈", "⌉"), "/": ("(", ")")}


def _over(parts: list[str], operands: tuple[Operand, ...]) -> str:
    above = f"({parts[0]})" if is_sum(operands[0]) else parts[0]
    below = f"({parts[1]})" if is_sum(operands[1]) or is_product(operands[1]) else parts[1]
    return f"{above}/{below}"


def _factor(part: str, operand: Operand) -> str:
    return f"({part})" if is_sum(operand) else part


def render(operand: Operand) -> str:
    """The formula as text.

    >>> from convmath.symbolic.written import symbol
    >>> d, k = symbol("d"), symbol("k")
    >>> render(d * (k - 1) + 1), render(k * k * 3)
    ('d(k − 1) + 1', '3k²')
    """
    return NOTATION.formula(operand)


NOTATION = Text()
