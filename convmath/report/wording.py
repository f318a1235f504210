"""Formulas of one layer in the form that is shorter to read: as the rule writes them, or in normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.cost import Cost
from ..core.receptive_field import ReceptiveField
from ..core.shape import Shape
from ..core.size import Symbolic
from ..symbolic.recorded import as_written, recorded

if TYPE_CHECKING:
    from .analysis import Row

LONGEST = 200
"""Characters of a formula that a line of a table can hold."""


def worded(row: Row) -> Row:
    """The row of one layer with every formula in its shorter form.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.report.describe import layer_report
    >>> H, k = symbols("H k")
    >>> print(worded(layer_report(Conv2d(3, 8, k), ((1, 3, H, 9),)).rows[0]).cost.macs)
    24·(H − k + 1)(−k + 10)·k²
    """
    if row.layer is None:
        return row
    layer = recorded(row.layer)
    inputs = tuple(Shape(map(as_written, shape)) for shape in row.inputs)
    facts = layer.facts(*inputs)
    return row._replace(
        outputs=tuple(
            Shape(map(shorter, mine, theirs)) for mine, theirs in zip(row.outputs, facts.outputs, strict=True)
        ),
        cost=Cost(*map(shorter, row.cost, facts.cost)),
        fields=tuple(map(_shorter_field, row.fields, layer.receptive_field(*inputs))),
    )


def shorter(a: Any, b: Any) -> Any:
    """The one of two equal sizes that takes fewer characters; words where both take too many."""
    if not isinstance(a, Symbolic):
        return a
    text, other = str(a), str(b)
    if min(len(text), len(other)) > LONGEST:
        return "long: convmath formula has it in parts"
    return a if len(text) <= len(other) else b


def _shorter_field(a: ReceptiveField | None, b: ReceptiveField | None) -> ReceptiveField | None:
    if a is None or b is None or a.period > 1:
        return a
    return ReceptiveField(
        shorter(a.advance, b.advance), (shorter(a.low[0], b.low[0]),), (shorter(a.high[0], b.high[0]),)
    )
