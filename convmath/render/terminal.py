"""A table for a terminal: colours, and as wide as the window lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .table import show_cell

if TYPE_CHECKING:
    from .table import Table


def render(table: Table, width: int | None = None) -> str:
    """The table with ANSI colours: headings in bold, zeros faint, totals set off by a rule.

    >>> from convmath.render.table import Heading, Table
    >>> "1,792" in render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),)))
    True
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        title=Text(show_cell(table.title)), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        header_style="bold cyan", show_footer=bool(table.totals), footer_style="bold", pad_edge=False,
    )  # fmt: skip
    feet = table.totals or ("",) * len(table.headings)
    for heading, foot in zip(table.headings, feet, strict=True):
        drawn.add_column(
            heading.label, Text(show_cell(foot)), justify="right" if heading.right else "left", no_wrap=heading.right,
            overflow="fold",
        )  # fmt: skip
    for row in table.rows:
        drawn.add_row(*(Text(show_cell(cell), style="dim" if cell == 0 else "") for cell in row))
    console = Console(force_terminal=True, width=width, highlight=False)
    with console.capture() as capture:
        console.print(drawn)
        for note in table.notes:
            console.print(Text(show_cell(note), style="yellow"))
    return capture.get().rstrip("\n")
