"""CM202: dilated layers in a row that share a divisor."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from ..core.size import are_numbers, is_one
from ..core.window import Window
from .rule import Found, Rule
from .subject import say_axes, stages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.row import Row
    from .subject import Subject


class Stack(NamedTuple):
    """The dilated layers since the last one that mixed neighbours, along one axis."""

    origin: str
    kernel: int
    """Of the layer that mixed neighbours."""
    stride: int
    divisor: int
    """What their dilations have in common; 0 where there is none yet."""
    layers: tuple[str, ...]
    """The longest chain of them."""


def find(subject: Subject) -> Iterator[Found]:
    stacks: dict[str, tuple[Stack, ...]] = {
        name: (Stack(name, 1, 1, 0, ()),) * shape.rank for name, shape in subject.report.inputs.items()
    }
    longest: dict[tuple[str, int], Stack] = {}
    for row in subject.rows:
        before = [stacks[name] for name in row.reads]
        stacks[row.name] = made = tuple(_onward(row, axis, before) for axis in range(row.outputs[0].rank))
        for axis, stack in enumerate(made):
            key = stack.origin, axis
            if len(stack.layers) > len(longest[key].layers if key in longest else ()):
                longest[key] = stack
    told: dict[Stack, list[int]] = {}
    for (_, axis), stack in longest.items():
        if len(stack.layers) > 1 and stack.divisor * stack.stride > stack.kernel:
            told.setdefault(stack, []).append(axis)
    for stack, axes in told.items():
        rank = subject.row_of[stack.layers[-1]].outputs[0].rank
        yield Found(stack.layers[-1], _figures(stack) | {"axes": say_axes(axes, rank)})


def _figures(stack: Stack) -> dict[str, object]:
    named = ", ".join(stack.layers) if len(stack.layers) < 5 else f"{stack.layers[0]} … {stack.layers[-1]}"
    return {
        "layers": len(stack.layers), "named": named, "divisor": stack.divisor, "origin": stack.origin,
        "kernel": stack.kernel, "stride": stack.stride, "apart": stack.divisor * stack.stride,
    }  # fmt: skip


def _onward(row: Row, axis: int, before: list[tuple[Stack, ...]]) -> Stack:
    """The stack behind a layer; a new one where it mixes neighbours, or paths of different stacks meet."""
    fresh = Stack(row.name, 1, 1, 0, ())
    if any(axis >= len(stacks) for stacks in before):
        return fresh
    if len({stacks[axis].origin for stacks in before}) != 1:
        # What one of the paths spans without gaps, the sum of them spans.
        dense = [stacks[axis] for stacks in before if not stacks[axis].divisor]
        widest = max(dense, key=lambda stack: stack.kernel / stack.stride, default=fresh)
        return fresh._replace(kernel=widest.kernel, stride=widest.stride)
    arriving = [stacks[axis] for stacks in before]
    longest = max(arriving, key=lambda stack: len(stack.layers))
    stack = longest._replace(divisor=gcd(*(one.divisor for one in arriving)))
    for stage in stages_of(row):
        if stage:
            reach = stage[axis] if axis < len(stage) else None
            stack = _behind(row.name, reach, stack, fresh) if isinstance(reach, Window) else fresh
    return stack


def _behind(name: str, window: Window, stack: Stack, fresh: Stack) -> Stack:
    if not are_numbers(*window) or not is_one(window.input_dilation):
        return fresh
    if window.kernel == 1 and window.stride == 1:
        return stack
    if window.dilation == 1 or window.stride > 1:
        return Stack(name, window.extent if window.dilation == 1 else 1, window.stride, 0, ())
    return stack._replace(divisor=gcd(stack.divisor, window.dilation), layers=(*stack.layers, name))


RULE = Rule(
    title="dilated layers in a row that share a divisor",
    law="Layers dilated by multiples of g, one behind the other, read only positions a multiple of g apart: their map"
    " falls apart into g grids along each axis that know nothing of one another. What lies between is lost unless the"
    " layer below spans it: of a kernel k0 and stride s0 below, positions remain unread where g·s0 > k0.",
    says="{layers} dilated layers in a row ({named}) share the divisor {divisor}{axes}: of {origin} they read"
    " positions {divisor} apart only, {apart} apart in its input, of which its kernel spans {kernel}",
    mend="let the dilations have no common divisor (1, 2, 5), or put a 3×3 convolution without dilation before or"
    " after",
    source="Wang et al., Understanding Convolution for Semantic Segmentation (2018), section 3.2; Yu, Koltun and"
    " Funkhouser, Dilated Residual Networks (2017), section 4",
    example="""\
input: [1, 3, 40, 44]
layers:
  - stem: Conv2d(3, 8, 3)
  - conv1: Conv2d(8, 8, 3, dilation=4)
  - conv2: Conv2d(8, 8, 3, dilation=8)
""",
    find=find,
)
