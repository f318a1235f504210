"""What there is to see of a network: costs by layer, and how receptive fields grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError
from ..core.receptive_field import ReceptiveField
from ..core.size import are_numbers
from ..render.chart import Chart, Series
from ..render.table import printable, show_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .analysis import Report

CALLED = {"macs": "MACs", "flops": "FLOPs", "params": "parameters"}

MOST_BARS = 60
"""Layers of which each has a bar; of more the costliest, in their order."""


def cost_chart(report: Report, cost: str = "macs") -> Chart:
    """A bar for every row that costs something, as it is folded."""
    found = [(row.name, getattr(row.cost, cost)) for row in report.rows]
    check_numbers(report, [value for _, value in found])
    costly = [one for one in found if one[1]]
    kept = sorted(costly, key=lambda one: -one[1])[:MOST_BARS]
    shown = [one for one in costly if one in kept]
    total = sum(value for _, value in costly)
    rest = len(costly) - len(shown)
    note = f"the {MOST_BARS} costliest of {len(costly)}" if rest else ""
    return Chart(
        f"{printable(report.title)}: {show_cell(total)} {CALLED.get(cost, cost)}",
        f"share of {CALLED.get(cost, cost)}, %", "", (Series("", [printable(name) for name, _ in shown],
                                         [100 * value / total for _, value in shown], "bars"),), note=note,
    )  # fmt: skip


def field_chart(report: Report) -> Chart:
    """The receptive field along every axis, layer by layer, over the input."""
    inputs = next(iter(report.inputs.values())).spatial
    series = []
    for axis, size in enumerate(inputs):
        fields = [row.fields[axis] if axis < len(row.fields) else None for row in report.whole.rows]
        points = [(place, field.size) for place, field in enumerate(fields) if isinstance(field, ReceptiveField)]
        check_numbers(report, [size, *(found for _, found in points)])
        label = "HW"[axis] if len(inputs) == 2 else f"axis {axis}"
        series.append(Series(label, [x for x, _ in points], [y for _, y in points], "steps"))
        series.append(Series("", [0, len(report.whole.rows) - 1], [size, size], "line", faint=True))
    alike = len({(tuple(one.ys), tuple(whole.ys)) for one, whole in zip(series[::2], series[1::2], strict=True)}) == 1
    return Chart(
        f"{printable(report.title)}: receptive field", "layer, in order", "input positions",
        tuple(series[:2] if alike else series), note="the grey line is the input's size",
    )  # fmt: skip


def check_numbers(report: Report, values: Sequence[Any]) -> None:
    """ParameterError for symbols, of which nothing can be drawn."""
    if not are_numbers(*values):
        raise ParameterError(
            f"{report.title}: only numbers can be drawn, and the sizes have symbols (give them values)"
        )
