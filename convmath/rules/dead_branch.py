"""CM502: layers whose results reach no output of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.cost import Cost
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.row import Row
    from .subject import Subject

MOST_NAMED = 3
"""Layers of a branch that are named."""


def find(subject: Subject) -> Iterator[Found]:
    if not subject.handed_out:
        return  # a report that does not say what the network hands out
    alive: set[str] = set()
    for row in reversed(subject.rows):
        if subject.is_handed_out(row) or any(reader.name in alive for reader in subject.readers_of(row)):
            alive.add(row.name)
    counted: set[str] = set()
    for row in reversed(subject.rows):
        if row.name not in alive and not subject.readers_of(row):
            branch = _branch(subject, row, alive | counted)
            counted.update(one.name for one in branch)
            yield _found(row, branch)


def _branch(subject: Subject, end: Row, others: set[str]) -> list[Row]:
    """The layers that only this dead end, or one like it, has use for."""
    found, open_ones = {end.name: end}, [end]
    while open_ones:
        for name in open_ones.pop().reads:
            if name in subject.row_of and name not in others and name not in found:
                found[name] = subject.row_of[name]
                open_ones.append(found[name])
    return [row for row in subject.rows if row.name in found]


def _found(end: Row, branch: list[Row]) -> Found:
    cost = Cost.total([row.cost for row in branch])
    names = [row.name for row in branch]
    named = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
    figures = {
        "layers": len(branch), "named": named, "macs": cost.macs, "params": cost.params, "noun": "layers",
        "do": "reach", "their": "their",
    }  # fmt: skip
    return Found(end.name, figures | ({"noun": "layer", "do": "reaches", "their": "its"} if len(branch) == 1 else {}))


RULE = Rule(
    title="dead branch",
    law="A layer matters only through what the network hands out. One from which no path leads to an output is"
    " computed for nothing, and its parameters get no gradient.",
    says="{layers} {noun} ({named}) {do} no output: {their} {params} parameters and {macs} MACs count for nothing",
    mend="read what it makes, hand it out, or remove it",
    source="the definition of a network's outputs",
    example="""\
input: [1, 3, 9, 11]
layers:
  - conv: Conv2d(3, 8, 3)
  - side: {op: "Conv2d(3, 4, 3)", from: input}
output: conv
""",
    find=find,
)
