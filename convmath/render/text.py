"""A table as plain text in aligned columns."""

from __future__ import annotations

from .table import Table, shortened, show_cell

LONGEST_NAME = 60
"""Characters of what names a row, in its first column; JSON and CSV have all of them."""


def render(table: Table) -> str:
    """The table with a rule under the headings and one above the totals.

    >>> from convmath.render.table import Heading
    >>> print(render(Table("tiny", (Heading("layer"), Heading("params", right=True)), (("c1", 1792),))))
    tiny
    layer  params
    ─────  ──────
    c1      1,792
    """
    labels = [heading.label for heading in table.headings]
    body = [[shortened(show_cell(row[0]), LONGEST_NAME), *map(show_cell, row[1:])] for row in table.rows]
    foot = [[show_cell(cell) for cell in table.totals]] if table.totals else []
    widths = [max(map(len, column)) for column in zip(labels, *body, *foot, strict=True)]
    formats = [
        f"{{:{'>' if heading.right else '<'}{width}}}" for heading, width in zip(table.headings, widths, strict=True)
    ]
    template = "  ".join(formats)
    rule = "  ".join("─" * width for width in widths)
    lines = [show_cell(table.title)]
    if body or foot:  # headings of nothing tell nothing
        lines += [template.format(*labels), rule, *(template.format(*row) for row in body)]
    if foot:
        lines += [rule, template.format(*foot[0])]
    notes = ["", *map(show_cell, table.notes)] if table.notes else []
    return "\n".join(line.rstrip() for line in lines + notes)
