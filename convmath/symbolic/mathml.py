"""Formulas in MathML Core, as a page shows them without any script: <mfrac><mi>H</mi><mn>2</mn></mfrac>."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from .printing import GREEK, Piece, as_name, column
from .typeset import AROUND_MOD, WIDTH, Typeset

if TYPE_CHECKING:
    from .written import Operand

TIMES = "\u2062"
"""The multiplication that is not seen."""

APPLIED = "\u2061"
"""What stands unseen between a function and its arguments."""


class MathML(Typeset):
    """Presentation elements; every text in them is escaped."""

    plus = "<mo>+</mo>"
    minus = "<mo>−</mo>"
    sign = "<mo>−</mo>"

    def number(self, value: int) -> Piece:
        return Piece(f"<mn>{value}</mn>", "number")

    def symbol(self, name: str) -> Piece:
        stem, indices = as_name(name)
        stem = GREEK.get(stem, stem)
        kind = "letter" if len(stem) == 1 else "word"
        if not indices:
            return Piece(_word(stem), kind)
        below = "<mo>,</mo>".join(map(_word, indices))
        return Piece(f"<msub>{_word(stem)}{_row(below) if len(indices) > 1 else below}</msub>", kind)

    def product(self, pieces: list[Piece]) -> str:
        written = pieces[0].text
        for before, after in pairwise(pieces):
            written += BETWEEN.get((before.kind, after.kind), THIN) + after.text
        return written

    def power(self, base: Piece, exponent: int) -> Piece:
        base = self.within(base, {"call", "fraction", "loose", "series"})
        indexed = base.text.startswith("<msub>") and base.text.endswith("</msub>")
        script, inside = ("msubsup", base.text[6:-7]) if indexed else ("msup", _row(base.text))
        return Piece(f"<{script}>{inside}<mn>{exponent}</mn></{script}>", base.kind)

    def bracket(self, inside: str) -> Piece:
        return Piece(_fenced("(", inside, ")"), "bracket")

    def floor(self, above: Piece, below: Piece) -> Piece:
        return Piece(_fenced("⌊", _over(above, below), "⌋"), "fenced")

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        return Piece(_fenced("⌈", _over(above, below), "⌉"), "fenced")

    def fraction(self, above: Piece, below: Piece) -> Piece:
        return Piece(_over(above, below), "fraction")

    def remainder(self, a: Piece, b: Piece) -> Piece:
        a, b = (self.within(part, AROUND_MOD) for part in (a, b))
        return Piece(a.text + MOD + b.text, "loose")

    def logarithm(self, x: Piece) -> Piece:
        inside = f"<msub><mi>log</mi><mn>2</mn></msub><mo>{APPLIED}</mo>{_fenced('(', x.text, ')')}"
        return Piece(_fenced("⌈", inside, "⌉"), "fenced")

    def power_of_two(self, x: Piece) -> Piece:
        return Piece(f"<msup><mn>2</mn>{_row(x.text)}</msup>", "letter")

    def call(self, word: str, parts: list[Piece]) -> Piece:
        arguments = COMMA.join(part.text for part in parts)
        return Piece(f"<mi>{word}</mi><mo>{APPLIED}</mo>{_fenced('(', arguments, ')')}", "call")

    def root(self, x: Piece) -> Piece:
        return Piece(f"<msqrt>{x.text}</msqrt>", "fenced")

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        arguments = COMMA.join(place.text for place in places)
        return Piece(f"{name.text}<mo>{APPLIED}</mo>{_fenced('(', arguments, ')')}", "value")

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        return Piece(f"<munder>{SERIES[word]}{index.text}</munder>{body.text}", "series")

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        first = f"{self.symbol(self.index).text}<mo>=</mo><mn>0</mn>"
        last, each = self.operand(operands[3] - 1).text, self.operand(column(self.tap, operands)).text
        total = f"<munderover><mo>∑</mo>{_row(first)}{_row(last)}</munderover>"
        return Piece(total + each, "loose")

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        named = [f"{name}<mo>=</mo>{part}" for name, part in where]
        inside = f"{formula}{COMMA}{WHERE}{COMMA.join(named)}" if named else formula
        return f"<math {NAMESPACE}>{_row(inside)}</math>"

    def display(self, lines: list[str], where: list[tuple[str, list[str]]]) -> str:
        rows = [line if not place else SHIFTED + line for place, line in enumerate(lines)]
        rows[-1] += f"{COMMA}{WHERE}" if where else ""
        for name, (first, *more) in where:
            rows.append(f"{name}<mo>=</mo>{first}")
            rows += [SHIFTED + line for line in more]
        if len(rows) == 1:
            return f'<math {NAMESPACE} display="block">{_row(lines[0])}</math>'
        cells = "".join(f'<mtr><mtd style="text-align: left">{_row(row)}</mtd></mtr>' for row in rows)
        return f'<math {NAMESPACE} display="block"><mtable displaystyle="true">{cells}</mtable></math>'


NAMESPACE = 'xmlns="http://www.w3.org/1998/Math/MathML"'

COMMA = '<mo separator="true">,</mo>'

WHERE = '<mspace width="0.5em"/><mtext>where</mtext><mspace width="0.5em"/>'

SHIFTED = '<mspace width="2em"/>'

CLOSE = f"<mo>{TIMES}</mo>"

MOD = '<mo lspace="0.22em" rspace="0.22em">mod</mo>'

SERIES = {
    "Σ": "<mo>∑</mo>",
    "max": '<mo lspace="0.17em" rspace="0.17em">max</mo>',
    "mean": '<mo lspace="0.17em" rspace="0.17em">mean</mo>',
}

FENCE = '<mo fence="true" stretchy="true">'

FLAT = '<mo fence="true" stretchy="false">'

THIN = f'<mo lspace="0.09em" rspace="0.08em">{TIMES}</mo>'

DOT = "<mo>⋅</mo>"

BETWEEN = {
    ("number", "letter"): CLOSE, ("number", "bracket"): CLOSE, ("letter", "bracket"): CLOSE,
    ("bracket", "bracket"): CLOSE, ("word", "bracket"): DOT, ("call", "bracket"): DOT, ("fraction", "bracket"): DOT,
    ("value", "bracket"): DOT,
}  # fmt: skip
"""What stands between factors of two kinds, if not a thin space."""


def _row(inside: str) -> str:
    return f"<mrow>{inside}</mrow>"


def _over(above: Piece, below: Piece) -> str:
    return f"<mfrac>{_row(above.text)}{_row(below.text)}</mfrac>"


def _fenced(left: str, inside: str, right: str) -> str:
    """In brackets as tall as what is inside; around a single line, letters' height is enough."""
    fence = FENCE if any(tall in inside for tall in ("<mfrac", "<munder")) else FLAT
    return _row(f"{fence}{left}</mo>{inside}{fence}{right}</mo>")


def _word(text: str) -> str:
    if text.isdigit():
        return f"<mn>{escape(text)}</mn>"
    # A single letter is slanted by itself; what else is a name stands upright.
    return f"<mi>{text}</mi>" if len(text) == 1 and text.isalpha() else f'<mi mathvariant="normal">{_clean(text)}</mi>'


def _clean(text: str) -> str:
    """Escaped, and without the characters that XML has no place for."""
    return escape("".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text))


def render(operand: Operand) -> str:
    """The formula as a <math> element that stands in a line of text.

    >>> from convmath.symbolic.written import symbol
    >>> render(symbol("k_h") - 1).partition(">")[2]
    '<mrow><msub><mi>k</mi><mi>h</mi></msub><mo>−</mo><mn>1</mn></mrow></math>'
    """
    return MathML.render(operand)


def render_display(operand: Operand, width: int = WIDTH) -> str:
    """The formula as a block; a sum of more than `width` characters is broken into rows.

    >>> from convmath.symbolic.written import symbol
    >>> render_display(symbol("H") * symbol("W") + symbol("H"), width=3).count("<mtr>")
    2
    """
    return MathML.render_display(operand, width)
