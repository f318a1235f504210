"""What one layer reads of its inputs for a set of output positions, borders and all, without running it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.positions import LONGEST_AXIS, bits_of, members, smeared, spaced
from ..core.receptive_field import Untold
from ..core.size import is_one
from ..core.window import Window
from ..layers.composite import Composite
from .moves import everything, rule_of, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from .moves import Box, Boxes

BEYOND: dict[str, Callable[[Any], str]] = {
    "Conv": lambda layer: layer.padding_mode,
    "ReflectionPad": lambda _: "reflect",
    "CircularPad": lambda _: "circular",
    "ReplicationPad": lambda _: "replicate",
    "Upsample": lambda _: "replicate",
}
"""What lies beyond the border, of the families for which it is not zeros."""


def read(layer: Layer, inputs: tuple[Shape, ...], port: int, boxes: Boxes) -> list[Boxes]:
    """For every input the boxes that output `port` reads of it for the numbers in `boxes`.

    Where windows read, all channels that may meet count as read, and deformable taps stand where they are without
    offsets. What is folded or unfolded, and many positions that take another shape, are told as whole axes.
    """
    if isinstance(layer, Composite):
        for _, part, x, _ in reversed(list(layer.steps(inputs))):
            boxes = united(read(part, x, port, boxes)[0])
        return [boxes]
    outputs, rule = layer.infer(*inputs), rule_of(layer)
    if rule is None:
        return [_through(layer, inputs, place, outputs[port], boxes) for place in range(len(inputs))]
    found = [rule(layer, inputs, outputs, port, box) for box in boxes]
    return [tuple(box for parts in found for box in parts[place]) for place in range(len(inputs))]


def beyond(layer: Layer) -> str:
    """What lies beyond the border for a layer: zeros, or which copies of the input.

    >>> from convmath.layers.pad import CircularPad1d
    >>> beyond(CircularPad1d(2))
    'circular'
    """
    family = {cls.__name__ for cls in type(layer).__mro__}
    return next((BEYOND[name](layer) for name in BEYOND if name in family), "zeros")


def _through(layer: Layer, inputs: tuple[Shape, ...], place: int, y: Shape, boxes: Boxes) -> Boxes:
    x, stages, border = inputs[place], layer.stages_of(place, *inputs), beyond(layer)
    if len(x) != len(y):
        return (everything(x),) if boxes else ()
    found = []
    for batch, channels, *seen in boxes:
        for stage in reversed(stages):
            seen[:] = (
                image(reach, bits, size, border) for reach, bits, size in zip(stage, seen, x.spatial, strict=True)
            )
        found.append((batch, _channels(layer, place, x, y, channels), *seen))
    return tuple(box for box in found if all(box))


def _channels(layer: Layer, place: int, x: Shape, y: Shape, bits: int) -> int:
    """All channels meet, or those of a group, or each is by itself."""
    groups = layer.channel_groups()
    if groups is None:
        return bits
    return in_groups(bits, groups, y[1], x[1]) if place == 0 else whole(x[1]) if bits else 0


def in_groups(bits: int, groups: int, size: int, other: int) -> int:
    """Of another axis in as many groups the whole of those to which these positions of an axis belong.

    >>> bin(in_groups(0b100, 2, 4, 6))
    '0b111000'
    """
    if groups == 1 or bits == whole(size):
        return whole(other) if bits else 0
    each, theirs = size // groups, other // groups
    found = sorted({place // each for place in members(bits)})
    return bits_of((range(group * theirs, (group + 1) * theirs) for group in found), other)


def image(reach: Any, bits: int, size: int, beyond: str) -> int:
    """The positions, of an axis of `size`, that a reach reads for a set of outputs.

    >>> bin(image(Window(3, 2, low=1), 0b11, 8, "zeros")), bin(image(Window(3, low=1), 1, 8, "circular"))
    ('0b1111', '0b10000011')
    """
    if not bits:
        return 0
    return (1 << size) - 1 if reach is None or isinstance(reach, Untold) else _image(reach, bits, size, beyond)


@lru_cache(maxsize=4096)
def _image(reach: Any, bits: int, size: int, beyond: str) -> int:
    if beyond == "zeros" and isinstance(reach, Window) and is_one(reach.input_dilation):
        extent = (bits.bit_length() - 1) * reach.stride + reach.extent
        if extent <= 4 * LONGEST_AXIS:  # all outputs at once, tap by tap in steps that double
            taps = smeared(spaced(bits, reach.stride), reach.dilation, reach.kernel)
            placed: int = taps >> reach.low if reach.low >= 0 else taps << min(-reach.low, size)
            return placed & ((1 << size) - 1)
    read = (reach.reads(output) for output in members(bits))
    if beyond == "zeros":
        return bits_of(read, size)
    cropped = isinstance(reach, Window)  # what a crop takes away does not come back from the other side
    begin, end = max(-reach.low, 0) if cropped else 0, size - (max(-reach.high, 0) if cropped else 0)
    return bits_of(_folded(read, BORDERS[beyond], begin, end - begin), size)


BORDERS: dict[str, Callable[[int, int], int]] = {
    "replicate": lambda at, size: min(max(at, 0), size - 1),
    "circular": lambda at, size: at % size,
    "reflect": lambda at, size: abs((at + size - 1) % max(2 * size - 2, 1) - size + 1),
}
"""Which of `size` positions stands at a place before the first or behind the last one."""


def _folded(read: Iterable[range], border: Callable[[int, int], int], begin: int, size: int) -> Iterable[range]:
    """The ranges with every position beyond the border brought back to the one that stands there."""
    for positions in read:
        if positions and (positions[0] < begin or positions[-1] >= begin + size):
            for position in positions:
                place = begin + border(position - begin, size)
                yield range(place, place + 1)
        else:
            yield positions


MOST_BOXES = 64
"""Boxes that are told apart; more are taken together, axis by axis."""


def united(boxes: Iterable[Box]) -> Boxes:
    """The same union in few boxes: none within another, and those that differ along one axis are one.

    >>> united([(0b1, 0b1), (0b10, 0b1), (0b1, 0b1)])
    ((3, 1),)
    """
    kept: list[Box] = []
    for new in boxes:
        box, merging = new, True
        while merging:
            if any(_within(box, other) for other in kept):
                break
            kept = [other for other in kept if not _within(other, box)]
            beside = next((other for other in kept if _differ(box, other) == 1), None)
            merging = beside is not None
            if beside is None:
                kept.append(box)
            else:
                kept.remove(beside)
                box = tuple(a | b for a, b in zip(box, beside, strict=True))
    return (projection(kept),) if len(kept) > MOST_BOXES else tuple(kept)


def projection(boxes: Sequence[Box]) -> Box:
    """The union along every axis by itself."""
    found = boxes[0]
    for box in boxes[1:]:
        found = tuple(a | b for a, b in zip(found, box, strict=True))
    return found


def _within(a: Box, b: Box) -> bool:
    return all(x & ~y == 0 for x, y in zip(a, b, strict=True))


def _differ(a: Box, b: Box) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))
