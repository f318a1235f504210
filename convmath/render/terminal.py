"""A table for a terminal: colours, and as wide as the window lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fitting import can_stack, fitted, padded, stacked
from .table import show_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from .fitting import Fit
    from .table import Table

MARKS = {"✓": "green", "✗": "bold red"}
"""The colour of what begins with a mark, which says the same to who sees no colours."""


def _marked(cell: object, otherwise: str) -> str:
    return MARKS.get(cell[:1], otherwise) if isinstance(cell, str) else otherwise


def render(table: Table, width: int | None = None) -> str:
    """The table with ANSI colours: headings in bold, zeros faint, totals set off by a rule.

    Where the window is narrow, headings stand on several lines and text is folded; where it is narrower still, every
    row takes several lines: text above its numbers, and below. A number keeps its digits together, even beyond the
    window's edge.

    >>> from convmath.render.table import Heading, Table
    >>> "1,792" in render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),)))
    True
    """
    from rich.console import Console

    if not table.rows and not table.totals:  # headings of nothing tell nothing
        return _printed(table, [], width or Console(force_terminal=True).width)
    room = width or Console(force_terminal=True).width
    fit = fitted(table, room)
    if fit is None and can_stack(table):
        return _stacked(table, room)
    return _side_by_side(table, room, fit)


def _side_by_side(table: Table, width: int, fit: Fit | None) -> str:
    """Columns of these widths; as narrow as their numbers and words allow where there is no room for any."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.SIMPLE_HEAD, header_style="bold cyan", show_footer=bool(table.totals), footer_style="bold",
        pad_edge=False, show_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    feet = table.totals or ("",) * len(table.headings)
    labels = fit.labels if fit else [heading.label for heading in table.headings]
    for place, (heading, foot) in enumerate(zip(table.headings, feet, strict=True)):
        drawn.add_column(
            Text(labels[place]), Text(show_cell(foot)), justify="right" if heading.right else "left",
            no_wrap=heading.right, overflow="fold", width=fit.widths[place] if fit else None,
        )  # fmt: skip
    for row in table.rows:
        drawn.add_row(*(Text(show_cell(cell), style="dim" if cell == 0 else _marked(cell, "")) for cell in row))
    return _printed(table, [drawn], width)


def _printed(table: Table, lines: Iterable[RenderableType], width: int) -> str:
    """The title, what stands between, and the notes."""
    from rich.console import Console
    from rich.text import Text

    console = Console(force_terminal=True, highlight=False)
    console.size = (width, console.height)
    with console.capture() as capture:
        console.print(Text(show_cell(table.title), style="bold"))
        for line in lines:
            console.print(line, crop=False, overflow="ignore" if isinstance(line, Text) and line.no_wrap else None)
        for note in table.notes:
            console.print(Text(show_cell(note), style=_marked(note, "yellow")))
    return capture.get().rstrip("\n")


def _stacked(table: Table, width: int) -> str:
    """Every row as its numbers in columns, and what stands apart on lines of its own."""
    from rich.text import Text

    stack = stacked(table, width)

    def numbers(cells: Sequence[Any], line: tuple[int, ...], style: str) -> Text:
        text = Text(" " * stack.indent, no_wrap=True)
        for place in line:
            cell = padded(show_cell(cells[place]), stack.widths[place], table.headings[place].right)
            text.append(cell, style or ("dim" if cells[place] == 0 else _marked(cells[place], "")))
            text.append(" " * stack.gap)
        text.rstrip()
        return text

    def aside(cells: Sequence[Any], places: tuple[int, ...], style: str, lead: str) -> list[Text]:
        text = "  ".join(show_cell(cells[place]) for place in places if cells[place] not in (None, ""))
        return [Text(lead + text, style)] if text else []

    plain = [heading.label for heading in table.headings]
    lines = aside(plain, stack.above, "bold cyan", "")
    for line in stack.lines:
        parts = {place: stack.labels[place].split("\n") for place in line}
        tall = max(map(len, parts.values()))
        for level in range(tall):
            words = {place: ([""] * (tall - len(part)) + part)[level] for place, part in parts.items()}
            lines.append(numbers([words.get(place, "") for place in range(len(plain))], line, "bold cyan"))
    lines += aside(plain, stack.below, "bold cyan", "  ")
    lines.append(Text("─" * min(max(stack.width, *(line.cell_len for line in lines)), width)))
    for cells in table.rows:
        lines += aside(cells, stack.above, "", "")
        lines += [
            numbers(cells, line, "") for line in stack.lines if any(cells[place] not in (None, "") for place in line)
        ]
        lines += aside(cells, stack.below, "dim", "  ")
    if table.totals:
        lines += aside(table.totals, stack.above, "bold", "")
        lines += [numbers(table.totals, line, "bold") for line in stack.lines]
    return _printed(table, lines, width)
