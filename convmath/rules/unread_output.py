"""CM501: one of several outputs, or an input, that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.recurrent import Recurrent
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for name, shape in subject.report.inputs.items():
        if not subject.readers.get((name, 0)):
            known = "handed out as it came" if (name, 0) in subject.handed_out else "never used"
            yield Found(name, {"port": 0, "of": 1, "shape": str(shape), "known": f"the input is {known}"})
    for row in subject.rows:
        if isinstance(row.layer, Recurrent):
            continue
        used = [bool(subject.readers.get((row.name, port))) for port in range(len(row.outputs))]
        for port, shape in enumerate(row.outputs):
            if any(used) and not used[port] and (row.name, port) not in subject.handed_out:
                known = f"output {port} of {len(used)} is made and never used"
                yield Found(row.name, {"port": port, "of": len(used), "shape": str(shape), "known": known})


RULE = Rule(
    title="unused output or input",
    law="What a layer makes and nothing reads, or an input that no layer takes, is a forgotten connection or a wasted"
    " one. Not told are sequence and states of recurrent layers, of which none can be had without the others.",
    says="{known} ({shape})",
    mend="read it, hand it out, or leave it away",
    source="the definition of a network's outputs",
    example="""\
input: [1, 8, 5, 7]
layers:
  - parts: Chunk(2)
  - conv: {op: "Conv2d(4, 4, 3)", from: "parts[1]"}
output: conv
""",
    find=find,
)
