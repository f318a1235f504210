"""CM103: padding by name that is odd in sum, which frameworks split differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.padding import NamedPads
from ..core.size import are_numbers, is_one
from ..layers.windowed import Windowed
from .rule import Rule
from .subject import along_axes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.size import Size
    from ..core.window import Window
    from .rule import Found
    from .subject import Subject

NAMES = {NamedPads("same"), NamedPads("same_lower")}


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        if isinstance(part.layer, Windowed) and NAMES.intersection(part.layer.padding):
            yield from along_axes(part, _uneven)


def _uneven(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
    low, high = window.low, window.high
    if not are_numbers(low, high) or not is_one(window.input_dilation) or abs(low - high) != 1:
        return None
    return {"kernel": window.kernel, "stride": window.stride, "size": size, "low": low, "high": high,
            "total": low + high}  # fmt: skip


RULE = Rule(
    title="'same' padding that frameworks split differently",
    law="'same' adds max((⌈i/s⌉ − 1)·s + k̂ − i, 0) positions. Where that is odd, TensorFlow, JAX and ONNX's"
    " SAME_UPPER put the odd one at the end, ONNX's SAME_LOWER at the beginning, and PyTorch's symmetric padding of"
    " (k̂ − 1)/2 on both sides: outputs of the same size, shifted by a position. Weights that are ported then see"
    " another picture.",
    says="'same' pads kernel {kernel}, stride {stride} on an input of {size}{axes} by {total}: {low} before and"
    " {high} behind, where others pad {high} and {low}, or as much on both sides",
    mend="state the padding in numbers, ({low}, {high})",
    source="TensorFlow, tf.nn (SAME); ONNX operator Conv (auto_pad); run in TensorFlow, JAX, PyTorch and onnxruntime",
    example="""\
input: [1, 3, 6, 7]
convention: tensorflow
layers:
  - conv: Conv2d(3, 8, 3, stride=2, padding='same')
""",
    find=find,
    numbers=True,
)
