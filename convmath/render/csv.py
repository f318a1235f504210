"""A table as comma-separated values: plain numbers, one line of headings, no totals (they are sums of columns)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .table import printable

if TYPE_CHECKING:
    from .table import Table

FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""How a formula begins in a spreadsheet, by signs of half and of full width."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
"""Text that is a number, which a spreadsheet takes for just that."""

PARTING = re.compile('[,;"]')
"""What a reader could take for the end of a cell that is not quoted."""


def render(table: Table) -> str:
    """The table's rows; before text that a spreadsheet would take for a formula stands an apostrophe.

    >>> from convmath.render.table import Heading, Table
    >>> print(render(Table("t", (Heading("layer"), Heading("params")), (("=c1", 1792), ("a;=c1", -5)))), end="")
    layer,params
    '=c1,1792
    "a;=c1",-5

    Source: RFC 4180 (2005); OWASP, "CSV Injection", for what begins a formula and what parts cells.
    """
    lines = [[heading.label for heading in table.headings], *table.rows]
    return "".join(f"{','.join(map(cell, line))}\n" for line in lines)


def cell(value: object) -> str:
    """A value as one cell.

    >>> cell(None), cell("=c1"), cell("a,b")
    ('', "'=c1", '"a,b"')
    """
    if value is None:
        return ""
    text = printable(str(value))
    if FORMULA.match(text) and not NUMBER.fullmatch(text):
        text = f"'{text}"
    return f'"{text.replace(chr(34), 2 * chr(34))}"' if PARTING.search(text) else text
