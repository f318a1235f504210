"""A network run end to end, layer by layer, keeping only what is still read."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import ParameterError, show, unknown_name
from ..core.shape import Shape
from ..network.network import Network, Ref
from .arrays import as_array, as_dtype
from .initial import initial_weights
from .kernels import operands
from .plans import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .arrays import Array, Weights

    Stored = Callable[[str, Plan], Weights]
    """The arrays that a layer of this name runs with, by this plan."""


class Step(NamedTuple):
    """A layer of a network that has just run: what it read, with which arrays, what it made, what was held."""

    node: int
    """The layer's place among the network's nodes."""
    plan: Plan
    inputs: tuple[Array, ...]
    weights: Weights
    outputs: tuple[Array, ...]
    held: int
    """Numbers in all values that were still to be read, and in all that was just made."""


class Pass:
    """One pass over a network: iterating runs one layer after the other, and keeps only what is still read.

    `stored(name, plan)` gives the arrays that a layer runs with. At the end `outputs` holds what the network hands out.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(1, 1, 2, bias=False), Conv2d(1, 1, 2, bias=False))
    >>> ones = lambda name, plan: {"weight": np.ones((1, 1, 2, 2), int)}
    >>> [(net.nodes[step.node].name, step.held) for step in Pass(net, np.ones((1, 1, 4, 5), int), ones)]
    [('0', 32), ('1', 18)]
    """

    def __init__(self, net: Network, x: object, stored: Stored) -> None:
        self.net, self.stored = net, stored
        self.arrays = _inputs(net, x)
        self.dtype = as_dtype(np.result_type(*self.arrays.values()))
        self._values: dict[Ref, Array] = {}
        self._left = readers(net)
        self._plans: dict[tuple[int, tuple[Shape, ...]], Plan] = {}

    def __iter__(self) -> Iterator[Step]:
        # What a step reads and makes lives in `_run` alone, so that nothing is held here while the next one runs.
        for index, node in enumerate(self.net.nodes):
            if node.layer is None:
                self._keep(index, (self.arrays[node.name],))
            else:
                yield self._run(index, *node)

    @property
    def outputs(self) -> tuple[Array, ...]:
        """What the network hands out."""
        return tuple(self._values[ref] for ref in self.net.outputs)

    def _run(self, index: int, name: str, layer: Any, refs: tuple[Ref, ...], kind: int) -> Step:
        read = tuple(self._values[ref] for ref in refs)
        shapes = tuple(Shape(array.shape) for array in read)
        if (kind, shapes) not in self._plans:
            self._plans[kind, shapes] = Plan(layer, shapes, self.dtype)
        plan = self._plans[kind, shapes]
        stored = self.stored(name, plan)
        y = plan(read if len(read) > 1 else read[0], stored)
        made: tuple[Array, ...] = y if type(y) is tuple else (y,)
        held = sum(array.size for array in (*self._values.values(), *made[: len(plan.outputs)]))
        self._keep(index, made)
        for ref in refs:
            self._left[ref] -= 1
            if not self._left[ref]:
                del self._values[ref]
        return Step(index, plan, read, stored, made, held)

    def _keep(self, index: int, made: tuple[Array, ...]) -> None:
        self._values |= {ref: array for output, array in enumerate(made) if self._left[ref := Ref(index, output)]}


def run(
    net: Network,
    x: object,
    weights: Mapping[str, Array] | None = None,
    seed: int = 0,
    memory: int | str | None = None,
) -> Any:
    """What a network makes of `x`: one array, or several by the names of its inputs; a tuple if it has several outputs.

    Weights are by PyTorch's names, such as layer1.0.conv1.weight; without any, initial ones are made from the seed.
    With `memory`, in bytes or as a text such as 2GiB, a run that may take more is refused before anything is made.
    Raises ShapeError, naming the layer, where it does not accept what reaches it, ParameterError for weights that are
    not the network's and for too much memory.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(1, 1, 2, bias=False))
    >>> run(net, np.ones((1, 1, 2, 3), int), {"0.weight": np.ones((1, 1, 2, 2), int)})
    array([[[[4, 4]]]])
    """
    passing = Pass(net, x, given_or_initial(net, x, weights, seed))
    if memory is not None:
        from .demands import demand
        from .memory import refuse_above

        shapes = [array.shape for array in passing.arrays.values()]
        refuse_above(memory, demand(net, shapes, passing.dtype).total, net.name)
    deque(passing, maxlen=0)
    outputs = passing.outputs
    return outputs[0] if len(outputs) == 1 else outputs


def given_or_initial(net: Network, x: object, weights: Mapping[str, Array] | None, seed: int) -> Stored:
    """What each layer runs with: the weights given by PyTorch's names, or initial ones, made when they are asked for.

    Raises ParameterError for weights that are not the network's.
    """
    shapes = {name: array.shape for name, array in _inputs(net, x).items()}
    layers = {row.name: (row.layer, row.inputs) for row in net.analyze(**shapes).rows if row.layer is not None}
    own = {name: {**layer.weights(), **layer.buffers()} for name, (layer, _) in layers.items()}
    if weights is not None:
        given = _parted(weights, {name: {**own[name], **operands(*layer)} for name, layer in layers.items()})
        return lambda name, plan: given[name]
    generator = np.random.default_rng(seed)
    return lambda name, plan: initial_weights(own[name], plan.dtype, generator)


def _inputs(net: Network, x: Any) -> dict[str, Array]:
    if not isinstance(net, Network):
        raise ParameterError(f"{show(net)} is no network (a layer by itself is run by its plan)")
    names = list(net.input_shapes)
    arrays = dict(x) if isinstance(x, Mapping) else {names[0]: x}
    for name in arrays:
        if name not in names:
            raise unknown_name("input", name, names)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ParameterError(f"{net.name}: the input {missing[0]!r} is missing (give arrays by name: {names})")
    return {name: as_array(f"{net.name}: the input {name!r}", arrays[name]) for name in names}


def _parted(weights: Mapping[str, Array], own: Mapping[str, Mapping[str, Any]]) -> dict[str, Weights]:
    """A network's weights, each with its layer."""
    if not isinstance(weights, Mapping):
        raise ParameterError(f"weights are arrays by name, not {show(weights)} (give a dict such as {{'0.weight': w}})")
    places = {f"{layer}.{name}": (layer, name) for layer, shapes in own.items() for name in shapes}
    given: dict[str, Weights] = {layer: {} for layer in own}
    for name, array in weights.items():
        if name not in places:
            raise unknown_name("weight", name, list(places))
        layer, within = places[name]
        given[layer][within] = array
    return given


def readers(net: Network) -> Counter[Ref]:
    """How often each value is still to be read; what the network hands out is read once more."""
    return Counter([*(ref for node in net.nodes for ref in node.inputs), *net.outputs])
