"""Numbers to try a layer on: of every size for what rounds, small whole ones for what is exact on them."""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.unpool import MaxUnpool
from ..numeric.kernels import read_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..numeric.arrays import Array, Weights
    from ..numeric.plans import Plan

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
        name: _placed(ready, sizes, generator) if name == "indices" else _any(name, sizes, generator).astype(np.float32)
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
        return generator.uniform(0.5, 1.5, sizes)
    return generator.normal(0, 0.1, sizes)


def whole_numbers(ready: Plan, generator: np.random.Generator) -> tuple[tuple[Array, ...], Weights]:
    """Inputs, and arrays for all that a plan runs with, of small whole numbers; offsets in steps of a quarter.

    >>> from convmath.layers.linear import Linear
    >>> from convmath.numeric.plans import plan
    >>> (x,), made = whole_numbers(plan(Linear(5, 3), (2, 5)), np.random.default_rng(0))
    >>> x.dtype, made["weight"].shape
    (dtype('float32'), (3, 5))
    """
    xs = _inputs(ready, generator, _whole)
    stored: dict[str, Any] = {}
    for name, (sizes, dtype) in ready.weights.items():
        if name == "indices":
            stored[name] = _placed(ready, sizes, generator)
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
    """Inputs of normal numbers in the plan's dtype, and of places that it accepts.

    >>> from convmath.layers.unpool import MaxUnpool1d
    >>> from convmath.numeric.plans import plan
    >>> ready = plan(MaxUnpool1d(2), [(1, 1, 3), (1, 1, 3)])
    >>> [x.dtype.name for x in any_inputs(ready, np.random.default_rng(0))]
    ['float32', 'int64']
    """
    return _inputs(ready, generator, lambda shape, drawing: drawing.standard_normal(shape, ready.dtype.type))


def _inputs(
    ready: Plan, generator: np.random.Generator, draw: Callable[[Shape, np.random.Generator], Array]
) -> tuple[Array, ...]:
    kinds = read_as(ready.layer, ready.inputs, ready.dtype)
    return tuple(
        draw(shape, generator).astype(kind) if kind == ready.dtype else _placed(ready, shape, generator)
        for shape, kind in zip(ready.inputs, kinds, strict=True)
    )


def _whole(sizes: tuple[int, ...], generator: np.random.Generator) -> Array:
    return generator.integers(-MOST, MOST + 1, sizes)


def _placed(ready: Plan, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Places that an input or an array holds: of an unpooling in its windows, of others such as every axis has."""
    if isinstance(ready.layer, MaxUnpool):
        return _places(ready, generator)
    return generator.integers(0, max(min(ready.inputs[0], default=1), 1), shape)


def _places(ready: Plan, generator: np.random.Generator) -> Array:
    """Where a pooling may have found each input of an unpooling: in its window, and if that can be each elsewhere."""
    layer: Any = ready.layer
    x, y = ready.inputs[0], ready.outputs[0]
    index = np.zeros(x, np.int64)
    for axis, (size, bound) in enumerate(zip(x.spatial, y.spatial, strict=True)):
        kernel, stride = layer.kernel_size[axis], (layer.stride or layer.kernel_size)[axis]
        first = np.arange(size).reshape(-1, *(1,) * (x.rank - axis - 1)) * stride
        beyond = generator.integers(0, max(min(stride, kernel - 2 * layer.padding[axis]), 1), x)
        index = index * bound + (first + beyond).clip(0, bound - 1)
    return index
