"""Touched: exactly which positions of an input one position of a layer depends on, worked out without arrays."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ParameterError, ShapeError, show
from ..core.positions import LONGEST_AXIS, blocks, every_way, gaps, lowest
from ..core.shape import by_axis
from ..core.size import are_numbers
from .moves import whole
from .reading import projection, read, united
from .sights import goes_by_position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.positions import Block
    from ..core.shape import Shape
    from ..layers.base import Layer
    from .moves import Box, Boxes
    from .sights import Sight, Sights


class Touched(NamedTuple):
    """The positions of `origin` that position `at` of a layer reads by any path: the union of `boxes`.

    In a box every axis has a set of positions; each of its bits is one. All channels of a position count as read.
    """

    name: str
    origin: str
    at: tuple[int, ...]
    sizes: tuple[int, ...]
    """The origin's, along every spatial axis."""
    boxes: Boxes
    exactly: bool = True
    """Whether just these are read; else at most these: a layer on the way may read any, or is told as a whole axis."""

    @property
    def axes(self) -> Box:
        """The set along every axis by itself, as bits; no bits where nothing is read."""
        return projection(self.boxes) if self.boxes else (0,) * len(self.sizes)

    @property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """The first and last position along every axis; (0, -1) where nothing is read."""
        return tuple((lowest(bits), bits.bit_length() - 1) if bits else (0, -1) for bits in self.axes)

    @property
    def blocks(self) -> tuple[tuple[Block, ...], ...]:
        """The positions along every axis, as runs that recur."""
        return tuple(map(blocks, self.axes))

    @property
    def holes(self) -> tuple[tuple[Block, ...], ...]:
        """The positions along every axis between the first and the last that are not read."""
        return tuple(blocks(gaps(bits)) for bits in self.axes)

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Of every axis, the share of its positions that is read."""
        return tuple(
            Fraction(bits.bit_count(), size) if size else Fraction(0)
            for bits, size in zip(self.axes, self.sizes, strict=True)
        )

    @property
    def total(self) -> int:
        """How many positions are read in all, of `prod(sizes)`.

        >>> Touched("sum", "input", (1, 1), (3, 3), ((0b111, 0b010), (0b010, 0b111))).total  # a cross
        5
        """
        return _volume(self.boxes)

    def __str__(self) -> str:
        return " x ".join(say(found) for found in self.blocks)


def say(found: tuple[Block, ...], most: int = 6) -> str:
    """Blocks as text, the first few of many.

    >>> say(blocks(0b11011)), say(())
    ('0–1, 3–4', 'none')
    """
    more = f", and {len(found) - most} more runs" if len(found) > most else ""
    return ", ".join(map(str, found[:most])) + more if found else "none"


def _volume(boxes: Boxes) -> int:
    if not boxes:
        return 0
    if not boxes[0]:
        return 1
    parts = every_way(box[0] for box in boxes)
    return sum(part.bit_count() * _volume(tuple(box[1:] for box in boxes if box[0] & part)) for part in parts)


def touched(sights: Sights, sight: Sight, at: Sequence[int] | None) -> Touched:
    """What the position `at` of a layer reads; see Sights.touched."""
    report, origin = sights.report, sights.origin
    _check_sizes(report.title, [shape for row in report.rows for shape in (*row.inputs, *row.outputs)])
    place = _position(sight, at)
    marked: dict[tuple[str, int], list[Box]] = {(sight.name, 0): [box_at(sight.output, place)]}
    exactly = True
    for row in reversed(report.rows):
        if row.name == origin:
            break
        for port in range(len(row.outputs)):
            asked = marked.pop((row.name, port), None)
            if asked is None or row.layer is None:
                continue
            mine = united(asked)
            by_position = sights.ignore_global and goes_by_position(row)
            found = [mine] if by_position else read(row.layer, row.inputs, port, mine)
            exactly = exactly and is_exact(row.layer, mine, found)
            for number, part in enumerate(found):
                if (row.name, number) not in sights.left_out:
                    marked.setdefault((row.reads[number], row.ports[number]), []).extend(part)
    reached = [box for (name, _), boxes in marked.items() if name == origin for box in boxes]
    boxes = in_space(reached, sights.seen.axes)
    return Touched(sight.name, origin, place, sights.seen.sizes, boxes, exactly)


def is_exact(layer: Layer, boxes: Boxes, found: Sequence[Boxes]) -> bool:
    """Whether a layer reads just the boxes that are found for those of its output, and no fewer.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.reshape import Flatten
    >>> layer, x = Flatten(2), (Shape((1, 1, 3, 5)),)
    >>> [is_exact(layer, (box,), read(layer, x, 0, (box,))) for box in ((1, 1, 0b11), (1, 1, 0b110000))]
    [True, False]
    """
    if layer.lays_out_anew:
        return _numbers(boxes) == _numbers(found[0])
    return not layer.is_open


def _numbers(boxes: Boxes) -> int:
    return sum(prod(bits.bit_count() for bits in box) for box in boxes)


def box_at(x: Shape, place: Sequence[int]) -> Box:
    """The first sample's numbers at a position, in all channels.

    >>> from convmath.core.shape import Shape
    >>> box_at(Shape((4, 3, 9)), (5,))
    (1, 7, 32)
    """
    return (1, *map(whole, x[1:2]), *(1 << o for o in place))[: len(x)]


def in_space(boxes: Iterable[Box], axes: Sequence[int] | None = None) -> Boxes:
    """The positions along spatial axes, all from the third on unless told, that boxes hold of the first sample."""
    first = [box for box in boxes if box[0] & 1]
    return united(box[2:] if axes is None else tuple(box[axis] for axis in axes) for box in first)


def _check_sizes(title: str, shapes: list[Shape]) -> None:
    for shape in shapes:
        if not are_numbers(*shape):
            raise ParameterError(f"{title}: only numbers have positions, and the sizes have symbols (give them values)")
        if any(size > LONGEST_AXIS for size in shape):
            raise ParameterError(
                f"{title}: an axis of {max(shape)} positions is too long to tell them apart"
                f" (use one of at most {LONGEST_AXIS})"
            )


def _position(sight: Sight, at: Sequence[int] | None) -> tuple[int, ...]:
    sizes = sight.output.spatial
    if at is None and prod(sizes):
        return tuple(size // 2 for size in sizes)
    inside = isinstance(at, tuple | list) and len(at) == len(sizes)
    if not inside or not all(type(o) is int and 0 <= o < size for o, size in zip(at or (), sizes, strict=True)):
        raise ShapeError(
            f"{sight.name}: {show(at)} is no position of its output, which has {by_axis(sizes) or 'none'}"
            " (give one number for each axis, counted from 0)"
        )
    return tuple(at or ())
