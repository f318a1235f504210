"""The columns an analysis can be shown in: what each reads off a row, and off the totals."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import UNKNOWN, is_known, known_part
from ..core.cost import bytes_per
from ..core.receptive_field import AT_MOST, figure
from ..core.shape import by_axis
from ..core.size import are_numbers
from ..render.table import Heading

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.cost import Cost
    from .row import Row


class Column(NamedTuple):
    """A column's heading, its value for a row, and for the totals where it has one."""

    heading: Heading
    value: Callable[[Row], Any]
    total: Callable[[Cost], Any] | None = None
    size: Callable[[Row], Any] | None = None
    """What sorting compares, the largest first; None for text."""


def _number(label: str, read: Callable[[Cost], Any]) -> Column:
    return Column(Heading(label, right=True), lambda row: read(row.cost), read, lambda row: _rank(read(row.cost)))


def _rank(number: Any) -> list[Any]:
    """What a number is sorted by: one that is unknown may be the largest of all."""
    return [not is_known(number), known_part(number)]


def _axes(label: str, name: str) -> Column:
    return Column(
        Heading(label, right=True),
        lambda row: one_or_each([figure(field, name) for field in row.fields]),
        size=lambda row: [inf if type(size := figure(field, name)) is str else size for field in row.fields],
    )


def one_or_each(values: list[Any]) -> Any:
    """What the axes have in common, or all their values as text; what bounds one of them is said of all, once.

    >>> one_or_each([7, 7]), one_or_each([7, 3]), one_or_each(["all", "all"])
    (7, '7x3', 'all')
    >>> one_or_each(["at most 2", 3])
    'at most 2x3'
    """
    if not values:
        return ""
    if all(value == values[0] for value in values):
        return values[0]
    bare = [value.removeprefix(AT_MOST) if isinstance(value, str) else value for value in values]
    return ("" if bare == values else AT_MOST) + by_axis(bare)


def _bytes_moved(cost: Cost) -> Any:
    return bytes_per("float32") * cost.moved


def intensity(cost: Cost) -> Any:
    """FLOPs per byte moved in float32, to two decimals; a ratio of formulas for symbols, 0 where nothing is moved.

    Where a part of either is unknown, so is the ratio.

    >>> from convmath.core.cost import Cost
    >>> intensity(Cost(macs=500, moved=30))
    8.33

    Source: Williams, Waterman and Patterson (2009).
    """
    moved = _bytes_moved(cost)
    if are_numbers(cost.flops, moved):
        return round(cost.flops / moved, 2) if moved else 0.0
    if not (is_known(cost.flops) and is_known(moved)):
        return UNKNOWN
    from ..symbolic.ratio import ratio

    return ratio(cost.flops, moved)


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
    "bytes": _number("bytes moved", _bytes_moved),
    "intensity": Column(
        Heading("FLOP/byte", right=True),
        lambda row: intensity(row.cost),
        lambda cost: intensity(cost) if are_numbers(cost.flops, cost.moved) else None,
        lambda row: _rank(intensity(row.cost) if are_numbers(row.cost.flops, row.cost.moved) else row.cost.moved),
    ),
    "rf": _axes("receptive field", "size"),
    "jump": _axes("jump", "jump"),
    "start": _axes("start", "start"),
}
"""Every column by the name that --columns takes."""

DEFAULT_COLUMNS = ("name", "op", "output", "params", "macs", "rf", "jump")
"""What is shown unless other columns are asked for."""
