"""Numbers to try a layer on: of every size for what rounds, small whole ones for what is exact on them."""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.ranking import TopK
from ..layers.unpool import MaxUnpool
from ..numeric.indices import drawn_for, readers_of_indices, some_indices
from ..numeric.kernels import indices, read_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..numeric.arrays import Array, Weights
    from ..numeric.plans import Plan
    from ..report.analysis import Report

MOST = 4
"""The largest whole number."""


def any_numbers(ready: Plan, generator: np.random.Generator) -> Weights:
    """Arrays for all that a plan runs with, in float32: Kaiming's weights, scales and statistics that do something.

    >>> from convmath.layers.norm import BatchNorm1d
    >>> from convmath.numeric.plans import plan
    >>> made = any_numbers(plan(BatchNorm1d(3), (2, 3)), np.random.default_rng(0))
    >>> list(made), bool((made["running_var"] > 0).all())
    (['weight', 'bias', 'running_mean', 'running_var'], True)
    """
    return {
        name: some_indices(ready.layer, ready.inputs, generator) if name == "indices" else _any(name, sizes, generator)
        for name, (sizes, _) in ready.weights.items()
    }


def can_be_drawn(layer: Layer) -> bool:
    """Whether every place of an unpooling can be drawn in its window: no pooling pads by more than half of one.

    >>> from convmath.layers.unpool import MaxUnpool1d
    >>> can_be_drawn(MaxUnpool1d(3, padding=1)), can_be_drawn(MaxUnpool1d(1, padding=2))
    (True, False)
    """
    if not isinstance(layer, MaxUnpool):
        return True
    return all(2 * pad <= kernel for pad, kernel in zip(layer.padding, layer.kernel_size, strict=True))


def _any(name: str, sizes: tuple[int, ...], generator: np.random.Generator) -> Array:
    kind = name.rpartition(".")[2]
    if kind == "weight" and len(sizes) > 1:
        return generator.standard_normal(sizes, np.float32) * np.float32(sqrt(2 / prod(sizes[1:])))
    if kind in {"weight", "running_var"}:
        return generator.uniform(0.5, 1.5, sizes).astype(np.float32)
    return generator.normal(0, 0.1, sizes).astype(np.float32)


def whole_numbers(ready: Plan, generator: np.random.Generator) -> tuple[tuple[Array, ...], Weights]:
    """Inputs, and arrays for all that a plan runs with, of small whole numbers; offsets in steps of a quarter.

    >>> from convmath.layers.linear import Linear
    >>> from convmath.numeric.plans import plan
    >>> (x,), made = whole_numbers(plan(Linear(5, 3), (2, 5)), np.random.default_rng(0))
    >>> x.dtype, made["weight"].shape
    (dtype('float32'), (3, 5))
    """
    xs = _inputs(ready, generator, _different if isinstance(ready.layer, TopK) else _whole)
    stored: dict[str, Any] = {}
    for name, (sizes, dtype) in ready.weights.items():
        if name == "indices":
            stored[name] = some_indices(ready.layer, ready.inputs, generator)
        elif name == "offset.weight":  # offsets are whatever their bias says
            stored[name] = np.zeros(sizes, dtype)
        else:
            stored[name] = _whole(sizes, generator).astype(dtype)
    if "offset.bias" in stored:
        bias = stored["offset.bias"]
        bias /= 4
        axes = len(ready.layer.kernel_size)  # type: ignore[attr-defined]
        if ready.layer.mask:  # type: ignore[attr-defined]
            bias[len(bias) * axes // (axes + 1) :] = 0  # a mask of one half
    return xs, stored


def any_inputs(ready: Plan, generator: np.random.Generator) -> tuple[Array, ...]:
    """Inputs of normal numbers in the plan's dtype, and of indices that it accepts.

    >>> from convmath.layers.unpool import MaxUnpool1d
    >>> from convmath.numeric.plans import plan
    >>> ready = plan(MaxUnpool1d(2), [(1, 1, 3), (1, 1, 3)])
    >>> [x.dtype.name for x in any_inputs(ready, np.random.default_rng(0))]
    ['float32', 'int64']
    """
    return _inputs(ready, generator, lambda shape, drawing: drawing.standard_normal(shape, ready.dtype.type))


def ones(ready: Plan) -> tuple[Array, ...]:
    """Inputs of ones; indices are the first ones.

    >>> from convmath.layers.lookup import Gather
    >>> from convmath.numeric.plans import plan
    >>> [x.tolist() for x in ones(plan(Gather(0), [(1, 2), (1, 3)]))]
    [[[1.0, 1.0]], [[0, 0, 0]]]
    """
    bounds = indices(ready.layer, ready.inputs)
    kinds = read_as(ready.layer, ready.inputs, ready.dtype)
    given = zip(ready.inputs, kinds, bounds, strict=True)
    return tuple(np.full(shape, int(bound is None), kind) for shape, kind, bound in given)


def other(ready: Plan, x: Array, where: Array, by: float) -> Array:
    """A first input with other numbers at some positions (C, *spatial) of the first sample; indices are the next ones.

    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.numeric.plans import plan
    >>> other(plan(Embedding(3, 4), (1, 3)), np.array([[0, 1, 2]]), np.array([True, False, True]), 9.0).tolist()
    [[1, 1, 0]]
    """
    made = x.copy()
    bound = indices(ready.layer, ready.inputs)[0]
    made[0][where] = made[0][where] + by if bound is None else (made[0][where] + 1) % bound
    return made


def inputs_of(net: Network, report: Report, generator: np.random.Generator) -> dict[str, Array]:
    """Inputs of a network in float32: normal numbers, and indices where nothing else is read.

    >>> from convmath.layers.lookup import Embedding
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Embedding(9, 4))
    >>> inputs_of(net, net.analyze((1, 5)), np.random.default_rng(0))
    {'input': array([[7, 5, 4, 2, 2]])}
    """
    placed = readers_of_indices(net, report)
    return {
        name: drawn_for(placed[name], x, generator) if name in placed else generator.standard_normal(x, np.float32)
        for name, x in report.inputs.items()
    }


def _inputs(
    ready: Plan, generator: np.random.Generator, draw: Callable[[Shape, np.random.Generator], Array]
) -> tuple[Array, ...]:
    return tuple(
        draw(shape, generator).astype(ready.dtype)
        if bound is None
        else some_indices(ready.layer, ready.inputs, generator)
        for shape, bound in zip(ready.inputs, indices(ready.layer, ready.inputs), strict=True)
    )


def _different(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Whole numbers of which no two are equal: in which order equal ones come, peers leave open."""
    return generator.permutation(prod(shape)).reshape(shape).astype(np.float32)


def _whole(sizes: tuple[int, ...], generator: np.random.Generator) -> Array:
    return generator.integers(-MOST, MOST + 1, sizes)
