r"""A sheet as a LaTeX document that needs amsmath, booktabs, longtable, tabularx and hyperref, and plain pdflatex."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..render.table import printable
from ..symbolic import latex, text
from .document import Code, Display, Equation, Link, Paragraph, Rows, number, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Block, Cell, Part, Section, Sheet

PREAMBLE = r"""\documentclass[a4paper,10pt]{article}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{tabularx}
\usepackage[hidelinks,bookmarksnumbered,pdftitle={TITLE}]{hyperref}
\setlength{\oddsidemargin}{-5mm}
\setlength{\textwidth}{169mm}
\setlength{\topmargin}{-12mm}
\setlength{\headheight}{0mm}
\setlength{\headsep}{0mm}
\setlength{\textheight}{250mm}
\setlength{\parindent}{0mm}
\setlength{\parskip}{1.2ex plus 0.4ex minus 0.2ex}
\setlength{\LTleft}{0mm}
\setlength{\LTright}{\fill}
\setlength{\emergencystretch}{3em}
\setlength{\tabcolsep}{1.8mm}
\AtBeginDocument{\setlength{\abovedisplayskip}{1ex}\setlength{\belowdisplayskip}{1ex}}
\renewcommand{\arraystretch}{1.2}
\setcounter{tocdepth}{2}
\title{TITLE}
\author{}
\date{SUBTITLE}
"""

CONTENTS = r"{\small\setlength{\parskip}{0mm}\tableofcontents}"

LETTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "'": "'", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\dots{}", "—": "---", "–": "--",
    "−": r"$-$", "·": r"$\cdot$", "×": r"$\times$", "→": r"$\to$", "≥": r"$\ge$", "≤": r"$\le$", "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$", "∏": r"$\prod$", "Σ": r"$\Sigma$", "√": r"$\surd$",
    "∞": r"$\infty$", "Φ": r"$\Phi$", "β": r"$\beta$", "²": r"\textsuperscript{2}", "ᵖ": r"\textsuperscript{p}",
    "ˣ": r"\textsuperscript{x}", "ʸ": r"\textsuperscript{y}", "⁻": r"\textsuperscript{$-$}",
}  # fmt: skip
"""Every character of a sheet that is no plain letter, as text."""

RELATIONS = {"≥": r"\ge", "≤": r"\le"}


def render(sheet: Sheet) -> str:
    r"""The whole document.

    >>> from convmath.sheet.build import formula_sheet
    >>> print(render(formula_sheet(["Linear"])).splitlines()[0])
    \documentclass[a4paper,10pt]{article}
    """
    preamble = PREAMBLE.replace("SUBTITLE", escaped(sheet.subtitle)).replace("TITLE", escaped(sheet.title))
    lines = [preamble, r"\begin{document}", r"\maketitle", CONTENTS]
    for section in sheet.sections:
        lines += _section(section, r"\section")
    return "\n".join([*lines, r"\end{document}"]) + "\n"


def _section(section: Section, command: str) -> Iterator[str]:
    yield f"\n{command}{{{escaped(section.title)}}}\\label{{{section.anchor}}}"
    for block in section.blocks:
        # A display belongs to the paragraph before it.
        yield from [] if isinstance(block, Display) else [""]
        yield from _block(block)
    for part in section.parts:
        yield from _section(part, r"\subsection")


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(parts):
            yield _cell(parts)
        case Display(equations):
            lines = " \\\\\n".join(f"& {mathematics(equation)}" for equation in equations)
            yield f"\\begin{{flalign*}}\n{lines} &&\n\\end{{flalign*}}"
        case Rows():
            yield from _table(block)


def _table(table: Rows) -> Iterator[str]:
    if table.title:
        yield rf"\textbf{{{_cell(table.title)}}}\nopagebreak"
        yield ""
    head = " & ".join(rf"\textbf{{{escaped(words)}}}" for words in table.headings)
    rows = [rf"{' & '.join(_cell(cell, tall=True) for cell in row)} \\" for row in table.rows]
    begin, middle, end = SPLIT if len(rows) > WHOLE else KEPT
    yield rf"{{\small{begin}{{{_columns(table)}}}"
    yield rf"\toprule {head} \\ \midrule{middle}"
    yield from (*rows, end + "}")


KEPT = r"\begin{tabular}", "", r"\bottomrule \end{tabular}"
SPLIT = r"\begin{longtable}", r" \endhead \bottomrule \endfoot", r"\end{longtable}"
WHOLE = 14
"""A table of at most so many rows stays on one page."""


LINE = 103
"""Small letters on a line."""


def _columns(table: Rows) -> str:
    """Columns as wide as they want to be, and the widest as wide as the others leave it if all do not fit."""
    widths = [_width(table, column) for column in range(len(table.headings))]
    kinds = ["r" if numeric else "l" for numeric in table.numeric]
    if sum(widths) + 2 * len(widths) > LINE:
        widest = widths.index(max(widths))
        left = LINE - sum(widths) + widths[widest] - 2 * len(widths)
        kinds[widest] = rf">{{\raggedright\arraybackslash}}p{{{left / LINE:.2f}\linewidth}}"
    return f"@{{}}{''.join(kinds)}@{{}}"


def _width(table: Rows, column: int) -> int:
    cells = [sum(map(_letters, run(row[column]))) for row in table.rows]
    return max(len(table.headings[column]) + 2, *cells)


def _letters(part: Part) -> int:
    """How many letters wide a part is; in a formula products and indices take no room."""
    if isinstance(part, Equation):
        sides = [part.right] if part.left is None else [part.left, part.right]
        return sum(len(re.sub(r"[·_]", "", text.render(side))) for side in sides)
    return len(part.text if isinstance(part, Code | Link) else str(part))


def _cell(cell: Cell, *, tall: bool = False) -> str:
    return "".join(_part(part, tall=tall) for part in run(cell))


def _part(part: Part, *, tall: bool) -> str:
    match part:
        case Equation():
            return (
                f"${TALL if tall else ''}{mathematics(part)}{STRUT if tall and TALL_SIGN in mathematics(part) else ''}$"
            )
        case Code(words):
            return rf"\texttt{{{escaped(words)}}}"
        case Link(words, anchor):
            return rf"\hyperref[{anchor}]{{{escaped(words)}}}"
        case int():
            return escaped(number(part))
    return escaped(part)


TALL = r"\displaystyle "
TALL_SIGN = r"\frac"
STRUT = r"\rule[-2.6ex]{0pt}{6.2ex}"
"""Room above and below a fraction in a table."""


def mathematics(equation: Equation) -> str:
    """What goes between dollar signs."""
    right = latex.render(equation.right)
    if equation.left is None:
        return right
    return f"{latex.render(equation.left)} {RELATIONS.get(equation.relation, equation.relation)} {right}"


def escaped(words: str) -> str:
    r"""Words as text; a character that LaTeX is not told of here is left to its own table of UTF-8.

    >>> escaped("50 % of p_low")
    '50 \\% of p\\_low'
    """
    return "".join(LETTERS.get(character, character) for character in printable(words))
