"""The networks of the zoo as a table."""

from __future__ import annotations

from ..render.table import Heading, Table
from . import FILE_OF, builder


def zoo_table() -> Table:
    """Every network with its customary input, parameters, MACs and first sentence.

    >>> [row[:3] for row in zoo_table().rows if row[0] == "resnet50"]
    [('resnet50', '1x3x224x224', 25557032)]
    """
    rows = []
    for name in FILE_OF:
        build = builder(name)
        report = build().analyze()
        inputs = ", ".join(map(str, report.inputs.values()))
        sentence = (build.__doc__ or "").strip().splitlines()[0]
        rows.append((name, inputs, report.totals.params, report.totals.macs, sentence))
    headings = (
        Heading("network"), Heading("input"), Heading("params", right=True), Heading("MACs", right=True),
        Heading("what it is"),
    )  # fmt: skip
    return Table("Networks", headings, tuple(rows))
