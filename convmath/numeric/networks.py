"""A network run end to end, layer by layer, keeping only what is still read."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.shape import Shape
from ..network.node import Ref
from .arrays import apart, batch_shape, checked, checked_weights, known_weights
from .indices import common_dtype, runs_in
from .initial import initial_weights
from .kernels import operands
from .memory import refuse_above
from .plans import Plan
from .subjects import check_seed, received, weight_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..layers.base import Layer
    from ..network.network import Network
    from .arrays import Array, Asked, Weights

    Stored = Callable[[str, Plan], Weights]
    """The arrays that a layer of this name runs with, by this plan."""

    Altered = Callable[[Plan, tuple[Array, ...], tuple[Array, ...]], tuple[Array, ...]]
    """What is handed on of that which a layer made of what it read, by this plan."""


class Step(NamedTuple):
    """A layer of a network that has just run: what it read, with which arrays, what it made."""

    node: int
    """The layer's place among the network's nodes."""
    plan: Plan
    inputs: tuple[Array, ...]
    weights: Weights
    outputs: tuple[Array, ...]


class Pass:
    """One pass over a network: iterating runs one layer after the other, and keeps only what is still read.

    It runs once, in its inputs' dtype if no other is given. `stored(name, plan)` gives the arrays that a layer runs
    with; `altered(plan, inputs, outputs)`, what is handed on in place of its outputs. At the end `outputs` holds what
    the network hands out.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(1, 1, 2, bias=False), Conv2d(1, 1, 2, bias=False))
    >>> ones = lambda name, plan: {"weight": np.ones((1, 1, 2, 2), int)}
    >>> [(net.nodes[step.node].name, step.outputs[0].shape) for step in Pass(net, np.ones((1, 1, 4, 5), int), ones)]
    [('0', (1, 1, 3, 4)), ('1', (1, 1, 2, 3))]
    """

    def __init__(
        self, net: Network, x: object, stored: Stored, dtype: np.dtype[Any] | None = None,
        altered: Altered = lambda plan, inputs, outputs: outputs,
    ) -> None:  # fmt: skip
        self.net, self.stored, self.altered = net, stored, altered
        _, self.arrays = received(net, x)
        self.dtype = common_dtype(net, self.arrays, None) if dtype is None else dtype
        self._values: dict[Ref, Array] = {}
        self._left = readers(net)
        self._plans: dict[tuple[int, tuple[Shape, ...], np.dtype[Any]], Plan] = {}

    def __iter__(self) -> Iterator[Step]:
        # What a step reads and makes lives in `_run` alone, so that nothing is held here while the next one runs.
        for index, node in enumerate(self.net.nodes):
            if node.layer is None:
                self._keep(index, (self.arrays.pop(node.name),))
        for index, node in enumerate(self.net.nodes):
            if node.layer is not None:
                yield self._run(index, *node)

    @property
    def outputs(self) -> tuple[Array, ...]:
        """What the network hands out."""
        return tuple(self._values[ref] for ref in self.net.outputs)

    def _run(self, index: int, name: str, layer: Any, refs: tuple[Ref, ...], kind: int) -> Step:
        read = tuple(self._values[ref] for ref in refs)
        shapes = tuple(Shape(array.shape) for array in read)
        dtype = runs_in(layer, read, self.dtype)
        if (kind, shapes, dtype) not in self._plans:
            self._plans[kind, shapes, dtype] = Plan(layer, shapes, dtype)
        plan = self._plans[kind, shapes, dtype]
        stored = self.stored(name, plan)
        y = plan(read if len(read) != 1 else read[0], stored)
        made: tuple[Array, ...] = self.altered(plan, read, y if type(y) is tuple else (y,))
        self._keep(index, made)
        for ref in refs:
            self._left[ref] -= 1
            if not self._left[ref]:
                del self._values[ref]
        return Step(index, plan, read, stored, made)

    def _keep(self, index: int, made: tuple[Array, ...]) -> None:
        self._values |= {ref: array for output, array in enumerate(made) if self._left[ref := Ref(index, output)]}


def run(
    net: Layer | Network,
    x: object,
    weights: Mapping[str, Array] | None = None,
    seed: int = 0,
    memory: int | str | None = None,
) -> Any:
    """What a network makes of `x`: one array, or several, a list in the inputs' order or a dict by their names.

    Several outputs make a tuple; all are arrays of their own. Weights are by PyTorch's names, such as
    layer1.0.conv1.weight, in the dtype of `x` or one that fits into it; where `x` is indices alone, all is in that of
    the weights. Without any, initial ones are made from the seed: Kaiming's, of integers small whole numbers. A layer
    by itself is run likewise, with weights by its own names. The batch may be empty. A run that may take more than
    `memory`, in bytes or as a text such as 2GiB, half of what is free if left out, is refused before anything is made.
    Raises ShapeError, naming the layer, where it does not accept what reaches it, ParameterError for weights that are
    not the network's and for too much memory.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(1, 1, 2, bias=False))
    >>> run(net, np.ones((1, 1, 2, 3), int), {"0.weight": np.ones((1, 1, 2, 2), int)})
    array([[[[4, 4]]]])
    """
    from .demands import demand

    network, arrays = received(net, x)
    dtype, shapes = common_dtype(network, arrays, weights), shapes_of(arrays)
    refuse_above(memory, demand(network, list(shapes.values()), dtype).total, network.name)
    passing = Pass(network, arrays, given_or_initial(net, network, arrays, weights, seed), dtype)
    deque(passing, maxlen=0)
    outputs = tuple(apart(y, arrays.values()) for y in passing.outputs)
    return outputs[0] if len(outputs) == 1 else outputs


def given_or_initial(
    subject: Layer | Network, net: Network, arrays: Mapping[str, Array], weights: Mapping[str, Array] | None, seed: int
) -> Stored:
    """What each layer runs with: the weights given by PyTorch's names, or initial ones, made when they are asked for.

    All that are given are checked here. Raises ParameterError or ShapeError, naming it, for one that is not the
    network's.
    """
    rows = [row for row in net.analyze(**shapes_of(arrays)).rows if row.layer is not None]
    own = {row.name: {**row.layer.weights(), **row.layer.buffers()} for row in rows if row.layer is not None}
    if weights is None:
        generator = np.random.default_rng(check_seed(seed))
        return lambda name, plan: initial_weights(own[name], plan.dtype, generator)
    dtype = common_dtype(net, arrays, weights)
    asked: dict[str, Asked] = {
        row.name: {name: (sizes, dtype) for name, sizes in own[row.name].items()} | operands(row.layer, row.inputs)
        for row in rows if row.layer is not None
    }  # fmt: skip
    every = {weight_name(subject, layer, name): one for layer in asked for name, one in asked[layer].items()}
    given = known_weights(weights, every, net.name)
    for name, wanted in every.items():  # each by itself: what is converted here is not kept
        checked(f"{net.name}: {name}", given[name], *wanted)
    parted = {layer: {name: given[weight_name(subject, layer, name)] for name in asked[layer]} for layer in asked}
    return lambda name, plan: checked_weights(parted[name], asked[name], name)


def shapes_of(arrays: Mapping[str, Array]) -> dict[str, Shape]:
    """The shape of every input; batches may be empty."""
    return {name: batch_shape(array.shape) for name, array in arrays.items()}


def readers(net: Network) -> Counter[Ref]:
    """How often each value is still to be read; what the network hands out is read once more."""
    return Counter([*(ref for node in net.nodes for ref in node.inputs), *net.outputs])
