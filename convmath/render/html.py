"""A table as an HTML fragment, for notebooks and pages."""

from __future__ import annotations

from html import escape

from .table import Heading, Table, show_cell

STYLE = """
.convmath{font:13px/1.5 system-ui,sans-serif;border-collapse:collapse;font-variant-numeric:tabular-nums}
.convmath caption{font-weight:600;text-align:left;padding:4px 8px}
.convmath th{border-bottom:2px solid currentColor;opacity:.75}
.convmath th,.convmath td{padding:2px 12px 2px 8px;text-align:left;white-space:nowrap}
.convmath .n{text-align:right}
.convmath .z{opacity:.35}
.convmath tbody tr:hover{background:rgba(128,128,128,.15)}
.convmath tfoot td{border-top:1px solid currentColor;font-weight:600}
"""


def render(table: Table) -> str:
    """A <table> with its own style, readable on light and dark pages; everything from outside is escaped.

    >>> from convmath.render.table import Heading
    >>> "&lt;b&gt;" in render(Table("t", (Heading("layer"),), (("<b>",),)))
    True
    """
    head = "".join(_cell("th", heading.label, heading) for heading in table.headings)
    body = "".join(_row(row, table.headings) for row in table.rows)
    foot = f"<tfoot>{_row(table.totals, table.headings)}</tfoot>" if table.totals else ""
    notes = "".join(f"<p>{escape(show_cell(note))}</p>" for note in table.notes)
    return (
        f'<style>{STYLE}</style><table class="convmath"><caption>{escape(show_cell(table.title))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>{notes}"
    )


def page(table: Table) -> str:
    """The table as a whole page, to be kept as a file.

    >>> from convmath.render.table import Heading
    >>> page(Table("t", (Heading("layer"),), (("c1",),)))[:35]
    '<!doctype html><html lang="en"><hea'
    """
    title = escape(show_cell(table.title))
    head = f'<meta charset="utf-8"><title>{title}</title><style>:root{{color-scheme:light dark}}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{render(table)}</body></html>'


def _row(cells: tuple[object, ...], headings: tuple[Heading, ...]) -> str:
    return f"<tr>{''.join(_cell('td', cell, heading) for cell, heading in zip(cells, headings, strict=True))}</tr>"


def _cell(tag: str, value: object, heading: Heading) -> str:
    classes = " ".join(word for word, holds in (("n", heading.right), ("z", value == 0)) if holds)
    return f"<{tag}{f' class={chr(34)}{classes}{chr(34)}' if classes else ''}>{escape(show_cell(value))}</{tag}>"
