"""Numbers put at some places of an array."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE
from .activation import ordered

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.scatter import Scattering
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run

PUT = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
"""How a number is joined with what is there."""


def operands(layer: Scattering, inputs: tuple[Shape, ...]) -> dict[str, tuple[Shape, np.dtype[Any]]]:
    """A flat place for every number, where no input tells them."""
    return {} if len(inputs) > 2 else {"indices": (inputs[1], np.dtype(np.int64))}


def read_as(layer: Scattering, inputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> tuple[np.dtype[Any], ...]:
    """Places are whole numbers whatever is put there."""
    return (dtype, dtype) if len(inputs) == 2 else (dtype, np.dtype(np.int64), dtype)


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
    values, places = prod(ask.inputs[-1]), prod(ask.inputs[1])
    return 4 * WIDE * (values + places + len(ask.inputs[0])) + ask.item * values


def backward(layer: Scattering, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Of what is added both pass all of it on; of what is replaced only the last number that stays."""
    if layer.reduction not in {"none", "add"}:
        raise ParameterError(f"{layer.op}: reduction={layer.reduction} has no gradient here (none and add have)")

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        at, dx = _flat(layer, xs, weights), dys[0].copy()
        dvalues = dx.reshape(-1)[at]
        if layer.reduction == "none":
            last = np.zeros(prod(outputs[0]), np.int64)
            last[at] = np.arange(len(at))
            dvalues = np.where(last[at] == np.arange(len(at)), dvalues, dtype.type(0))
            dx.reshape(-1)[at] = 0
        nothing = (np.zeros(x, dtype) for x in inputs[1:-1])  # a place has no gradient
        return (dx, *nothing, dvalues.reshape(inputs[-1])), {}

    return back


def reads(layer: Scattering, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Every output reads its own position, and where numbers go is data."""
    return lambda marked: (marked[0], *(np.full(x, marked[0].any()) for x in inputs[1:]))


def _flat(layer: Scattering, xs: tuple[Array, ...], weights: Weights) -> Array:
    """The flat place of every number that is put somewhere."""
    sizes = xs[0].shape
    if len(xs) == 2:
        return _within(layer, weights["indices"].reshape(-1), xs[0].size, 0)
    places = xs[1]
    if "dim" in layer.fields:
        along = layer.dim % len(sizes)  # type: ignore[attr-defined]
        grid = list(np.indices(places.shape, sparse=True))
        grid[along] = _within(layer, places, sizes[along], -sizes[along])
        return np.broadcast_to(np.ravel_multi_index(np.broadcast_arrays(*grid), sizes), places.shape).reshape(-1)
    named = places.shape[-1]
    first: Any = 0
    for axis in range(named):
        first = first * sizes[axis] + _within(layer, places[..., axis], sizes[axis], -sizes[axis])
    rest = prod(sizes[named:])
    return (first.reshape(-1, 1) * rest + np.arange(rest)).reshape(-1)


def _within(layer: Scattering, places: Array, size: int, least: int) -> Array:
    if places.size and not least <= places.min() <= places.max() < size:
        raise ParameterError(
            f"{layer.op}: places go from {places.min()} to {places.max()}, those of its axis from {least} to {size - 1}"
        )
    return places % size
