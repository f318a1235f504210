"""CM402: one layer that costs more than all others together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers, same
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.size import Size
    from .subject import Subject

FEWEST = 8
"""Among fewer layers with weights of their own one is bound to cost the most."""


def find(subject: Subject) -> Iterator[Found]:
    costly = [
        row for row in subject.rows if row.layer is not None and row.layer.weights() and not same(row.cost.macs, 0)
    ]
    shared = [row.layer for row in costly if row.layer is not None and _stores_less(row.cost.params, row.layer.params)]
    totals = subject.report.totals
    for label, total, costs in (
        # An array that several layers share is stored by the first of them: what it takes, no layer takes alone.
        ("parameters", totals.params, [(row, row.cost.params) for row in costly if row.layer not in shared]),
        ("MACs", totals.macs, [(row, row.cost.macs) for row in costly]),
    ):
        if len(costs) < FEWEST:
            continue
        for row, cost in costs:
            if are_numbers(cost, total) and 2 * cost > total:
                figures = {"what": label, "cost": cost, "total": total, "share": f"{100 * cost / total:.0f}"}
                yield Found(row.name, figures | {"layers": len(costs), "op": row.op})


def _stores_less(stored: Size, own: Size) -> bool:
    return are_numbers(stored, own) and stored < own


RULE = Rule(
    title="one layer costs more than all others",
    law="A layer that has more than half of a network's parameters or multiplications decides what the network costs:"
    " any saving elsewhere saves less than half. A Linear layer behind a flattened map has C·H·W inputs, all of them"
    " weights.",
    says="{op} has {cost:,} of {total:,} {what}, {share} % of those of {layers} layers with weights",
    mend="pool before it (a global average leaves C inputs of C·H·W), narrow it, or factor it",
    source="Lin, Chen and Yan, Network in Network (2014), section 3.2",
    example="""\
input: [1, 8, 32, 28]
blocks:
  body: {layers: [conv: "Conv2d(8, 8, 3, padding=1)"]}
layers:
  - body: {block: body, repeat: 7}
  - flat: Flatten()
  - head: Linear(7168, 10)
""",
    find=find,
)
