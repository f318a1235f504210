"""Subject: an analysed network with what rules ask of it: who reads what, and the windows of each layer."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import IDENTITY
from ..layers.composite import Composite
from ..layers.windowed import Windowed
from .rule import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..core.receptive_field import Seen, Stage
    from ..core.shape import Shape
    from ..core.size import Size
    from ..core.window import Window
    from ..layers.base import Layer
    from ..report.analysis import Report
    from ..report.row import Row
    from ..report.sights import Sights
    from ..resources.hardware import Profile


class Part(NamedTuple):
    """A layer, or one step inside a composite layer."""

    row: Row
    layer: Layer
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


class Subject:
    """A report, and the questions that several rules ask of it."""

    def __init__(self, report: Report, object_size: tuple[int, ...], machine: Profile, dtype: str) -> None:
        self.report = report.whole
        self.rows = self.report.rows
        self.object_size = object_size
        """What is to be seen at once, along each axis of the input; nothing if that was not told."""
        self.machine = machine
        self.dtype = dtype
        self.row_of = {row.name: row for row in self.rows}
        self.readers: dict[tuple[str, int], list[Row]] = {}
        """Which layers read each output of each layer or input."""
        for row in self.rows:
            for value in values_read(row):
                self.readers.setdefault(value, []).append(row)
        self.handed_out = set(self.report.outputs)
        self._place_of = {row.name: place for place, row in enumerate(self.rows)}

    def readers_of(self, row: Row) -> list[Row]:
        """All that read any of its outputs."""
        return [reader for port in range(len(row.outputs)) for reader in self.readers.get((row.name, port), [])]

    def is_handed_out(self, row: Row) -> bool:
        """Whether an output of it is one of the network's."""
        return any((row.name, port) in self.handed_out for port in range(len(row.outputs)))

    @cached_property
    def sights(self) -> Sights:
        """What every layer sees of the first input, holes and all."""
        return self.report.receptive_fields()

    @property
    def tied(self) -> frozenset[str]:
        """Layers whose weights are another's too, or may be, as equal layers store others and do not say whose."""
        odd = {row.name: row.layer for row in self.rows if row.layer and row.cost.params != row.layer.params}
        of_whom = self.report.shares
        doubtful = [layer for name, layer in odd.items() if name not in of_whom]
        alike = {row.name for row in self.rows if row.layer in doubtful}
        return frozenset({*odd, *of_whom.values(), *alike})

    def upto(self, end: Row) -> list[Row]:
        """The layer and all that it depends on, in order."""
        needed = {end.name}
        found = []
        for row in reversed(self.rows[: self._place_of[end.name] + 1]):
            if row.name in needed:
                needed.update(row.reads)
                found.append(row)
        return found[::-1]

    def fields_of(self, name: str) -> tuple[Seen, ...]:
        """The receptive fields of a layer, or of the first input."""
        if name in self.row_of:
            return self.row_of[name].fields
        first = next(iter(self.report.inputs))
        return (IDENTITY,) * self.report.inputs[name].rank if name == first else ()

    def parts(self) -> Iterator[Part]:
        """Every layer, the composite ones step by step."""
        for row in self.rows:
            if isinstance(row.layer, Composite):
                for _, layer, inputs, outputs in row.layer.steps(row.inputs):
                    yield Part(row, layer, inputs, outputs)
            elif row.layer is not None:
                yield Part(row, row.layer, row.inputs, row.outputs)


def stages_of(row: Row, place: int = 0) -> tuple[Stage, ...]:
    """What the layer reads of one of its inputs along each axis, step by step."""
    return () if row.layer is None else row.layer.stages_of(place, *row.inputs)


def values_read(row: Row) -> tuple[tuple[str, int], ...]:
    """What a layer reads: names, and which output of each."""
    return tuple(zip(row.reads, row.ports, strict=True))


def windows_of(part: Part) -> tuple[tuple[Window, Size, Size], ...]:
    """The window along each axis with the sizes of input and output there; nothing for what slides none."""
    if not isinstance(part.layer, Windowed):
        return ()
    windows = part.layer.windows(part.inputs[0])
    sizes = part.inputs[0].spatial  # the output's are the windows' own: Unfold puts all axes' into one
    return tuple((window, size, window.output_size(size)) for window, size in zip(windows, sizes, strict=True))


def along_axes(part: Part, tell: Callable[[Window, Size, Size], dict[str, Any] | None]) -> Iterator[Found]:
    """What `tell` finds along each axis; axes of equal figures are told together, as `axes`."""
    by_figures: dict[str, tuple[dict[str, Any], list[int]]] = {}
    windows = windows_of(part)
    for axis, along in enumerate(windows):
        figures = tell(*along)
        if figures is not None:
            by_figures.setdefault(repr(figures), (figures, []))[1].append(axis)
    for figures, axes in by_figures.values():
        yield Found(part.row.name, figures | {"axes": say_axes(axes, len(windows))})


def say_axes(axes: list[int], rank: int) -> str:
    """The axes in words, such as `on axis 0`; nothing where there is only one.

    >>> say_axes([0, 1], 2), say_axes([1], 2), say_axes([0], 1)
    (' on both axes', ' on axis 1', '')
    """
    if rank == 1:
        return ""
    if len(axes) == rank:
        return " on both axes" if rank == 2 else f" on all {rank} axes"
    named = " and ".join(map(str, axes))
    return f" on {'axis' if len(axes) == 1 else 'axes'} {named}"
