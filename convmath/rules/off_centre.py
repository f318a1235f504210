"""CM102: symmetric padding that only one side uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import are_numbers, is_one
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
        yield from along_axes(part, _one_sided)


def _one_sided(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
    if not are_numbers(*window, size) or not is_one(window.input_dilation) or window.extent < window.stride:
        return None
    unused = (window.padded_size(size) - window.extent) % window.stride
    if window.low != window.high or not 0 < unused <= window.high:
        return None
    return {
        "low": window.low, "used": window.high - unused, "unused": unused, "size": size, "stride": window.stride,
        "extent": window.extent, "fits": size + window.stride - unused, "shift": f"{unused / 2:g}",
    }  # fmt: skip


RULE = Rule(
    title="padding that only one side uses",
    law="Windows fit exactly if s divides i + 2p − k̂; otherwise the remainder r is left at the end, so that the"
    " beginning uses p padded positions and the end only p − r. The map is off centre by r/2 positions, and over many"
    " such layers the borders are treated differently. An input of 2ⁿ·m + 1 fits every k = 3, s = 2, p = 1, one of"
    " 2ⁿ·m none.",
    says="padding {low} on an input of {size}{axes}: windows of {extent}, {stride} apart, use {low} of the padding"
    " before and {used} behind ({size} + 2·{low} − {extent} leaves {unused} modulo {stride}), {shift} off centre",
    mend="give it an input of {fits}, or pad ({low}, {used}) and know of the shift",
    source="Alsallakh, Kokhlikyan, Miglani, Yuan and Reblitz-Richardson, Mind the Pad (2021)",
    example="""\
input: [1, 3, 224, 225]
layers:
  - conv: Conv2d(3, 8, 3, stride=2, padding=1)
""",
    find=find,
    usual=False,
    numbers=True,
)
