"""CM303: output_padding, which frameworks take from different ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.convention import JAX, TENSORFLOW
from ..core.padding import Pads
from ..core.size import are_numbers
from ..layers.transposed import ConvTranspose
from .rule import Rule
from .subject import along_axes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.size import Size
    from ..core.window import Window
    from .rule import Found
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        layer = part.layer
        if not isinstance(layer, ConvTranspose) or layer.convention in (TENSORFLOW, JAX):
            continue
        extra = max((one for one in layer.extra if type(one) is int), default=0)
        if extra and all(isinstance(pads, Pads) for pads in layer.padding):
            yield from along_axes(part, _cropped)


def _cropped(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
    """The crop of PyTorch and ONNX, and that of Keras' 'same' for as many outputs."""
    if not are_numbers(*window):
        return None
    low, high = window.extent - 1 - window.low, window.extent - 1 - window.high
    total = low + high
    other = max(total // 2, 0)
    if total % 2 == 0 or other == low:
        return None
    return {
        "kernel": window.kernel, "stride": window.input_dilation, "low": low, "high": high,
        "keras_low": other, "keras_high": total - other, "shift": abs(low - other),
    }  # fmt: skip


RULE = Rule(
    title="output_padding that is not portable",
    law="The transposed convolution makes (i − 1)s + k̂ positions, of which the padding is cropped. PyTorch and ONNX"
    " crop p before and p − output_padding after; Keras and JAX's SAME crop the sum, the smaller half first. Where"
    " the sum is odd the same output_padding, or the same size, gives the same shape and values that lie one position"
    " apart.",
    says="kernel {kernel}, stride {stride}{axes}: the crop is {low} before and {high} behind, where Keras'"
    " padding='same' for as many outputs crops {keras_low} and {keras_high}: a shift of {shift}",
    mend="take an even kernel − stride (k = 4, s = 2, p = 1 doubles without output_padding), or crop in numbers",
    source="measured: k = 3, s = 2, p = 1, output_padding = 1 in PyTorch, Keras 3, JAX, onnxruntime and Paddle",
    example="""\
input: [1, 8, 3, 5]
layers:
  - up: ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)
""",
    find=find,
)
