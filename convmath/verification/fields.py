"""Claimed receptive fields and positions beside the inputs reached: where and how the two are held together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.extent import Extent
from ..core.pattern import Pattern
from ..core.positions import members
from ..core.receptive_field import EMPTY, ReceptiveField
from ..layers.slice import Select
from ..report.reading import beyond
from .figures import Intervals
from .verdicts import AGREES, DIFFERS, WITHIN, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..numeric.arrays import Array
    from ..report.moves import Boxes
    from ..report.row import Row
    from ..report.sights import Sight

Interval = tuple[int, int]
"""The first and the last position, first > last for none."""


def moves_samples(layer: Layer, inputs: tuple[Shape, ...]) -> bool:
    """Whether an output's first sample may be another one's, so that nothing of the first input's need be reached.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.merge import Chunk
    >>> moves_samples(Chunk(2, 0), (Shape((2, 1, 5)),)), moves_samples(Chunk(2), (Shape((2, 2, 5)),))
    (True, False)
    """
    if not inputs:
        return False
    axes = len(inputs[0])
    return 0 in {axis % axes for axis in layer.moved(axes)} or (isinstance(layer, Select) and layer.dim % axes == 0)


class Spot(NamedTuple):
    """An output position, and what is claimed that it sees along each axis of the input.

    Where `exactly`, it is to be reached from its first to its last position, since it lies in the input (or is not what
    its taps span); elsewhere it is clipped, and no more is to be
    reached: its ends may be holes.
    """

    at: tuple[int, ...]
    most: tuple[Interval, ...]
    exactly: tuple[bool, ...]

    def agrees(self, found: Sequence[Interval], loosely: bool = False) -> bool:
        """Whether what is reached is what is claimed; `loosely` where less may be."""
        if any(last < first for first, last in found):
            return loosely or not all(self.exactly)
        return all(
            own == most if exactly and not loosely else most[0] <= own[0] and own[1] <= most[1]
            for own, most, exactly in zip(found, self.most, self.exactly, strict=True)
        )


def spot(rows: Sequence[Row], sight: Sight, output: Shape) -> Spot:
    """What an output of the last row is claimed to see, at the position nearest the middle whose field lies inside.

    Where none does, the middle's is clipped to the input, and padding that copies may come from anywhere. What is told
    as the whole axis is no interval.

    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> report = Sequential(Conv1d(1, 1, 5, padding=2)).analyze((1, 1, 9))
    >>> spot(report.rows, report.receptive_fields()["0"], report.rows[-1].outputs[0])
    Spot(at=(4,), most=((2, 6),), exactly=(True,))
    """
    sizes, inputs, fields = output.spatial, sight.origin.sizes, rows[-1].fields
    several = len(rows[-1].outputs) > 1 and any(isinstance(field, Extent) for field in fields)  # it is the first one's
    if not 0 < len(sizes) == len(inputs) == len(fields) or sight.axes or several:
        return Spot(tuple(n // 2 for n in sizes), tuple((0, n - 1) for n in inputs), (False,) * len(inputs))
    copied = any(row.layer is not None and beyond(row.layer) != "zeros" for row in rows)
    axes = zip(fields, sight.patterns, sizes, inputs, strict=True)
    return Spot(*zip(*(_along(*axis, copied) for axis in axes), strict=True))


def _along(field: Any, pattern: Any, outputs: int, inputs: int, copied: bool) -> tuple[int, Interval, bool]:
    if isinstance(field, Extent):
        seen = field.interval(outputs // 2)
        return outputs // 2, seen, field.exactly and seen != EMPTY
    told = isinstance(field, ReceptiveField)
    place = _inside(field, outputs, inputs) if told else None
    if place is not None:
        return place, field.interval(place), True
    if not told or copied:
        return outputs // 2, (0, inputs - 1), False
    first, last = field.interval(outputs // 2)
    clipped = max(first, 0), min(last, inputs - 1)
    spans = not isinstance(pattern, Pattern) or _spanned(pattern, outputs // 2) == (first, last)
    return outputs // 2, clipped if clipped[0] <= clipped[1] else EMPTY, not spans


def _spanned(pattern: Pattern, place: int) -> Interval:
    first, bits = pattern.at(place)
    return first, first + bits.bit_length() - 1


def lies_inside(row: Row, inputs: tuple[int, ...]) -> bool:
    """Whether at some position of a row's first output the field lies inside the input, along every axis."""
    outputs = row.outputs[0].spatial
    return (
        0 < len(outputs) == len(inputs) == len(row.fields)
        and not row.axes
        and all(
            isinstance(field, ReceptiveField) and _inside(field, o, i) is not None
            for field, o, i in zip(row.fields, outputs, inputs, strict=True)
        )
    )


def _inside(field: ReceptiveField, outputs: int, inputs: int) -> int | None:
    """The output position nearest the middle whose field lies inside the input."""
    for place in sorted(range(outputs), key=lambda o: abs(o - outputs // 2)):
        first, last = field.interval(place)
        if 0 <= first <= last < inputs:
            return place
    return None


def interval_line(what: str, where: Spot, found: Array, loosely: bool) -> Line:
    """The interval that is claimed at a place beside the outermost inputs that reach it."""
    read = bounds(found)
    within = WITHIN if where.agrees(read, loosely) else DIFFERS
    return Line(
        what,
        Intervals(where.most),
        read,
        AGREES if read == where.most else within,
        f"the outermost inputs that reach {said(where.at)}",
    )


def positions_line(what: str, at: tuple[int, ...], boxes: Boxes, found: Array, loosely: bool) -> Line:
    """The positions claimed to be read beside those that reach an output, one by one; the line counts them."""
    read: Any = found.any(axis=0)
    told = marked(boxes, read.shape)
    how = f"which inputs do so: {touched(found)}"
    if np.array_equal(read, told):
        return Line(what, int(told.sum()), int(read.sum()), AGREES, how)
    if loosely and not (read & ~told).any():
        return Line(what, int(told.sum()), int(read.sum()), WITHIN, how)
    other = tuple(map(int, np.argwhere(read != told)[0]))
    how = f"{how}; {other} is {'read' if read[other] else 'not read'}"
    return Line(what, int(told.sum()), int(read.sum()), DIFFERS, how)


def said(at: tuple[int, ...]) -> str:
    """An output position in words."""
    return f"output ({', '.join(map(str, at))})" if at else "the output"


def marked(boxes: Boxes, sizes: tuple[int, ...]) -> Array:
    """The positions of boxes as booleans.

    >>> marked(((0b101,),), (4,)).tolist()
    [True, False, True, False]
    """
    made = np.zeros(sizes, bool)
    for box in boxes:
        made[np.ix_(*(list(members(bits)) for bits in box))] = True
    return made


def bounds(reached: Array) -> Intervals:
    """The first and last position along each spatial axis of a boolean array (C, *spatial).

    >>> print(bounds(np.array([[False, True, False, True]])))
    1…3
    """
    anywhere = reached.any(axis=0)
    found: list[Interval] = []
    for axis in range(anywhere.ndim):
        other = tuple(rest for rest in range(anywhere.ndim) if rest != axis)
        positions = np.flatnonzero(anywhere.any(axis=other))
        found.append((int(positions[0]), int(positions[-1])) if len(positions) else (0, -1))
    return Intervals(found)


def touched(reached: Array) -> str:
    """How many positions are reached, and how many within their bounds are not.

    >>> touched(np.array([[True, False, True, False, True]]))
    '3 of 5 positions, 2 holes'
    """
    anywhere: Any = reached.any(axis=0)
    box = anywhere[tuple(slice(first, last + 1) for first, last in bounds(reached))]
    count, holes = int(box.sum()), int(box.size - box.sum())
    said = f", {holes:,} hole{'s' if holes > 1 else ''}" if holes else ""
    return f"{count:,} of {anywhere.size:,} positions{said}"
