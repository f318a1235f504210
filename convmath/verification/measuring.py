"""What is claimed of a layer and of a network, beside what running them shows."""

from __future__ import annotations

import tracemalloc
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from ..network.network import Network, Ref, Tensor
from ..numeric.demands import Demand, demand, largest_held
from ..numeric.networks import Pass
from ..numeric.reaching import reached
from ..report.peak import peak
from .counting import counted
from .fields import agree, bounds, spot, touched
from .figures import Bytes, Intervals, Shapes
from .verdicts import AGREES, DIFFERS, WITHIN, Line, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.receptive_field import Seen
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..numeric.networks import Step
    from ..report.analysis import Report, Row


def by_running(row: Row, step: Step) -> tuple[Line, ...]:
    """The claims that one run of a layer shows: what came out, and with which arrays."""
    made = tuple(y.shape for y in step.outputs[: len(row.outputs)])
    buffers = step.plan.layer.buffers()
    elements = {name: array.size for name, array in step.weights.items()}
    trained = sum(size for name, size in elements.items() if name in step.plan.layer.weights())
    stored = sum(size for name, size in elements.items() if name in buffers)
    lines = [
        line("output", Shapes(row.outputs), Shapes(made), "the arrays that came out"),
        line("parameters", row.cost.params, trained, "numbers in the weights it ran with"),
    ]
    if row.cost.buffers or stored:
        lines.append(line("buffers", row.cost.buffers, stored, "numbers in the statistics it ran with"))
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


def by_reaching(layer: Layer, inputs: tuple[Shape, ...]) -> tuple[Line, ...]:
    """The claimed receptive field of a layer by itself; nothing where there are no axes, or no outputs."""
    row = alone(layer, inputs).analyze().rows[0]
    return _field_line("receptive field", layer, inputs, row.fields, row.outputs[-1])


def _field_line(
    what: str, subject: Layer | Network, inputs: tuple[Shape, ...], fields: tuple[Seen, ...], output: Shape
) -> tuple[Line, ...]:
    x = inputs[0]
    if not x.spatial or 0 in output or len(fields) != x.rank:
        return ()
    where = spot(fields, output.spatial, x.spatial)
    found = reached(subject, list(inputs) if len(inputs) > 1 else x, at=where.at)
    read = bounds(found)
    verdict = DIFFERS if not agree(where, read) else AGREES if read == where.claimed else WITHIN
    at = f"output ({', '.join(map(str, where.at))})" if where.at else "the output"
    return (Line(what, Intervals(where.claimed), read, verdict, f"inputs that reach {at}: {touched(found)}"),)


def of_whole(net: Network, report: Report, steps: Measured) -> tuple[Line, ...]:
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
        line("held at once", largest_held(net, inputs), steps.held, "numbers still to be read, at the worst layer"),
    ]
    return (*lines, *_fields_of(net, report))


class Measured:
    """What the steps of a run showed, added up."""

    def __init__(self) -> None:
        self.sums: dict[str, int] = {}
        self.largest = self.held = 0

    def add(self, step: Step, outputs: int, lines: tuple[Line, ...]) -> None:
        """Takes in a step of so many outputs, and what was measured of its layer."""
        for one in lines:
            if type(one.measured) is int:
                self.sums[one.what] = self.sums.get(one.what, 0) + one.measured
        self.largest = max(self.largest, *(y.size for y in step.outputs[:outputs]))
        self.held = max(self.held, step.held)


def _fields_of(net: Network, report: Report) -> tuple[Line, ...]:
    """The receptive field of the output, and of the deepest layer of which one lies inside the input."""
    x = next(iter(report.inputs.values()))
    deepest = next((row.name for row in reversed(report.rows) if _lies_inside(row, x)), None)
    output = net.nodes[net.outputs[-1].node].name
    names = dict.fromkeys(name for name in (deepest, output) if name is not None and name in report)
    return tuple(line for name in names for line in _field_of(net, report, name))


def _field_of(net: Network, report: Report, name: str) -> tuple[Line, ...]:
    row = report[name]
    part = upto(net, name, len(row.outputs) - 1)
    return _field_line(f"receptive field of {name}", part, tuple(report.inputs.values()), row.fields, row.outputs[-1])


def _lies_inside(row: Row, x: Shape) -> bool:
    output = row.outputs[-1]
    return len(output) == len(x) == len(row.fields) + 2 > 2 and all(spot(row.fields, output.spatial, x.spatial).exact)


def upto(net: Network, name: str, output: int = 0) -> Network:
    """The part of a network that makes what a layer hands out.

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
    part.output(Tensor(part, (Ref(last, output),)))
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
    estimate: Demand = demand(net, list(inputs))

    def work() -> None:
        xs = {name: np.zeros(x, np.float32) for name, x in zip(net.input_shapes, inputs, strict=True)}
        with np.errstate(all="ignore"):
            deque(Pass(net, xs, lambda _, plan: {name: np.zeros(*asked) for name, asked in plan.weights.items()}), 0)

    taken = traced(work)
    verdict = WITHIN if taken <= estimate.total else DIFFERS
    return Line("memory", Bytes(estimate.total), Bytes(taken), verdict, "what it took while it ran in float32")


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
