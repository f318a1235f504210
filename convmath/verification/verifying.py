"""Every claim about a layer or a network held against what happens when it is run."""

from __future__ import annotations

from copy import copy
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from ..core.errors import ParameterError
from ..core.shape import Shape, as_shape
from ..core.size import are_numbers
from ..network.network import Network
from ..network.node import Ref
from ..numeric.demands import demand
from ..numeric.indices import drawn_for, sources_of_indices
from ..numeric.memory import refuse_above
from ..numeric.networks import Pass
from ..numeric.subjects import check_seed, check_subject
from .comparing import Compared, InDouble
from .drawing import accepted, drawn
from .measuring import (
    Measured,
    alone,
    by_changing,
    by_counting,
    by_handing_out,
    by_reaching,
    by_running,
    by_tracing,
    enlarged,
    of_whole,
)
from .peers import Call, peer
from .rounding import bounds, of_single, rounded, shaken
from .values import any_numbers, inputs_of
from .verdicts import Checked, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.size import Size
    from ..layers.base import Layer
    from ..numeric.arrays import Array, Weights
    from ..numeric.networks import Altered, Step, Stored
    from ..numeric.plans import Plan
    from ..report.analysis import Report
    from ..report.row import Row
    from .files import FromFile
    from .measuring import Memory
    from .verdicts import Line

    Watch = Callable[[str, int, int], None]

DRAWS = 20
"""How many layers of a type are drawn."""


def verify(
    subject: Layer | Network,
    *shapes: object,
    against: str | None = None,
    seed: int = 0,
    memory: int | str | None = None,
    watch: Watch | None = None,
    **named: object,
) -> Verification:
    """Every number claimed of a layer or a network beside what is measured when it runs.

    Shapes as in `analyze`; without any, a network's customary ones, or small ones that a layer accepts. Measured are
    the outputs' shapes, weights, multiplications (dense and touching), numbers written, receptive fields, largest and
    live tensors, and memory. `against` runs the same with torch or onnxruntime: small whole numbers must come out bit
    for bit where nothing rounds, everything else to rounding. Refuses what may take more than `memory`, half of what is
    free if left out. `watch` is called with the name of each layer, its place and how many there are.

    >>> from convmath.layers.conv import Conv2d
    >>> verify(Conv2d(3, 8, 3, padding=1)).summary
    '✓ 8 claims measured, all agree.'
    """
    check_subject(subject)
    seed = check_seed(seed)
    net, given = _with_shapes(subject, shapes, named)
    if against is not None:
        peer(against)  # a missing package is told first
    refuse_above(memory, needed(net, given, against), net.name, "a larger limit")
    return _Run(net, given, against, seed, memory).verification(watch)


def verify_file(
    source: Any,
    *shapes: object,
    given: Mapping[str, Size] | None = None,
    spare: Mapping[str, Size] | None = None,
    seed: int = 0,
    memory: int | str | None = None,
    watch: Watch | None = None,
    **named: object,
) -> Verification:
    """The same of the network that an ONNX model is read as, against onnxruntime, which runs the file itself as well.

    Every layer is compared with its operator in the file on what that reads there, and the network with the file from
    end to end, by the file's own arrays; what a model without weights leaves open is drawn. `source`, `given` and
    `spare` as in `from_onnx`, shapes as in `analyze`; all else as in `verify`. Arrays beside the model are read here
    alone, from its own folder.
    """
    from .files import FromFile, read_file

    seed = check_seed(seed)
    peer("onnxruntime")
    told: dict[int | str, object] = dict(enumerate(shapes))
    told.update(named)
    found, path = read_file(source, given or {}, told, spare or {})
    net, shaped = _with_shapes(found.network, shapes, dict(named))
    room = 2 * needed(net, shaped, "onnxruntime") + 4 * net.analyze(**shaped).totals.activations
    refuse_above(memory, room, net.name, "a larger limit")
    file = FromFile(found, path, shaped, seed)
    return _Run(net, shaped, "onnxruntime", seed, memory, file).verification(watch)


def verify_type(
    name: str,
    *,
    against: str | None = None,
    seed: int = 0,
    memory: int | str | None = None,
    watch: Watch | None = None,
    count: int = DRAWS,
) -> Verification:
    """The same for layers of a type with hyper-parameters drawn from its fields' domains, each on inputs it accepts.

    >>> verify_type("MaxPool2d", count=3).summary
    '✓ 24 claims measured, all agree.'
    """
    seed, rows = check_seed(seed), []
    for place in range(count):
        layer, inputs = drawn(name, Random(f"{name} {seed} {place}"))  # noqa: S311 (it hides nothing)
        if watch:
            watch(repr(layer), place, count)
        found = verify(layer, *inputs, against=against, seed=seed, memory=memory)
        (row,) = found.rows
        rows.append(row._replace(labels=(repr(layer), _written(inputs)), lines=row.lines + found.whole))
    title = f"{name}, {count} layers drawn at random, seed {seed}"
    return Verification(title, tuple(rows), (), found.against, ("layer", "input"), seed)


def _with_shapes(
    subject: Layer | Network, shapes: tuple[object, ...], named: Mapping[str, object]
) -> tuple[Network, dict[str, Shape]]:
    if isinstance(subject, Network):
        net = copy(subject)
        net.stored = {}  # what a file states instead of a type's own count no run can show
    else:
        inputs = tuple(map(as_shape, shapes)) if shapes else accepted(subject)
        subject.facts(*inputs)  # what a layer refuses it says by its own name
        net, shapes = alone(subject, inputs), ()
    net, given = net.settled(shapes, named)
    if not are_numbers(*(size for shape in given.values() for size in shape)):
        raise ParameterError(
            f"{net.name}: only numbers can be run, and {_written(tuple(given.values()))} has symbols (give them values)"
        )
    return net, given


def needed(net: Network, given: dict[str, Shape], against: str | None) -> int:
    """The bytes that verifying takes, at most: a run, a layer counted and reached through, and the values of a peer."""
    shapes = list(given.values())
    report = net.analyze(**given)
    single, double = demand(net, shapes).total, demand(net, shapes, "float64").total
    layers = ((row.layer, list(row.inputs)) for row in report.rows if row.layer is not None)
    counting = max((demand(layer, inputs, "float64").total for layer, inputs in layers), default=0)
    weights = 4 * (report.totals.params + report.totals.buffers)
    # A peer holds values of its own, and all weights, which a model may hold twice; rounding is seen in float64.
    beside = single + double + 2 * weights if against else 0
    tracing = demand(net, list(enlarged(net, tuple(shapes)))).total
    return max(single + 3 * counting + beside, tracing)


class _Run:
    """One verification at work."""

    def __init__(
        self, net: Network, given: dict[str, Shape], against: str | None, seed: int, memory: Memory,
        file: FromFile | None = None,
    ) -> None:  # fmt: skip
        self.net, self.given, self.seed, self.memory = net, given, seed, memory
        self.report: Report = net.analyze(**given)
        self.rows = {row.name: row for row in self.report.rows}
        self.placed = sources_of_indices(net, self.report)
        self.known: dict[tuple[int, tuple[Shape, ...]], tuple[Line, ...]] = {}
        self.compared = Compared(peer(against), peer(against).start()) if against else None
        self.file, self.of_file = file, {}
        if file is not None and self.compared is not None:
            self.arrays = file.arrays
            self.of_file = file.lines(self.compared, self.report, np.random.default_rng((seed, 5)))
            return
        self.arrays = inputs_of(net, self.report, np.random.default_rng(seed))

    def verification(self, watch: Watch | None) -> Verification:
        inputs = {name: x.copy() for name, x in self.arrays.items()}  # nothing else holds them
        measured, checked = Measured(inputs.values()), []
        passing = Pass(self.net, inputs, self._stored)
        del inputs
        names = [node.name for node in self.net.nodes if node.layer is not None]
        if watch:
            watch(names[0], 0, len(names))
        with np.errstate(all="ignore"):
            for place, step in enumerate(passing, 1):
                row = self.rows[self.net.nodes[step.node].name]
                lines = self._lines(row, step)
                measured.add(step, len(row.outputs), lines)
                checked.append(Checked(row.name, (row.name,), row.op, repr(row.layer), row.inputs, lines))
                if watch and place < len(names):
                    watch(names[place], place, len(names))
                del step
        whole = (*self._whole(measured, passing.outputs), by_tracing(self.net, tuple(self.given.values())))
        title = f"{self.net.name} on {_written(tuple(self.given.values()))}"
        called = self.compared.called if self.compared else ""
        return Verification(title, tuple(checked), whole, called, seed=self.seed)

    def _stored(self, name: str, plan: Plan) -> Weights:
        """The same numbers whenever a layer is asked for: the file's, or drawn by its name, not by its turn."""
        if self.file is not None:
            return self.file.stored(name, plan)
        generator = np.random.default_rng((self.seed, crc32(name.encode())))
        if name not in self.placed:
            return any_numbers(plan, generator)
        return {
            own: drawn_for(self.placed[name], Shape(sizes), generator).astype(dtype)
            for own, (sizes, dtype) in plan.weights.items()
        }

    def _shaken(self, name: str, plan: Plan, shaking: np.random.Generator) -> Weights:
        """The same, but for indices moved as far as rounding may move a number."""
        stored = self._stored(name, plan)
        return stored if name in self.placed else shaken(stored, shaking)

    def _lines(self, row: Row, step: Step) -> tuple[Line, ...]:
        key = (self.net.nodes[step.node].kind, step.plan.inputs)
        if key not in self.known:
            layer = step.plan.layer
            found = [*self._of_layer(row, layer)] if row.inputs else [*by_handing_out(row, step)]
            if self.compared:
                generator = np.random.default_rng((self.seed, 1))
                whole = self.compared.on_whole_numbers(step.plan, generator)
                found += [whole] if whole else []
            self.known[key] = tuple(found)
        shaking = np.random.default_rng((self.seed, 2))
        on_values = (self.compared.on_its_values(step, row.cost, shaking),) if self.compared else ()
        in_file = (self.of_file[row.name],) if row.name in self.of_file else ()
        return (*by_running(row, step), *self.known[key], *on_values, *in_file)

    def _of_layer(self, row: Row, layer: Layer) -> tuple[Line, ...]:
        reached = by_reaching(layer, row.inputs, self.memory)
        return (*by_changing(row, layer), *by_counting(row, layer), *reached)

    def _whole(self, measured: Measured, outputs: tuple[Array, ...]) -> tuple[Line, ...]:
        """The claims about a network; a single layer is told by itself."""
        if len(self.rows) == 1:
            return ()
        lines = of_whole(self.net, self.report, measured, self.memory)
        return (*lines, *self._end_to_end(outputs, self.compared)) if self.compared else lines

    def _end_to_end(self, outputs: tuple[Array, ...], compared: Compared) -> tuple[Line, ...]:
        shaking = np.random.default_rng((self.seed, 3))
        plans, exactly = self._in_double(self.arrays, self._stored)
        kept = self.file.whole if self.file is not None else ()
        inputs = self.arrays | shaken({name: x for name, x in self.arrays.items() if name not in kept}, shaking)
        _, nearby = self._in_double(
            inputs,
            lambda name, plan: self._shaken(name, plan, shaking),
            lambda plan, xs, made: rounded(plan, xs, made, shaking),
        )
        calls = []
        for index, (name, layer, refs, _) in enumerate(self.net.nodes):
            if layer is None:
                continue
            plan = plans[index]
            writes = tuple(_name(Ref(index, output)) for output in range(len(plan.made)))
            stored = partial(self._stored, name, plan)
            calls.append(Call(plan.layer, plan.inputs, plan.outputs, tuple(map(_name, refs)), writes, stored))
        positions = {node.name: index for index, node in enumerate(self.net.nodes)}
        values = {_name(Ref(positions[name], 0)): x for name, x in self.arrays.items()}
        wanted = tuple(map(_name, self.net.outputs))
        allowed = InDouble(exactly, bounds(exactly, nearby, terms=1.0))
        line = compared.end_to_end(calls, values, wanted, outputs, allowed)
        return (line,) if self.file is None else (line, self.file.end_to_end(compared, outputs, allowed))

    def _in_double(
        self, arrays: dict[str, Array], stored: Stored, altered: Altered = lambda plan, xs, made: made
    ) -> tuple[dict[int, Plan], tuple[Array, ...]]:
        """A pass in float64: the plan of every layer by its place, and what comes out."""
        doubled = {name: x.astype(np.float64) if x.dtype.kind == "f" else x for name, x in arrays.items()}
        net = copy(self.net)
        net.nodes = [node._replace(layer=node.layer and of_single(node.layer)) for node in net.nodes]
        passing, plans = Pass(net, doubled, stored, np.dtype(np.float64), altered), {}
        for step in passing:
            plans[step.node] = step.plan
            del step
        return plans, passing.outputs


def _name(ref: Ref) -> str:
    return f"{ref.node}.{ref.output}"


def _written(shapes: tuple[Any, ...]) -> str:
    return ", ".join(map(str, shapes))
