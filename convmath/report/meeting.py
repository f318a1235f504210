"""Where paths meet: what is seen over all of them, and which two of them lie shifted against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.extent import Extent
from ..core.receptive_field import IDENTITY, UNTOLD, ReceptiveField, joined, moved, see
from ..core.size import are_numbers, is_one
from ..layers.windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.receptive_field import Known
    from ..core.shape import Shape
    from ..layers.base import Layer
    from .analysis import Report

Fields = tuple["Known", ...]


def all_aligned(answers: set[bool | None]) -> bool | None:
    """Whether all are; None where none is known not to be, and symbols leave some open.

    >>> all_aligned({True, None}), all_aligned({True, None, False})
    (None, False)
    """
    return False if False in answers else None if None in answers else True


def arriving(layer: Layer | None, inputs: Sequence[Shape], output: Shape, fields: Sequence[Fields]) -> list[Fields]:
    """What the output sees by each of its inputs, of which these fields are known.

    >>> from convmath.layers.deformable import OffsetConv1d
    >>> from convmath.core.shape import Shape
    >>> shapes = Shape((1, 4, 9)), Shape((1, 3, 7))
    >>> [path[0].size for path in arriving(OffsetConv1d(4, 2, 3), shapes, Shape((1, 2, 7)), [(IDENTITY,), (IDENTITY,)])]
    [3, 1]
    """
    return [arrive(layer, place, inputs, output, path) for place, path in enumerate(fields)]


def arrive(layer: Layer | None, place: int, inputs: Sequence[Shape], output: Shape, fields: Fields) -> Fields:
    """The same by one of its inputs."""
    joins = len(inputs) > 1 and not isinstance(layer, Windowed)
    seen = spread(fields, inputs[place], output) if joins else fields
    for stage in layer.stages_of(place, *inputs) if layer is not None else ():
        seen = see(seen, stage)
    return seen


def spread(fields: Fields, x: Shape, y: Shape) -> Fields:
    """A field of one position that is broadcast over an axis does not move along with the others there."""
    if x is y or len(fields) != len(x) - 2:
        return fields
    if len(x) != len(y):
        return moved(fields)
    sizes = zip(fields, x.spatial, y.spatial, strict=True)
    return tuple(joined(field, UNTOLD) if is_one(i) and not is_one(o) else field for field, i, o in sizes)


def meet(paths: Sequence[Fields]) -> tuple[Fields, bool | None]:
    """What is seen over all paths, and whether they keep one centre; a path that sees nothing of it is ()."""
    fields = paths[0] if paths else ()
    answers: set[bool | None] = {True}
    for other in paths[1:]:
        if other is fields or not other:
            continue
        if not fields:
            fields = other
            continue
        if len(other) != len(fields):
            return moved(fields), False
        for a, b in zip(fields, other, strict=True):
            if isinstance(a, ReceptiveField) and isinstance(b, ReceptiveField):
                answers.add(a.aligned(b))
        fields = tuple(map(joined, fields, other))
    return fields, all_aligned(answers)


class Clash(NamedTuple):
    """Two paths that meet at a layer with another jump or another centre along one axis.

    Jumps and centres (of position 0, the mean over its phases) are in positions of what is seen.
    """

    at: str
    paths: tuple[str, str]
    """What the layer reads."""
    axis: int
    jumps: tuple[Any, Any]
    centres: tuple[Any, Any]
    is_causal: bool
    """Whether what both see ends at the same position, as where the future is not to be seen."""

    @property
    def shift(self) -> Any:
        """How much further on the second path's centre lies; None where the jumps differ, as it then grows."""
        return self.centres[1] - self.centres[0] if self.jumps[0] == self.jumps[1] else None

    def __str__(self) -> str:
        first, second = self.paths
        if self.shift is None:
            return f"{second} moves by {_positions(self.jumps[1])} where {first} moves by {number(self.jumps[0])}"
        side = "after" if self.shift > 0 else "before"
        return f"{second} lies {_positions(abs(self.shift))} {side} {first}"


def _positions(count: Any) -> str:
    return f"{number(count)} position{'' if count == 1 else 's'}"


def number(value: Any) -> str:
    """A number in decimals where halves and quarters make some, a fraction where they would not end.

    >>> from fractions import Fraction
    >>> number(Fraction(3, 2)), number(Fraction(1, 3)), number(Fraction(4))
    ('1.5', '1/3', '4')
    """
    below = getattr(value, "denominator", 1)
    return f"{float(value):g}" if below in {2, 4, 8} and abs(value) < 1000 else str(value)


def centre(field: ReceptiveField) -> Any:
    """The middle of what position 0 sees, the mean over all phases, each told as if it were position 0's.

    >>> centre(IDENTITY)
    Fraction(0, 1)
    """
    from fractions import Fraction

    middles = sum(field.low) + sum(field.high)
    return Fraction(middles, 2 * field.period) - Fraction(field.advance * (field.period - 1), 2 * field.period)


def clashes_of(at: str, names: Sequence[str], paths: Sequence[Fields]) -> tuple[Clash, ...]:
    """Along each axis, every path that differs from the first one that has a field there; numbers only.

    Where it does so as causal paths do, and not from another one, that pair is told.
    """
    found = []
    told = [(name, path) for name, path in zip(names, paths, strict=True) if path]
    for axis in range(len(told[0][1]) if told else 0):
        moving = [pair for pair in told if axis < len(pair[1]) and isinstance(pair[1][axis], ReceptiveField)]
        for other in moving[1:]:
            clash = _clash(at, moving[0], other, axis)
            others = moving[1:] if clash and clash.is_causal else ()
            each = (_clash(at, one, other, axis) for one in others)
            clash = next((worse for worse in each if worse and not worse.is_causal), clash)
            found += [clash] if clash else []
    return tuple(found)


def _clash(at: str, first: tuple[str, Fields], second: tuple[str, Fields], axis: int) -> Clash | None:
    (one, before), (other, after) = first, second
    a, b = before[axis] if len(before) == len(after) else None, after[axis]
    if not isinstance(a, ReceptiveField) or not isinstance(b, ReceptiveField) or not (_told(a) and _told(b)):
        return None
    if a.aligned(b):
        return None
    causal = (a.advance, a.high) == (b.advance, b.high)
    return Clash(at, (one, other), axis, (a.jump, b.jump), (centre(a), centre(b)), causal)


def _told(field: ReceptiveField) -> bool:
    return are_numbers(field.advance, *field.low, *field.high)


def clashes(report: Report) -> Iterator[Clash]:
    """Every misaligned pair of paths of a report, over its first input.

    >>> import convmath as cm
    >>> net = cm.Network()
    >>> x = net.input(shape=(1, 4, 9))
    >>> y = net.add(cm.Conv1d(4, 4, 2), x, name="conv")
    >>> z = net.add(cm.Add(), net.add(cm.Cropping1d((0, 1)), x, name="crop"), y, name="sum")
    >>> print(*clashes(net.analyze()))
    conv lies 0.5 positions after crop
    """
    from .carrying import carried
    from .turning import seen_as

    whole = report.whole
    name, shape = next(iter(whole.inputs.items()))
    for step in carried(whole.rows, seen_as(whole.rows, name, shape), IDENTITY):
        yield from step.clashes


def remark(report: Report) -> tuple[str, ...]:
    """What is to be said of fields beside a table: where maps lie shifted, and what is told where no interval is."""
    told = _shifted(report)
    if any(isinstance(field, Extent) and field.jump for row in report.rows for field in row.fields):
        told += ("Where the jump varies, the receptive field is the longest that a position has within the borders.",)
    return told


def _shifted(report: Report) -> tuple[str, ...]:
    """Where maps lie shifted against each other, as one sentence with the first few pairs of paths."""
    crooked = [row.name for row in report.rows if row.aligned is False]
    if not crooked:
        return ()
    pairs: dict[str, list[Clash]] = {}
    for clash in clashes(report):
        pairs.setdefault(clash.at, []).append(clash)
    told = [_named(name, pairs) for name in crooked[:3]]
    more = f"; and at {len(crooked) - 3} more" if len(crooked) > 3 else ""
    return (f"Paths of different centre or jump meet at {'; '.join(told)}{more}: there maps lie shifted.",)


def _named(name: str, pairs: Mapping[str, list[Clash]]) -> str:
    """The place, a layer or a folded block, and the first pair of paths that clashes there."""
    inside = [clash for at, found in pairs.items() if at == name or at.startswith(f"{name}.") for clash in found]
    if not inside:
        return name
    first = inside[0]
    axis = f" along axis {first.axis}" if first.axis else ""
    at = "" if first.at == name else f", at {first.at}"
    return f"{name} ({first}{axis}{at})"
