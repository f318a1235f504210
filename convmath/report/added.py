"""Columns and data that are worked out for a whole report: another tool's count, a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..render.table import Heading
from .columns import Column
from .data import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size
    from .analysis import Report
    from .counting.convention import Counted
    from .row import Row
    from .training import Step, Training

STEP: dict[str, tuple[str, Callable[[Step], Size]]] = {
    "weight_gradient": ("weight gradient", lambda step: step.weight_gradient),
    "input_gradient": ("input gradient", lambda step: step.input_gradient),
    "training": ("training MACs", lambda step: step.total),
}
"""What is told of a training step, besides the MACs of the forward pass: heading and value by the key in data."""


def counting_column(counted: Counted) -> Column:
    """What another tool counts.

    >>> from convmath.zoo.lenet import lenet5
    >>> counting_column(lenet5().analyze().counted_like("thop")).heading.label
    'thop MACs'
    """
    return _column(f"{counted.convention.name} {counted.unit}", counted.of, counted.total)


def training_columns(training: Training) -> tuple[Column, ...]:
    """The MACs of a training step: both gradients, and all of it."""

    def column(label: str, read: Callable[[Step], Size]) -> Column:
        return _column(label, lambda row: read(training.of(row)), read(training.total))

    return tuple(column(label, read) for label, read in STEP.values())


def _column(label: str, read: Callable[[Row], Size], total: Size) -> Column:
    return Column(Heading(label, right=True), read, lambda _: total, read)


def counting_data(counted: Counted, report: Report) -> dict[str, Any]:
    """A count as --format json tells it: by layer as far as the report shows them, the total, and what counts 0."""
    return {
        "name": counted.convention.name,
        "tool": counted.convention.tool,
        "unit": counted.unit,
        "total": plain(counted.total),
        "layers": [plain(counted.of(row)) for row in report.rows],
        "counts_zero": counted.uncounted,
    }


def training_data(training: Training, report: Report) -> dict[str, Any]:
    """A training step as --format json tells it."""

    def told(step: Step) -> dict[str, Any]:
        return {"forward": plain(step.forward)} | {key: plain(read(step)) for key, (_, read) in STEP.items()}

    return {"total": told(training.total), "layers": [told(training.of(row)) for row in report.rows]}
