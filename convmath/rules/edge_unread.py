"""CM101: a stride that ends before the input does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError
from ..core.size import Symbolic, are_numbers, is_one, larger, smaller
from ..symbolic.proposition import Proposition
from ..symbolic.solve import solutions
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
        yield from along_axes(part, _left_over)


def _left_over(window: Window, size: Size, outputs: Size) -> dict[str, Any] | None:
    """What lies behind the last window, where windows meet or overlap; those that do not are told by CM203."""
    numbers = are_numbers(window.stride, window.extent) and is_one(window.input_dilation)
    if not numbers or is_one(window.stride) or window.extent < window.stride:
        return None
    end = (outputs - 1) * window.stride + window.extent - window.low
    left = larger(size + smaller(window.high, 0) - end, 0)
    when = _when(left)
    if when is None:
        return None
    more = window.stride - (window.padded_size(size) - window.extent) % window.stride
    return {
        "left": left, "size": size, "extent": window.extent, "stride": window.stride, "outputs": outputs,
        "end": end, "more": more, "when": when,
    }  # fmt: skip


def _when(left: Any) -> str | None:
    """For which sizes something is left over, in words: nothing to say for a number, None where nothing ever is."""
    if not isinstance(left, Symbolic):
        return "" if left > 0 else None
    claim = Proposition(left, "≥", 1)
    try:
        sizes = solutions(claim)
    except FormulaError:
        return None if claim.decided() is False else f", wherever {claim}"
    name = next(iter(claim.names), "H")
    return None if sizes.is_empty else f", for {sizes.say(name)}"


RULE = Rule(
    title="input behind the last window is never read",
    law="Windows of extent k̂ = d(k − 1) + 1 begin every s positions, so o = ⌊(i + p_low + p_high − k̂) / s⌋ + 1 of"
    " them fit, and the last ends at position (o − 1)·s + k̂ − p_low. What the input has behind that is computed and"
    " never read; a transposed layer cannot bring it back either, for s neighbouring sizes give the same output.",
    says="{outputs} windows of {extent}, {stride} apart, cover {end} of {size} positions{axes}: what nothing reads at"
    " the end is {left} wide{when}",
    mend="pad the end by {more}, crop {left} there, or round up (ceil_mode=True) if it is a pooling",
    source="Dumoulin and Visin (2016), relationships 6 and 14",
    example="""\
input: [1, 3, 20, 21]
layers:
  - conv: Conv2d(3, 8, 3, stride=2)
""",
    find=find,
)
