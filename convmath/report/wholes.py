"""Wholes: where what is told to see the whole of an axis does so, though strides before it may leave positions out.

A global operator sees all of the map that it reads; that is the whole axis of the origin if every layer on the way
reads each position of its own input. Where one does not, positions are told one by one (`extents`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import UNTOLD
from ..layers.axes import Permute
from ..layers.composite import Composite
from ..layers.shuffle import PixelUnshuffle
from .moves import everything, rule_of, whole
from .reading import beyond, image, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from ..core.receptive_field import Seen
    from ..core.shape import Shape
    from ..layers.base import Layer
    from .row import Row
    from .turning import Origin

    Flags = tuple[bool, ...]
    """For each spatial axis of the origin."""


def doubted(
    rows: Sequence[Row],
    known: Mapping[str, tuple[Seen, ...]],
    origin: Origin,
    reading: Callable[[Row], Layer | None],
    left_out: AbstractSet[tuple[str, int]],
) -> dict[str, tuple[Seen, ...]]:
    """The same fields, UNTOLD where the whole of an axis is said to be seen and may not be; numbers only.

    >>> import convmath as cm
    >>> from convmath.report.turning import seen_as
    >>> rows = cm.Sequential(cm.Conv1d(1, 1, 1, 2), cm.GlobalAvgPool()).analyze((1, 1, 9)).rows
    >>> origin, known = seen_as(rows, "input", rows[0].inputs[0]), {row.name: row.seen for row in rows}
    >>> doubted(rows, known, origin, lambda row: row.layer, frozenset())["1"]
    (<Untold.UNTOLD: 'untold'>,)
    """
    every = (True,) * len(origin.axes)
    covered: dict[str, Flags] = {origin.name: every}
    """Of what all positions of a value see together, in each channel: whether that is the whole axis."""
    sure: dict[str, Flags] = {origin.name: every}
    """Of what is told to see the whole axis: whether each position does."""
    found = dict(known)
    for row in rows:
        sources = [(n, name) for n, name in enumerate(row.reads) if name in covered and (row.name, n) not in left_out]
        if row.name == origin.name or row.name not in known or not sources:
            continue
        layer = reading(row)
        merges = layer is not None and layer.met(0) is not None and len(row.reads) > 1
        several = any if merges else all
        reads = {n: layer is None or _covers(layer, n, row.inputs, row.outputs[0]) for n, _ in sources}
        flags, certain = [], []
        for axis in range(len(every)):
            flags.append(several(reads[n] and covered[name][axis] for n, name in sources))
            made = []
            for n, name in sources:
                if name in known and known[name][axis] is None:
                    made.append(sure[name][axis])
                else:
                    made.append(covered[name][axis] and layer is not None and _takes_all(layer, n, row.inputs, axis))
            certain.append(several(made))
        covered[row.name], sure[row.name] = tuple(flags), tuple(certain)
        pairs = zip(known[row.name], certain, strict=True)
        found[row.name] = tuple(UNTOLD if field is None and not is_sure else field for field, is_sure in pairs)
    return found


def _covers(layer: Layer, place: int, inputs: tuple[Shape, ...], y: Shape) -> bool:
    """Whether some position of an output reads each position of an input, in every channel by itself."""
    x = inputs[place]
    if isinstance(layer, Composite):
        return all(_covers(part, 0, own, made[0]) for _, part, own, made in layer.steps(inputs))
    if layer.met(0) is not None or isinstance(layer, Permute):
        return True
    if layer.lays_out_anew:
        return len(y) <= 2 or x[1] == y[1]
    if layer.moved(0):
        return all(axis == 1 or _laid_whole(layer, axis, place, inputs) for axis in layer.moved(len(x)))
    stages = layer.stages_of(place, *inputs)
    if rule_of(layer) is not None or len(stages) > 1 or len(x) != len(y):
        return not isinstance(layer, PixelUnshuffle) and read(layer, inputs, 0, (everything(y),))[place] == (
            everything(x),
        )
    reaches = zip(*stages, x.spatial, y.spatial, strict=True) if stages else ()
    return all(image(reach, whole(o), i, beyond(layer)) == whole(i) for reach, i, o in reaches)


def _takes_all(layer: Layer, place: int, inputs: tuple[Shape, ...], axis: int) -> bool:
    """Whether every position of the output reads the whole of a spatial axis of an input."""
    return any(stage and axis < len(stage) and stage[axis] is None for stage in layer.stages_of(place, *inputs))


def _laid_whole(layer: Layer, axis: int, place: int, inputs: tuple[Shape, ...]) -> bool:
    x, laid = inputs[place], 0
    for piece in layer.pieces(axis % len(x), 0, *inputs):
        laid |= piece.of(whole(len(piece.made) and max(piece.made) + 1)) if piece.place == place else 0
    return laid == whole(x[axis])
