"""A table as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import Table, show_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>()#+!|~$"} | {"&": "&amp;"})
"""Characters that Markdown would read as markup."""


def render(table: Table) -> str:
    """A pipe table under a bold title, totals in bold.

    >>> from convmath.render.table import Heading
    >>> print(render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),))))
    **tiny**
    <BLANKLINE>
    | layer | params |
    | :-- | --: |
    | c1 | 1,792 |
    """
    lines = [f"**{escape(table.title).strip()}**", ""]
    if table.rows or table.totals:  # headings of nothing tell nothing
        lines.append(_line(escape(heading.label) for heading in table.headings))
        lines.append(_line("--:" if heading.right else ":--" for heading in table.headings))
    lines += [_line(escape(cell) for cell in row) for row in table.rows]
    if table.totals:
        lines.append(_line(f"**{escape(cell)}**" if show_cell(cell) else "" for cell in table.totals))
    for note in table.notes:
        lines += ["", escape(note)]
    return "\n".join(lines)


def escape(value: object) -> str:
    """A cell as literal Markdown text."""
    return show_cell(value).translate(SPECIAL)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
