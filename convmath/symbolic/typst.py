"""Formulas in Typst's mathematics: floor(frac(i + 2 p - d (k - 1) - 1, s)) + 1."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .printing import GREEK, Piece, as_name, column
from .typeset import AROUND_MOD, WIDTH, Typeset

if TYPE_CHECKING:
    from .written import Operand


class Typst(Typeset):
    """What goes between dollar signs."""

    minus = " - "
    sign = "-"

    def symbol(self, name: str) -> Piece:
        stem, indices = as_name(name)
        stem = GREEK.get(stem, stem)
        kind = "letter" if len(stem) == 1 else "word"
        if not indices:
            return Piece(_upright(stem), kind)
        below = ",".join(map(_upright, indices))
        return Piece(f"{_upright(stem)}_{f'({below})' if len(indices) > 1 else below}", kind)

    def product(self, pieces: list[Piece]) -> str:
        written = pieces[0].text
        for before, after in pairwise(pieces):
            written += BETWEEN.get((before.kind, after.kind), " thin ") + after.text
        return written

    def power(self, base: Piece, exponent: int) -> Piece:
        base = self.within(base, {"call", "fraction", "loose", "series"})
        return Piece(f"{base.text}^{exponent}", base.kind)

    def bracket(self, inside: str) -> Piece:
        return Piece(f"({inside})", "bracket")

    def floor(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"floor({_over(above, below)})", "fenced")

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        return Piece(f"ceil({_over(above, below)})", "fenced")

    def fraction(self, above: Piece, below: Piece) -> Piece:
        return Piece(_over(above, below), "fraction")

    def remainder(self, a: Piece, b: Piece) -> Piece:
        a, b = (self.within(part, AROUND_MOD) for part in (a, b))
        return Piece(f"{a.text} mod {b.text}", "loose")

    def logarithm(self, x: Piece) -> Piece:
        return Piece(f"ceil(log_2 ({x.text}))", "fenced")

    def power_of_two(self, x: Piece) -> Piece:
        return Piece(f"2^({x.text})", "letter")

    def call(self, word: str, parts: list[Piece]) -> Piece:
        return Piece(f"{word}({', '.join(part.text for part in parts)})", "call")

    def root(self, x: Piece) -> Piece:
        return Piece(f"sqrt({x.text})", "fenced")

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        # Right behind an index, brackets would belong to the index.
        space = " " if "_" in name.text else ""
        return Piece(f"{name.text}{space}({', '.join(place.text for place in places)})", "value")

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        return Piece(f"{SERIES[word]}_({index.text}) {body.text}", "series")

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        index, last = self.symbol(self.index).text, self.operand(operands[3] - 1).text
        each = self.operand(column(self.tap, operands)).text
        return Piece(f"sum_({index}=0)^({last}) {each}", "loose")

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        named = [f"quad {name} = {part}" for name, part in where]
        return ", ".join([f'{formula}, quad "where"', *named]) if named else formula

    def display(self, lines: list[str], where: list[tuple[str, list[str]]]) -> str:
        rows = [f"& {line}" if not place else f'& quad "" {line}' for place, line in enumerate(lines)]
        rows[-1] += ', quad "where"' if where else ""
        for name, (first, *more) in where:
            rows.append(f"& {name} = {first}")
            rows += [f'& quad "" {line}' for line in more]
        return lines[0] if len(rows) == 1 else " \\\n".join(rows)


BETWEEN = {
    ("number", "letter"): " ", ("number", "bracket"): " ", ("letter", "bracket"): " ", ("bracket", "bracket"): " ",
    ("word", "bracket"): " dot ", ("call", "bracket"): " dot ", ("fraction", "bracket"): " dot ",
    ("value", "bracket"): " dot ",
}  # fmt: skip
"""What stands between factors of two kinds, if not a thin space."""


SERIES = {"Σ": "sum", "max": "max", "mean": 'op("mean", limits: #true)'}


def _over(above: Piece, below: Piece) -> str:
    return f"frac({above.text}, {below.text})"


def _upright(word: str) -> str:
    """A letter or digits as they are, a word as a text, whose characters mean nothing but themselves."""
    if word in GREEK.values() or (word.isascii() and ((len(word) == 1 and word.isalpha()) or word.isdigit())):
        return word
    plain = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in word)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render(operand: Operand) -> str:
    """The formula in Typst, without dollar signs.

    >>> from convmath.symbolic.written import symbol
    >>> i, k, s = (symbol(name) for name in ("i", "k_h", "s"))
    >>> render((i - k) // s + 1)
    'floor(frac(i - k_h, s)) + 1'
    """
    return Typst.render(operand)


def render_display(operand: Operand, width: int = WIDTH) -> str:
    r"""The formula in Typst for a display; a sum of more than `width` characters is broken into lines.

    >>> from convmath.symbolic.written import symbol
    >>> H, W = symbol("H"), symbol("W")
    >>> print(render_display(H * W + 3 * H - 1, width=7))
    & H thin W \
    & quad "" + 3 H - 1
    """
    return Typst.render_display(operand, width)
