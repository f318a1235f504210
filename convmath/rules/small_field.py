"""CM206: outputs that cannot see the object whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ParameterError
from ..core.receptive_field import ReceptiveField
from ..core.size import are_numbers
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    wanted = subject.object_size
    for row in subject.rows if wanted else ():
        if not subject.is_handed_out(row) or not row.fields:
            continue
        if len(wanted) not in {1, len(row.fields)}:
            raise ParameterError(
                f"object_size has {len(wanted)} sizes, the input {len(row.fields)} axes (give one, or as many)"
            )
        sizes = wanted * len(row.fields) if len(wanted) == 1 else wanted
        for axis, (field, size) in enumerate(zip(row.fields, sizes, strict=True)):
            if isinstance(field, ReceptiveField) and are_numbers(field.size) and field.size < size:
                yield Found(
                    row.name,
                    {"field": field.size, "object": size, "axis": axis, "jump": str(field.jump),
                     "share": f"{100 * field.size // size}"},
                )  # fmt: skip
                break


RULE = Rule(
    title="receptive field smaller than the object",
    law="An output depends on nothing outside its receptive field, r = 1 + Σ (k̂ − 1)·∏ s of the layers before it."
    " What is larger can be judged by its parts only. As the middle of the field counts most, the field should be"
    " larger still.",
    says="an output sees {field} positions on axis {axis}, {share} % of an object of {object}",
    mend="dilate, stride or add layers (each kernel of 3 here adds 2 jumps of {jump}), or let a global pooling see"
    " the rest",
    source="Araujo, Norris and Sim (2019); Luo et al., Understanding the Effective Receptive Field (2016)",
    example="""\
input: [1, 3, 40, 40]
layers:
  - conv1: Conv2d(3, 8, 3)
  - conv2: Conv2d(8, 8, 3)
""",
    find=find,
)
