"""A report as the data that --format json writes: the documented, versioned schema.

`{"schema": 1, "network", "inputs": {name: [sizes]}, "totals": {"params", "buffers", "macs", "macs_touching",
"flops", "activations"}, "unknown": [names], "layers": [{"name", "op", "call", "input": [sizes], "output": [sizes],
"inputs": [[sizes]], "outputs": [[sizes]], the same costs, "receptive_field": {"size": [per axis], "jump", "start"},
"aligned"}]}`.
A cost that an unknown operator adds to is a text, "?" or "at least 5", and "unknown" lists the names of those layers.
`input` and `output` are the first of `inputs` and `outputs`, and nearly always the only one; what reads nothing has
no input, null.

Sizes, jumps and starts are integers, a jump that is no integer a text such as "1/2"; null says that the whole
axis is seen, "?" that symbols leave it open, as null does of "aligned". The jump "varies" where no one interval moves
along: there the size is the longest that a position sees within the borders, or a text such as "at most 9". Where the
input has symbols, what depends on them is a text: an expression of Python that gives the integer, such as
"(-(-H//2))". Keys may be added within a schema number, never changed or removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.bound import AtLeast
from ..core.receptive_field import figure
from ..core.size import Symbolic

if TYPE_CHECKING:
    from ..core.cost import Cost
    from ..core.shape import Shape
    from .analysis import Report
    from .row import Row

SCHEMA = 1


def report_data(report: Report) -> dict[str, Any]:
    """The whole report.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> data = report_data(Sequential(Conv2d(3, 8, 3)).analyze((1, 3, 16, 20)))
    >>> data["layers"][0]["receptive_field"]
    {'size': [3, 3], 'jump': [1, 1], 'start': [0, 0]}
    """
    return {
        "schema": SCHEMA,
        "network": report.title,
        "inputs": {name: _sizes(shape) for name, shape in report.inputs.items()},
        "totals": cost_data(report.totals),
        "unknown": list(report.unknown),
        "layers": [row_data(row) for row in report.rows],
    }


def row_data(row: Row) -> dict[str, Any]:
    """One layer of the report."""
    return {
        "name": row.name,
        "op": row.op,
        "call": None if row.layer is None else repr(row.layer),
        "input": _sizes(row.inputs[0]) if row.inputs else None,
        "output": _sizes(row.outputs[0]),
        "inputs": [_sizes(shape) for shape in row.inputs],
        "outputs": [_sizes(shape) for shape in row.outputs],
        **cost_data(row.cost),
        "receptive_field": {
            key: [None if field is None else plain(figure(field, key)) for field in row.fields]
            for key in ("size", "jump", "start")
        },
        "aligned": row.aligned,
    }


def cost_data(cost: Cost) -> dict[str, Any]:
    """Every number of a cost by name."""
    return {
        key: plain(getattr(cost, key)) for key in ("params", "buffers", "macs", "macs_touching", "flops", "activations")
    }


def _sizes(shape: Shape) -> list[Any]:
    return list(map(plain, shape))


def plain(value: Any) -> Any:
    """A number as it is, a formula as an expression of Python, everything else as text."""
    if type(value) is int:
        return value
    if isinstance(value, AtLeast):
        return value.said(lambda known: str(plain(known)))
    if isinstance(value, Symbolic):
        from ..symbolic.python import render
        from ..symbolic.write import written

        return render(written(value))
    return str(value)
