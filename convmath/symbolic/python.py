"""Formulas as Python source that needs nothing but Python's integers: (H + 1)//2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .printing import Notation, Piece, is_product, is_sum

if TYPE_CHECKING:
    from .written import Operand


class Python(Notation):
    """An expression; gcd is math.gcd."""

    minus = " - "
    sign = "-"

    def symbol(self, name: str) -> Piece:
        return Piece(name, "word")

    def product(self, pieces: list[Piece]) -> str:
        return "*".join(piece.text for piece in pieces)

    def power(self, base: Piece, exponent: int) -> Piece:
        return Piece(f"{base.text}**{exponent}", "word")

    def bracket(self, inside: str) -> Piece:
        return Piece(f"({inside})", "bracket")

    def operation(self, word: str, parts: list[str], operands: tuple[Operand, ...]) -> Piece:
        match word:
            case "⌊⌋" | "/":
                return Piece(f"({_top(parts[0], operands[0])}//{_low(parts[1], operands[1])})", "bracket")
            case "⌈⌉":
                return Piece(f"(-(-{_low(parts[0], operands[0])}//{_low(parts[1], operands[1])}))", "bracket")
            case "mod":
                return Piece(f"({_top(parts[0], operands[0])} % {_low(parts[1], operands[1])})", "bracket")
            case "#":
                limit, steps, stride, taps, dilation = parts
                return Piece(
                    f"sum(max(0, min((({limit}) - t*({dilation}))//({stride}) + 1, {steps})) for t in range({taps}))",
                    "word",
                )
        return Piece(f"{word}({', '.join(parts)})", "word")


def _top(part: str, operand: Operand) -> str:
    return f"({part})" if is_sum(operand) or part.startswith("-") else part


def _low(part: str, operand: Operand) -> str:
    return f"({part})" if is_sum(operand) or is_product(operand) or part.startswith("-") else part


def render(operand: Operand) -> str:
    """The formula as Python source.

    >>> from convmath.symbolic.written import symbol
    >>> i, k, s = (symbol(name) for name in "iks")
    >>> render((i - k) // s + 1)
    '((i - k)//s) + 1'
    """
    return NOTATION.formula(operand)


NOTATION = Python()
