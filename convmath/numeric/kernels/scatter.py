"""Numbers put at some positions of an array."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE
from .activation import ordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.scatter import Scattering
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Bound, Gradients, Reads, Run

PUT = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
"""How a number is joined with what is there."""


def operands(layer: Scattering, inputs: tuple[Shape, ...]) -> dict[str, tuple[Shape, np.dtype[Any]]]:
    """A flat place for every number, where no input tells them."""
    return {} if len(inputs) > 2 else {"indices": (inputs[1], np.dtype(np.int64))}


def indices(layer: Scattering, inputs: tuple[Shape, ...]) -> tuple[Bound | None, ...]:
    """Where three inputs are given the second tells indices: along an axis, or along the first axes."""
    if len(inputs) == 2:
        return None, None
    x, told, _ = inputs
    return None, x[layer.dim % len(x)] if "dim" in layer.fields else tuple(x[: told[-1]]), None  # type: ignore[attr-defined]


def prepare(layer: Scattering, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    if layer.reduction in {"max", "min"}:
        ordered(layer, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y, at, values = xs[0].copy(), _flat(layer, xs, weights), xs[-1].reshape(-1)
        if layer.reduction == "none":
            y.reshape(-1)[at] = values
        else:
            PUT[layer.reduction].at(y.reshape(-1), at, values)
        return (y,)

    return run


def room(ask: Ask) -> int:
    values, named = prod(ask.inputs[-1]), prod(ask.inputs[1])
    return 4 * WIDE * (values + named + len(ask.inputs[0])) + ask.item * values


def backward(layer: Scattering, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Every number that goes to a place, and the one there before, gets its share of the gradient there."""

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        at = _flat(layer, xs, weights)
        shares = SHARES[layer.reduction](xs[0].reshape(-1), xs[-1].reshape(-1), at)
        dy = dys[0].reshape(-1)
        dx, dvalues = dy * shares[0], dy[at] * shares[1]
        nothing = (np.zeros(x, dtype) for x in inputs[1:-1])  # a place has no gradient
        return (dx.astype(dtype).reshape(inputs[0]), *nothing, dvalues.astype(dtype).reshape(inputs[-1])), {}

    return back


def _stay(x: Array, values: Array, at: Array) -> tuple[Array, Array]:
    """Of what is replaced only the last number stays."""
    last = np.full(len(x), -1)
    last[at] = np.arange(len(at))
    return last < 0, last[at] == np.arange(len(at))


def _added(x: Array, values: Array, at: Array) -> tuple[Array, Array]:
    return np.ones_like(x), np.ones_like(values)


def _multiplied(x: Array, values: Array, at: Array) -> tuple[Array, Array]:
    """The product of all others, which a single 0 leaves to itself."""
    product, zeros = np.where(x == 0, 1, x), (x == 0).astype(np.int64)
    np.multiply.at(product, at, np.where(values == 0, 1, values))
    np.add.at(zeros, at, values == 0)

    def others(own: Array, product: Array, zeros: Array) -> Array:
        left = np.where(own == 0, zeros == 1, zeros == 0)
        divided = np.floor_divide if own.dtype.kind in "iu" else np.divide  # the product has each as a factor
        return np.where(left, divided(product, np.where(own == 0, 1, own)), 0)

    return others(x, product, zeros), others(values, product[at], zeros[at])


def _chosen(best: Any) -> Callable[[Array, Array, Array], tuple[Array, Array]]:
    """The largest or smallest; where several are, each in equal parts."""

    def shares(x: Array, values: Array, at: Array) -> tuple[Array, Array]:
        made = x.copy()
        best.at(made, at, values)
        first, others = x == made, values == made[at]
        count = first.astype(np.int64)
        np.add.at(count, at, others)
        return first / count.clip(1), others / count[at].clip(1)

    return shares


SHARES: dict[str, Callable[[Array, Array, Array], tuple[Array, Array]]] = {
    "none": _stay,
    "add": _added,
    "mul": _multiplied,
    "max": _chosen(np.maximum),
    "min": _chosen(np.minimum),
}
"""By what the gradient there is multiplied for what was there before, and for each number that goes there."""


def reads(layer: Scattering, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Every output reads its own position, and where numbers go is data."""
    return lambda marked: (marked[0], *(np.full(x, marked[0].any()) for x in inputs[1:]))


def _flat(layer: Scattering, xs: tuple[Array, ...], weights: Weights) -> Array:
    """The flat place of every number that is put somewhere."""
    sizes = xs[0].shape
    if len(xs) == 2:
        return _within(layer, weights["indices"].reshape(-1), xs[0].size, 0)
    indices = xs[1]
    if "dim" in layer.fields:
        along = layer.dim % len(sizes)  # type: ignore[attr-defined]
        grid = list(np.indices(indices.shape, sparse=True))
        grid[along] = _within(layer, indices, sizes[along], -sizes[along])
        return np.broadcast_to(np.ravel_multi_index(np.broadcast_arrays(*grid), sizes), indices.shape).reshape(-1)
    named = indices.shape[-1]
    first: Any = 0
    for axis in range(named):
        first = first * sizes[axis] + _within(layer, indices[..., axis], sizes[axis], -sizes[axis])
    rest = prod(sizes[named:])
    return (first.reshape(-1, 1) * rest + np.arange(rest)).reshape(-1)


def _within(layer: Scattering, indices: Array, size: int, least: int) -> Array:
    if indices.size and not least <= indices.min() <= indices.max() < size:
        raise ParameterError(
            f"{layer.op}: indices go from {indices.min()} to {indices.max()},"
            f" those of its axis from {least} to {size - 1}"
        )
    return indices % size
