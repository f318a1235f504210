"""Carrying: what each value of a network sees of an origin, from layer to layer; one pass for analyses and sights."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import joined, see
from ..layers.base import Layer
from .meeting import all_aligned, arrive, arriving, clashes_of, meet
from .turning import Turned, followed, turns_axes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from ..core.receptive_field import Stage
    from ..core.shape import Shape
    from .lanes import Asked
    from .meeting import Clash
    from .row import Row
    from .turning import Origin

    Fields = tuple[Any, ...]
    """Of each spatial axis of the origin what is known, be it a field or a pattern; () sees nothing of it."""

    Lanes = tuple[tuple[int, Fields], ...]
    """Channels as bits, and what they see: a part of all channels each."""

    Ref = tuple[Hashable, int]
    """A value: by whom it is made, and as which of the outputs."""

    Look = tuple[Fields, bool | None, Sequence[Sequence[Fields]]]
    """What an output sees; whether its paths keep one centre; what is seen by each path, and then in every lane."""


class Carrier:
    """What the values of a network see, asked layer by layer, in order.

    A value whose channels see differently, and of which a layer takes some alone, has lanes; by itself it is told to
    see what any of its channels does. `kept` leaves out paths where several meet.
    """

    def __init__(
        self,
        name: Hashable,
        start: Turned,
        apart: AbstractSet[Hashable] = frozenset(),
        kept: Callable[[list[Fields]], list[Fields]] | None = None,
    ) -> None:
        self.apart, self.kept = apart, kept
        self.seen: dict[Hashable, Fields] = {name: start.fields}
        self.turns: dict[Hashable, Turned] = {} if start.is_back else {name: start}
        self.lanes: dict[Ref, Lanes] = {}

    def look(
        self,
        name: Hashable,
        layer: Layer | None,
        inputs: tuple[Shape, ...],
        outputs: tuple[Shape, ...],
        refs: Sequence[Ref],
        stages: Iterable[Stage],
    ) -> Look:
        """What the first output of the next layer sees; None hands on what it reads. `stages` are of its only input."""
        paths = [self._whole(ref) for ref in refs] if self.lanes else [self.seen.get(source, ()) for source, _ in refs]
        if self.turns or (layer is not None and turns_axes(layer)):
            turned = self._turned(name, layer, inputs, outputs[0], refs, paths)
            if turned is not None:
                return turned
        if len(paths) == 1:
            (fields,) = paths
            for stage in stages:
                fields = see(fields, stage)
            found: Look = fields, True, ((fields,),)
        else:
            paths = self._counted(arriving(layer, inputs, outputs[0], paths))
            found = (*meet(paths), (paths,))
        if (self.apart and name in self.apart and len(refs) > 1) or (
            self.lanes and any(ref in self.lanes for ref in refs)
        ):
            found = self._by_lanes(name, layer, inputs, outputs, refs, found)
        self.seen[name] = found[0]
        return found

    def _turned(
        self,
        name: Hashable,
        layer: Layer | None,
        inputs: tuple[Shape, ...],
        output: Shape,
        refs: Sequence[Ref],
        paths: list[Fields],
    ) -> Look | None:
        """The same where an axis lies elsewhere before or behind the layer; None where none does."""
        counted = self._counted(paths)
        turn = followed(layer, inputs, output, counted, [self.turns.get(source) for source, _ in refs])
        if turn is None:
            return None
        self.seen[name] = turn.fields
        if not turn.is_back:
            self.turns[name] = turn
        return turn.fields, turn.aligned, (counted,)

    def _counted(self, paths: list[Fields]) -> list[Fields]:
        return paths if self.kept is None or len(paths) == 1 else self.kept(paths)

    def _whole(self, ref: Ref) -> Fields:
        """What any channel of a value sees."""
        lanes = self.lanes.get(ref)
        if lanes is None or ref[1] == 0:
            return self.seen.get(ref[0], ())
        return union(fields for _, fields in lanes)

    def _by_lanes(
        self,
        name: Hashable,
        layer: Layer | None,
        inputs: tuple[Shape, ...],
        outputs: tuple[Shape, ...],
        refs: Sequence[Ref],
        whole: Look,
    ) -> Look:
        """The same where channels may see differently, of which `whole` tells as if they did not."""
        from .lanes import MOST_LANES, channels, keeps_apart, parts

        if not keeps_apart(layer):
            return whole
        (paths,) = whole[2]
        own: list[Lanes] = [
            self.lanes.get(ref, ((channels(x), self.seen.get(ref[0], ())),)) if path else ()
            for ref, x, path in zip(refs, inputs, paths, strict=True)
        ]
        meetings: list[Sequence[Fields]] = []
        answers: set[bool | None] = set()
        sees: Fields = ()
        for port, output in enumerate(outputs):
            found: dict[Fields, int] = {}
            for bits, read in parts(layer, port, inputs, outputs, own):
                met = [
                    union(arrive(layer, place, inputs, output, fields) for at, _, fields in read if at == place)
                    for place in range(len(refs))
                ]
                fields, aligned = meet(met)
                if not _hashes(fields):
                    return whole
                found[fields] = found.get(fields, 0) | bits
                meetings.append(met)
                answers.add(aligned)
            if name not in self.apart or len(found) > MOST_LANES:
                found = {union(found): channels(output)}
            if len(found) > 1 or len(outputs) > 1:
                self.lanes[name, port] = tuple((bits, fields) for fields, bits in found.items())
            if port == 0:
                sees = union(found)
        beside = whole[1] if len(refs) > 1 and layer is not None and layer.met(0) is None else True
        return (
            sees,
            all_aligned({*answers, beside}),
            (paths, *(meetings if beside is True else [paths])),
        )


def _hashes(fields: Fields) -> bool:
    """Whether fields can be told apart; those over arrays of sizes do not hash."""
    try:
        hash(fields)
    except TypeError:
        return False
    return True


class Step(NamedTuple):
    """A layer with what its first output sees of an origin, and what its paths do where they meet."""

    row: Row
    fields: Fields
    aligned: bool | None
    meetings: Sequence[Sequence[Fields]]
    """What is seen by each of its inputs; where channels see differently, then the same of every lane."""
    axes: tuple[int, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The pairs of paths that lie shifted, each once."""
        if self.aligned is not False:
            return ()
        found = (clashes_of(self.row.name, self.row.reads, paths) for paths in self.meetings[1:] or self.meetings)
        return tuple(dict.fromkeys(chain.from_iterable(found)))


def carried(
    rows: Sequence[Row],
    origin: Origin,
    start: Any,
    reading: Callable[[Row], Layer | None] = lambda row: row.layer,
    kept: Callable[[list[Fields]], list[Fields]] | None = None,
) -> list[Step]:
    """What all layers see that depend on the origin, of which every position sees what `start` says.

    `reading` says what a layer is taken for; of paths that meet only those count that are `kept`.
    """
    first = Turned((start,) * len(origin.axes), origin.axes)
    kinds = {type(row.layer) for row in rows}
    apart = told_apart(kinds, ((row.name, row.layer, row.reads) for row in rows))
    carrier = Carrier(origin.name, first, apart, kept)
    found: list[Step] = []
    for row in rows:
        if row.name == origin.name or not any(name in carrier.seen for name in row.reads):
            continue
        layer, refs = reading(row), list(zip(row.reads, row.ports, strict=True))
        stages = layer.stages_of(0, *row.inputs) if layer is not None else ()
        look = carrier.look(row.name, layer, row.inputs, row.outputs, refs, stages)
        turn = carrier.turns.get(row.name)
        found.append(Step(row, *look, () if turn is None else turn.axes))
    return found


def told_apart(kinds: AbstractSet[type], steps: Iterable[Asked]) -> frozenset[Hashable]:
    """The values whose channels are told apart, given the types of all layers, and the layers if those may part any."""
    if not can_part(kinds):
        return frozenset()
    from .lanes import parted

    return parted(list(steps))


def union(several: Iterable[Fields]) -> Fields:
    """What any of several sees."""
    return reduce(lambda a, b: tuple(map(joined, a, b)) if a and b else a or b, several, ())


def can_part(kinds: AbstractSet[type]) -> bool:
    """Whether, of layers of these types, some lay inputs beside each other and others may part or merge them again.

    >>> from convmath.layers.merge import Add, Chunk, Concat
    >>> can_part({Concat, Chunk}), can_part({Concat}), can_part({Add, Chunk})
    (True, False, False)
    """
    lying = {kind for kind in kinds if issubclass(kind, Layer) and kind.moved is not Layer.moved}
    beside = {kind for kind in lying if kind.arity[1] > 1}
    if not beside:
        return False
    merging = (kind.arity[1] > 1 for kind in kinds if issubclass(kind, Layer) and kind.met is not Layer.met)
    return len(lying) > len(beside) or any(merging)
