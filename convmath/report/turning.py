"""Axes that lie elsewhere for a while: what is seen along them, followed to the layer that brings them back.

A field belongs to an axis of what is seen. Between two transpositions, as between channels last and channels first,
that axis lies at another place of the values, where the interval it would be read from is another axis'. So layers
there are told to see it whole, and what they do see is carried beside until all axes are back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import after
from ..core.size import is_one
from ..layers.axes import Permute
from .meeting import meet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from .meeting import Fields


class Turned(NamedTuple):
    """What is seen along every spatial axis of the origin, and which axis of the value that one now is."""

    fields: Fields
    places: tuple[int, ...]

    @property
    def is_back(self) -> bool:
        """Whether every axis lies where it was."""
        return self.places == tuple(range(2, len(self.places) + 2))


BY_POSITION: dict[str, Callable[[Any, int, int], bool]] = {
    "AlongAxis": lambda layer, axis, axes: layer.dim is not None and layer.dim % axes != axis,
    "Softmax2d": lambda layer, axis, axes: axis != axes - 3,
    "Activation": lambda layer, axis, axes: True,
    "Elementwise": lambda layer, axis, axes: True,
    "Identity": lambda layer, axis, axes: True,
    "Dropout": lambda layer, axis, axes: True,
    "BatchNorm": lambda layer, axis, axes: layer.track_running_stats,
    "Linear": lambda layer, axis, axes: axis != axes - 1,
    "Concat": lambda layer, axis, axes: layer.dim % axes != axis,
    "OverLastAxes": lambda layer, axis, axes: axis < axes - len(layer.normalized_shape),
}
"""Families that may map an axis position by position, be it the batch's or the channels', by (layer, axis, axes)."""


def turned(
    layer: Layer | None,
    inputs: Sequence[Shape],
    output: Shape,
    fields: Sequence[Fields],
    turns: Sequence[Turned | None],
) -> Turned | None:
    """What a layer's output sees along axes that lie elsewhere; None where none does, or where they are lost.

    `fields` and `turns` are those of its inputs; a layer of None hands on what it reads.

    >>> from convmath.core.receptive_field import IDENTITY
    >>> from convmath.core.shape import Shape
    >>> x, y = Shape((1, 3, 8, 9)), Shape((1, 8, 9, 3))
    >>> turned(Permute((0, 2, 3, 1)), [x], y, [(IDENTITY, IDENTITY)], [None]).places
    (1, 2)
    """
    if isinstance(layer, Permute):
        x, found = inputs[0], turns[0] or _straight(inputs[0], fields[0])
        order = [axis % len(x) for axis in layer.dims]
        return found and Turned(found.fields, tuple(order.index(place) for place in found.places))
    seeing = [place for place, path in enumerate(fields) if path]
    known = [turn for place in seeing if (turn := turns[place]) is not None]
    alike = len(known) == len(seeing) and len({turn.places for turn in known}) == 1
    if not alike or any(len(inputs[place]) != len(output) for place in seeing):
        return None
    paths = [
        _through(layer, place, inputs, output, turn) if layer is not None else turn.fields
        for place, turn in zip(seeing, known, strict=True)
    ]
    return Turned(meet(paths)[0], known[0].places)


def _straight(x: Shape, fields: Fields) -> Turned | None:
    return Turned(fields, tuple(range(2, len(x)))) if fields and len(x) == len(fields) + 2 else None


def _through(layer: Layer, number: int, inputs: Sequence[Shape], output: Shape, turn: Turned) -> Fields:
    """What is seen behind a layer by one of its inputs, along every axis of the origin."""
    x, stages = inputs[number], layer.stages_of(number, *inputs)
    found = []
    for field, place in zip(turn.fields, turn.places, strict=True):
        kept = place >= 2 or _by_position(layer, place, len(x))
        spread = len(inputs) > 1 and is_one(x[place]) and not is_one(output[place])
        seen = field if kept and not spread else None
        for stage in stages if place >= 2 else ():
            seen = after(seen, stage[place - 2]) if stage else seen
        found.append(seen)
    return tuple(found)


def _by_position(layer: Layer, axis: int, axes: int) -> bool:
    rule = next((BY_POSITION[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in BY_POSITION), None)
    return rule is not None and rule(layer, axis, axes)
