"""What may be claimed, measured: of a layer's row, and of a network's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.receptive_field import Untold
from ..core.size import are_numbers, product
from ..report.claim import LATENCY, PER_PIXEL
from ..symbolic.ratio import ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..report.analysis import Report
    from ..report.row import Row


def of_row(row: Row, quantity: str, report: Report) -> Any:
    """A quantity of one layer; None where nobody knows it.

    >>> from convmath.zoo.resnet import resnet18
    >>> report = resnet18().analyze()
    >>> of_row(report["layer1"], "output", report), of_row(report["conv1"], "receptive_field", report)
    ((1, 64, 56, 56), (7, 7))
    """
    return ROWS[quantity](row, report)


def of_report(report: Report, quantity: str) -> Any:
    """A quantity of a network: its last output's, or the sum over its layers.

    >>> from convmath.zoo.resnet import resnet18
    >>> of_report(resnet18().analyze(), "params")
    11689512
    """
    if quantity in PER_PIXEL:
        return ratio(of_report(report, PER_PIXEL[quantity]), positions(report))
    timed = LATENCY.fullmatch(quantity)
    if timed is not None:
        return _latency(report, timed["profile"], timed["dtype"] or "float32")
    if quantity in REPORTS:
        return REPORTS[quantity](report)
    if quantity in SUMMED:
        return getattr(report.totals, quantity)
    return of_row(_last(report), quantity, report)


def positions(report: Report) -> Any:
    """How many positions the first input has, over its batch."""
    first = next(iter(report.inputs.values()))
    return product((first.batch, *first.spatial))


def _latency(report: Report, machine: str, dtype: str) -> Any:
    """The least nanoseconds, one layer after the other; None for symbols, of which no time is told."""
    from ..resources.hardware import profile
    from ..resources.roofline import roofline

    if not all(are_numbers(*shape) for row in report.whole.rows for shape in (*row.inputs, *row.outputs)):
        return None
    return int(10**9 * roofline(report, profile(machine), dtype).seconds)


def _last(report: Report) -> Row:
    """The layer that makes what the network hands out last."""
    return report[report.outputs[-1][0]] if report.outputs else report.whole.rows[-1]


def _output(row: Row, report: Report) -> Any:
    port = dict(report.outputs).get(row.name, 0)
    return tuple(row.outputs[port])


def _field(row: Row, report: Report) -> Any:
    """The size of the receptive field along every axis; the input's where a layer sees all of it."""
    found = []
    for field, whole in zip(row.fields, next(iter(report.inputs.values())).spatial, strict=False):
        if isinstance(field, Untold):
            return None
        found.append(whole if field is None else field.size)
    return tuple(found)


def _jump(row: Row, report: Report) -> Any:
    jumps = [getattr(field, "jump", None) for field in row.fields]
    return None if None in jumps else tuple(jumps)


SUMMED = ("params", "buffers", "macs", "macs_touching", "flops", "activations")

ROWS: dict[str, Callable[[Row, Report], Any]] = {
    "output": _output,
    "receptive_field": _field,
    "jump": _jump,
    **{name: lambda row, report, name=name: getattr(row.cost, name) for name in SUMMED},  # type: ignore[misc]
}


def _peak(report: Report) -> Any:
    from ..resources.inference import inference

    return inference(report).peak


REPORTS: dict[str, Callable[[Report], Any]] = {
    "layers": lambda report: len(report.whole.rows),
    "peak_activation": _peak,
}
