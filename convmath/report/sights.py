"""Sights: what every layer of a network sees of one of its inputs, or of an earlier layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParameterError, show, unknown_name
from ..core.extent import Extent
from ..core.pattern import POINT, Drawn, Pattern
from ..core.receptive_field import IDENTITY, ReceptiveField, Seen, Untold
from ..core.size import are_numbers
from ..layers.activation import Activation
from ..layers.norm import ChannelNorm, GroupNorm, LayerNorm
from .carrying import carried
from .turning import seen_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..render.table import Table
    from .analysis import Report
    from .carrying import Step
    from .extents import Found
    from .meeting import Clash
    from .row import Row
    from .touched import Touched
    from .turning import Origin


class Sight(NamedTuple):
    """What one layer sees of the origin, along each of the origin's spatial axes."""

    name: str
    op: str
    output: Shape
    origin: Origin
    fields: tuple[Seen, ...]
    """None sees the whole axis, an Extent is told position by position, UNTOLD and MOVED are for symbols."""
    patterns: tuple[Drawn, ...]
    """The same with its holes."""
    aligned: bool | None
    clashes: tuple[Clash, ...]
    """Pairs of paths that meet here with another jump or centre."""
    axes: tuple[int, ...] = ()
    """Along which axis of the output each field moves; nothing where those are the spatial axes in order."""

    @property
    def shares(self) -> tuple[Any, ...]:
        """The field's size over the axis' length, border or not: above 1 where it is the larger; None if untold.

        >>> import convmath as cm
        >>> cm.zoo.resnet18().analyze().receptive_fields()["layer4"].shares
        (Fraction(435, 224), Fraction(435, 224))
        """
        return tuple(_over(_size(field, n), n) for field, n in zip(self.fields, self.origin.sizes, strict=True))

    @property
    def shares_inside(self) -> tuple[Any, ...]:
        """The share of the axis within what the middle position sees: the field as the border cuts it off."""
        lengths = [self.output[place] if place < len(self.output) else None for place in self.along]
        sizes = zip(self.fields, lengths, self.origin.sizes, strict=True)
        return tuple(_inside(field, o, n) for field, o, n in sizes)

    @property
    def along(self) -> tuple[int, ...]:
        """Along which axis of the output each field moves."""
        return self.axes or tuple(range(2, len(self.fields) + 2))

    @property
    def holes(self) -> tuple[int | None, ...]:
        """Positions within the field that are not seen, in the phase with most of them; None if that is not told."""
        return tuple(
            pattern.holes
            if isinstance(pattern, Pattern)
            else field.holes
            if isinstance(field, Extent) and field.exactly
            else 0
            if field is None
            else None
            for field, pattern in zip(self.fields, self.patterns, strict=True)
        )


def _size(field: Seen, size: Any) -> Any:
    return size if field is None else None if isinstance(field, Untold) else field.size


def _over(part: Any, whole: Any) -> Any:
    from fractions import Fraction

    if part is None:
        return None
    if are_numbers(part, whole):
        return Fraction(part, whole) if whole else None
    from ..symbolic.ratio import ratio

    return ratio(part, whole)


def _inside(field: Seen, outputs: Any, size: Any) -> Any:
    if field is None:
        return _over(size, size)
    if isinstance(field, Extent):
        first, last = field.interval(len(field.low) // 2)
        return _over(last - first + 1, size)
    if not isinstance(field, ReceptiveField) or not are_numbers(outputs, size, field.advance, *field.low, *field.high):
        return None
    first, last = field.interval(outputs // 2)
    return _over(max(min(last, size - 1) - max(first, 0) + 1, 0), size)


class Sights:
    """What every layer sees of `origin`, in order; what sees nothing of it is not among them.

    Indexed by the name of a layer, a block (what the rest reads of it) or an input; prints itself as a table.

    >>> import convmath as cm
    >>> sights = cm.zoo.resnet50().analyze().receptive_fields(to="maxpool")
    >>> [(field.size, field.jump, field.start) for field in sights["layer2"].fields]
    [(21, 2, -10), (21, 2, -10)]
    """

    def __init__(self, report: Report, origin: str | None = None, *, ignore_global: bool = False) -> None:
        self.report = report.whole
        self.origin = node(report, next(iter(report.inputs)) if origin is None else origin)
        self.ignore_global = ignore_global
        self.shape = shape_of(self.report, self.origin)
        self.seen = seen_as(self.report.rows, self.origin, self.shape)
        """What is looked at, and which of its axes are seen as spatial."""
        self.left_out: set[tuple[str, int]] = set()
        """(layer, which of its inputs): paths that are ignored."""
        self.sights = tuple(self._look())
        self._by_name = {sight.name: sight for sight in self.sights}

    def __len__(self) -> int:
        return len(self.sights)

    def __getitem__(self, name: str) -> Sight:
        """What one layer sees; UnknownNameError if there is none, ParameterError if it sees nothing of the origin."""
        own = self.node(name)
        if own not in self._by_name:
            raise ParameterError(f"{own} depends on nothing of {self.origin} (choose something that leads to it)")
        return self._by_name[own]

    def node(self, name: str) -> str:
        """The layer or input that a name means: for a block, its layer that is read outside of it."""
        return node(self.report, name)

    def _look(self) -> Iterator[Sight]:
        def reading(row: Row) -> Layer | None:
            return None if self.ignore_global and goes_by_position(row) else row.layer

        kept = without_global if self.ignore_global else None
        steps, drawn = (carried(self.report.rows, self.seen, start, reading, kept) for start in (IDENTITY, POINT))
        sees = {self.origin}
        for step in steps:
            dropped = (place for place, path in enumerate(step.meetings[0]) if not path)
            self.left_out |= {(step.row.name, place) for place in dropped if step.row.reads[place] in sees}
            sees.add(step.row.name)
        told = _told(self.report.rows, steps, self.seen, reading, self.left_out)
        for step, pattern in zip(steps, drawn, strict=True):
            row, found = step.row, told.get(step.row.name, step)
            yield Sight(
                row.name, row.op, row.outputs[0], self.seen, found.fields, pattern.fields, step.aligned,
                step.clashes, found.axes,
            )  # fmt: skip

    def touched(self, name: str, at: Sequence[int] | None = None) -> Touched:
        """Exactly which positions of the origin one position of a layer depends on, with borders and holes.

        `at` is the middle (size // 2 along every axis) unless given. Raises ShapeError for a position that is not
        there, ParameterError where sizes are symbols.

        >>> import convmath as cm
        >>> net = cm.Sequential(cm.Conv1d(1, 1, 3, dilation=2), cm.Conv1d(1, 1, 3, dilation=2))
        >>> print(net.analyze((1, 1, 20)).receptive_fields().touched("1", at=(4,)))
        4, 6 … 12
        """
        from .touched import touched

        return touched(self, self[name], at)

    def table(self, names: Sequence[str] | None = None) -> Table:
        """The layers, or those that are named, as a table."""
        from .sights_table import sights_table

        return sights_table(self, names)

    def __str__(self) -> str:
        from ..render.text import render

        return render(self.table())

    def _repr_html_(self) -> str:
        from ..render.html import render

        return render(self.table())


def node(report: Report, name: str) -> str:
    """The layer or input that a name means: for a block, its layer that is read outside of it.

    >>> import convmath as cm
    >>> node(cm.zoo.resnet18().analyze(), "layer1")
    'layer1.1.relu'
    """
    rows = report.whole.rows
    if name in report.inputs or name in report.whole:
        return name
    inside = [row.name for row in rows if row.name.startswith(f"{name}.")]
    if not inside:
        raise unknown_name(
            "layer or input",
            show(name) if type(name) is not str else name,
            [*report.inputs, *(row.name for row in rows)],
        )
    read = {source for row in rows if not row.name.startswith(f"{name}.") for source in row.reads}
    return next((own for own in reversed(inside) if own in read), inside[-1])


def shape_of(report: Report, name: str) -> Shape:
    """The shape of an input, or of what a layer makes first."""
    return report.inputs[name] if name in report.inputs else report.whole[name].outputs[0]


def without_global(paths: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The paths, but for those that see the whole of an axis where another does not: they count as seeing nothing.

    >>> without_global([(IDENTITY, IDENTITY), (None, None)])
    [(ReceptiveField(advance=1, low=(0,), high=(0,)), ReceptiveField(advance=1, low=(0,), high=(0,))), ()]
    """
    kept = [path if None not in path else () for path in paths]
    return kept if any(kept) else paths


def goes_by_position(row: Row) -> bool:
    """Whether a layer maps every number by itself, but for what it takes of all: a norm by moments, a softmax."""
    return isinstance(row.layer, Activation | ChannelNorm | GroupNorm | LayerNorm)


def _told(
    rows: Sequence[Row],
    steps: Sequence[Step],
    origin: Origin,
    reading: Callable[[Row], Layer | None],
    left_out: set[tuple[str, int]],
) -> dict[str, Found]:
    """What is seen, position by position, by the layers of which no interval tells it."""
    if not any(field is None or isinstance(field, Untold) for step in steps for field in step.fields):
        return {}
    from .extents import Found, extents

    known = {step.row.name: Found(step.fields, step.axes) for step in steps}
    return extents(rows, known, origin, reading, left_out)
