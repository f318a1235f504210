"""What a notebook shows of a network: its diagram, or else its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError

if TYPE_CHECKING:
    from .analysis import Report

LIMIT = 60
"""Boxes of a diagram on a page among others."""

SECONDS = 10.0
"""How long a reader of a notebook waits for it at most."""


def shown(report: Report) -> dict[str, str]:
    """The diagram as SVG, folded if the network is large; the table as HTML where no diagram can be made in time."""
    from ..render.layout import picture

    try:
        return {"image/svg+xml": picture(report.drawing(limit=LIMIT), "svg", SECONDS).decode()}
    except ConvmathError:
        return {"text/html": report._repr_html_()}
