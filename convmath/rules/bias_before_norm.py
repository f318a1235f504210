"""CM401: a bias that the normalisation behind it takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import product
from ..layers.conv import Conv
from ..layers.deformable import Deformable
from ..layers.linear import Linear
from ..layers.norm import BatchNorm, InstanceNorm
from ..layers.transposed import ConvTranspose
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    last = {part.row.name: part.layer for part in subject.parts()}
    tied = subject.tied  # of weights that several layers share, one use may need the bias
    for name, layer in last.items():
        row = subject.row_of[name]
        readers = subject.readers_of(row)
        bias = layer.weights().get("bias") if isinstance(layer, Conv | ConvTranspose | Deformable | Linear) else None
        normed = all(isinstance(reader.layer, BatchNorm | InstanceNorm) for reader in readers)
        if bias is None or not readers or not normed or subject.is_handed_out(row) or row.name in tied:
            continue
        if isinstance(layer, Linear) and row.outputs[0].rank:
            continue  # its bias lies along the last axis, not along the channels
        yield Found(
            name, {"bias": product(bias), "params": row.cost.params, "norm": readers[0].name, "op": readers[0].op}
        )


RULE = Rule(
    title="bias before a normalisation",
    law="Batch and instance normalisation subtract from each channel its mean, and with it whatever was added to all"
    " of the channel: y + b − mean(y + b) = y − mean(y). The bias has no effect and no gradient, and is stored,"
    " updated and added all the same; the normalisation adds its own.",
    says="{op} {norm} subtracts the mean of each channel, and with it this layer's bias: {bias} of its {params}"
    " parameters do nothing",
    mend="set bias=False",
    source="Ioffe and Szegedy, Batch Normalization (2015), section 3.2",
    example="""\
input: [1, 3, 9, 11]
layers:
  - conv: Conv2d(3, 8, 3)
  - bn: BatchNorm2d(8)
""",
    find=find,
)
