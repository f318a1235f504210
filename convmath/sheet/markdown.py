"""A sheet as GitHub Markdown: mathematics between dollar signs, tables with pipes, links to headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import latex
from .document import Code, Display, Equation, Link, Paragraph, Rows, number, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Block, Cell, Part, Section, Sheet

SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|~$#"} | {"&": "&amp;"})
"""Characters that Markdown would read as markup."""


def render(sheet: Sheet) -> str:
    """The whole document.

    >>> from convmath.sheet.build import formula_sheet
    >>> render(formula_sheet(["Linear"])).splitlines()[12]
    '$$y(o) = \\\\sum_{i} w(o, i) \\\\thinspace x(i) + b(o)$$'
    """
    lines = [f"# {_escaped(sheet.title)}", "", _escaped(sheet.subtitle), ""]
    for section in sheet.sections:
        lines.append(_contents(section, ""))
        lines += [_contents(part, "  ") for part in section.parts]
    for section in sheet.sections:
        lines += _section(section, "##")
    return "\n".join(lines) + "\n"


def _contents(section: Section, indent: str) -> str:
    return f"{indent}- [{_escaped(section.title)}](#{section.anchor})"


def _section(section: Section, heading: str) -> Iterator[str]:
    yield from ("", f"{heading} {_escaped(section.title)}")
    for block in section.blocks:
        yield ""
        yield from _block(block)
    for part in section.parts:
        yield from _section(part, f"{heading}#")


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(parts):
            yield _cell(parts)
        case Display(equations):
            for place, equation in enumerate(equations):
                yield from [""] * bool(place)
                yield f"$${mathematics(equation)}$$"
        case Rows(title, headings, rows):
            if title:
                yield from (_cell(title), "")
            yield _line(map(_escaped, headings))
            yield _line("--:" if numeric else ":--" for numeric in block.numeric)
            yield from (_line(map(_cell, row)) for row in rows)


def _line(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return "".join(map(_part, run(cell)))


def _part(part: Part) -> str:
    match part:
        case Equation():
            return f"${mathematics(part)}$"
        case Code(text):
            return f"`{text}`"
        case Link(text, anchor):
            return f"[{_escaped(text)}](#{anchor})"
        case int():
            return number(part)
    return _escaped(part)


def mathematics(equation: Equation) -> str:
    """What goes between dollar signs: LaTeX's mathematics.

    A backslash before punctuation is eaten by some readers of Markdown before mathematics is read, so the thin space
    goes by its name.
    """
    return latex.mathematics(equation).replace(r"\,", r"\thinspace")


def _escaped(text: str) -> str:
    return text.translate(SPECIAL)
