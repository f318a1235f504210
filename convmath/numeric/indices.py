"""Indices that layers read beside numbers: which inputs hold them, and some to run with."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..layers.lookup import Embedding, Gather, GatherElements
from ..layers.scatter import Scatter, ScatterElements, ScatterND
from ..layers.unpool import MaxUnpool
from ..network.node import Ref
from .arrays import as_dtype, batch_shape
from .kernels import hooks, indices
from .workspaces import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..report.analysis import Report
    from .arrays import Array

    Inputs = tuple[Shape, ...]


class Reader(NamedTuple):
    """A layer that reads indices, the shapes of all its inputs, and below what all that reads these wants them."""

    layer: Layer
    inputs: Inputs
    below: int
    alone: bool
    """Whether nothing else reads them, and nothing moves them before."""


def readers_of_indices(net: Network, report: Report) -> dict[str, Reader]:
    """The inputs of a network that nothing reads but as indices, be they moved before, and the first layer that does.

    >>> from convmath.layers.axes import Unsqueeze
    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Unsqueeze(1), Embedding(9, 4))
    >>> readers_of_indices(net, net.analyze((2, 5)))
    {'input': Reader(layer=Embedding(9, 4), inputs=((2, 1, 5),), below=9, alone=False)}
    """
    found = _readers(net, report)
    inputs = {node.name: Ref(place) for place, node in enumerate(net.nodes) if node.layer is None}
    return {name: found[ref] for name, ref in inputs.items() if ref in found}


def sources_of_indices(net: Network, report: Report) -> dict[str, Reader]:
    """The same of the arrays that a network holds.

    >>> import convmath as cm
    >>> net = cm.Network()
    >>> made = net.add(cm.Gather(0), net.input("x", (9, 4)), net.add(cm.Constant((5,)), name="list"))
    >>> list(sources_of_indices(net, net.analyze()))
    ['list']
    """
    found = _readers(net, report)
    sources = {
        node.name: Ref(place) for place, node in enumerate(net.nodes) if node.layer is not None and not node.inputs
    }
    return {name: found[ref] for name, ref in sources.items() if ref in found}


def _readers(net: Network, report: Report) -> dict[Ref, Reader]:
    """Every value that nothing reads but as indices."""
    numbers: set[Ref] = set(net.outputs)
    found: dict[Ref, Reader] = {}
    rows = {row.name: row for row in report.whole.rows}
    for place in range(len(net.nodes) - 1, -1, -1):
        node = net.nodes[place]
        if node.layer is None:
            continue
        row = rows[node.name]
        settled = node.layer.facts(*row.inputs).layer
        made = [Ref(place, port) for port in range(len(row.outputs))]
        onward = [found[ref]._replace(alone=False) for ref in made if ref in found and ref not in numbers]
        carried = onward if hooks(settled).carries(settled) and numbers.isdisjoint(made) else []
        for ref, bound in zip(node.inputs, indices(settled, row.inputs), strict=True):
            if bound is not None:
                least = min(bound) if isinstance(bound, tuple) else bound
                _join(found, ref, Reader(settled, row.inputs, least, True))
            elif carried:
                for reader in carried:
                    _join(found, ref, reader)
            else:
                numbers.add(ref)
    return {ref: reader for ref, reader in found.items() if ref not in numbers}


def _join(found: dict[Ref, Reader], ref: Ref, reader: Reader) -> None:
    known = found.get(ref)
    if known is not None:
        reader = reader._replace(below=min(known.below, reader.below), alone=False)
    found[ref] = reader


def runs_in(layer: Layer, arrays: Sequence[Array], dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which a layer of a network runs: what it moves stays what it is, so that indices do.

    >>> from convmath.layers.axes import Unsqueeze
    >>> runs_in(Unsqueeze(1), [np.zeros((2, 3), int)], np.dtype("float32"))
    dtype('int64')
    """
    if dtype.kind in "iu" or not arrays or not all(array.dtype.kind in "iu" for array in arrays):
        return dtype
    settled = layer.facts(*(batch_shape(array.shape) for array in arrays)).layer
    return as_dtype(np.result_type(*arrays)) if hooks(settled).carries(settled) else dtype


def common_dtype(net: Network, arrays: Mapping[str, Array], weights: Mapping[str, object] | None) -> np.dtype[Any]:
    """The dtype that a network runs in: that of its inputs, indices left out; without others that of its weights.

    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.network.network import Sequential
    >>> common_dtype(Sequential(Embedding(9, 4)), {"input": np.zeros((2, 5), int)}, None)
    dtype('float32')
    """
    shapes = {name: (max(array.shape[0], 1), *array.shape[1:]) if array.ndim else () for name, array in arrays.items()}
    placed = readers_of_indices(net, net.analyze(**shapes))
    numbers = [array for name, array in arrays.items() if name not in placed]
    if not numbers:
        numbers = [
            array
            for array in (weights or {}).values()
            if getattr(getattr(array, "dtype", None), "kind", "") in ("f", "c")
        ]
    return as_dtype(np.result_type(*(numbers or [np.float32])))


def widened(net: Network, report: Report, dtype: np.dtype[Any]) -> int:
    """Bytes that a network's inputs of indices take beyond numbers of a dtype."""
    placed = readers_of_indices(net, report)
    return max(WIDE - dtype.itemsize, 0) * sum(prod(report.inputs[name]) for name in placed)


def drawn_for(reader: Reader, shape: Shape, generator: np.random.Generator) -> Array:
    """Indices for an input: as its only reader wants them, else any that all readers have."""
    if reader.alone:
        return some_indices(reader.layer, reader.inputs, generator)
    return generator.integers(0, max(reader.below, 1), shape)


def some_indices(layer: Layer, inputs: Inputs, generator: np.random.Generator) -> Array:
    """Indices for the input of a layer that holds them, or for what goes with its weights: none twice in a scattering.

    >>> from convmath.core.shape import Shape
    >>> sorted(some_indices(Scatter(), (Shape((2, 3)), Shape((6,))), np.random.default_rng(0)).tolist())
    [0, 1, 2, 3, 4, 5]
    """
    for family, draw in DRAWN.items():
        if isinstance(layer, family):
            return draw(layer, inputs, generator)
    raise AssertionError(layer.op)


def _listed(layer: Any, inputs: Inputs, generator: np.random.Generator) -> Array:
    return generator.integers(0, indices(layer, inputs)[-1], inputs[-1])


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
    GatherElements: _listed,
}
"""How indices are drawn, by the family that reads them."""
