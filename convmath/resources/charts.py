"""What there is to see of a machine's work: memory over time, layers below a roofline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..render.chart import Chart, Mark, Series
from ..render.table import printable
from ..report.charts import check_numbers
from .flow import predicting
from .liveness import moments
from .precision import Precision

if TYPE_CHECKING:
    from ..report.analysis import Report
    from .roofline import Roofline

MOST_MARKS = 3


def memory_chart(report: Report) -> Chart:
    """The bytes of values that are held while each layer runs."""
    width = Precision().bytes_of("activations")
    found = [(moment.task.row.name, width * moment.numbers) for moment in moments(predicting(report))]
    check_numbers(report, [held for _, held in found])
    worst = max(range(len(found)), key=lambda place: found[place][1])
    mark = Mark(worst, found[worst][1] / 2**20, f"{printable(found[worst][0])}: {found[worst][1] / 2**20:,.1f} MiB")
    held = Series("", list(range(len(found))), [number / 2**20 for _, number in found], "area")
    return Chart(f"{printable(report.title)}: values held", "layer, in order", "MiB", (held,), (mark,))


def roofline_chart(found: Roofline) -> Chart:
    """Every layer by its FLOPs a byte and the FLOPs a second that it can reach at most, below the machine's roof."""
    peak, bandwidth = found.profile.peak(found.dtype), found.profile.bandwidth
    points = [
        (bound.intensity, min(peak, bound.intensity * bandwidth), bound) for bound in found.bounds if bound.intensity
    ]
    ridge = peak / bandwidth
    ends = [min([ridge / 100, *(x for x, _, _ in points)]), max([10 * ridge, *(x for x, _, _ in points)])]
    roof = Series("roof", [ends[0], ridge, ends[1]], [ends[0] * bandwidth / 1e12, peak / 1e12, peak / 1e12])
    layers = Series("layers", [x for x, _, _ in points], [y / 1e12 for _, y, _ in points], "points")
    slowest = sorted(points, key=lambda point: -point[2].seconds)[:MOST_MARKS]
    marks: list[Mark] = []
    for x, y, bound in slowest:
        if all(not 0.5 < x / mark.x < 2 for mark in marks):  # names beside each other could not be read
            marks.append(Mark(x, y / 1e12, printable(bound.row.name)))
    return Chart(
        f"{printable(found.report.title)} on {found.profile.name}, {found.dtype}", "FLOPs a byte", "TFLOP/s at most",
        (roof, layers), tuple(marks), ("log", "log"), note="named are the layers that take longest",
    )  # fmt: skip
