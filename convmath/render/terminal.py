"""A table for a terminal: colours, and as wide as the window lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import show_cell

if TYPE_CHECKING:
    from .table import Table

NARROWEST = 8
"""Characters that a column of text has at least, if it needs them."""


MARKS = {"✓": "green", "✗": "bold red"}
"""The colour of what begins with a mark, which says the same to who sees no colours."""


def _marked(cell: object, otherwise: str) -> str:
    return MARKS.get(cell[:1], otherwise) if isinstance(cell, str) else otherwise


def render(table: Table, width: int | None = None) -> str:
    """The table with ANSI colours: headings in bold, zeros faint, totals set off by a rule.

    Where the window is narrow, text is folded; a number keeps its digits together, even beyond the window's edge.

    >>> from convmath.render.table import Heading, Table
    >>> "1,792" in render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),)))
    True
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.SIMPLE_HEAD, header_style="bold cyan", show_footer=bool(table.totals), footer_style="bold",
        pad_edge=False, show_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    feet = table.totals or ("",) * len(table.headings)
    for heading, foot, *cells in zip(table.headings, feet, *table.rows, strict=True):
        longest = max(len(show_cell(cell)) for cell in (heading.label, foot, *cells))
        drawn.add_column(
            heading.label, Text(show_cell(foot)), justify="right" if heading.right else "left", no_wrap=heading.right,
            overflow="fold", min_width=longest if heading.right else min(longest, NARROWEST),
        )  # fmt: skip
    for row in table.rows:
        drawn.add_row(*(Text(show_cell(cell), style="dim" if cell == 0 else _marked(cell, "")) for cell in row))
    console = Console(force_terminal=True, highlight=False)
    least = sum(column.min_width or 0 for column in drawn.columns) + 2 * len(feet) - 2
    console.size = (max(width or console.width, least), console.height)
    with console.capture() as capture:
        console.print(Text(show_cell(table.title), style="bold"))
        console.print(drawn)
        for note in table.notes:
            console.print(Text(show_cell(note), style=_marked(note, "yellow")))
    return capture.get().rstrip("\n")
