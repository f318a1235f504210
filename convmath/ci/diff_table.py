"""What changed between versions of networks, as a table and as data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ..render.table import Heading, Table
from ..report.data import plain
from .diff import told
from .snapshot import LABELS, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .diff import Change, Difference, Step

HEADINGS = (
    Heading("layer"), Heading("change"), Heading("old", right=True, apart=True), Heading("new", right=True, apart=True),
    Heading("difference", right=True), Heading("in %", right=True),
)  # fmt: skip


OF_NEW = ("outputs", "params", "buffers", "macs", "macs_touching", "flops", "activations")
"""What is told of a layer that only one version has."""


def diff_table(found: Sequence[Difference], title: str, *, every: bool = False) -> Table:
    """A row for each change, totals last; with `every`, for quantities too that follow from others."""
    several = len(found) > 1
    rows = [
        (f"{one.name}: {step.name}" if several else step.name, *cells)
        for one in found for step in one.changed if every or _is_shown(step) for cells in _of_step(step, every)
    ]  # fmt: skip
    rows += [
        (f"{one.name}: total" if several else "total", *_cells(change))
        for one in found for change in _chosen(one.whole, every)
    ]  # fmt: skip
    notes = [f"{_layers(one, every)}." for one in found] or ["Nothing changed."]
    return Table(title if several or not found else found[0].name, HEADINGS, tuple(rows), (), tuple(notes))


def _is_shown(step: Step) -> bool:
    """Whether the layer itself, its output or a cost is otherwise: what it sees follows, and is only counted."""
    return step.is_own or any(change.quantity in OF_NEW for change in step.changes)


def _of_step(step: Step, every: bool) -> Iterator[tuple[Any, ...]]:
    if step.what != "changed":
        old, new = (None if one is None else said("call", one.figures.get("call")) for one in step[:2])
        yield (step.what, *((old, new) if step.what != "renamed" else (None, None)), None, None)
    for change in _chosen(step, every):
        if not (change.quantity == "call" and step.what in {"added", "removed"}) and not _is_nothing(change):
            yield _cells(change)


def _is_nothing(change: Change) -> bool:
    """Of what is added or removed only its output and its costs are told, and no zeros."""
    one_sided = change.old is None or change.new is None
    return one_sided and (change.quantity not in OF_NEW or change.sizes == (0, 0))


def _chosen(step: Step, every: bool) -> list[Change]:
    return list(step.changes) if every else told(step.changes)


def _cells(change: Change) -> tuple[Any, ...]:
    old, new = (None if value is None else _cell(change.quantity, value) for value in change[1:])
    return LABELS.get(change.quantity, change.quantity), old, new, _signed(change.difference), change.percent


def _cell(quantity: str, value: Any) -> Any:
    return value if type(value) is int else said(quantity, value)


def _signed(value: Any) -> Any:
    return f"+{value:,}" if type(value) is int and value > 0 else value


def _layers(one: Difference, every: bool) -> str:
    counted = Counter(step.what for step in one.steps)
    parts = [f"{counted[what]} {what or 'as before'}" for what in ("changed", "renamed", "added", "removed", "")]
    hidden = 0 if every else sum(not _is_shown(step) for step in one.changed)
    unseen = f" ({hidden} only in what they see or read, not shown)" if hidden else ""
    listed = ", ".join(part for part in parts if not part.startswith("0 ")).replace("changed", f"changed{unseen}", 1)
    return f"{one.name}: of {len(one.steps)} layer{'s' if len(one.steps) != 1 else ''} {listed}"


def diff_data(found: Sequence[Difference], failed: Sequence[str]) -> dict[str, Any]:
    """The same for a program: every change of every network that changed."""
    return {
        "schema": 1,
        "networks": [
            {"name": one.name, "totals": _data(one.whole), "layers": [
                {
                    "old": step.old and step.old.name, "new": step.new and step.new.name, "what": step.what,
                    "changes": _data(step),
                } for step in one.changed
            ]}
            for one in found
        ],
        "failed": list(failed),
    }  # fmt: skip


def _data(step: Step) -> dict[str, Any]:
    return {
        change.quantity: {
            "old": change.old, "new": change.new,
            "difference": None if change.difference is None else plain(change.difference), "percent": change.percent,
        }
        for change in sorted(step.changes, key=lambda change: change.quantity)
    }  # fmt: skip
