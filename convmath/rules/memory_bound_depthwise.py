"""CM404: depthwise convolutions that wait for memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers
from ..layers.conv import Conv
from ..layers.depthwise import DepthwiseConv
from ..resources.roofline import roofline
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..layers.base import Layer
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    machine, dtype = subject.machine, subject.dtype
    ridge = machine.peak(dtype) / machine.bandwidth
    depthwise = {row.name for row in subject.rows if _is_depthwise(row.layer)}
    for bound in roofline(subject.report, machine, dtype).bounds:
        intensity, share = bound.intensity, bound.utilisation
        if bound.row.name in depthwise and bound.by == "memory" and intensity is not None and share is not None:
            yield Found(
                bound.row.name,
                {"flops": bound.row.cost.flops, "bytes": bound.bytes, "intensity": f"{intensity:.2f}",
                 "ridge": f"{ridge:.2f}", "machine": machine.name, "dtype": dtype,
                 "share": f"{100 * share:.0f}"},
            )  # fmt: skip


def _is_depthwise(layer: Layer | None) -> bool:
    if isinstance(layer, Conv):
        return are_numbers(layer.groups, layer.in_channels) and layer.groups == layer.in_channels > 1
    return isinstance(layer, DepthwiseConv)


RULE = Rule(
    title="depthwise convolution bound by memory",
    law="A depthwise convolution multiplies each number that it reads by ∏k weights only, so its arithmetic"
    " intensity, FLOPs per byte, is about ∏k/w for numbers of w bytes and stride 1. Below the ridge of a machine,"
    " peak/bandwidth, memory sets its time: fewer MACs than a full convolution, and not as much less time.",
    says="{flops:,} FLOPs on {bytes:,} bytes are {intensity} FLOP/byte; {machine} needs {ridge} in {dtype}, so that"
    " at most {share} % of its peak is used",
    mend="fuse it with the layers around it, or use full or grouped convolutions in the early, large maps",
    source="Williams, Waterman and Patterson, Roofline (2009); Tan and Le, EfficientNetV2 (2021), section 3.2",
    example="""\
input: [1, 32, 56, 60]
layers:
  - dw: DepthwiseConv2d(32, 3, padding=1)
""",
    find=find,
    usual=False,
    numbers=True,
)
