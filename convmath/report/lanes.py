"""Lanes: channels of one value that see differently, carried beside each other from a Concat to what takes some alone.

A value ordinarily has one lane: all of its channels see alike, or at some layer behind it they all meet, so that it
makes no difference. Only where a layer behind a Concat takes some of the channels alone, or merges values channel by
channel, are they told apart. Channels are numbers; of symbols all are one lane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..core.size import are_numbers, is_one
from ..layers.composite import Composite
from .moves import rule_of, whole
from .reading import in_groups, read

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer

    Asked = tuple[Hashable, Layer | None, Sequence[Hashable]]
    """The name of a layer, the layer, and what it reads."""

Some = TypeVar("Some")

MOST_LANES = 1 << 6
"""Lanes of a value that are told apart; of more, all channels count as seeing the same."""

MOST_CHANNELS = 1 << 12
"""Channels that are looked at one by one where a layer moves them in no way that `pieces` tells."""


def parted(steps: Sequence[Asked]) -> frozenset[Hashable]:
    """The values of which channels are told apart: which a layer parts or merges by channel, up to the next mixing.

    >>> import convmath as cm
    >>> sorted(parted([("a", cm.Conv1d(4, 4, 1), "x"), ("b", cm.ReLU(), "a"), ("c", cm.Chunk(2), "b")]))
    ['a', 'b']
    """
    found: set[Hashable] = set()
    for name, layer, sources in reversed(steps):
        if layer is None:
            continue
        merges = layer.met(0) is not None if len(sources) > 1 else len(layer.moved(0)) > 0
        if merges or (name in found and keeps_apart(layer)):
            found.update(sources)
    return frozenset(found)


def keeps_apart(layer: Layer | None) -> bool:
    """Whether an output channel may read some of the channels and not others; None hands on what it reads."""
    if layer is None:
        return True
    if isinstance(layer, Composite):
        return all(keeps_apart(part) for _, part in layer.parts)
    groups = layer.channel_groups()
    return rule_of(layer) is not None or groups is None or not is_one(groups)


def parts(
    layer: Layer | None,
    port: int,
    inputs: Sequence[Shape],
    outputs: Sequence[Shape],
    lanes: Sequence[Iterable[tuple[int, Some]]],
) -> list[tuple[int, list[tuple[int, int, Some]]]]:
    """The channels of an output by the lanes they read: (channels, [(which input, channels of it, what they see)]).

    >>> import convmath as cm
    >>> from convmath.core.shape import Shape
    >>> x, y = Shape((1, 4, 9)), Shape((1, 2, 9))
    >>> parts(cm.Chunk(2), 1, (x,), (y, y), [((0b0001, "a"), (0b1110, "b"))])
    [(3, [(0, 14, 'b')])]
    """
    y = outputs[port]
    several = all(len(shape) > 1 and are_numbers(shape[1]) for shape in (*inputs, y))
    every = channels(y) if several else 1
    found: list[tuple[int, list[tuple[int, int, Some]]]] = []
    covered = 0
    for place, own in enumerate(lanes):
        for bits, sees in own:
            mine = _made(layer, port, place, inputs, outputs, bits) if several else 1
            if mine & covered:
                met = [(part & mine, [*read, (place, bits, sees)]) for part, read in found if part & mine]
                found = met + [(part & ~mine, read) for part, read in found if part & ~mine]
            if mine & ~covered:
                found.append((mine & ~covered, [(place, bits, sees)]))
            covered |= mine
    return found + ([(every & ~covered, [])] if every & ~covered else [])


def channels(x: Shape) -> int:
    """All channels of a value; a single one where it has none, or not in numbers.

    >>> from convmath.core.shape import Shape
    >>> channels(Shape((2, 3, 9))), channels(Shape((2,)))
    (7, 1)
    """
    return whole(x[1]) if len(x) > 1 and are_numbers(x[1]) else 1


def _made(
    layer: Layer | None, port: int, place: int, inputs: Sequence[Shape], outputs: Sequence[Shape], bits: int
) -> int:
    """The output's channels that read any of these channels of an input."""
    if layer is None:
        return bits
    if isinstance(layer, Composite):
        for _, part, x, y in layer.steps(tuple(inputs)):
            bits = _made(part, port, 0, x, y, bits)
        return bits
    mine, y, axes = inputs[place], outputs[port], len(outputs[port])
    met = layer.met(axes)
    if met is not None:
        apart = len(mine) == axes and mine[1] == y[1]
        return bits if apart and 1 not in {axis % axes for axis in met} else whole(y[1])
    if 1 in {axis % len(mine) for axis in layer.moved(len(mine))}:
        made = 0
        for piece in layer.pieces(1, port, *inputs):
            made |= piece.into(bits) if piece.place == place else 0
        return made if len(mine) == axes else whole(y[1]) if made else 0
    if rule_of(layer) is None:
        return _by_windows(layer, place, mine, y, bits)
    return _one_by_one(layer, port, place, inputs, y, bits)


def _by_windows(layer: Layer, place: int, x: Shape, y: Shape, bits: int) -> int:
    groups = layer.channel_groups()
    if len(x) != len(y) or place or not are_numbers(groups or 1):
        return whole(y[1])
    return bits if groups is None else in_groups(bits, groups, x[1], y[1])


def _one_by_one(layer: Layer, port: int, place: int, inputs: Sequence[Shape], y: Shape, bits: int) -> int:
    if y[1] > MOST_CHANNELS or not are_numbers(*y, *(size for x in inputs for size in x)):
        return whole(y[1])
    made = 0
    for channel in range(y[1]):
        box = tuple(1 << channel if axis == 1 else whole(size) for axis, size in enumerate(y))
        if any(one[1] & bits for one in read(layer, tuple(inputs), port, (box,))[place]):
            made |= 1 << channel
    return made
