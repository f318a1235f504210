"""How many taps of a transposed convolution meet at each output."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

from ..core.size import are_numbers, ceil_div, is_one
from ..layers.transposed import ConvTranspose
from .subject import along_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..core.size import Size
    from ..core.window import Window
    from .rule import Found
    from .subject import Subject

MOST_TOLD = 8
"""Neighbours of which it is told how much they add up."""


def overlaps(kernel: int, stride: int, dilation: int = 1) -> list[int]:
    """How many taps each of the first neighbouring outputs, up to `stride` of them, adds up inside the map.

    Output q meets tap t where t·d ≡ q (mod s).

    >>> overlaps(3, 2), overlaps(4, 2), overlaps(2, 3), overlaps(3, 2, dilation=2)
    ([2, 1], [2, 2], [1, 1, 0], [3, 0])
    """
    common = gcd(dilation, stride)
    period = stride // common
    back = pow(dilation // common, -1, period) if period > 1 else 0
    return [
        0 if phase % common else max(0, ceil_div(kernel - phase // common * back % period, period))
        for phase in range(min(stride, MOST_TOLD))
    ]


def transposed(subject: Subject, holds: Callable[[int, int], bool]) -> Iterator[Found]:
    """The transposed convolutions whose fewest and most taps at an output are as asked."""

    def tell(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
        kernel, stride, dilation = window.kernel, window.input_dilation, window.dilation
        if not are_numbers(kernel, stride, dilation) or is_one(stride):
            return None
        common = gcd(dilation, stride)
        most = ceil_div(kernel, stride // common)
        fewest = kernel // (stride // common) if common == 1 else 0
        if not holds(fewest, most):
            return None
        counts = overlaps(kernel, stride, dilation)
        return {
            "kernel": kernel, "stride": stride, "dilation": dilation, "fewest": fewest, "most": most,
            "overlaps": counts, "in_turn": ", ".join(map(str, counts)) + (", …" if stride > MOST_TOLD else ""),
            "dead": stride - min(kernel, stride // common), "even": ceil_div(kernel, stride) * stride,
            "apart": f", dilation {dilation}" if dilation > 1 else "",
        }  # fmt: skip

    for part in subject.parts():
        if isinstance(part.layer, ConvTranspose):
            yield from along_axes(part, tell)
