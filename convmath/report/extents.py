"""Extents: where no one interval moves along, what each position sees of the origin, position by position.

The pass over a network carries one interval for an axis. It is lost where paths of different jump meet, where what is
seen repeats after too many positions, and where positions are moved about: there a layer is told to see the whole
axis. Here sets of positions are carried instead, borders and holes and all, from the origin to those layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.extent import Extent
from ..core.positions import gaps, lowest
from ..core.receptive_field import EMPTY, Untold
from ..core.size import are_numbers
from .carrying import told_apart
from .lanes import MOST_LANES, channels, parts
from .moves import whole
from .stepping import NOWHERE, Carried, Path, Step, onward
from .wholes import doubted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any

    from ..core.receptive_field import Seen
    from ..layers.base import Layer
    from .row import Row
    from .turning import Origin

Lanes = tuple[tuple[int, "tuple[Carried, ...]"], ...]
"""Channels as bits, and what they see of each axis of the origin."""

MOST_NUMBERS = 1 << 23
"""Positions of an axis of the origin, squared: of a longer one it is told that at most the whole of it is seen."""


def carried(
    rows: Sequence[Row],
    known: Mapping[str, tuple[Seen, ...]],
    origin: Origin,
    reading: Callable[[Row], Layer | None],
    left_out: AbstractSet[tuple[str, int]],
) -> Iterator[tuple[str, tuple[Carried, ...]]]:
    """What the first output of every layer that sees the origin sees along each of its axes."""
    own = tuple(Carried(axis, tuple(1 << place for place in range(origin.shape[axis]))) for axis in origin.axes)
    values: dict[tuple[str, int], Lanes] = {(origin.name, 0): ((channels(origin.shape), own),)}
    last = {value: row.name for row in rows for value in zip(row.reads, row.ports, strict=True)}
    apart = told_apart({type(row.layer) for row in rows}, ((row.name, row.layer, row.reads) for row in rows))
    steps: dict[Any, Step] = {}
    for row in rows:
        sources = list(zip(row.reads, row.ports, strict=True))
        counts = any(source in values for source in sources) and row.name != origin.name
        lanes = [
            values[source] if source in values and (row.name, place) not in left_out else ()
            for place, source in enumerate(sources)
        ]
        for port in range(len(row.outputs) if counts and any(lanes) else 0):
            pieces = _pieces(row, reading(row), port, lanes, row.name in apart)
            made: dict[tuple[Carried, ...], int] = {}
            for bits, read in pieces:
                sees = _onward(row, reading(row), port, bits, read, known[row.name], origin, steps)
                made[sees] = made.get(sees, 0) | bits
            values[row.name, port] = tuple((bits, sees) for sees, bits in made.items())
        if (row.name, 0) in values and row.name != origin.name:
            found = values[row.name, 0]
            if len(found) > 1:
                ((bits, read),) = _pieces(row, reading(row), 0, lanes, False)
                found = ((bits, _onward(row, reading(row), 0, bits, read, known[row.name], origin, steps)),)
            yield row.name, found[0][1]
        for source in sources:
            if last[source] == row.name:
                values.pop(source, None)


def _pieces(
    row: Row, layer: Layer | None, port: int, lanes: Sequence[Lanes], apart: bool
) -> list[tuple[int, list[tuple[int, int, tuple[Carried, ...]]]]]:
    """The channels of an output that see alike, and what they read; all of them together unless they are told apart."""
    if apart and (len(lanes) > 1 or len(lanes[0]) > 1):
        found = parts(layer, port, row.inputs, row.outputs, lanes)
        if len(found) <= MOST_LANES:
            return found
    every = [(place, bits, sees) for place, own in enumerate(lanes) for bits, sees in own]
    return [(channels(row.outputs[port]), every)]


def _onward(
    row: Row,
    layer: Layer | None,
    port: int,
    bits: int,
    read: Sequence[tuple[int, int, tuple[Carried, ...]]],
    known: tuple[Seen, ...],
    origin: Origin,
    steps: dict[Any, Step],
) -> tuple[Carried, ...]:
    """What some channels of an output see along each axis of the origin."""
    if not read:
        return tuple(Carried(NOWHERE, (0,)) for _ in origin.sizes)
    if layer is None:
        return read[0][2]
    key = layer.key, row.inputs, port, bits
    if key not in steps:
        steps[key] = Step(layer, row.inputs, port, row.outputs[port], bits)
    return tuple(
        onward(steps[key], [Path(place, own, sees[number]) for place, own, sees in read])
        if known[number] is not None
        else Carried(NOWHERE, (whole(size),))
        for number, size in enumerate(origin.sizes)
    )


class Found(NamedTuple):
    """What a layer sees of each axis of the origin, and along which axis of its output that moves."""

    fields: tuple[Seen, ...]
    axes: tuple[int, ...]


def extents(
    rows: Sequence[Row],
    passed: Mapping[str, Found],
    origin: Origin,
    reading: Callable[[Row], Layer | None] = lambda row: row.layer,
    left_out: AbstractSet[tuple[str, int]] = frozenset(),
) -> dict[str, Found]:
    """For the layers of which a field is not told, of which `passed` has all, what each position sees, borders and all.

    `reading` says what a layer is taken for, None for one that hands on what it reads; `left_out` are the (layer, which
    of its inputs) that do not count. Nothing is found where sizes are symbols.

    >>> import convmath as cm
    >>> net = cm.Sequential(cm.Conv1d(1, 1, 3), cm.Flip(2), cm.Conv1d(1, 1, 2))
    >>> net.analyze((1, 1, 7)).rows[-1].fields
    (Extent(low=(3, 2, 1, 0), high=(6, 5, 4, 3), holes=0, exactly=True),)
    """
    shapes = (shape for row in rows for shape in (*row.inputs, *row.outputs))
    if not all(are_numbers(*shape) for shape in shapes):
        return {}
    known = {name: one.fields for name, one in passed.items()}
    if any(None in fields for fields in known.values()):
        known = doubted(rows, known, origin, reading, left_out)
    asked = {name for name, fields in known.items() if any(isinstance(field, Untold) for field in fields)}
    if not asked:
        return {}
    if any(size * size > MOST_NUMBERS for size in origin.sizes):
        whole_axes = tuple(Extent((0,), (size - 1,), 0, exactly=False) for size in origin.sizes)
        return {
            name: _found(known[name], whole_axes, (NOWHERE,) * len(whole_axes), passed[name].axes) for name in asked
        }
    end = max(place for place, row in enumerate(rows) if row.name in asked)
    found = {}
    for name, each in carried(rows[: end + 1], known, origin, reading, left_out):
        if name in asked:
            told = tuple(extent(one, size) for one, size in zip(each, origin.sizes, strict=True))
            found[name] = _found(known[name], told, tuple(one.axis for one in each), passed[name].axes)
    return found


def _found(known: tuple[Seen, ...], told: tuple[Seen, ...], axes: tuple[int, ...], moving: tuple[int, ...]) -> Found:
    """What is known, and where it is not what is told; of what all positions see alike the place is the known one."""
    usual = tuple(range(2, len(known) + 2))
    fields = tuple(b if isinstance(a, Untold) else a for a, b in zip(known, told, strict=True))
    axes = tuple(
        axis if isinstance(a, Untold) and axis != NOWHERE else own
        for a, axis, own in zip(known, axes, moving or usual, strict=True)
    )
    return Found(fields, () if axes == usual else axes)


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
