"""Places that layers read beside numbers: which inputs hold them, and some to run with."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..layers.lookup import Embedding, Gather
from ..layers.scatter import Scatter, ScatterElements, ScatterND
from ..layers.unpool import MaxUnpool
from .arrays import as_dtype
from .kernels import places
from .workspaces import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..report.analysis import Report
    from .arrays import Array

    Inputs = tuple[Shape, ...]


class Reader(NamedTuple):
    """A layer that reads places, and the shapes of all its inputs."""

    layer: Layer
    inputs: Inputs


def readers_of_places(net: Network, report: Report) -> dict[str, Reader]:
    """The inputs of a network that nothing reads but as places, and for each the first layer that does.

    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Embedding(9, 4))
    >>> readers_of_places(net, net.analyze((2, 5)))
    {'input': Reader(layer=Embedding(9, 4), inputs=((2, 5),))}
    """
    found: dict[str, Reader] = {}
    others = {ref.node for ref in net.outputs}
    for node, row in zip((one for one in net.nodes if one.layer is not None), report.rows, strict=True):
        assert row.layer is not None
        for ref, bound in zip(node.inputs, places(row.layer, row.inputs), strict=True):
            if bound is None:
                others.add(ref.node)
            else:
                found.setdefault(net.nodes[ref.node].name, Reader(row.layer, row.inputs))
    numbers = {net.nodes[index].name for index in others}
    return {name: found[name] for name in net.input_shapes if name in found and name not in numbers}


def common_dtype(net: Network, arrays: Mapping[str, Array], weights: Mapping[str, object] | None) -> np.dtype[Any]:
    """The dtype that a network runs in: that of its inputs, places left out; without others that of its weights.

    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.network.network import Sequential
    >>> common_dtype(Sequential(Embedding(9, 4)), {"input": np.zeros((2, 5), int)}, None)
    dtype('float32')
    """
    shapes = {name: (max(array.shape[0], 1), *array.shape[1:]) if array.ndim else () for name, array in arrays.items()}
    placed = readers_of_places(net, net.analyze(**shapes))
    numbers = [array for name, array in arrays.items() if name not in placed]
    if not numbers:
        numbers = [
            array
            for array in (weights or {}).values()
            if getattr(getattr(array, "dtype", None), "kind", "") in ("f", "c")
        ]
    return as_dtype(np.result_type(*(numbers or [np.float32])))


def widened(net: Network, report: Report, dtype: np.dtype[Any]) -> int:
    """Bytes that a network's inputs of places take beyond numbers of a dtype."""
    placed = readers_of_places(net, report)
    return max(WIDE - dtype.itemsize, 0) * sum(prod(report.inputs[name]) for name in placed)


def some_places(layer: Layer, inputs: Inputs, generator: np.random.Generator) -> Array:
    """Places for the input of a layer that holds them, or for what goes with its weights: none twice in a scattering.

    >>> from convmath.core.shape import Shape
    >>> sorted(some_places(Scatter(), (Shape((2, 3)), Shape((6,))), np.random.default_rng(0)).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    for family, draw in DRAWN.items():
        if isinstance(layer, family):
            return draw(layer, inputs, generator)
    raise AssertionError(layer.op)


def _listed(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    return generator.integers(0, places(layer, inputs)[-1], inputs[-1])


def _anywhere(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    return _distinct(inputs[0].elements, inputs[1].elements, generator).reshape(inputs[1])


def _along(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    x, told, _ = inputs
    axis = layer.dim % len(x)
    drawn = np.empty((*told[:axis], *told[axis + 1 :], told[axis]), np.int64)
    for line in np.ndindex(drawn.shape[:-1]):
        drawn[line] = _distinct(x[axis], told[axis], generator)
    return np.moveaxis(drawn, -1, axis)


def _leading(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    x, told, _ = inputs
    sizes = x[: told[-1]]
    flat = _distinct(prod(sizes), prod(told[:-1]), generator)
    return np.stack(np.unravel_index(flat, sizes), -1).reshape(told)


def _distinct(size: int, count: int, generator: np.random.Generator) -> Array:
    """So many numbers below a size; none twice before each was there."""
    return np.resize(generator.permutation(size), count)


def _in_windows(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    """Where a pooling may have found each input of an unpooling: in its window, and if that can be each elsewhere."""
    x, y = inputs[0], layer.infer(*inputs)[0]
    index = np.zeros(x, np.int64)
    for axis, (size, bound) in enumerate(zip(x.spatial, y.spatial, strict=True)):
        kernel, stride = layer.kernel_size[axis], (layer.stride or layer.kernel_size)[axis]
        first = np.arange(size).reshape(-1, *(1,) * (x.rank - axis - 1)) * stride
        beyond = generator.integers(0, max(min(stride, kernel - 2 * layer.padding[axis]), 1), x)
        index = index * bound + (first + beyond).clip(0, bound - 1)
    return index


DRAWN: dict[type[Layer], Callable[[Any, Inputs, np.random.Generator], Array]] = {
    MaxUnpool: _in_windows,
    Scatter: _anywhere,
    ScatterElements: _along,
    ScatterND: _leading,
    Embedding: _listed,
    Gather: _listed,
}
"""How places are drawn, by the family that reads them."""
