"""A network run end to end, layer by layer, keeping only what is still read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import ParameterError, unknown_name
from ..core.shape import Shape
from ..network.network import Ref
from .arrays import as_array, as_dtype
from .initial import initial_weights
from .plans import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..layers.base import Layer
    from ..network.network import Network
    from .arrays import Array, Weights


def run(net: Network, x: object, weights: Mapping[str, Array] | None = None, seed: int = 0) -> Any:
    """What a network makes of `x`: one array, or several by the names of its inputs; a tuple if it has several outputs.

    Weights are by PyTorch's names, such as layer1.0.conv1.weight; without any, initial ones are made from the seed.
    Raises ShapeError, naming the layer, where it does not accept what reaches it, ParameterError for weights that are
    not the network's.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(1, 1, 2, bias=False))
    >>> run(net, np.ones((1, 1, 2, 3), int), {"0.weight": np.ones((1, 1, 2, 2), int)})
    array([[[[4, 4]]]])
    """
    left = _readers(net)
    values: dict[Ref, Array] = {}
    for step in steps(net, x, weights, seed, values):
        values |= {ref: array for ref, array in step.made.items() if left[ref]}
        for ref in net.nodes[step.node].inputs:
            left[ref] -= 1
            if not left[ref]:
                del values[ref]
    outputs = tuple(values[ref] for ref in net.outputs)
    return outputs[0] if len(outputs) == 1 else outputs


class Step(NamedTuple):
    """A node that has run: by what plan (None for an input of the network), with what weights, and what it made."""

    node: int
    plan: Plan | None
    weights: Weights
    made: dict[Ref, Array]


def steps(
    net: Network, x: object, weights: Mapping[str, Array] | None, seed: int, values: Mapping[Ref, Array]
) -> Iterator[Step]:
    """Runs a network node by node; each reads from `values`, where whoever takes the steps keeps what is still read."""
    arrays = _inputs(net, x)
    report = net.analyze(**{name: array.shape for name, array in arrays.items()})
    layers = {row.name: row.layer for row in report.rows}
    dtype = as_dtype(np.result_type(*arrays.values()))
    own = {name: _stored(layer) for name, layer in layers.items() if layer is not None}
    given = None if weights is None else _parted(weights, own)
    generator = np.random.default_rng(seed)
    plans: dict[tuple[int, tuple[Shape, ...]], Plan] = {}
    for index, (name, layer, refs, kind) in enumerate(net.nodes):
        if layer is None:
            yield Step(index, None, {}, {Ref(index): arrays[name]})
            continue
        shapes = tuple(Shape(values[ref].shape) for ref in refs)
        if (kind, shapes) not in plans:
            plans[kind, shapes] = Plan(layer, shapes, dtype)
        plan = plans[kind, shapes]
        stored = initial_weights(own[name], dtype, generator) if given is None else given[name]
        read = tuple(values[ref] for ref in refs)
        y = plan(read if len(read) > 1 else read[0], stored)
        made = y if type(y) is tuple else (y,)
        yield Step(index, plan, stored, {Ref(index, output): array for output, array in enumerate(made)})


def _inputs(net: Network, x: Any) -> dict[str, Array]:
    names = list(net.input_shapes)
    arrays = dict(x) if isinstance(x, Mapping) else {names[0]: x}
    for name in arrays:
        if name not in names:
            raise unknown_name("input", name, names)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ParameterError(f"{net.name}: the input {missing[0]!r} is missing (give arrays by name: {names})")
    return {name: as_array(f"{net.name}: the input {name!r}", arrays[name]) for name in names}


def _stored(layer: Layer) -> dict[str, tuple[int, ...]]:
    """The shapes of all arrays that a layer keeps."""
    return {**layer.weights(), **layer.buffers()}


def _parted(weights: Mapping[str, Array], own: Mapping[str, Mapping[str, Any]]) -> dict[str, Weights]:
    """A network's weights, each with its layer."""
    places = {f"{layer}.{name}": (layer, name) for layer, shapes in own.items() for name in shapes}
    given: dict[str, Weights] = {layer: {} for layer in own}
    for name, array in weights.items():
        if name not in places:
            raise unknown_name("weight", name, list(places))
        layer, within = places[name]
        given[layer][within] = array
    return given


def _readers(net: Network) -> Counter[Ref]:
    """How often each value is still to be read; what the network hands out is read once more."""
    return Counter([*(ref for node in net.nodes for ref in node.inputs), *net.outputs])
