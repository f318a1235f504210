"""A table as comma-separated values: plain numbers, one line of headings, no totals (they are sums of columns)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from .table import printable

if TYPE_CHECKING:
    from .table import Table


def render(table: Table) -> str:
    """The table's rows; text that a spreadsheet would take for a formula is quoted with an apostrophe.

    >>> from convmath.render.table import Heading, Table
    >>> render(Table("t", (Heading("layer"), Heading("params")), (("=c1", 1792),)))
    "layer,params\\n'=c1,1792\\n"
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading.label for heading in table.headings)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
