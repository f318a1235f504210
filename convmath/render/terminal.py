"""A table for a terminal: colours, and as wide as the window lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .table import show_cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType

    from .table import Table

NARROWEST = 8
"""Characters that a column of text has at least, if it needs them."""


MARKS = {"✓": "green", "✗": "bold red"}
"""The colour of what begins with a mark, which says the same to who sees no colours."""


def _marked(cell: object, otherwise: str) -> str:
    return MARKS.get(cell[:1], otherwise) if isinstance(cell, str) else otherwise


def render(table: Table, width: int | None = None) -> str:
    """The table with ANSI colours: headings in bold, zeros faint, totals set off by a rule.

    Where the window is narrow, columns that may stand apart have lines of their own, above the numbers or below, and
    other text is folded; a number keeps its digits together, even beyond the window's edge.

    >>> from convmath.render.table import Heading, Table
    >>> "1,792" in render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),)))
    True
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(force_terminal=True, highlight=False)
    if any(heading.apart for heading in table.headings) and _width(table) > (width or console.width):
        return _stacked(table, width or console.width)
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
    least = sum(column.min_width or 0 for column in drawn.columns) + 2 * len(feet) - 2
    console.size = (max(width or console.width, least), console.height)
    with console.capture() as capture:
        console.print(Text(show_cell(table.title), style="bold"))
        console.print(drawn)
        for note in table.notes:
            console.print(Text(show_cell(note), style=_marked(note, "yellow")))
    return capture.get().rstrip("\n")


def _printed(console: Console, table: Table, lines: Iterable[RenderableType]) -> str:
    """The title, what stands between, and the notes."""
    from rich.text import Text

    with console.capture() as capture:
        console.print(Text(show_cell(table.title), style="bold"))
        for line in lines:
            console.print(line)
        for note in table.notes:
            console.print(Text(show_cell(note), style=_marked(note, "yellow")))
    return capture.get().rstrip("\n")


def _columns(table: Table) -> list[list[str]]:
    """Each column's texts, its label first and its total last."""
    feet = [table.totals] if table.totals else []
    return [list(map(show_cell, column)) for column in zip(_labels(table), *table.rows, *feet, strict=True)]


def _labels(table: Table) -> tuple[str, ...]:
    return tuple(heading.label for heading in table.headings)


def _width(table: Table) -> int:
    return sum(max(map(len, column)) + 2 for column in _columns(table)) - 2


def _stacked(table: Table, width: int) -> str:
    """Every row as its numbers in columns, and what stands apart on lines of its own."""
    from rich.console import Console
    from rich.text import Text

    inline = [place for place, heading in enumerate(table.headings) if not heading.apart]
    widths = {place: max(map(len, _columns(table)[place])) for place in inline}
    gap = 2 if sum(widths.values()) + 2 * len(inline) <= width else 1
    above = list(range(inline[0]))
    below = [place for place in range(inline[0], len(table.headings)) if place not in inline]
    indent = gap if above else 0

    def row(cells: tuple[Any, ...], style: str) -> Text:
        line = Text(" " * indent)
        for place in inline:
            text, right = show_cell(cells[place]), table.headings[place].right
            padded = text.rjust(widths[place]) if right else text.ljust(widths[place])
            line.append(padded, style or ("dim" if cells[place] == 0 else _marked(cells[place], "")))
            line.append(" " * gap)
        line.rstrip()
        return line

    def aside(cells: tuple[Any, ...], places: list[int], style: str, lead: str) -> list[Text]:
        text = "  ".join(show_cell(cells[place]) for place in places if cells[place] not in (None, ""))
        return [Text(lead + text, style)] if text else []

    lines = [*aside(_labels(table), above, "bold cyan", ""), row(_labels(table), "bold cyan")]
    lines += [*aside(_labels(table), below, "bold cyan", "  "), Text("─" * (sum(widths.values()) + gap * len(inline)))]
    for cells in table.rows:
        lines += [*aside(cells, above, "", ""), row(cells, ""), *aside(cells, below, "dim", "  ")]
    if table.totals:
        lines += [*aside(table.totals, above, "bold", ""), row(table.totals, "bold")]
    console = Console(force_terminal=True, highlight=False)
    console.size = (max(width, *(line.cell_len for line in lines if line.plain[:1] == " ")), console.height)
    return _printed(console, table, lines)
