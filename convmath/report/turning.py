"""Axes that lie elsewhere for a while: what is seen along them, followed to the layer that brings them back.

A field belongs to an axis of what is seen. Between two transpositions, as between channels last and channels first,
that axis lies at another place of the values; before the first of them where an input has its channels last. Where
every axis lies is carried beside the fields until all are back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import UNTOLD, after, joined, moved
from ..core.size import is_one, product, same
from ..layers.axes import Permute
from .meeting import meet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.receptive_field import Known
    from ..core.shape import Shape
    from ..core.size import Size
    from ..layers.base import Layer
    from .meeting import Fields
    from .row import Row


class Turned(NamedTuple):
    """What is seen along every spatial axis of the origin, and which axis of the value that one now is."""

    fields: Fields
    axes: tuple[int, ...]
    aligned: bool | None = True
    """Whether the paths that meet here keep one centre."""

    @property
    def is_back(self) -> bool:
        """Whether every axis lies where it was."""
        return self.axes == tuple(range(2, len(self.axes) + 2))


class Origin(NamedTuple):
    """What is looked at, and which of its axes are seen as spatial."""

    name: str
    shape: Shape
    axes: tuple[int, ...]

    @property
    def sizes(self) -> tuple[Size, ...]:
        """How many positions each of those axes has."""
        return tuple(self.shape[axis] for axis in self.axes)


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
    >>> turned(Permute((0, 2, 3, 1)), [x], y, [(IDENTITY, IDENTITY)], [None]).axes
    (1, 2)
    """
    if layer is not None and turns_axes(layer):
        found, moves = turns[0] or _straight(inputs[0], fields[0]), _moves(layer, inputs[0], output)
        if found is None or not all(place in moves for place in found.axes):
            return None
        return Turned(found.fields, tuple(moves[place] for place in found.axes))
    seeing = [place for place, path in enumerate(fields) if path]
    known = [turn for place in seeing if (turn := turns[place]) is not None]
    alike = len(known) == len(seeing) and len({turn.axes for turn in known}) == 1
    if not alike or any(len(inputs[place]) != len(output) for place in seeing):
        return None
    paths = [
        _through(layer, place, inputs, output, turn) if layer is not None else turn.fields
        for place, turn in zip(seeing, known, strict=True)
    ]
    met, aligned = meet(paths)
    return Turned(met, known[0].axes, aligned)


def turns_axes(layer: Layer) -> bool:
    """Whether an axis may lie elsewhere behind a layer."""
    return layer.lays_out_anew or isinstance(layer, Permute)


def _moves(layer: Any, x: Shape, y: Shape) -> dict[int, int]:
    """Where the axes of a layer's input lie in its output, of those that are there: as long, with as much before."""
    if isinstance(layer, Permute):
        return {axis % len(x): place for place, axis in enumerate(layer.dims)}
    return {
        axis: place
        for place, size in reversed(list(enumerate(y)))
        for axis, own in enumerate(x)
        if same(own, size) and same(product(x[:axis]), product(y[:place]))
    }


def followed(
    layer: Layer | None,
    inputs: Sequence[Shape],
    output: Shape,
    fields: Sequence[Fields],
    turns: Sequence[Turned | None],
) -> Turned | None:
    """What a layer's output sees where an axis lies elsewhere before or behind it, all MOVED if it is not known where.

    None where no axis does: then fields go on as they lie.
    """
    turn = turned(layer, inputs, output, fields, turns)
    if turn is not None or all(one is None for one in turns):
        return turn
    lost = meet([moved(path) for path in fields if path])[0]
    return Turned(lost, tuple(range(2, len(lost) + 2)))


def layout(steps: Iterable[tuple[Any, Layer | None, Sequence[Any]]], origin: Any, axes: int) -> tuple[int, ...]:
    """The axes of the origin that are seen as spatial: all from the third on, unless it has its channels last.

    It has them there if the first layer that takes the second axis for channels, as a convolution does, reads the last
    one as such: behind transpositions, and layers that mix nothing but a last axis. `steps` are (what stands for a
    layer, the layer, what it reads).

    >>> from convmath.layers.conv import Conv2d
    >>> layout([("first", Permute((0, 3, 1, 2)), ["x"]), ("conv", Conv2d(3, 8, 3), ["first"])], "x", 4)
    (1, 2)
    """
    usual, last = tuple(range(2, axes)), tuple(range(1, axes - 1))
    orders = {origin: tuple(range(axes))}
    for name, layer, reads in steps:
        seeing = {orders[source] for source in reads if source in orders}
        if layer is None or len(seeing) != 1:
            continue
        (order,) = seeing
        if isinstance(layer, Permute):
            orders[name] = tuple(order[axis] for axis in layer.dims)
        elif layer.rank is not None:
            return last if order == (0, axes - 1, *last) else usual
        elif all(_by_position(layer, axis, axes) for axis in range(axes - 1)):
            orders[name] = order
    return usual


def seen_as(rows: Sequence[Row], name: str, shape: Shape) -> Origin:
    """An input or layer as what is looked at, with its spatial axes."""
    steps = ((row.name, row.layer, row.reads) for row in rows)
    return Origin(name, shape, layout(steps, name, len(shape)))


def _straight(x: Shape, fields: Fields) -> Turned | None:
    return Turned(fields, tuple(range(2, len(x)))) if fields and len(x) == len(fields) + 2 else None


def _through(layer: Layer, number: int, inputs: Sequence[Shape], output: Shape, turn: Turned) -> Fields:
    """What is seen behind a layer by one of its inputs, along every axis of the origin."""
    x, stages = inputs[number], layer.stages_of(number, *inputs)
    found = []
    for field, place in zip(turn.fields, turn.axes, strict=True):
        kept = place >= 2 or _by_position(layer, place, len(x))
        spread = len(inputs) > 1 and is_one(x[place]) and not is_one(output[place])
        seen: Known = field if kept else moved((field,))[0]
        seen = joined(seen, UNTOLD) if spread else seen
        for stage in stages if place >= 2 else ():
            seen = after(seen, stage[place - 2]) if stage else seen
        found.append(seen)
    return tuple(found)


def _by_position(layer: Layer, axis: int, axes: int) -> bool:
    """Whether a layer maps an axis position by position, be it the batch's or the channels'."""
    met = layer.met(axes)
    others = layer.moved(axes) if met is None else met
    return (met is not None or len(others) > 0) and axis not in {other % axes for other in others}
