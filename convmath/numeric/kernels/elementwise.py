"""Inputs joined number by number: Add, Multiply, Maximum, Where, Greater and the like."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ..broadcasting import met, summed
from .activation import floating, ordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.merge import Elementwise
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run

    Arrays = tuple[Array, ...]


def exact(layer: Elementwise) -> bool:
    return layer.op != "Power"  # a negative power rounds


def prepare(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    _check(layer, dtype)
    operation = OPERATIONS[layer.op]
    return lambda xs, weights: (np.asarray(operation(xs)).astype(dtype, copy=False),)


def room(ask: Ask) -> int:
    return ask.y if len(ask.inputs) > 2 or ask.layer.op in COMPARISONS else 0


def backward(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Of inputs that are equal, and both the largest, each has its share, as in PyTorch."""
    _check(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        each = SLOPES.get(layer.op, _none)(xs, dys[0])
        return tuple(summed(dx.astype(dtype, copy=False), shape) for dx, shape in zip(each, inputs, strict=True)), {}

    return back


def reads(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    return lambda marked: tuple(met(marked[0], shape) for shape in inputs)


def _check(layer: Elementwise, dtype: np.dtype[Any]) -> None:
    if layer.op in FLOATING:
        floating(layer, dtype)
    if layer.op in ORDERED:
        ordered(layer, dtype)


FLOATING = {"Divide", "Power"}

ORDERED = {"Maximum", "Minimum", "Greater", "GreaterEqual", "Less", "LessEqual"}

COMPARISONS: dict[str, Callable[[Array, Array], Array]] = {
    "Equal": np.equal, "NotEqual": np.not_equal, "Greater": np.greater, "GreaterEqual": np.greater_equal,
    "Less": np.less, "LessEqual": np.less_equal, "And": np.logical_and, "Or": np.logical_or,
}  # fmt: skip

OPERATIONS: dict[str, Callable[[Arrays], Array]] = {
    "Add": lambda xs: reduce(np.add, xs),
    "Subtract": lambda xs: reduce(np.subtract, xs),
    "Multiply": lambda xs: reduce(np.multiply, xs),
    "Divide": lambda xs: xs[0] / xs[1],
    "Power": lambda xs: xs[0] ** xs[1],
    "Maximum": lambda xs: reduce(np.maximum, xs),
    "Minimum": lambda xs: reduce(np.minimum, xs),
    "Where": lambda xs: np.where(xs[0] != 0, xs[1], xs[2]),
    **{name: lambda xs, compare=compare: compare(*xs) for name, compare in COMPARISONS.items()},  # type: ignore[misc]
}


def _others(xs: Arrays) -> list[Array]:
    """For each of several arrays the product of all others."""
    before = accumulate(xs[:-1], np.multiply)
    behind = list(accumulate(xs[:0:-1], np.multiply))[::-1]
    return [behind[0], *(a * b for a, b in zip(before, behind[1:], strict=False)), reduce(np.multiply, xs[:-1])]


def _shares(best: Callable[[Arrays], Array]) -> Callable[[Arrays, Array], list[Array]]:
    def shares(xs: Arrays, dy: Array) -> list[Array]:
        found = [x == best(xs) for x in xs]
        return [dy * one / sum(each.astype(int) for each in found) for one in found]

    return shares


def _power(xs: Arrays, dy: Array) -> list[Array]:
    x, y = xs
    flat = (x == 0) & (y >= 0)
    return [dy * y * np.where(y == 0, 0, x ** (y - 1)), dy * np.where(flat, 0, x**y * np.log(np.where(flat, 1, x)))]


def _none(xs: Arrays, dy: Array) -> list[Array]:
    return [np.zeros_like(dy) for _ in xs]


SLOPES: dict[str, Callable[[Arrays, Array], list[Array]]] = {
    "Add": lambda xs, dy: [dy for _ in xs],
    "Subtract": lambda xs, dy: [dy, *(-dy for _ in xs[1:])],
    "Multiply": lambda xs, dy: [dy * factor.conj() for factor in _others(xs)],
    "Divide": lambda xs, dy: [dy / xs[1], -dy * xs[0] / (xs[1] * xs[1])],
    "Power": _power,
    "Maximum": _shares(OPERATIONS["Maximum"]),
    "Minimum": _shares(OPERATIONS["Minimum"]),
    "Where": lambda xs, dy: [np.zeros_like(dy), np.where(xs[0] != 0, dy, 0), np.where(xs[0] != 0, 0, dy)],
}
"""The gradient for each input before what was broadcast is summed; nothing for those that only compare."""
