"""CM207: layers that come after the receptive field has outgrown the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import ReceptiveField
from ..core.size import are_numbers
from ..layers.windowed import Windowed
from ..report.turning import seen_as
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.row import Row
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    if not subject.report.inputs or not subject.rows:
        return
    sizes = seen_as(subject.rows, *next(iter(subject.report.inputs.items()))).sizes
    late = [row for row in subject.rows if _reads_beyond(subject, row, sizes)]
    if late:
        first, macs = late[0], sum(row.cost.macs for row in late)
        field = subject.fields_of(first.reads[0])[0]
        assert isinstance(field, ReceptiveField)
        total = subject.report.totals.macs
        yield Found(
            first.name,
            {"source": first.reads[0], "field": field.size, "size": sizes[0], "layers": len(late), "macs": macs,
             "share": f"{100 * macs / total:.0f}" if total else "0"},
        )  # fmt: skip


def _reads_beyond(subject: Subject, row: Row, sizes: tuple[int, ...]) -> bool:
    """Whether the layer has a kernel larger than 1 over what has seen every axis whole already."""
    fields = subject.fields_of(row.reads[0])
    if not isinstance(row.layer, Windowed) or len(fields) != len(sizes) or row.cost.macs == 0:
        return False
    kernels = [window.kernel for window in row.layer.windows(row.inputs[0])]
    if len(kernels) != len(sizes) or all(kernel == 1 for kernel in kernels):
        return False
    return all(
        isinstance(field, ReceptiveField) and are_numbers(field.size) and field.size >= size
        for field, size in zip(fields, sizes, strict=True)
    )


RULE = Rule(
    title="layers behind a receptive field as large as the input",
    law="Where a layer's input already sees the whole picture, a kernel larger than 1 can bring in nothing new: such"
    " layers were found to add little to a classifier's accuracy, at full cost. A larger picture, or fewer strides,"
    " puts them to use.",
    says="{source} sees {field} of {size} positions already; kernels above 1 from here on ({layers}) take {share} %"
    " of all MACs, {macs:,}",
    mend="leave such layers out, or give the network a larger input",
    source="Richter, Byttner, Krumnack, Wiedenroth, Schallner and Shenk, (Input) Size Matters for CNN Classifiers"
    " (2021)",
    example="""\
input: [1, 3, 5, 5]
layers:
  - conv1: Conv2d(3, 8, 5, padding=2)
  - conv2: Conv2d(8, 8, 3, padding=1)
""",
    find=find,
    usual=False,
    numbers=True,
)
