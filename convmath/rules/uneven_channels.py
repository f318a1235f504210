"""CM403: channels that tensor cores pad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers, ceil_div, exact_div
from ..layers.conv import Conv
from ..layers.transposed import ConvTranspose
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject

MULTIPLE = 8
"""Of float16 and bfloat16: 16 bytes."""


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        layer = part.layer
        if not isinstance(layer, Conv | ConvTranspose) or not are_numbers(
            layer.in_channels, layer.out_channels, layer.groups
        ):
            continue
        first = set(part.row.reads) <= subject.report.inputs.keys()
        inner = (exact_div(layer.in_channels, layer.groups), exact_div(layer.out_channels, layer.groups))
        if layer.groups > 1 and 1 in inner:
            continue  # depthwise layers do not run on tensor cores
        full = tuple(ceil_div(size, MULTIPLE) * MULTIPLE for size in inner)
        if (inner[0] != full[0] and not first) or inner[1] != full[1]:
            yield Found(
                part.row.name,
                {"read": inner[0], "made": inner[1], "read_full": full[0], "made_full": full[1], "groups": layer.groups,
                 "each": " in each group" if layer.groups > 1 else "",
                 "more": f"{full[0] * full[1] / (inner[0] * inner[1]):.2f}"},
            )  # fmt: skip


RULE = Rule(
    title="channels that are no multiple of 8",
    law="Tensor cores multiply tiles of 16 bytes, 8 numbers of float16 (16 of int8, 4 of float32 as TF32). Other"
    " counts of channels are padded up to the next multiple, or run without tensor cores. The 3 channels of an input"
    " are not told.",
    says="{read} channels in and {made} out{each}: tiles of 8 hold {read_full} and {made_full}, {more} times the"
    " multiplications",
    mend="take {read_full} and {made_full} channels, or fewer",
    source="NVIDIA, Convolutional Layers User's Guide (2023), Channels In And Out",
    example="""\
input: [1, 3, 16, 20]
layers:
  - conv1: Conv2d(3, 16, 3)
  - conv2: Conv2d(16, 21, 3)
""",
    find=find,
    usual=False,
)
