"""The columns an analysis can be shown in: what each reads off a row, and off the totals."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import figure
from ..core.shape import by_axis
from ..render.table import Heading

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.cost import Cost
    from .analysis import Row


class Column(NamedTuple):
    """A column's heading, its value for a row, and for the totals where it has one."""

    heading: Heading
    value: Callable[[Row], Any]
    total: Callable[[Cost], Any] | None = None
    size: Callable[[Row], Any] | None = None
    """What sorting compares, the largest first; None for text."""


def _number(label: str, read: Callable[[Cost], Any]) -> Column:
    return Column(Heading(label, right=True), lambda row: read(row.cost), read, lambda row: read(row.cost))


def _axes(label: str, name: str) -> Column:
    return Column(
        Heading(label, right=True),
        lambda row: one_or_each([figure(field, name) for field in row.fields]),
        size=lambda row: [inf if type(size := figure(field, name)) is str else size for field in row.fields],
    )


def one_or_each(values: list[Any]) -> Any:
    """What the axes have in common, or all their values as text.

    >>> one_or_each([7, 7]), one_or_each([7, 3]), one_or_each(["all", "all"])
    (7, '7x3', 'all')
    """
    if not values:
        return ""
    if all(value == values[0] for value in values):
        return values[0]
    return by_axis(values)


COLUMNS = {
    "name": Column(Heading("layer"), lambda row: row.name),
    "op": Column(Heading("type"), lambda row: row.op),
    "call": Column(Heading("call"), lambda row: row.op if row.layer is None else repr(row.layer)),
    "input": Column(Heading("input"), lambda row: ", ".join(map(str, row.inputs))),
    "output": Column(Heading("output"), lambda row: ", ".join(map(str, row.outputs))),
    "params": _number("params", lambda cost: cost.params),
    "buffers": _number("buffers", lambda cost: cost.buffers),
    "macs": _number("MACs", lambda cost: cost.macs),
    "macs_touching": _number("touching MACs", lambda cost: cost.macs_touching),
    "flops": _number("FLOPs", lambda cost: cost.flops),
    "activations": _number("activations", lambda cost: cost.activations),
    "rf": _axes("receptive field", "size"),
    "jump": _axes("jump", "jump"),
    "start": _axes("start", "start"),
}
"""Every column by the name that --columns takes."""

DEFAULT_COLUMNS = ("name", "op", "output", "params", "macs", "rf", "jump")
"""What is shown unless other columns are asked for."""
