"""CM406: a deformable convolution whose offsets cost more than it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers
from ..layers.deformable import DeformConv
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        layer = part.layer
        if not isinstance(layer, DeformConv):
            continue
        branch = layer.offset.count_macs(part.inputs, layer.offset.infer(*part.inputs))
        own = layer.convolution.count_macs(part.inputs, part.outputs)
        if are_numbers(branch, own) and branch > own:
            yield Found(
                part.row.name,
                {"branch": branch, "own": own, "offsets": layer.offset.out_channels, "made": layer.out_channels,
                 "offset_groups": layer.offset_groups, "groups": layer.groups},
            )  # fmt: skip


RULE = Rule(
    title="offset branch dearer than the convolution",
    law="The branch that predicts offsets is a convolution over all C_in channels into n·∏k·g_off channels (version"
    " 2: (n + 1)·∏k·g_off), the deformable one takes C_in/g into C_out: the branch costs more where n·∏k·g_off >"
    " C_out/g.",
    says="the offset branch takes {branch:,} MACs ({offsets} channels, offset_groups={offset_groups}), the"
    " convolution {own:,} ({made} channels, groups={groups})",
    mend="use fewer offset_groups or groups, or more output channels",
    source="Dai et al., Deformable Convolutional Networks (2017); Zhu et al., version 2 (2019)",
    example="""\
input: [1, 8, 9, 12]
layers:
  - deform: DeformConv2d(8, 16, 3, padding=1)
""",
    find=find,
)
