"""What a layer reads that takes numbers as they are or moves them: along an axis, to another, into another shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..core.positions import bits_of, members
from ..core.size import is_one
from .shuffling import into_channels, into_positions

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
    if layer.met(0) is not None:
        return _met_along
    if layer.moved(0):
        return _laid
    if layer.lays_out_anew:
        return _reshaped
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


def _met_along(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    """Every number by itself, but for the axes that are read whole."""
    met = {axis % len(box) for axis in layer.met(len(box))}
    found: list[Boxes] = []
    for x in inputs:
        found += _alone(whole(x[axis]) if axis in met else bits for axis, bits in enumerate(_met(box, x)))
    return found


def _laid(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    """Every number by itself, from where it lay along the axes that are moved."""
    found: list[Boxes] = [(box,) for _ in inputs]
    for axis in {dim % len(box) for dim in layer.moved(len(box))}:
        read = [0] * len(inputs)
        for piece in layer.pieces(axis, port, *inputs):
            read[piece.place] |= piece.of(box[axis])
        found = [
            (_replaced(own[0], axis, bits),) if own and bits else () for own, bits in zip(found, read, strict=True)
        ]
    return found


def _met(box: Sequence[int], x: Sequence[int]) -> Box:
    """A box of what several inputs were broadcast to, as it lies in one of them."""
    own = box[len(box) - len(x) :]
    return tuple(int(bits != 0) if is_one(size) else bits for bits, size in zip(own, x, strict=True))


def _broadcast(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    return [(_met(box, x),) for x in inputs]


def _permuted(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axes = [axis % len(box) for axis in layer.dims]
    return _alone(box[axes.index(axis)] for axis in range(len(box)))


def _selected(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x = inputs[0]
    axis = layer.dim % len(x)
    return _alone((*box[:axis], 1 << layer.index % x[axis], *box[axis:]))


def _repeated(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x = inputs[0]
    own = zip(box[len(box) - len(x) :], x, strict=True)
    return _alone(bits_of((range(o % size, o % size + 1) for o in members(bits)), size) for bits, size in own)


def _reduced(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x, reduced, left = inputs[0], layer.reduced(inputs[0]), iter(box)
    if layer.keepdim:
        return _alone(whole(x[axis]) if axis in reduced else bits for axis, bits in enumerate(box))
    return _alone(whole(size) if axis in reduced else next(left) for axis, size in enumerate(x))


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
    x, indices = inputs
    axis = layer.dim % len(x)
    end = axis + len(indices)
    return [((*box[:axis], whole(x[axis]), *box[end:]),), (box[axis:end],)]


def _picked(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis = layer.dim % len(box)
    return [(_replaced(box, axis, whole(inputs[0][axis])),), (box,)]


def _sampled(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    x, grid = inputs
    return [((*box[:2], *map(whole, x[2:])),), ((box[0], *box[2:], whole(grid[-1])),)]


def _added_up(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    axis = layer.dim % len(box)
    size, bits = inputs[0][axis], box[axis]
    if layer.reverse:
        first = (bits & -bits).bit_length() - 1 + layer.exclusive
        return _alone(_replaced(box, axis, whole(size) >> first << first))
    return _alone(_replaced(box, axis, whole(bits.bit_length() - layer.exclusive)))


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
    positions = [0]
    for bits, size in zip(sets, sizes, strict=True):
        positions = [place * size + o for place in positions for o in members(bits)]
    found = []
    for size in reversed(shape):
        found.append(bits_of((range(o, o + 1) for o in sorted({place % size for place in positions})), size))
        positions = [place // size for place in positions]
    return found[::-1]


MOVES: dict[str, Rule] = {
    "Expand": _broadcast,
    "Permute": _permuted,
    "Select": _selected,
    "Repeat": _repeated,
    "PixelShuffle": into_positions,
    "PixelUnshuffle": into_channels,
    "Reduction": _reduced,
    "Einsum": _by_letters,
    "MatMul": _multiplied,
    "ScaledDotProductAttention": _attending,
    "Embedding": _looked_up,
    "Gather": _looked_up,
    "GatherElements": _picked,
    "GridSample": _sampled,
    "CumSum": _added_up,
    "Scattering": _put,
}
"""By family, of those for which `met` and `moved` do not say it. All others read by windows."""
