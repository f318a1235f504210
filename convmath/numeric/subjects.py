"""What can be run: a network, or a layer, which is a network by itself; and what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ParameterError, ShapeError, show, unknown_name
from ..core.shape import as_shape
from ..layers.base import Layer
from ..network.network import Network
from ..network.tensor import Tensor
from .arrays import are_arrays, as_array, batch_shape, each_shape

if TYPE_CHECKING:
    from ..core.shape import Shape
    from .arrays import Array

    Subject = Layer | Network
    """A layer or a network."""


def check_subject(subject: object) -> None:
    """ParameterError for what is neither a layer nor a network.

    >>> check_subject("Conv2d")
    Traceback (most recent call last):
    convmath.core.errors.ParameterError: 'Conv2d' is no layer and no network (give one, such as Conv2d(3, 8, 3))
    """
    if not isinstance(subject, Layer | Network):
        raise ParameterError(f"{show(subject)} is no layer and no network (give one, such as Conv2d(3, 8, 3))")


def as_network(subject: Subject, shapes: tuple[Shape, ...]) -> Network:
    """The network itself, or one of a layer alone, with an input for each of the shapes and all its outputs."""
    check_subject(subject)
    return alone(subject, shapes) if isinstance(subject, Layer) else subject


def alone(layer: Layer, shapes: tuple[Shape, ...]) -> Network:
    """A network of one layer, with as many inputs and outputs as it has for inputs of these shapes."""
    network = Network(layer.op)
    names = input_names(layer, len(shapes))
    made = network.add(layer, *(network.input(name) for name in names))
    if len(shapes) == len(names):  # how many outputs there are may depend on the input
        count = len(layer.facts(*shapes).outputs)
        network.output(*(Tensor(network, (made.ref._replace(output=o),)) for o in range(count)))
    return network


def settled(subject: Subject, shape: Any) -> tuple[Network, dict[str, Shape]]:
    """The network, and the shape of each of its inputs: given by name, in order as a list, or remembered if None.

    >>> from convmath.layers.merge import Add
    >>> settled(Add(), {"input_1": "1x3", "input": (2, 3)})
    (<Network Add: 1 layers>, {'input': (2, 3), 'input_1': (1, 3)})
    """
    named = shape if isinstance(shape, Mapping) else {}
    shapes = () if shape is None or named is shape else tuple(map(as_shape, each_shape(shape)))
    net = as_network(subject, shapes or tuple(map(as_shape, in_order(subject, named))))
    return net.settled(shapes, named)


def input_names(layer: Layer, count: int) -> list[str]:
    """What the inputs of a layer by itself are called, as many as are given and as it needs at least.

    >>> from convmath.layers.merge import Add
    >>> input_names(Add(), 3)
    ['input', 'input_1', 'input_2']
    """
    return [f"input_{place}" if place else "input" for place in range(max(count, layer.arity[0]))]


def in_order(subject: Subject, named: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is given by name in the order in which a layer reads it; names that are none are left to who reads them."""
    names = input_names(subject, len(named)) if isinstance(subject, Layer) else ()
    return tuple(named[name] for name in names if name in named)


def received(subject: Subject, x: Any) -> tuple[Network, dict[str, Array]]:
    """The network that runs, and an array for each of its inputs: given by name, in order, or alone.

    >>> from convmath.layers.merge import Add
    >>> net, arrays = received(Add(), [np.ones((1, 2)), np.zeros((1, 2))])
    >>> net, list(arrays)
    (<Network Add: 1 layers>, ['input', 'input_1'])
    """
    check_subject(subject)
    if isinstance(subject, Network):
        return subject, _by_name(subject, x)
    several = (subject.arity[1] > 1 and isinstance(x, tuple | list)) or are_arrays(x)
    each = in_order(subject, x) if isinstance(x, Mapping) else tuple(x) if several else (x,)
    names = ["the input"] if len(each) == 1 else [f"input {place}" for place in range(len(each))]
    arrays = [as_array(f"{subject.op}: {name}", one) for name, one in zip(names, each, strict=True)]
    net = alone(subject, tuple(batch_shape(array.shape) for array in arrays))
    return net, _by_name(net, x if isinstance(x, Mapping) else dict(zip(net.input_shapes, arrays, strict=False)))


def _by_name(net: Network, x: Any) -> dict[str, Array]:
    names = list(net.input_shapes)
    if isinstance(x, Mapping):
        arrays = dict(x)
    elif (len(names) > 1 and isinstance(x, tuple | list)) or are_arrays(x):
        if len(x) != len(names):
            who = f"{len(names)} inputs: {', '.join(names)}" if len(names) > 1 else f"one input, {names[0]}"
            raise ShapeError(f"{net.name}: {len(x)} arrays are given for {who}")
        arrays = dict(zip(names, x, strict=True))
    else:
        arrays = {names[0]: x}
    for name in arrays:
        if name not in names:
            raise unknown_name("input", str(name), names)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ParameterError(
            f"{net.name}: the input {missing[0]!r} is missing (give a list of arrays, or a dict by name: {names})"
        )
    return {name: as_array(f"{net.name}: the input {name!r}", arrays[name]) for name in names}


def weight_name(subject: Subject, layer: str, weight: str) -> str:
    """What a weight is called from outside: a network's begins with its layer, a layer's own is plain."""
    return weight if isinstance(subject, Layer) else f"{layer}.{weight}"


def check_seed(seed: object) -> int:
    """A seed of random numbers; ParameterError for what is none.

    >>> check_seed(-1)
    Traceback (most recent call last):
    convmath.core.errors.ParameterError: seed=-1 is not an integer from 0
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed={show(seed)} is not an integer from 0")
    return int(seed)
