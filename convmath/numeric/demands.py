"""How much memory a run takes, told before anything is allocated."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParameterError
from ..core.size import are_numbers
from ..network.network import Network
from ..report.describe import show_bytes
from ..resources.flow import flow, numbers
from ..resources.liveness import spans_of, sums
from .arrays import as_dtype
from .indices import widened
from .kernels import operands
from .subjects import settled
from .workspaces import WIDE, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import DTypeLike

    from ..core.shape import Shape
    from ..layers.base import Facts, Layer
    from ..report.row import Row

OBJECTS = 1 << 16
"""Bytes for Python's own objects in any run."""

BUFFERED = 3 << 13
"""Numbers in the buffers of one NumPy function: 8,192 of each of its arrays, be it cast or only walked through."""

FOR_EACH = 1 << 12
"""And for every layer of a network."""


class Demand(NamedTuple):
    """Bytes that a run takes where it takes the most: at one layer of a network."""

    inputs: int
    weights: int
    activations: int
    workspace: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {show_bytes(count)}" for name, count in self._asdict().items())
        return f"{show_bytes(self.total)} ({parts})"


def overhead(dtype: np.dtype[Any]) -> int:
    """Bytes that any run takes beside its arrays.

    >>> import numpy as np
    >>> overhead(np.dtype("float32"))
    262144
    """
    return OBJECTS + BUFFERED * max(dtype.itemsize, WIDE)


def demand(subject: Layer | Network, shape: Any = None, dtype: DTypeLike = "float32") -> Demand:
    """The memory that running a layer or a network on inputs of this shape takes, at most; nothing is allocated.

    Counted are the inputs; the weights, of a network those of one layer at a time, as `run` makes them (given ones are
    there already); the values still to be read; and what the kernels take besides: padded copies, columns, sparse
    matrices. Several inputs have a list of shapes, or a dict of them by name; without any, a network has those that it
    remembers. Raises ShapeError where a layer does not accept what reaches it, UnknownNameError for an input that is
    none, ParameterError for symbols.

    >>> from convmath.layers.linear import Linear
    >>> str(demand(Linear(1000, 500), (64, 1000)))
    '2.6 MiB (inputs 250.0 KiB, weights 1.9 MiB, activations 125.0 KiB, workspace 381.0 KiB)'
    """
    net, given = settled(subject, shape)
    kind, shapes = as_dtype(dtype), tuple(given.values())
    _check_numbers(net.name, shapes)
    if isinstance(subject, Network):
        return _of_network(net, given, kind)
    wider = widened(net, net.analyze(**given), kind)
    facts = subject.facts(*shapes)
    kept, at_once = workspace(facts.layer, shapes, facts.outputs, kind)
    return Demand(
        kind.itemsize * sum(map(prod, shapes)) + wider, _weights(facts.layer, shapes, kind),
        kind.itemsize * sum(map(prod, facts.outputs)) + _wider(kind) * _indices(facts),
        kept + at_once + overhead(kind),
    )  # fmt: skip


def _of_network(net: Network, given: dict[str, Shape], dtype: np.dtype[Any]) -> Demand:
    """Layer by layer: what is held, and what the layer takes; the worst of them."""
    inputs = dtype.itemsize * sum(map(prod, given.values())) + widened(net, net.analyze(**given), dtype)
    kept: dict[tuple[int, tuple[Shape, ...]], int] = {}
    worst = Demand(inputs, 0, 0, 0)
    for kind, row, held, indices in _steps(net, given):
        facts = _layer(row).facts(*row.inputs)
        space = workspace(facts.layer, row.inputs, facts.outputs, dtype)
        kept[kind, row.inputs] = space.kept
        besides = sum(kept.values()) + space.at_once + overhead(dtype) + FOR_EACH * len(net.nodes)
        activations = dtype.itemsize * held + _wider(dtype) * indices
        step = Demand(inputs, _weights(facts.layer, row.inputs, dtype), activations, besides)
        worst = max(worst, step, key=lambda one: one.total)
    return worst


def _steps(net: Network, given: dict[str, Shape], inputs: int = 0) -> Iterator[tuple[int, Row, int, int]]:
    """(kind, row, numbers held, those of them that are indices of maxima) of every layer in turn.

    Held is what is still to be read, and all that the layer makes.

    `inputs` is how often an input's own numbers count; they are there all the time in any case.
    """
    kinds = (node.kind for node in net.nodes if node.layer is not None)
    graph = flow(net.analyze(*given.values()))
    size, spans = numbers(graph.shapes), spans_of(graph)
    of_maxima = {task.makes[1]: size[task.makes[1]] for task in graph.tasks if _layer(task.row).makes_indices}
    counted = size | {value: inputs * size[value] for value in graph.inputs}
    told = (sums(graph, spans, some) for some in (counted, of_maxima))
    for kind, task, held, indices in zip(kinds, graph.tasks, *told, strict=True):
        yield kind, task.row, held, indices


def _layer(row: Row) -> Layer:
    assert row.layer is not None
    return row.layer


def _check_numbers(who: str, shapes: tuple[Shape, ...]) -> None:
    if not are_numbers(*(size for shape in shapes for size in shape)):
        raise ParameterError(f"{who}: only numbers can be run, and the sizes have symbols (give them values)")


def _weights(layer: Layer, inputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> int:
    """Weights and buffers, which are made in floats; and what else the layer runs with."""
    numbers = sum(map(prod, (*layer.weights().values(), *layer.buffers().values())))
    drawn = 0 if dtype.kind == "f" else 8
    others = sum(kind.itemsize * prod(shape) for shape, kind in operands(layer, inputs).values())
    return int((dtype.itemsize + drawn) * numbers + others)


def _indices(facts: Facts) -> int:
    """How many indices of maxima there are, which are the second output."""
    return prod(facts.outputs[1]) if facts.layer.makes_indices else 0


def _wider(dtype: np.dtype[Any]) -> int:
    """The bytes by which a place is wider than a number."""
    return max(WIDE - dtype.itemsize, 0)


def largest_held(net: Network, shapes: tuple[Shape, ...]) -> int:
    """The most numbers in values still to be read while any layer runs, all that it makes among them.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> largest_held(Sequential(Conv1d(1, 4, 1), Conv1d(4, 1, 1)), (Shape((1, 1, 10)),))
    50
    """
    return max((held for _, _, held, _ in _steps(*net.settled(shapes, {}), inputs=1)), default=0)
