"""Extents: where no one interval moves along, what each position sees of the origin, position by position.

The pass over a network carries one interval for an axis. It is lost where paths of different jump meet, where what is
seen repeats after too many positions, and where positions are moved about: there a layer is told to see the whole
axis. Here sets of positions are carried instead, borders and holes and all, from the origin to those layers.
"""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from ..core.extent import Extent
from ..core.positions import gaps, lowest, members
from ..core.receptive_field import EMPTY, Untold
from ..core.size import are_numbers, is_one
from ..layers.composite import Composite
from .moves import everything, rule_of, whole
from .reading import beyond, image, projection, read
from .touched import is_exact, reshapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any

    from ..core.receptive_field import Seen
    from ..core.shape import Shape
    from ..layers.base import Layer
    from .moves import Box, Boxes
    from .row import Row
    from .turning import Origin

MOST_NUMBERS = 1 << 23
"""Positions of an axis of the origin, squared: of a longer one it is told that at most the whole of it is seen."""

MOST_POSITIONS = 1 << 12
"""Of a longer axis that positions are moved to, it is not told what each of them sees."""

MOST_POINTS = 1 << 11
"""Positions that are looked at one by one where a layer mixes axes."""

NOWHERE = -1
"""The axis of what all positions see alike."""


class Carried(NamedTuple):
    """What is seen of one axis of the origin by the positions along one axis of a value: bits, one set for each."""

    axis: int
    sets: tuple[int, ...]
    exactly: bool = True
    """Whether a position sees just that wherever it lies along the other axes; else it sees no more."""

    @property
    def union(self) -> int:
        """What any position sees."""
        return reduce(or_, self.sets, 0)

    def by(self, boxes: Boxes) -> int:
        """What the numbers in boxes of the value see."""
        if not boxes:
            return 0
        if self.axis == NOWHERE:
            return self.sets[0]
        bits = projection(boxes)[self.axis]
        if bits == whole(len(self.sets)):
            return self.union
        return reduce(or_, [self.sets[place] for place in members(bits)], 0)


class Step:
    """A layer, one of its outputs, and what that output reads of each input."""

    def __init__(self, layer: Layer, inputs: tuple[Shape, ...], port: int, output: Shape) -> None:
        self.layer, self.inputs, self.port, self.output = layer, inputs, port, output
        self._read: dict[Box, list[Boxes]] = {}
        self._along: dict[tuple[int, int], tuple[tuple[int, ...], ...] | None] = {}

    def read(self, box: Box) -> list[Boxes]:
        """What a box of the output reads of every input."""
        if box not in self._read:
            self._read[box] = read(self.layer, self.inputs, self.port, (box,))
        return self._read[box]

    def along(self, place: int, axis: int) -> tuple[tuple[int, ...], ...] | None:
        """For every position along an axis those that it reads of the same axis of an input; None if boxes tell it."""
        if (place, axis) not in self._along:
            self._along[place, axis] = self._by_windows(place, axis)
        return self._along[place, axis]

    def _by_windows(self, place: int, axis: int) -> tuple[tuple[int, ...], ...] | None:
        x, y, layer = self.inputs[place], self.output, self.layer
        if axis < 2 or len(x) != len(y) or isinstance(layer, Composite):
            return None
        reaches = [stage[axis - 2] for stage in layer.stages_of(place, *self.inputs) if stage]
        spread = len(self.inputs) > 1 and is_one(x[axis]) and not is_one(y[axis])
        if spread or any(isinstance(reach, Untold) for reach in reaches):
            return None
        if not reaches:
            return tuple((position,) for position in range(y[axis]))
        border, found = beyond(layer), [1 << position for position in range(y[axis])]
        for reach in reversed(reaches):
            found = [image(reach, bits, x[axis], border) for bits in found]
        return tuple(tuple(members(bits)) for bits in found)

    def line(self, axis: int, position: int) -> Box:
        """All numbers at a position along an axis; all numbers of the output for NOWHERE."""
        bits = (1 << position if place == axis else whole(size) for place, size in enumerate(self.output))
        return tuple(bits)

    def point(self, axis: int, position: int) -> Box:
        """Those of them in the middle of the other axes; of channels all, unless places lie where samples do."""
        return tuple(
            1 << position if place == axis else whole(size) if place == 1 and axis else 1 << size // 2
            for place, size in enumerate(self.output)
        )

    def axes(self, paths: Sequence[tuple[int, Carried]]) -> list[int]:
        """Along which axes of the output positions may see differently: those of the inputs, or where they move to."""
        if rule_of(self.layer) is None:
            found = {path.axis for _, path in paths if path.axis != NOWHERE}
        else:
            found = set(range(len(self.output)))
        return [axis for axis in sorted(found) if axis < len(self.output) and 1 < self.output[axis] <= MOST_POSITIONS]

    def seen(self, paths: Sequence[tuple[int, Carried]], box: Box) -> int:
        """What a box of the output sees by all paths."""
        found = self.read(box)
        return reduce(or_, [path.by(found[place]) for place, path in paths], 0)

    def alike(self, paths: Sequence[tuple[int, Carried]]) -> Carried | None:
        """What all positions of the output see alike, if that is plain: one path's, or one that sees all there is."""
        sees = reduce(or_, [path.union for _, path in paths], 0)
        for place, path in paths:
            if path.axis == NOWHERE and (len(paths) == 1 or (path.sets == (sees,) and path.exactly)):
                found = self.read(self.point(NOWHERE, 0))[place]
                if found:  # of pieces that are put side by side each position reads one
                    return path._replace(exactly=path.exactly or found == (everything(self.inputs[place]),))
        return None

    def sets(self, paths: Sequence[tuple[int, Carried]], axis: int) -> tuple[int, ...]:
        """What every position along an axis of the output sees by all paths; what all see for NOWHERE."""
        if axis == NOWHERE:
            return (self.seen(paths, self.line(axis, 0)),)
        read = [self.along(place, axis) if path.axis in {axis, NOWHERE} else None for place, path in paths]
        if None in read:
            return tuple(self.seen(paths, self.line(axis, place)) for place in range(self.output[axis]))
        found = [0] * self.output[axis]
        for (_, path), positions in zip(paths, read, strict=True):
            for place, seen in enumerate(positions or ()):
                for one in seen:
                    found[place] |= path.sets[one if path.axis != NOWHERE else 0]
        return tuple(found)

    def is_exact(self, paths: Sequence[tuple[int, Carried]], axis: int, position: int) -> bool:
        """Whether the position sees just what is carried to it, wherever it lies along the other axes.

        Of an input of which it reads everything, the union is right in any case.
        """
        line, point = self.line(axis, position), self.point(axis, position)
        found = self.read(point)
        return (
            is_exact(self.layer, (line,), self.read(line))
            and all(path.exactly or found[place] == (everything(self.inputs[place]),) for place, path in paths)
            and self.seen(paths, line) == self.seen(paths, point)
            and (not reshapes(self.layer) or self._is_exact_everywhere(paths, axis))
        )

    def _is_exact_everywhere(self, paths: Sequence[tuple[int, Carried]], axis: int) -> bool:
        """The same of every position, one by one, since axes are mixed; not told of many."""
        kept = [place for place in range(len(self.output)) if place != 1 or axis in {0, 1}]
        if prod(self.output[place] for place in kept) > MOST_POINTS:
            return False
        sets = self.sets(paths, axis)
        for point in product(*(range(self.output[place]) for place in kept)):
            at = dict(zip(kept, point, strict=True))
            box = tuple(1 << at[place] if place in at else whole(size) for place, size in enumerate(self.output))
            if self.seen(paths, box) != sets[at[axis] if axis != NOWHERE else 0]:
                return False
        return True


def onward(step: Step, paths: Sequence[tuple[int, Carried]]) -> Carried:
    """What is carried behind a layer, along that axis of its output by which it is told most closely."""
    everywhere = step.line(NOWHERE, 0)
    if not all(everywhere):
        return Carried(NOWHERE, (0,))
    alike = step.alike(paths)
    if alike is not None:
        return alike
    of_all, here = step.seen(paths, everywhere), {path.axis for _, path in paths}

    def width(axis: int) -> tuple[int, bool]:
        """How many positions a first and a middle position see; of axes that are alike, one that is so already."""
        asked = (0, step.output[axis] // 2)
        return sum(step.seen(paths, step.line(axis, place)).bit_count() for place in asked), axis not in here

    best = min(step.axes(paths), key=width, default=NOWHERE)
    sets = step.sets(paths, best)
    if set(sets) == {of_all}:
        best, sets = NOWHERE, (of_all,)
    return Carried(best, sets, step.is_exact(paths, best, len(sets) // 2))


def carried(
    rows: Sequence[Row],
    known: Mapping[str, tuple[Seen, ...]],
    origin: Origin,
    reading: Callable[[Row], Layer | None],
    left_out: AbstractSet[tuple[str, int]],
) -> Iterator[tuple[str, tuple[Carried, ...]]]:
    """What the first output of every layer that sees the origin sees along each of its axes."""
    own = (Carried(axis, tuple(1 << place for place in range(origin.shape[axis]))) for axis in origin.axes)
    values = {(origin.name, 0): tuple(own)}
    last = {value: row.name for row in rows for value in zip(row.reads, row.ports, strict=True)}
    steps: dict[Any, Step] = {}
    for row in rows:
        sources = list(enumerate(zip(row.reads, row.ports, strict=True)))
        paths = [(place, values[source]) for place, source in sources if source in values]
        counted = [path for path in paths if (row.name, path[0]) not in left_out]
        layer = reading(row)
        for port, output in enumerate(row.outputs if counted and row.name != origin.name else ()):
            if layer is None:
                values[row.name, port] = counted[0][1]
                continue
            key = layer.key, row.inputs, port
            if key not in steps:
                steps[key] = Step(layer, row.inputs, port, output)
            values[row.name, port] = tuple(
                onward(steps[key], [(place, path[number]) for place, path in counted])
                if known[row.name][number] is not None
                else Carried(NOWHERE, (whole(size),))
                for number, size in enumerate(origin.sizes)
            )
        if (row.name, 0) in values and row.name != origin.name:
            yield row.name, values[row.name, 0]
        for _, source in sources:
            if last[source] == row.name:
                values.pop(source, None)


class Found(NamedTuple):
    """What a layer sees of each axis of the origin, and along which axis of its output that moves."""

    fields: tuple[Seen, ...]
    places: tuple[int, ...]


def extents(
    rows: Sequence[Row],
    known: Mapping[str, tuple[Seen, ...]],
    origin: Origin,
    reading: Callable[[Row], Layer | None] = lambda row: row.layer,
    left_out: AbstractSet[tuple[str, int]] = frozenset(),
) -> dict[str, Found]:
    """For the layers of which a field is not told, of which `known` has all, what each position sees, borders and all.

    `reading` says what a layer is taken for, None for one that hands on what it reads; `left_out` are the (layer, which
    of its inputs) that do not count. Nothing is found where sizes are symbols.

    >>> import convmath as cm
    >>> net = cm.Sequential(cm.Conv1d(1, 1, 3), cm.Flip(2), cm.Conv1d(1, 1, 2))
    >>> net.analyze((1, 1, 7)).rows[-1].fields
    (Extent(low=(3, 2, 1, 0), high=(6, 5, 4, 3), holes=0, exactly=True),)
    """
    asked = {name for name, fields in known.items() if any(isinstance(field, Untold) for field in fields)}
    shapes = (shape for row in rows for shape in (*row.inputs, *row.outputs))
    if not all(are_numbers(*shape) for shape in shapes):
        return {}
    if any(size * size > MOST_NUMBERS for size in origin.sizes):
        whole_axes = tuple(Extent((0,), (size - 1,), 0, exactly=False) for size in origin.sizes)
        return {name: _found(known[name], whole_axes, ()) for name in asked}
    end = max(place for place, row in enumerate(rows) if row.name in asked)
    found = {}
    for name, each in carried(rows[: end + 1], known, origin, reading, left_out):
        if name in asked:
            told = tuple(extent(one, size) for one, size in zip(each, origin.sizes, strict=True))
            found[name] = _found(known[name], told, tuple(one.axis for one in each))
    return found


def _found(known: tuple[Seen, ...], told: tuple[Seen, ...], axes: tuple[int, ...]) -> Found:
    """What is known, and where it is not what is told; of what all positions see alike the place is the usual one."""
    usual = tuple(range(2, len(known) + 2))
    fields = tuple(b if isinstance(a, Untold) else a for a, b in zip(known, told, strict=True))
    places = tuple(
        axis if isinstance(a, Untold) and axis != NOWHERE else own
        for a, axis, own in zip(known, axes or usual, usual, strict=True)
    )
    return Found(fields, () if places == usual else places)


def extent(found: Carried, size: int) -> Seen:
    """What is carried to a layer, as what it sees of an axis of so many positions; None for the whole of it.

    >>> extent(Carried(2, (0b11, 0b101, 0b100)), 4)
    Extent(low=(0, 0, 2), high=(1, 2, 2), holes=1, exactly=True)
    """
    if found.exactly and set(found.sets) == {whole(size)}:
        return None
    ends = [(lowest(bits), bits.bit_length() - 1) if bits else EMPTY for bits in found.sets]
    holes = max(gaps(bits).bit_count() for bits in found.sets)
    return Extent(tuple(low for low, _ in ends), tuple(high for _, high in ends), holes, found.exactly)
