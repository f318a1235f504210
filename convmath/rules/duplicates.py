"""CM503: layers without weights that compute the same twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import same
from ..layers.reshape import Dropout
from ..layers.scatter import Scatter
from ..layers.unknown import Unknown
from ..layers.unpool import MaxUnpool
from .rule import Found, Rule
from .subject import values_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..layers.base import Layer
    from ..report.row import Row
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    known: dict[tuple[Any, ...], Row] = {}
    equal: dict[str, str] = {}
    for row in subject.rows:
        if row.layer is None or _is_more_than_said(row.layer, len(row.reads)):
            continue
        # What reads a duplicate reads the same as what reads the first.
        key = (repr(row.layer), tuple((equal.get(name, name), port) for name, port in values_read(row)))
        first = known.setdefault(key, row)
        if first is row:
            continue
        equal[row.name] = first.name
        if not same(row.cost.moved, 0):
            yield Found(
                row.name,
                {"first": first.name, "call": repr(row.layer), "operations": row.cost.operations,
                 "numbers": row.cost.activations, "read": ", ".join(dict.fromkeys(first.reads))},
            )  # fmt: skip


def _is_more_than_said(layer: Layer, reads: int) -> bool:
    """Whether two that are written alike may compute differently: by numbers that they hold, by chance, or who knows.

    >>> from convmath.layers.source import Constant
    >>> _is_more_than_said(Constant((1, 3, 1, 1)), 0)
    True
    """
    told_apart = isinstance(layer, Dropout | Scatter | Unknown) or (isinstance(layer, MaxUnpool) and reads == 1)
    return told_apart or bool(layer.weights() or layer.buffers())


RULE = Rule(
    title="the same computed twice",
    law="Two layers without weights that are of one type, with the same hyper-parameters, and read the same values"
    " make equal numbers: one of them can be read twice. Random layers (dropout), unknown operators and layers that"
    " hold numbers (weights, statistics, constants, indices) are not told.",
    says="computes what {first} has made: both are {call} of {read}; {operations} operations and {numbers} numbers"
    " are made again",
    mend="read {first} here too",
    source="Cocke, Global Common Subexpression Elimination (1970)",
    example="""\
input: [1, 8, 10, 12]
layers:
  - pool: MaxPool2d(2)
  - left: Conv2d(8, 8, 3, padding=1)
  - again: {op: MaxPool2d(2), from: input}
  - add: {op: Add, from: [left, again]}
""",
    find=find,
)
