r"""Formulas in LaTeX's mathematics: \left\lfloor \frac{i + 2p - d(k - 1) - 1}{s} \right\rfloor + 1."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .printing import GREEK, Piece, as_name, column
from .typeset import AROUND_MOD, WIDTH, Typeset

if TYPE_CHECKING:
    from .written import Operand


class Latex(Typeset):
    """What goes between dollar signs; needs no package, and amsmath where it has several lines."""

    minus = " - "
    sign = "-"

    def symbol(self, name: str) -> Piece:
        stem, indices = as_name(name)
        if not indices:
            return Piece(_upright(stem), _kind(stem))
        inner = ",".join(map(_upright, indices))
        return Piece(f"{_upright(stem)}_{inner if len(inner) == 1 else f'{{{inner}}}'}", _kind(stem))

    def product(self, pieces: list[Piece]) -> str:
        written = pieces[0].text
        for before, after in pairwise(pieces):
            written += BETWEEN.get((before.kind, after.kind), r" \, ") + after.text
        return written

    def power(self, base: Piece, exponent: int) -> Piece:
        base = self.within(base, {"call", "fraction", "loose", "series"})
        raised = str(exponent) if exponent < 10 else f"{{{exponent}}}"
        return Piece(f"{base.text}^{raised}", base.kind)

    def bracket(self, inside: str) -> Piece:
        return Piece(_brackets(inside), "bracket")

    def floor(self, above: Piece, below: Piece) -> Piece:
        return Piece(rf"\left\lfloor {_over(above, below)} \right\rfloor", "fenced")

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        return Piece(rf"\left\lceil {_over(above, below)} \right\rceil", "fenced")

    def fraction(self, above: Piece, below: Piece) -> Piece:
        return Piece(_over(above, below), "fraction")

    def remainder(self, a: Piece, b: Piece) -> Piece:
        a, b = (self.within(part, AROUND_MOD) for part in (a, b))
        return Piece(rf"{a.text} \bmod {b.text}", "loose")

    def logarithm(self, x: Piece) -> Piece:
        return Piece(rf"\left\lceil \log_2 {_brackets(x.text)} \right\rceil", "fenced")

    def power_of_two(self, x: Piece) -> Piece:
        return Piece(f"2^{{{x.text}}}", "letter")

    def call(self, word: str, parts: list[Piece]) -> Piece:
        return Piece(rf"\{word}{_brackets(', '.join(part.text for part in parts))}", "call")

    def root(self, x: Piece) -> Piece:
        return Piece(rf"\sqrt{{{x.text}}}", "fenced")

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        return Piece(name.text + _brackets(", ".join(place.text for place in places)), "value")

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        return Piece(rf"{SERIES[word]}_{{{index.text}}} {body.text}", "series")

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        index, last = self.symbol(self.index).text, self.operand(operands[3] - 1).text
        each = self.operand(column(self.tap, operands)).text
        return Piece(rf"\sum_{{{index}=0}}^{{{last}}} {each}", "loose")

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        named = [rf"\quad {name} = {part}" for name, part in where]
        return rf"{formula}, \quad \text{{where}} " + ", ".join(named) if named else formula

    def display(self, lines: list[str], where: list[tuple[str, list[str]]]) -> str:
        rows = [f"& {line}" if not place else rf"& \quad {{}}{line}" for place, line in enumerate(lines)]
        rows[-1] += r", \quad \text{where}" if where else ""
        for name, (first, *more) in where:
            rows.append(rf"& {name} = {first}")
            rows += [rf"& \quad {{}}{line}" for line in more]
        return lines[0] if len(rows) == 1 else "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


BETWEEN = {
    ("number", "letter"): "", ("number", "bracket"): "", ("letter", "bracket"): "", ("bracket", "bracket"): "",
    ("number", "fenced"): " ", ("fenced", "fenced"): " ", ("letter", "fenced"): " ",
    ("word", "bracket"): r" \cdot ", ("call", "bracket"): r" \cdot ", ("fraction", "bracket"): r" \cdot ",
    ("value", "bracket"): r" \cdot ",
}  # fmt: skip
"""What stands between factors of two kinds, if not a thin space."""

SERIES = {"Σ": r"\sum", "max": r"\max", "mean": r"\operatorname*{mean}"}


def _over(above: Piece, below: Piece) -> str:
    return rf"\frac{{{above.text}}}{{{below.text}}}"


def _brackets(inside: str) -> str:
    tall = any(word in inside for word in (r"\frac", r"\left", r"\sum"))
    return rf"\left( {inside} \right)" if tall else f"({inside})"


def _kind(stem: str) -> str:
    return "letter" if len(stem) == 1 or stem in GREEK else "word"


def _upright(word: str) -> str:
    r"""A letter or digits as they are, a word in upright letters; every other character escaped."""
    if word.isascii() and ((len(word) == 1 and word.isalpha()) or word.isdigit()):
        return word
    if word in GREEK:
        return "\\" + ("varepsilon" if word == "epsilon" else word)
    return rf"\mathrm{{{''.join(map(_escaped, word))}}}"


def _escaped(character: str) -> str:
    if character in ESCAPED:
        return ESCAPED[character]
    return character if character.isascii() and character.isprintable() else f"U{ord(character):04X}"


ESCAPED = {
    "\\": r"\backslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\sim{}", "^": r"\wedge{}", " ": r"\ ", "'": r"\prime{}", "`": r"\prime{}", '"': r"\prime\prime{}",
}  # fmt: skip


def render(operand: Operand) -> str:
    r"""The formula in LaTeX, without dollar signs.

    >>> from convmath.symbolic.written import symbol
    >>> i, k, s = (symbol(name) for name in ("i", "k_h", "s"))
    >>> print(render((i - k) // s + 1))
    \left\lfloor \frac{i - k_h}{s} \right\rfloor + 1
    """
    return Latex.render(operand)


def render_display(operand: Operand, width: int = WIDTH) -> str:
    r"""The formula in LaTeX for a display; a sum of more than `width` characters is broken into rows of `aligned`.

    >>> from convmath.symbolic.written import symbol
    >>> H, W = symbol("H"), symbol("W")
    >>> print(render_display(H * W + 3 * H - 1, width=7))
    \begin{aligned}
    & H \, W \\
    & \quad {}+ 3H - 1
    \end{aligned}
    """
    return Latex.render_display(operand, width)
