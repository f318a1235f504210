"""Stepping: what the positions of a layer's output see of an axis of an origin, by what those of its inputs do."""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from ..core.positions import members
from ..core.receptive_field import Untold
from ..core.size import is_one
from ..layers.composite import Composite
from .moves import everything, rule_of, whole
from .reading import beyond, image, projection, read
from .touched import is_exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from .moves import Box, Boxes

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


class Path(NamedTuple):
    """One of the inputs of a layer, or some of its channels, and what those see of one axis of the origin."""

    place: int
    channels: int
    carried: Carried

    def of(self, boxes: Boxes) -> Boxes:
        """The boxes that lie in these channels, as far as they do."""
        if not boxes or len(boxes[0]) < 2:
            return boxes
        inside = ((one, two & self.channels, *rest) for one, two, *rest in boxes)
        return tuple(box for box in inside if box[1])

    def sees(self, boxes: Boxes) -> int:
        """What boxes of the input see by these channels."""
        return self.carried.by(self.of(boxes))


class Step:
    """A layer, channels of one of its outputs, and what those read of each input."""

    def __init__(self, layer: Layer, inputs: tuple[Shape, ...], port: int, output: Shape, channels: int) -> None:
        self.layer, self.inputs, self.port, self.output = layer, inputs, port, output
        self.all = tuple(channels if axis == 1 else whole(size) for axis, size in enumerate(output))
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
        return tuple(1 << position if place == axis else bits for place, bits in enumerate(self.all))

    def point(self, axis: int, position: int) -> Box:
        """Those of them in the middle of the other axes; of channels all, unless positions lie where samples do."""
        return tuple(
            1 << position if place == axis else self.all[1] if place == 1 and axis else 1 << size // 2
            for place, size in enumerate(self.output)
        )

    def axes(self, paths: Sequence[Path]) -> list[int]:
        """Along which axes of the output positions may see differently: those of the inputs, or where they move to."""
        if rule_of(self.layer) is None or self.layer.met(0) is not None:
            found = {path.carried.axis for path in paths if path.carried.axis != NOWHERE}
        else:
            found = set(range(len(self.output)))
        return [axis for axis in sorted(found) if axis < len(self.output) and 1 < self.output[axis] <= MOST_POSITIONS]

    def seen(self, paths: Sequence[Path], box: Box) -> int:
        """What a box of the output sees by all paths."""
        found = self.read(box)
        return reduce(or_, [path.sees(found[path.place]) for path in paths], 0)

    def alike(self, paths: Sequence[Path]) -> Carried | None:
        """What all positions of the output see alike, if that is plain: one path's, or one that sees all there is."""
        sees = reduce(or_, [path.carried.union for path in paths], 0)
        if len(paths) > 1 and self._laid():
            return None  # of pieces that are put side by side each position reads one
        for path in paths:
            own = path.carried
            if own.axis == NOWHERE and (len(paths) == 1 or (own.sets == (sees,) and own.exactly)):
                found = path.of(self.read(self.point(NOWHERE, 0))[path.place])
                if found:
                    return own._replace(exactly=own.exactly or self._is_all(path, found))
        return None

    def _is_all(self, path: Path, found: Boxes) -> bool:
        """Whether these boxes are all there is of what a path reads."""
        return found == path.of((everything(self.inputs[path.place]),))

    def sets(self, paths: Sequence[Path], axis: int) -> tuple[int, ...]:
        """What every position along an axis of the output sees by all paths; what all see for NOWHERE."""
        if axis == NOWHERE:
            return (self.seen(paths, self.line(axis, 0)),)
        here = {axis, NOWHERE}
        read = [self.along(path.place, axis) if path.carried.axis in here else None for path in paths]
        if None in read:
            return tuple(self.seen(paths, self.line(axis, place)) for place in range(self.output[axis]))
        found = [0] * self.output[axis]
        for path, positions in zip(paths, read, strict=True):
            for place, seen in enumerate(positions or ()):
                for one in seen:
                    found[place] |= path.carried.sets[one if path.carried.axis != NOWHERE else 0]
        return tuple(found)

    def is_exact(self, paths: Sequence[Path], axis: int, position: int) -> bool:
        """Whether the position sees just what is carried to it, wherever it lies along the other axes.

        Of an input of which it reads everything, the union is right in any case.
        """
        for place, point in self._probes(axis, position):
            line, found = self.line(axis, place), self.read(point)
            exactly = is_exact(self.layer, (line,), self.read(line)) and all(
                path.carried.exactly or self._is_all(path, path.of(found[path.place])) for path in paths
            )
            if not exactly or self.seen(paths, line) != self.seen(paths, point):
                return False
        return not self.layer.lays_out_anew or self._is_exact_everywhere(paths, axis)

    def _laid(self) -> set[int]:
        """The axes, but for channels, along which pieces are put side by side."""
        return {axis % len(self.output) for axis in self.layer.moved(len(self.output))} - {1}

    def _probes(self, axis: int, position: int) -> list[tuple[int, Box]]:
        """A position along an axis and a point there; of pieces side by side, one in what each input is laid into."""
        found = [(position, self.point(axis, position))]
        for other in self._laid():
            runs = {
                piece.place: piece.made for piece in self.layer.pieces(other, self.port, *self.inputs) if piece.made
            }
            middles = [made[len(made) // 2] for made in runs.values()] if len(runs) > 1 else []
            found = [
                (middle if other == axis else place, (*point[:other], 1 << middle, *point[other + 1 :]))
                for place, point in found
                for middle in middles
            ] or found
        return found

    def _is_exact_everywhere(self, paths: Sequence[Path], axis: int) -> bool:
        """The same of every position, one by one, since axes are mixed; not told of many."""
        kept = [place for place in range(len(self.output)) if place != 1 or axis in {0, 1}]
        if prod(self.output[place] for place in kept) > MOST_POINTS:
            return False
        sets = self.sets(paths, axis)
        for point in product(*(range(self.output[place]) for place in kept)):
            at = dict(zip(kept, point, strict=True))
            box = tuple(1 << at[place] if place in at else bits for place, bits in enumerate(self.all))
            if self.seen(paths, box) != sets[at[axis] if axis != NOWHERE else 0]:
                return False
        return True


def onward(step: Step, paths: Sequence[Path]) -> Carried:
    """What is carried behind a layer, along that axis of its output by which it is told most closely."""
    everywhere = step.line(NOWHERE, 0)
    if not all(everywhere):
        return Carried(NOWHERE, (0,))
    alike = step.alike(paths)
    if alike is not None:
        return alike
    of_all, here = step.seen(paths, everywhere), {path.carried.axis for path in paths}

    def width(axis: int) -> tuple[int, bool]:
        """How many positions a first and a middle position see; of axes that are alike, one that is so already."""
        positions = list(members(step.all[axis]))
        asked = (positions[0], positions[len(positions) // 2])
        return sum(step.seen(paths, step.line(axis, place)).bit_count() for place in asked), axis not in here

    best = min(step.axes(paths), key=width, default=NOWHERE)
    sets = step.sets(paths, best)
    if set(sets) == {of_all}:
        best, sets = NOWHERE, (of_all,)
    return Carried(best, sets, step.is_exact(paths, best, len(sets) // 2))
