"""What a layer reads that takes numbers as they are or moves them: along an axis, to another, into another shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..core.positions import bits_of, members
from ..core.size import is_one
from .shuffling import among_channels, into_channels, into_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer

    Rule = Callable[[Any, "Shapes", "Shapes", int, "Box"], list["Boxes"]]

Box = tuple[int, ...]
"""For every axis, the batch's and the channels' too, a set of positions, as bits: the box is all their combinations."""

Boxes = tuple[Box, ...]

Shapes = tuple["Shape", ...]

MOST_PLACES = 1 << 12
"""Positions that are followed one by one into another shape; of more, the axes count as read whole."""


def rule_of(layer: Layer) -> Rule | None:
    """What tells of one box of an output what it reads of every input, for layers that are here.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.axes import Permute
    >>> layer, x = Permute((0, 2, 1)), Shape((1, 4, 9))
    >>> rule_of(layer)(layer, (x,), layer.infer(x), 0, (1, 0b100, 0b1000))
    [((1, 8, 4),)]
    """
    return next((MOVES[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in MOVES), None)


def whole(size: int) -> int:
    """The set of all positions of an axis."""
    return (1 << size) - 1


def everything(x: Shape) -> Box:
    """The box of all there is."""
    return tuple(map(whole, x))


def _replaced(box: Box, axis: int, *bits: int) -> Box:
    return (*box[:axis], *bits, *box[axis + 1 :])


def _alone(found: Iterable[int]) -> list[Boxes]:
    """What is read of an only input: a box, unless a set in it is empty."""
    box = tuple(found)
    return [(box,) if all(box) else ()]


def _whole_along(*axes: Callable[[Any, int], Iterable[int]]) -> Rule:
    """Every number by itself, but for the axes that are read whole, by (layer, number of axes)."""

    def read(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
        x = inputs[0]
        mixed = {axis % len(x) for named in axes for axis in named(layer, len(x))}
        return _alone(whole(x[axis]) if axis in mixed else bits for axis, bits in enumerate(box))

    return read


def _met(box: Sequence[int], x: Sequence[int]) -> Box:
    """A box of what several inputs were broadcast to, as it lies in one of them."""
    own = box[len(box) - len(x) :]
    return tuple(int(bits != 0) if is_one(size) else bits for bits, size in zip(own, x, strict=True))


def _broadcast(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    return [(_met(box, x),) for x in inputs]


def _permuted(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axes = [axis % len(box) for axis in layer.dims]
    return _alone(box[axes.index(axis)] for axis in range(len(box)))


def _sliced(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis = layer.dim % len(box)
    places = range(inputs[0][axis])[layer.start : layer.stop : layer.step]
    found = bits_of((range(places[o], places[o] + 1) for o in members(box[axis])), inputs[0][axis])
    return _alone(_replaced(box, axis, found))


def _selected(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x = inputs[0]
    axis = layer.dim % len(x)
    return _alone((*box[:axis], 1 << layer.index % x[axis], *box[axis:]))


def _repeated(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x = inputs[0]
    own = zip(box[len(box) - len(x) :], x, strict=True)
    return _alone(bits_of((range(o % size, o % size + 1) for o in members(bits)), size) for bits, size in own)


def _rolled(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    for shift, axis in zip(layer.shifts, layer.dims, strict=True):
        size, bits = inputs[0][axis], box[axis]
        back = shift % size
        box = _replaced(box, axis % len(box), (bits >> back | bits << size - back) & whole(size))
    return [(box,)]


def _flipped(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    for axis in layer.dims:
        box = _replaced(box, axis % len(box), int(f"{box[axis]:0{inputs[0][axis]}b}"[::-1], 2))
    return [(box,)]


def _reduced(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x, reduced, left = inputs[0], layer.reduced(inputs[0]), iter(box)
    if layer.keepdim:
        return _alone(whole(x[axis]) if axis in reduced else bits for axis, bits in enumerate(box))
    return _alone(whole(size) if axis in reduced else next(left) for axis, size in enumerate(x))


def _joined(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis, begin, found = layer.dim % len(box), 0, []
    for x in inputs:
        mine = box[axis] >> begin & whole(x[axis])
        found += _alone(_replaced(box, axis, mine))
        begin += x[axis]
    return found


def _parted(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis = layer.dim % len(box)
    return _alone(_replaced(box, axis, box[axis] << sum(y[axis] for y in outputs[:port])))


def _gated(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis = layer.dim % len(box)
    return _alone(_replaced(box, axis, box[axis] | box[axis] << outputs[0][axis]))


def _by_letters(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    told = dict(zip(layer.result, box, strict=True))
    return [
        (tuple(told.get(letter, whole(size)) for letter, size in zip(word, x, strict=True)),)
        for word, x in zip(layer.operands, inputs, strict=True)
    ]


def _multiplied(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    *before, row, column = box
    x, y = inputs
    return [((*_met(before, x[:-2]), row, whole(x[-1])),), ((*_met(before, y[:-2]), whole(y[-2]), column),)]


def _attending(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    *before, rows, numbers = box
    q, k, v, *mask = inputs
    keys = whole(min(rows.bit_length(), k[-2])) if layer.is_causal else whole(k[-2])
    each = [(rows, whole(q[-1])), (keys, whole(k[-1])), (keys, numbers)]
    found: list[Boxes] = [((*_met(before, x[:-2]), *two),) for x, two in zip((q, k, v), each, strict=True)]
    return found + [(_met((*before, rows, keys), one),) for one in mask]


def _looked_up(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    if len(inputs) == 1:
        return [(box[:-1],)]
    x, places = inputs
    axis = layer.dim % len(x)
    end = axis + len(places)
    return [((*box[:axis], whole(x[axis]), *box[end:]),), (box[axis:end],)]


def _put(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    return [(box,), *((everything(x),) for x in inputs[1:])]


def _reshaped(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    """Axes whose sizes multiply to the same stay together; what is read within such a group is followed by place."""
    x, y = inputs[0], outputs[port]
    found = [1] * len(x)
    for mine, theirs in groups(x, y):
        sets, sizes = [box[axis] for axis in theirs], [y[axis] for axis in theirs]
        for axis, bits in zip(mine, _in_shape(sets, sizes, [x[axis] for axis in mine]), strict=True):
            found[axis] = bits
    return _alone(found if all(box) else [0])


def groups(x: Sequence[int], y: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Axes of two shapes of as many numbers, the fewest that multiply to the same; axes of size 1 left out.

    >>> list(groups((2, 3, 1, 4, 5), (2, 12, 5)))
    [([0], [0]), ([1, 3], [1]), ([4], [2])]
    """
    left = [[axis for axis, size in enumerate(shape) if size > 1] for shape in (x, y)]
    while any(left):
        mine, theirs = [left[0].pop(0)], [left[1].pop(0)]
        while (a := prod(x[axis] for axis in mine)) != (b := prod(y[axis] for axis in theirs)):
            (mine if a < b else theirs).append(left[0 if a < b else 1].pop(0))
        yield mine, theirs


def _in_shape(sets: list[int], sizes: list[int], shape: list[int]) -> list[int]:
    """A box of one shape as the smallest box of another one that holds it."""
    if sizes == shape:
        return sets
    count = prod(bits.bit_count() for bits in sets)
    if count > MOST_PLACES or count == prod(sizes):
        return list(map(whole, shape))
    places = [0]
    for bits, size in zip(sets, sizes, strict=True):
        places = [place * size + o for place in places for o in members(bits)]
    found = []
    for size in reversed(shape):
        found.append(bits_of((range(o, o + 1) for o in sorted({place % size for place in places})), size))
        places = [place // size for place in places]
    return found[::-1]


MOVES: dict[str, Rule] = {
    "AlongAxis": _whole_along(lambda layer, axes: (layer.along(axes),)),
    "Softmax2d": _whole_along(lambda layer, axes: (-3,)),
    "Activation": _whole_along(),
    "Function": _whole_along(),
    "Identity": _whole_along(),
    "Dropout": _whole_along(),
    "Linear": lambda layer, inputs, outputs, port, box: _alone((*box[:-1], whole(inputs[0][-1]))),
    "OverLastAxes": _whole_along(lambda layer, axes: range(-len(layer.normalized_shape), 0)),
    "Elementwise": _broadcast,
    "Expand": _broadcast,
    "Permute": _permuted,
    "Slice": _sliced,
    "Select": _selected,
    "Repeat": _repeated,
    "Roll": _rolled,
    "PixelShuffle": into_positions,
    "PixelUnshuffle": into_channels,
    "ChannelShuffle": among_channels,
    "Flip": _flipped,
    "Reduction": _reduced,
    "Concat": _joined,
    "Split": _parted,
    "Chunk": _parted,
    "GLU": _gated,
    "Einsum": _by_letters,
    "MatMul": _multiplied,
    "ScaledDotProductAttention": _attending,
    "Embedding": _looked_up,
    "Gather": _looked_up,
    "Scattering": _put,
    "Flatten": _reshaped,
    "Unflatten": _reshaped,
    "Reshape": _reshaped,
    "Squeeze": _reshaped,
    "Unsqueeze": _reshaped,
}
"""By family. All others read by windows."""
