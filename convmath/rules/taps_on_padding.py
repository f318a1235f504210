"""CM105: taps that never meet the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import are_numbers, ceil_div, exact_div, is_one, product
from ..layers.conv import Conv
from .rule import Found, Rule
from .subject import windows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.size import Size
    from ..core.window import Window
    from .subject import Subject

MOST_TAPS = 1 << 16
"""A kernel of more taps along an axis is not asked."""


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        layer = part.layer
        if not isinstance(layer, Conv) or layer.padding_mode != "zeros":
            continue
        windows = windows_of(part)
        weights = product(layer.weights()["weight"])
        if not are_numbers(weights) or not all(is_asked(*along) for along in windows):
            continue
        meeting = [_taps_that_meet(*along) for along in windows]
        if 0 in meeting or all(count == window.kernel for count, (window, _, _) in zip(meeting, windows, strict=True)):
            continue
        taps, used = product(window.kernel for window, _, _ in windows), product(meeting)
        yield Found(
            part.row.name,
            {
                "taps": taps, "used": used, "unused": taps - used, "weights": weights,
                "dead": exact_div(weights, taps) * (taps - used),
                "meeting": _by(meeting), "kernel": _by([window.kernel for window, _, _ in windows]),
                "dilation": _by([window.dilation for window, _, _ in windows]),
                "size": _by([size for _, size, _ in windows]),
            },
        )  # fmt: skip


def _by(sizes: list[Any]) -> str:
    return "×".join(map(str, sizes))


def is_asked(window: Window, size: Size, outputs: Size) -> bool:
    return are_numbers(*window, size, outputs) and is_one(window.input_dilation) and window.kernel <= MOST_TAPS


def _taps_that_meet(window: Window, size: int, outputs: int) -> int:
    """The taps t for which some output o has 0 ≤ o·s − low + t·d < size."""
    count = 0
    for tap in range(window.kernel):
        place = tap * window.dilation - window.low
        first = max(0, ceil_div(-place, window.stride))
        count += first < outputs and place + first * window.stride < size
    return count


RULE = Rule(
    title="weights that only ever meet padding",
    law="Tap t of output o reads position o·s − p + t·d. Where no output has that inside the input, the tap's weights"
    " are multiplied by zeros, get no gradient, and the layer is a smaller one in disguise: a 3×3 convolution with"
    " padding on a map of 1×1 is a 1×1 convolution at nine times the cost, and one dilated beyond its map likewise.",
    says="on a map of {size} a kernel of {kernel}, dilation {dilation}, meets the input with {meeting} taps only:"
    " {dead:,} of its {weights:,} weights are multiplied by padding alone",
    mend="use fewer strides before it or a larger input, a smaller dilation, or a kernel of {meeting}",
    source="Chen, Papandreou, Schroff and Adam, Rethinking Atrous Convolution (2017), section 3.3",
    example="""\
input: [1, 8, 1, 5]
layers:
  - conv: Conv2d(8, 8, 3, padding=1)
""",
    find=find,
    numbers=True,
)
