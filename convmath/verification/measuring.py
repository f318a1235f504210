"""What is claimed of a layer and of a network, beside what running them shows."""

from __future__ import annotations

import tracemalloc
from collections import deque
from math import prod
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from ..core.errors import ConvmathError
from ..core.positions import LONGEST_AXIS
from ..core.shape import Shape, by_axis
from ..network.network import Network
from ..network.node import Ref
from ..network.tensor import Tensor
from ..numeric.demands import Demand, demand, largest_held, overhead
from ..numeric.indices import readers_of_indices
from ..numeric.kernels import states_reads
from ..numeric.networks import Pass
from ..numeric.reaching import reached
from ..report.peak import peak
from ..report.reading import read
from ..report.touched import box_at, in_space, is_exact
from .counting import counted
from .fields import (
    interval_line,
    lies_inside,
    moves_samples,
    positions_line,
    said,
    spot,
)
from .figures import Bytes, Intervals, Shapes
from .fitting import fitted
from .probing import arrays_read, contradicted
from .values import can_be_drawn
from .verdicts import DIFFERS, WITHIN, Line, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..layers.base import Layer
    from ..numeric.arrays import Array
    from ..numeric.networks import Step
    from ..report.analysis import Report
    from ..report.row import Row
    from ..report.sights import Sights

    Memory = int | str | None
    """The most that may be taken; half of what is free if None."""


def by_running(row: Row, step: Step) -> tuple[Line, ...]:
    """The claims that one run of a layer shows."""
    made = tuple(y.shape for y in step.outputs[: len(row.outputs)])
    return (line("output", Shapes(row.outputs), Shapes(made), "the arrays that came out"),)


def by_handing_out(row: Row, step: Step) -> tuple[Line, ...]:
    """The claims about what reads nothing: every number that it stores comes out, and none is worked out."""
    held = sum(y.size for y in step.outputs)
    claims = {"parameters": row.cost.params, "buffers": row.cost.buffers}
    return tuple(
        line(what, claimed, held, "numbers that were handed out") for what, claimed in claims.items() if claimed
    )


def by_changing(row: Row, layer: Layer) -> tuple[Line, ...]:
    """The claims that other weights show: how many numbers there are that change what comes out."""
    read = arrays_read(layer, row.inputs)
    trained, stored = (sum(read.get(name, 0) for name in names) for names in (layer.weights(), layer.buffers()))
    lines = [line("parameters", row.cost.params, trained, "numbers in the weights that change what comes out")]
    if row.cost.buffers or stored:
        lines.append(line("buffers", row.cost.buffers, stored, "numbers in the statistics that change it"))
    return tuple(lines)


def by_counting(row: Row, layer: Layer) -> tuple[Line, ...]:
    """The claims that ones show: multiplications, and numbers written."""
    found = counted(layer, *row.inputs)
    filled, plain = "products of ones, padding filled with ones", "products of ones, padding left at zero"
    if not row.cost.macs and not found.dense:
        filled = plain = "it multiplies no input by a weight"
    return (
        line("MACs", row.cost.macs, found.dense, filled),
        line("touching MACs", row.cost.macs_touching, found.touching, plain),
        line("activations", row.cost.activations, found.written, "numbers in all that was written"),
    )


def by_reaching(layer: Layer, inputs: tuple[Shape, ...], memory: Memory) -> tuple[Line, ...]:
    """The claimed receptive field of a layer by itself, and what it is told to read of every input; if it has axes."""
    net = alone(layer, inputs)
    report = net.analyze()
    rows = report.rows
    port = len(rows[-1].outputs) - 1
    net.output(Tensor(net, (Ref(len(net.nodes) - 1, port),)))
    y, x = rows[-1].outputs[port], inputs[0]
    if 0 in y:
        return ()
    where = spot(rows, report.receptive_fields()[rows[-1].name], y)
    asked = (box_at(y, where.at),)
    told = read(layer, inputs, port, asked)
    loosely = not is_exact(layer, asked, told)
    lines = []
    for name, shape, boxes in zip(net.input_shapes, inputs, told, strict=True):
        if not shape.spatial:
            continue
        found = reached(net, at=where.at, input=name, memory=memory)
        first = name == next(iter(net.input_shapes))
        if first and len(rows[-1].fields) == x.rank:
            lines.append(interval_line("receptive field", where, found, moves_samples(layer, inputs)))
        what = "positions read" if first else f"positions read of {name}"
        lines.append(positions_line(what, where.at, in_space(boxes), found, loosely))
        if first and states_reads(layer) and can_be_drawn(layer):
            shown = contradicted(layer, inputs, where.at, found)
            if shown is not None:
                how = f"inputs that {said(where.at)} responds to when run"
                lines[0] = Line("receptive field", Intervals(where.most), shown, DIFFERS, how)
    return tuple(lines)


def of_whole(net: Network, report: Report, steps: Measured, memory: Memory) -> tuple[Line, ...]:
    """The claims about a network as a whole."""
    inputs, largest = tuple(report.inputs.values()), peak(report, {})
    claims = {
        "parameters": report.totals.params, "buffers": report.totals.buffers, "MACs": report.totals.macs,
        "touching MACs": report.totals.macs_touching, "activations": report.totals.activations,
    }  # fmt: skip
    if not claims["buffers"] and not steps.sums.get("buffers"):
        del claims["buffers"]
    how = f"the sum over {len(report.rows)} layers"
    lines = [line(name, claimed, steps.sums.get(name, 0), how) for name, claimed in claims.items()]
    lines += [
        line("largest tensor", largest.size, steps.largest, f"numbers in an array that came out, claimed of {largest}"),
        line(
            "held at once",
            largest_held(net, inputs),
            steps.held,
            "numbers in arrays alive, at the worst layer",
        ),
    ]
    return (*lines, *_fields_of(net, report, memory))


OUTWEIGHING = 8
"""How many times as much as Python's objects and buffers arrays are to take where memory is measured."""


class Measured:
    """What the steps of a run showed, added up."""

    def __init__(self, inputs: Iterable[Array]) -> None:
        self.sums: dict[str, int] = {}
        self.largest = self.held = 0
        self._arrays = [ref(x) for x in inputs]

    def add(self, step: Step, outputs: int, lines: tuple[Line, ...]) -> None:
        """Takes in a step of so many outputs, and what was measured of its layer."""
        for one in lines:
            if type(one.measured) is int:
                self.sums[one.what] = self.sums.get(one.what, 0) + one.measured
        made = step.outputs[:outputs]
        self.largest = max(self.largest, *(y.size for y in made))
        self._arrays = [known for known in self._arrays if known() is not None] + [ref(y) for y in made]
        self.held = max(self.held, sum(array.size for known in self._arrays if (array := known()) is not None))


def _fields_of(net: Network, report: Report, memory: Memory) -> Iterator[Line]:
    """What the output sees, and the deepest layer of which one position's field lies inside the input."""
    x, sights = next(iter(report.inputs.values())), report.receptive_fields()
    if x.rank and sights.seen.axes[0] != 2:  # channels last, which reachability by channels does not tell apart
        return
    deepest = next((row.name for row in reversed(report.rows) if lies_inside(row, x.spatial)), None)
    output = net.nodes[net.outputs[-1].node].name
    names = dict.fromkeys(name for name in (deepest, output) if name is not None and name in report)
    for name in names:
        yield from _field_of(net, sights, name, memory)


def _field_of(net: Network, sights: Sights, name: str, memory: Memory) -> Iterator[Line]:
    report = sights.report
    rows = report.rows[: report.rows.index(report[name]) + 1]
    y, x = rows[-1].outputs[0], next(iter(report.inputs.values()))
    if 0 in y or not x.spatial or len(rows[-1].fields) != x.rank:
        return
    where = spot(rows, sights[name], y)
    found = reached(upto(net, name), list(report.inputs.values()), at=where.at, memory=memory)
    layers = [(row.layer, row.inputs) for row in rows if row.layer is not None]
    moved = any(moves_samples(*one) for one in layers)
    yield interval_line(f"receptive field of {name}", where, found, moved)
    if all(n <= LONGEST_AXIS for row in report.rows for shape in (*row.inputs, *row.outputs) for n in shape.spatial):
        told = sights.touched(name, where.at)
        yield positions_line(f"positions read by {name}", where.at, told.boxes, found, not told.exactly)


def upto(net: Network, name: str) -> Network:
    """The part of a network that makes what a layer hands out first.

    >>> from convmath.zoo.resnet import resnet18
    >>> len(upto(resnet18(), "layer1.0.conv1"))
    5
    """
    part = Network(net.name)
    last = next(index for index, node in enumerate(net.nodes) if node.name == name)
    for index, node in enumerate(net.nodes):
        if node.layer is None:
            part.input(node.name, net.input_shapes[node.name])
        elif index <= last:
            part.add(node.layer, *(Tensor(part, (ref,)) for ref in node.inputs), name=node.name)
    part.output(Tensor(part, (Ref(last),)))
    return part


def alone(layer: Layer, inputs: tuple[Shape, ...]) -> Network:
    """A network of one layer, called as it is written.

    >>> from convmath.layers.activation import ReLU
    >>> from convmath.core.shape import Shape
    >>> alone(ReLU(), (Shape((1, 2, 3)),)).nodes[-1].name
    'ReLU()'
    """
    net = Network(repr(layer))
    names = ["input"] if len(inputs) == 1 else [f"input{place}" for place in range(len(inputs))]
    net.add(layer, *(net.input(name, x) for name, x in zip(names, inputs, strict=True)), name=repr(layer))
    return net


def by_tracing(net: Network, inputs: tuple[Shape, ...]) -> Line:
    """The estimated memory of a run in float32 beside what Python and NumPy took while it ran, on zeros."""
    xs = enlarged(net, inputs)
    estimate: Demand = demand(net, list(xs))
    placed = readers_of_indices(net, net.analyze(*xs))

    def work() -> None:
        zeros = {
            name: np.zeros(x, np.int64 if name in placed else np.float32)
            for name, x in zip(net.input_shapes, xs, strict=True)
        }
        with np.errstate(all="ignore"):
            deque(Pass(net, zeros, lambda _, plan: {name: np.zeros(*asked) for name, asked in plan.weights.items()}), 0)

    if xs != inputs:
        work()  # on larger arrays a layer may import what it has not needed before
    taken = traced(work)
    verdict = WITHIN if taken <= estimate.total else DIFFERS
    on = "" if xs == inputs else f" on {', '.join(map(by_axis, xs))} (arrays outweigh objects)"
    return Line("memory", Bytes(estimate.total), Bytes(taken), verdict, f"a float32 run{on}")


def enlarged(net: Network, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Inputs so large that arrays take far more than the bytes that a demand allows for Python's own objects.

    The batch is doubled up to four times, since every sample may be an object of its own, then each other axis that may
    be; where none may, as for filters of one input size, the batch alone.

    >>> from convmath.layers.activation import ReLU
    >>> from convmath.core.shape import Shape
    >>> x = Shape((2, 3, 9, 12))
    >>> enlarged(alone(ReLU(), (x,)), (x,))
    ((32, 3, 9, 384),)
    """
    wanted = OUTWEIGHING * overhead(np.dtype(np.float32))
    pieces = list(map(_pieces, net.analyze(*inputs).rows))  # of which each is an object
    others = range(max(map(len, inputs), default=0) - 1, 0, -1)
    for axis, most in ((0, 4), *((axis, DOUBLED) for axis in others), (0, DOUBLED)):
        for _ in range(most):
            if max(demand(net, list(inputs)).total, _written(net, inputs)) > wanted:
                return inputs
            grown = next((some for some in _grown(net, inputs, axis) if _accepts(net, some, pieces)), None)
            if grown is None:
                break
            inputs = grown
    return inputs


def _grown(net: Network, inputs: tuple[Shape, ...], axis: int) -> Iterator[tuple[Shape, ...]]:
    """Inputs twice as long along an axis: all of them; or the first, and what a layer by itself takes beside it."""
    doubled = tuple(Shape(n * 2 if place == axis else n for place, n in enumerate(x)) for x in inputs)
    yield doubled
    layer = net.nodes[-1].layer
    if layer is not None and len(net.nodes) == len(inputs) + 1:
        fits = fitted(layer, list(doubled[0]), lambda low, high: high if len(inputs) > 2 else low)
        if fits is not None and len(fits) == len(inputs):
            yield fits


def _accepts(net: Network, inputs: tuple[Shape, ...], pieces: list[int]) -> bool:
    try:
        return list(map(_pieces, net.analyze(*inputs).rows)) == pieces
    except ConvmathError:
        return False


def _written(net: Network, inputs: tuple[Shape, ...]) -> int:
    """Bytes of all that layers make, in float32."""
    return 4 * sum(prod(y) for row in net.analyze(*inputs).rows for y in row.outputs)


def _pieces(row: Row) -> int:
    return len(row.outputs)


DOUBLED = 24
"""How often an axis is doubled at most."""


def traced(work: Callable[[], None]) -> int:
    """The most bytes that Python and NumPy had taken at a time, beyond those at the start.

    >>> 80_000 <= traced(lambda: np.ones(10_000)) < 100_000
    True
    """
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
