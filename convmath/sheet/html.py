"""A sheet as one HTML page that needs nothing else: MathML, a maths font, no script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from ..symbolic import mathml
from .document import Code, Display, Equation, Link, Paragraph, Rows, number, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .document import Block, Cell, Part, Section, Sheet


def render(sheet: Sheet) -> str:
    """The whole page.

    >>> from convmath.sheet.build import formula_sheet
    >>> render(formula_sheet(["Linear"]))[:15]
    '<!doctype html>'
    """
    style = _style()
    policy = (
        f"default-src 'none'; font-src data:; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    )
    sections = "\n".join(_section(section, 2) for section in sheet.sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(sheet.title)}: {escape(sheet.subtitle)}</title>
<style>{style}</style>
</head>
<body>
<nav aria-label="Contents">
<p>Contents</p>
{_contents(sheet.sections)}
</nav>
<main>
<header>
<h1>{escape(sheet.title)}</h1>
<p>{escape(sheet.subtitle)}</p>
</header>
{sections}
</main>
</body>
</html>
"""


def _style() -> str:
    room = files(__package__)
    font = b64encode(room.joinpath("fonts", "maths.woff2").read_bytes()).decode()
    return room.joinpath("page.css").read_text(encoding="utf-8").replace("FONT", f"data:font/woff2;base64,{font}")


def _contents(sections: Iterable[Section]) -> str:
    items = (
        f'<li><a href="#{escape(section.anchor)}">{escape(section.title)}</a>'
        f"{_contents(section.parts) if section.parts else ''}</li>"
        for section in sections
    )
    return f"<ul>\n{''.join(f'{item}{chr(10)}' for item in items)}</ul>"


def _section(section: Section, level: int) -> str:
    anchor, title = escape(section.anchor), escape(section.title)
    heading = f'<h{level}><a href="#{anchor}">{title}</a></h{level}>'
    blocks = (line for block in section.blocks for line in _block(block))
    parts = (_section(part, level + 1) for part in section.parts)
    inside = "\n".join((heading, *blocks, *parts))
    return f'<section id="{anchor}">\n{inside}\n</section>'


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(parts):
            yield f"<p>{_cell(parts)}</p>"
        case Display(equations):
            for equation in equations:
                yield f'<div class="display" tabindex="0">{mathematics(equation, block=True)}</div>'
        case Rows():
            yield _table(block)


def _table(table: Rows) -> str:
    caption = f"<figcaption>{_cell(table.title)}</figcaption>\n" if table.title else ""
    head = "".join(_boxed("th", _cell(words), right) for words, right in _by_column(table.headings, table))
    rows = (
        f"<tr>{''.join(_boxed('td', _cell(cell), right) for cell, right in _by_column(row, table))}</tr>"
        for row in table.rows
    )
    body = "\n".join(rows)
    return (
        f'<figure>\n{caption}<div class="table" tabindex="0"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n'
        "</tbody>\n</table></div>\n</figure>"
    )


def _by_column(row: Sequence[Cell], table: Rows) -> Iterator[tuple[Cell, bool]]:
    yield from zip(row, table.numeric, strict=True)


def _boxed(tag: str, inside: str, right: bool) -> str:
    return f'<{tag} class="n">{inside}</{tag}>' if right else f"<{tag}>{inside}</{tag}>"


def _cell(cell: Cell) -> str:
    return "".join(map(_part, run(cell)))


def _part(part: Part) -> str:
    match part:
        case Equation():
            return mathematics(part)
        case Code(text):
            return f"<code>{escape(text)}</code>"
        case Link(text, anchor):
            return f'<a href="#{escape(anchor)}">{escape(text)}</a>'
        case int():
            return number(part)
    return escape(part)


def mathematics(equation: Equation, *, block: bool = False) -> str:
    """An equation as one math element.

    >>> from convmath.symbolic.written import symbol
    >>> mathematics(Equation(symbol("o"), symbol("i")))
    '<math><mrow><mi>o</mi></mrow><mo>=</mo><mrow><mi>i</mi></mrow></math>'
    """
    sides = [] if equation.left is None else [equation.left]
    inside = f"<mo>{escape(equation.relation)}</mo>".join(map(_inside, (*sides, equation.right)))
    return f"<math{' display=' + chr(34) + 'block' + chr(34) if block else ''}>{inside}</math>"


def _inside(operand: object) -> str:
    _, _, inside = mathml.render(operand).partition(">")
    return inside.removesuffix("</math>")
