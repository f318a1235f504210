"""The memory that running a network takes: its weights, and the most that is held of values at any layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.size import Symbolic, are_numbers, larger
from .flow import predicting, written
from .liveness import Moment, moments
from .ordering import MOST_CHOICES, Order, best_order
from .precision import Precision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..core.shape import Shape
    from ..core.size import Size
    from ..report.analysis import Report
    from .flow import Flow, Value


class Held(NamedTuple):
    """The moments of which one holds the most, and from which sizes on no other does; with numbers there is one."""

    candidates: tuple[Moment, ...]
    least: Mapping[str, int]

    @property
    def numbers(self) -> Size:
        """In the values that are held; 0 for a network without layers."""
        largest: Size = 0
        for moment in self.candidates:
            largest = larger(largest, moment.numbers) if type(largest) is not int or largest else moment.numbers
        return largest

    @property
    def where(self) -> str:
        """The layers at which it is so."""
        return " or ".join(one.task.row.name for one in self.candidates) + (
            f", for {self.bounds}" if self.least else ""
        )

    @property
    def bounds(self) -> str:
        """The sizes from which on it is so; nothing where sizes are numbers."""
        return ", ".join(f"{name} ≥ {least}" for name, least in self.least.items())


class Inference(NamedTuple):
    """What one pass takes, in bytes where not said otherwise."""

    title: str
    precision: Precision
    weights: Size
    buffers: Size
    written: Size
    """Everything that the layers write, as if nothing were ever let go."""
    held: Held
    """At the worst layer, in the network's own order, each layer writing to memory of its own."""
    in_place: Held
    """The same where activations and views write over what nobody else reads."""
    could: tuple[str, ...]
    """The layers that could do so."""
    best: Order | None
    """The order that holds the least; None where it was not asked for, or too many would have to be looked at."""
    searched: bool
    shapes: Mapping[Value, Shape]

    @property
    def width(self) -> int:
        """Bytes of one number of an activation."""
        return self.precision.bytes_of("activations")

    @property
    def peak(self) -> Size:
        """Bytes of values held at the worst layer."""
        return self.width * self.held.numbers

    @property
    def total(self) -> Size:
        """Bytes of weights and buffers, and of values at the worst layer."""
        return self.weights + self.buffers + self.peak


def inference(
    report: Report, precision: Precision | None = None, order: str = "graph", most: int = MOST_CHOICES
) -> Inference:
    """The memory that one pass of an analysed network takes; with order="best" also the order that takes the least.

    Of symbols the worst layer is told as far as sizes can be compared. ParameterError for the best order of symbols.

    >>> from convmath.zoo.resnet import resnet50
    >>> found = inference(resnet50().analyze())
    >>> found.peak, found.held.where  # three maps of 1x256x56x56
    (9633792, 'layer1.0.downsample.1')
    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> found = inference(resnet50().analyze((1, 3, H, W)))
    >>> str(found.held.numbers), found.held.where
    ('768·⌈H/4⌉⌈W/4⌉', 'layer1.0.downsample.1, for H ≥ 32, W ≥ 32')
    """
    kinds = precision or Precision()
    graph, totals = predicting(report), report.totals
    best = best_order(graph, most=most) if order == "best" else None
    return Inference(
        report.title, kinds, kinds.bytes_of("weights") * totals.params, kinds.bytes_of("buffers") * totals.buffers,
        kinds.bytes_of("activations") * written(report), _held(report, graph, in_place=False),
        _held(report, graph, in_place=True), tuple(task.row.name for task in graph.tasks if task.overwrites),
        best, order == "best", graph.shapes,
    )  # fmt: skip


def _held(report: Report, graph: Flow, in_place: bool) -> Held:
    found = list(moments(graph, in_place=in_place))
    if are_numbers(*(moment.numbers for moment in found)):
        worst = max(found, key=lambda one: one.numbers, default=None)
        return Held(() if worst is None else (worst,), {})
    return _compared(report, graph, found)


def _compared(report: Report, graph: Flow, found: Iterable[Moment]) -> Held:
    """The moments that no other one is proven to exceed: each value of theirs has a larger one to itself there."""
    from ..report.peak import exceeds
    from ..report.questions import accepted, usual_least

    least = usual_least(report, accepted(report))

    def covers(a: Moment, b: Moment) -> bool:
        free = list(shapes[a.place])
        for shape in shapes[b.place]:
            match = next((place for place, other in enumerate(free) if exceeds(other, shape, least)), None)
            if match is None:
                return False
            del free[match]
        return True

    kept: list[Moment] = []
    shapes: dict[int, list[Shape]] = {}
    """Of all that is held at each of the moments."""
    told: set[object] = set()
    for moment in found:
        if moment.numbers in told:
            continue
        told.add(moment.numbers)
        shapes[moment.place] = [graph.shapes[value] for value in moment.held]
        if not any(covers(other, moment) for other in kept):
            kept = [other for other in kept if not covers(moment, other)]
            kept.append(moment)
    # What remains is little, so that the engine's own proofs are cheap: they know what a sum covers.
    for moment in tuple(kept):
        if any(_is_above(other.numbers, moment.numbers) for other in kept if other is not moment):
            kept.remove(moment)
    open_sizes = any(isinstance(moment.numbers, Symbolic) for moment in kept)
    return Held(tuple(kept), least if open_sizes else {})


def _is_above(a: Size, b: Size) -> bool:
    """Whether a ≥ b is plain to see."""
    return isinstance(a, Symbolic) and a.at_least(b) is True
