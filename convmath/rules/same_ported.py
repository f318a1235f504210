"""CM104: padding in numbers of which SAME makes the same size at another place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.padding import NamedPads
from ..core.size import are_numbers, ceil_div, is_one
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
        yield from along_axes(part, _moved)


def _moved(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
    if not are_numbers(*window, size) or not is_one(window.input_dilation) or is_one(window.stride):
        return None
    low, high = NamedPads("same").pads(size, window.kernel, window.stride, window.dilation)
    if outputs != ceil_div(size, window.stride) or low == window.low or not window.low:
        return None
    return {
        "own": window.low, "own_high": window.high, "low": low, "high": high, "size": size, "outputs": outputs,
        "stride": window.stride, "extent": window.extent, "shift": window.low - low,
        "begin": _signed(-window.low), "same_begin": _signed(-low),
    }  # fmt: skip


def _signed(number: int) -> str:
    return f"{number}".replace("-", "−")


RULE = Rule(
    title="padding in numbers that SAME would place elsewhere",
    law="With padding p on both sides and with TensorFlow's SAME a stride makes the same ⌈i/s⌉ outputs, but SAME pads"
    " only what is needed, the smaller half first: the windows begin elsewhere, and ported weights see a shifted"
    " picture. No shape tells of it.",
    says="{outputs} windows of {extent}, {stride} apart on an input of {size}{axes} begin at {begin} with padding"
    " ({own}, {own_high}), and at {same_begin} with SAME, which pads ({low}, {high}): a shift of {shift}",
    mend="in TensorFlow, Keras and JAX pad ({own}, {own_high}) in numbers and convolve without padding",
    source="TensorFlow, tf.nn (SAME); measured for k = 3 and k = 7, s = 2 in TensorFlow, JAX and PyTorch",
    example="""\
input: [1, 3, 224, 225]
layers:
  - conv: Conv2d(3, 8, 7, stride=2, padding=3)
""",
    find=find,
    usual=False,
    numbers=True,
)
