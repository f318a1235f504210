"""An ONNX file run as it is beside the network that was read from it, on the same numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bridge.unequal import NoEqualError
from ..core.errors import ParameterError
from ..core.shape import Shape
from ..core.size import are_numbers
from ..formats.onnx_in.load import read_model
from ..formats.onnx_in.values import WHOLE_TYPES, Array, Flow, roots_of
from ..layers.source import Constant
from ..network.node import Ref
from ..numeric.indices import drawn_for, readers_of_indices, runs_in
from ..numeric.plans import Plan
from .comparing import InDouble
from .peers import model_file
from .rounding import SINGLE, bounds, in_double, magnitude, run, shaken
from .verdicts import AS_FILE, NOT_COMPARED, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..core.size import Size
    from ..formats.onnx_in.load import Imported
    from ..formats.onnx_in.opening import Source
    from ..numeric.arrays import Weights
    from ..numeric.indices import Reader
    from ..report.analysis import Report
    from .comparing import Compared


def read_file(
    source: Source, given: Mapping[str, Size], shapes: Mapping[int | str, object], spare: Mapping[str, Size]
) -> tuple[Imported, str | None]:
    """The network of a model, and the path of its file; ParameterError where it computes more coarsely than we do."""
    found = read_model(source, given, shapes, spare=spare)
    kind = model_file.coarse(found.model)
    if kind:
        raise ParameterError(f"{found.network.name}: the file computes in {kind}, only float32 is compared")
    return found, os.fsdecode(source) if isinstance(source, str | os.PathLike) else None


TEXT = 8
"""The element type of texts."""


class FromFile:
    """What a file makes of drawn inputs, by its own arrays: for every layer's inputs, weights and outputs."""

    def __init__(self, found: Imported, path: str | None, given: Mapping[str, Shape], seed: int) -> None:
        self.net, self.held, self.differing = found.network, found.held, found.differing
        self._where = _where(found)
        generator = np.random.default_rng((seed, 4))
        placed = readers_of_indices(self.net, self.net.analyze(**given))
        fed = _fed(found, given, placed, generator)
        stored = _drawn(found, fed, generator)
        arrays = {name for held in found.held.values() for group in held for one in group for name in _asked(one)}
        wanted = [*arrays, *self._where.values(), *found.outputs]
        self._told = model_file.run_file(found.model, path, stored, fed, wanted)
        self.arrays = {
            found.names[value.draft]: np.asarray(
                fed[name], np.int64 if found.names[value.draft] in placed else np.float32
            )
            for name, value in found.values.items()
            if name in fed and isinstance(value, Flow) and value.draft in found.names
        }
        self.whole = {name for name in self.arrays if name in _whole_inputs(found)}
        """The inputs of whole numbers, which are indices or answers to yes and no, and no measurements."""
        self.outputs = tuple(self._told[name] for name in found.outputs)

    def stored(self, name: str, plan: Plan) -> Weights:
        """The arrays that a layer runs with, which are the file's."""
        held = [array for group in self.held[name] for array in group]
        if len(held) != len(plan.weights):
            raise ParameterError(
                f"{name}: {plan.layer.op} has {len(plan.weights)} arrays, and its operators in the file {len(held)}"
            )
        made = {}
        for (key, (sizes, dtype)), array in zip(plan.weights.items(), held, strict=True):
            numbers = self._numbers(array)
            if numbers.size != np.prod(sizes, dtype=int):
                raise ParameterError(f"{name}: its {key} is {tuple(sizes)}, the file's {numbers.shape}")
            kind = SINGLE if dtype.kind == "f" else dtype  # which a pass in float64 takes as it is
            made[key] = np.array(numbers.reshape(sizes), kind, order="C")
        return made

    def lines(self, compared: Compared, report: Report, generator: np.random.Generator) -> dict[str, Line]:
        """For every layer what it makes of the numbers that its operator reads in the file, beside what that makes."""
        positions = {node.name: place for place, node in enumerate(self.net.nodes)}
        values = {Ref(positions[name], 0): array for name, array in self.arrays.items()}
        kept = {Ref(positions[name], 0) for name in self.whole}
        kept |= {Ref(place, 0) for place, node in enumerate(self.net.nodes) if isinstance(node.layer, Constant)}
        found = {}
        for place, (name, layer, refs, _) in enumerate(self.net.nodes):
            if layer is None:
                continue
            xs = tuple(values[ref] for ref in refs)
            plan = Plan(layer, tuple(Shape(x.shape) for x in xs), runs_in(layer, xs, SINGLE))
            stored, cost = self.stored(name, plan), report[name].cost
            made = run(plan, xs, stored)
            whole = {at for at, ref in enumerate(refs) if ref in kept}
            told = {output: self._where.get((name, output)) for output in range(len(made))}
            there = {output: self._told[called] for output, called in told.items() if called is not None}
            kept |= {Ref(place, output) for output, array in there.items() if array.dtype.kind != "f"}
            values |= {Ref(place, output): _as_made(there.get(output, y), y) for output, y in enumerate(made)}
            if there and name in self.differing:
                found[name] = self._not_compared("to rounding", {self.differing[name]})
            elif there:
                terms = max(1.0, (cost.macs + cost.operations) / max(cost.activations, 1))
                found[name] = self._line(compared, plan, xs, stored, made, whole, there, terms, generator)
        return found

    def end_to_end(self, compared: Compared, made: tuple[Any, ...], allowed: InDouble) -> Line:
        """What the network makes of the file's inputs, beside what the file makes of them."""
        if self.differing:
            return self._not_compared("end to end", set(self.differing.values()))
        how = "the furthest from float64 that any output is, here or where the file itself runs"
        return compared.beside(f"{AS_FILE}, end to end", how, made, lambda: self.outputs, allowed)

    def _not_compared(self, what: str, reasons: set[str]) -> Line:
        first, more = min(reasons), len(reasons) - 1
        told = f"{first}; and {more} more" if more else first
        return Line(f"{AS_FILE}, {what}", None, None, NOT_COMPARED, f"the file computes otherwise, {told}")

    def _line(
        self, compared: Compared, plan: Plan, xs: tuple[Any, ...], stored: Weights, made: tuple[Any, ...],
        whole: set[int], there: dict[int, Any], terms: float, generator: np.random.Generator,
    ) -> Line:  # fmt: skip
        exactly = in_double(plan, xs, stored)
        moved = {place: x for place, x in enumerate(xs) if place not in whole}
        beside = dict(enumerate(xs)) | shaken(moved, generator)
        nearby = in_double(plan, tuple(beside.values()), shaken(stored, generator))
        allowed = bounds(exactly, nearby, terms, max(map(magnitude, xs), default=0.0))
        how = "the furthest from float64 that float32 is here or in the file, on what the file reads there"
        picked = InDouble(tuple(exactly[o] for o in there), tuple(allowed[o] for o in there))
        return compared.beside(
            f"{AS_FILE}, to rounding", how, [made[o] for o in there], lambda: list(there.values()), picked
        )

    def _numbers(self, array: Array) -> Any:
        """The numbers of a stored array: those of the file, or what layers make of them."""
        if array.name in self._told:
            return self._told[array.name]
        if array.work is not None:
            work, output = array.work
            read = tuple(self._numbers(value) for value in work.values)
            plan = Plan(work.layer, tuple(Shape(x.shape) for x in read), np.result_type(*read))
            return run(plan, read, {})[output]
        if array.numbers is not None:
            return np.array(array.numbers.tolist(), np.float32)
        raise NoEqualError("does not tell its numbers")


def _as_made(there: Any, made: Any) -> Any:
    """What the file makes as the next layers read it; where it has another shape, which is told, what is made here."""
    return there.astype(made.dtype, copy=False) if there.shape == made.shape else made


def _where(found: Imported) -> dict[tuple[str, int], str]:
    """What the file calls each output of each layer; the first of several names."""
    where: dict[tuple[str, int], str] = {}
    for name, value in found.values.items():
        if isinstance(value, Flow) and value.draft in found.names and name:
            layer = found.names[value.draft]
            if layer not in found.network.input_shapes:
                where.setdefault((layer, value.output), name)
    return where


def _whole_inputs(found: Imported) -> set[str]:
    flows = (value for value in found.values.values() if isinstance(value, Flow) and value.draft in found.names)
    return {found.names[flow.draft] for flow in flows if flow.type in WHOLE_TYPES}


def _fed(
    found: Imported, given: Mapping[str, Shape], placed: Mapping[str, Reader], generator: np.random.Generator
) -> dict[str, Any]:
    """Numbers for all inputs of the file: normal ones, indices that all their readers accept, 0 and 1, known ones."""
    stored = {tensor.name for tensor in found.model.graph.initializer}
    fed: dict[str, Any] = {}
    for info in found.model.graph.input:
        if info.name in stored:
            continue
        value, kind = found.values[info.name], info.type.tensor_type.elem_type
        if kind == TEXT:
            raise ParameterError(f"{found.network.name}: {info.name!r} is an input of texts, which no layer reads")
        dtype = model_file.dtype_of(kind)
        if isinstance(value, Array):
            if value.numbers is None or not are_numbers(*value.numbers.reshape(-1).tolist()):
                raise ParameterError(f"{found.network.name}: what is given to {info.name!r} is no number (use --given)")
            fed[info.name] = np.array(value.numbers.tolist(), dtype)
            continue
        name = found.names.get(value.draft, "")
        shape = given.get(name, value.shape)
        if not are_numbers(*shape):
            raise ParameterError(f"{found.network.name}: only numbers can be run, and {shape} has symbols")
        if name in placed:
            drawn = drawn_for(placed[name], shape, generator)
        elif kind in WHOLE_TYPES:
            drawn = generator.integers(0, 2, shape)
        else:
            drawn = generator.standard_normal(shape, np.float32)
        fed[info.name] = drawn.astype(dtype)
    return fed


def _drawn(found: Imported, fed: Mapping[str, Any], generator: np.random.Generator) -> dict[str, Any]:
    """Numbers for the arrays that layers hold and the file does not tell."""
    groups = [group for held in found.held.values() for group in held]
    names = [name for group in groups for name, _ in roots_of(group) if name not in fed]
    made = {}
    for name in model_file.without_numbers(found.model, names):
        value = found.values[name]
        made[name] = _any(tuple(value.shape), generator).astype(model_file.dtype_of(value.type))
    return made


def _any(shape: tuple[int, ...], generator: np.random.Generator) -> Any:
    """Weights of the size of Kaiming's; along one axis near 1, as scales and variances are."""
    if len(shape) < 2:
        return generator.uniform(0.5, 1.5, shape)
    fan = max(int(np.prod(shape[1:])), 1)
    return generator.standard_normal(shape, np.float32) * np.float32((2 / fan) ** 0.5)


def _asked(array: Array) -> Iterable[str]:
    """The values of the file that an array's numbers come from."""
    if array.name:
        return (array.name,)
    return () if array.work is None else (name for value in array.work[0].values for name in _asked(value))
