"""Formulas of one layer in the form that is shorter to read: as the rule writes them, or in normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.shape import Shape
from ..symbolic.recorded import as_written, recorded

if TYPE_CHECKING:
    from .row import Row

LONGEST = 200
"""Characters of a formula that a line of a table can hold."""


def as_stated(row: Row) -> Row:
    """The row of one layer with every formula as its rules write it.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.report.describe import layer_report
    >>> H, k = symbols("H k")
    >>> print(as_stated(layer_report(Conv2d(3, 8, k), ((1, 3, H, 9),)).rows[0]).cost.macs)
    24·(H − k + 1)(−k + 10)·k²
    """
    if row.layer is None:
        return row
    layer = recorded(row.layer)
    inputs = tuple(Shape(map(as_written, shape)) for shape in row.inputs)
    facts = layer.facts(*inputs)
    return row._replace(outputs=facts.outputs, cost=facts.cost, seen=layer.receptive_field(*inputs))


def shorter(a: Any, b: Any) -> Any:
    """The one of two equal formulas that takes fewer characters; words where both take too many.

    >>> shorter(3, 3), shorter("H − k + 1", "⌊(H − k)/1⌋ + 1")
    (3, 'H − k + 1')
    """
    if type(a) is int:
        return a
    text, other = str(a), str(b)
    if min(len(text), len(other)) > LONGEST:
        return "long: convmath formula has it in parts"
    return a if len(text) <= len(other) else b
