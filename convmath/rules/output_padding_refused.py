"""CM304: output_padding that onnxruntime and Keras refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers
from ..layers.transposed import ConvTranspose
from .rule import Found, Rule
from .subject import say_axes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        layer = part.layer
        if not isinstance(layer, ConvTranspose) or not are_numbers(*layer.extra, *layer.stride):
            continue
        axes = [axis for axis, (a, s) in enumerate(zip(layer.extra, layer.stride, strict=True)) if a >= s]
        if axes:
            first = axes[0]
            yield Found(
                part.row.name,
                {"extra": layer.extra[first], "stride": layer.stride[first], "dilation": layer.dilation[first],
                 "axes": say_axes(axes, len(layer.stride))},
            )  # fmt: skip


RULE = Rule(
    title="output_padding that other tools refuse",
    law="output_padding chooses among the s sizes that a convolution of stride s maps to one, so it is below s."
    " PyTorch accepts more, up to the dilation; onnxruntime and Keras do not, so that the exported model does not"
    " load.",
    says="output_padding={extra} is not below stride={stride}{axes}; PyTorch allows it, for dilation={dilation} is"
    " larger, onnxruntime and Keras refuse it",
    mend="pad the output by a layer of its own",
    source="Dumoulin and Visin (2016), relationship 14; measured in PyTorch, onnxruntime and Keras 3",
    example="""\
input: [1, 8, 5, 7]
layers:
  - up: ConvTranspose2d(8, 4, 3, stride=2, dilation=3, output_padding=2)
""",
    find=find,
)
