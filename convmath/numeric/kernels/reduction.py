"""One number of many along some axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import floating, ordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.reduction import Reduction
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: Reduction) -> bool:
    return layer.op in {"Sum", "Amax", "Amin", "Argmax", "Argmin"}


def prepare(layer: Reduction, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    _check(layer, dtype)
    parts, order = _reduced_last(layer, inputs[0])
    reduce = REDUCTIONS[layer.op]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = reduce(xs[0].transpose(order).reshape(parts))
        return (np.asarray(y).astype(dtype, copy=False).reshape(outputs[0]),)

    return run


def room(ask: Ask) -> int:
    return 3 * ask.x + ask.y + 8 * prod(ask.outputs[0])


def backward(layer: Reduction, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Among equals that are all the largest, the gradient is shared, as in PyTorch."""
    _check(layer, dtype)
    x = inputs[0]
    parts, order = _reduced_last(layer, x)
    slope, back_order = SLOPES[layer.op], np.argsort(order)
    moved = tuple(x[axis] for axis in order)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        rows = xs[0].transpose(order).reshape(parts)
        dx = slope(rows) * dys[0].reshape(-1, 1)
        return (np.asarray(dx).astype(dtype, copy=False).reshape(moved).transpose(back_order),), {}

    return back


def reads(layer: Reduction, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    x = inputs[0]
    parts, order = _reduced_last(layer, x)
    moved = tuple(x[axis] for axis in order)

    def whole_rows(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        found = np.broadcast_to(marked[0].reshape(-1, 1), parts)
        return (found.reshape(moved).transpose(np.argsort(order)),)

    return whole_rows


def _check(layer: Reduction, dtype: np.dtype[Any]) -> None:
    if layer.op in FLOATING:
        floating(layer, dtype)
    if layer.op in ORDERED:
        ordered(layer, dtype)


def _reduced_last(layer: Reduction, x: Shape) -> tuple[tuple[int, int], tuple[int, ...]]:
    """A matrix with a row for each number made, and the order of axes that it is made by."""
    reduced = layer.reduced(x)
    kept = [axis for axis in range(len(x)) if axis not in reduced]
    return (prod(x[axis] for axis in kept), prod(x[axis] for axis in reduced)), (*kept, *sorted(reduced))


FLOATING = {"Mean", "Var", "VectorNorm"}

ORDERED = {"Amax", "Amin", "Argmax", "Argmin"}

REDUCTIONS: dict[str, Callable[[Array], Array]] = {
    "Mean": lambda rows: rows.mean(1),
    "Sum": lambda rows: rows.sum(1, dtype=rows.dtype),
    "Prod": lambda rows: rows.prod(1, dtype=rows.dtype),
    "Amax": lambda rows: rows.max(1),
    "Amin": lambda rows: rows.min(1),
    "Argmax": lambda rows: rows.argmax(1),
    "Argmin": lambda rows: rows.argmin(1),
    "Var": lambda rows: rows.var(1),
    "VectorNorm": lambda rows: np.sqrt((rows * rows).sum(1)),
}
"""What becomes of each row."""


def _others(rows: Array) -> Array:
    """For each number the product of all others of its row."""
    ones = np.ones((len(rows), 1), rows.dtype)
    before = np.cumprod(np.hstack((ones, rows[:, :-1])), 1)
    behind = np.cumprod(np.hstack((ones, rows[:, :0:-1])), 1)[:, ::-1]
    return (before * behind).conj()


def _shares(rows: Array, best: Array) -> Array:
    found = rows == best[:, None]
    return found / found.sum(1, keepdims=True)


def _unit(rows: Array) -> Array:
    length = REDUCTIONS["VectorNorm"](rows)[:, None]
    return np.divide(rows, length, out=np.zeros_like(rows), where=length != 0)


SLOPES: dict[str, Callable[[Array], Array]] = {
    "Mean": lambda rows: np.full_like(rows, 1 / rows.shape[1]),
    "Sum": np.ones_like,
    "Prod": _others,
    "Amax": lambda rows: _shares(rows, rows.max(1)),
    "Amin": lambda rows: _shares(rows, rows.min(1)),
    "Argmax": np.zeros_like,
    "Argmin": np.zeros_like,
    "Var": lambda rows: 2 * (rows - rows.mean(1, keepdims=True)) / rows.shape[1],
    "VectorNorm": _unit,
}
"""How much a row's number changes with each number of the row."""
