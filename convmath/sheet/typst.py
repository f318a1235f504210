"""A sheet as a Typst document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..symbolic import typst
from .document import Code, Display, Equation, Link, Paragraph, Rows, number, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Block, Cell, Part, Section, Sheet

SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\#$*_`<>@[]~/-+='\""})
"""Characters that Typst would read as markup."""

RELATIONS = {"≥": ">=", "≤": "<="}

PREAMBLE = """\
#set document(title: "{title}")
#set page(paper: "a4", margin: (x: 21mm, top: 22mm, bottom: 24mm), numbering: "1")
#set text(font: "New Computer Modern", size: 10pt, lang: "en")
#set par(leading: 0.62em, spacing: 0.9em)
#set heading(numbering: "1.1")
#set table(stroke: none, inset: (x: 0pt, y: 3.4pt), align: left + horizon, column-gutter: 12pt)
#show heading.where(level: 1): it => block(above: 1.9em, below: 0.9em, text(size: 14pt, it))
#show heading.where(level: 2): it => block(above: 1.7em, below: 0.8em, text(size: 11.5pt, it))
#show table: it => {{ show math.equation: it => box(inset: (y: 1.5pt), math.display(it)); it }}
#show table: set text(size: 9pt)
#show table.cell.where(y: 0): strong
#show link: set text(fill: rgb("#1c5585"))
#show math.equation.where(block: true): it => pad(left: 1.5em, align(left, it))
#let rule = table.hline(stroke: 0.9pt)
#let line = table.hline(stroke: 0.4pt)

#align(center)[
  #text(size: 20pt, weight: "bold")[{heading}]

  {subtitle}
]
#v(1em)
#block(height: {height}em, columns(2, outline(title: none, depth: 2, indent: 1.2em)))
"""


def render(sheet: Sheet) -> str:
    """The whole document.

    >>> from convmath.sheet.build import formula_sheet
    >>> render(formula_sheet(["Linear"])).splitlines()[0]
    '#set document(title: "The arithmetic of convolutions")'
    """
    quoted = sheet.title.replace("\\", "\\\\").replace('"', '\\"')
    entries = len(list(sheet.all_sections))
    lines = [PREAMBLE.format(
        title=quoted, heading=_escaped(sheet.title), subtitle=_escaped(sheet.subtitle), height=(entries + 3) // 2 * 1.5
    )]  # fmt: skip
    for section in sheet.sections:
        lines += _section(section, "=")
    return "\n".join(lines) + "\n"


def _section(section: Section, heading: str) -> Iterator[str]:
    yield f"\n{heading} {_escaped(section.title)} <{section.anchor}>"
    for block, after in zip(section.blocks, (*section.blocks[1:], None), strict=False):
        yield ""
        if isinstance(block, Paragraph) and isinstance(after, Display):
            # What leads to an equation stays on its page.
            yield f"#block(sticky: true, spacing: 0.9em)[{_cell(block.parts)}]"
        else:
            yield from _block(block)
    for part in section.parts:
        yield from _section(part, f"{heading}=")


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(parts):
            yield _cell(parts)
        case Display(equations):
            for equation in equations:
                yield f"$ {mathematics(equation)} $"
        case Rows():
            yield from _table(block)


def _table(table: Rows) -> Iterator[str]:
    if table.title:
        yield f"#block(sticky: true, below: 0.6em)[*{_cell(table.title)}*]"
    widest = max(range(len(table.headings)), key=lambda column: _length(table, column))
    wraps = _length(table, widest) > WRAPPED
    columns = ", ".join("1fr" if wraps and place == widest else "auto" for place in range(len(table.headings)))
    align = ", ".join("right" if numeric else "left" for numeric in table.numeric)
    breakable = "true" if len(table.rows) > WHOLE else "false"
    yield f"#block(breakable: {breakable}, table("
    yield f"  columns: ({columns}), align: ({align}).map(side => side + horizon),"
    yield f"  rule, table.header({', '.join(f'[{_escaped(words)}]' for words in table.headings)}), line,"
    for row in table.rows:
        yield f"  {', '.join(f'[{_cell(cell)}]' for cell in row)},"
    yield "  rule,"
    yield "))"


WHOLE = 14
"""A table of at most so many rows stays on one page."""


WRAPPED = 45
"""Letters in a cell from which on its column takes what is left of the line, and its words go into several."""


def _length(table: Rows, column: int) -> int:
    """Letters of the longest cell that is words; mathematics is shorter than its letters."""
    return max(sum(len(part) for part in run(row[column]) if isinstance(part, str)) for row in table.rows)


def _cell(cell: Cell) -> str:
    return "".join(map(_part, run(cell)))


def _part(part: Part) -> str:
    match part:
        case Equation():
            return f"${mathematics(part)}$"
        case Code(text):
            return f"`{text}`"
        case Link(text, anchor):
            return f"#link(<{anchor}>)[{_escaped(text)}]"
        case int():
            return _escaped(number(part))
    return _escaped(part)


def mathematics(equation: Equation) -> str:
    """What goes between dollar signs."""
    right = typst.render(equation.right)
    if equation.left is None:
        return right
    return f"{typst.render(equation.left)} {RELATIONS.get(equation.relation, equation.relation)} {right}"


def _escaped(text: str) -> str:
    return text.translate(SPECIAL)
