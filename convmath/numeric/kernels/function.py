"""Elementary functions of each number by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import floating, ordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.function import Function
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: Function) -> bool:
    return layer.op in INTEGERS_TOO


def prepare(layer: Function, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    (ordered if layer.op in INTEGERS_TOO else floating)(layer, dtype)
    function = FUNCTIONS[layer.op]
    return lambda xs, weights: (np.asarray(function(xs[0], layer)).astype(dtype, copy=False),)


def room(ask: Ask) -> int:
    return 2 * ask.x + ask.x // ask.item


def backward(layer: Function, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Where a function has no slope, its gradient is PyTorch's."""
    (ordered if layer.op in INTEGERS_TOO else floating)(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        return (np.asarray(dys[0] * SLOPES[layer.op](xs[0], layer)).astype(dtype, copy=False),), {}

    return back


def reads(layer: Function, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    return lambda marked: marked


INTEGERS_TOO = {"Abs", "Neg", "Sign", "Square", "Not", "Clip"}


def _erf(x: Array, layer: Any) -> Array:
    from scipy.special import erf

    return erf(x)


def _clip(x: Array, layer: Any) -> Array:
    low = x if layer.min is None else np.maximum(x, x.dtype.type(layer.min))
    return low if layer.max is None else np.minimum(low, x.dtype.type(layer.max))


def _within(x: Array, layer: Any) -> Array:
    above = True if layer.min is None else x >= layer.min
    return above & (True if layer.max is None else x <= layer.max) & np.ones_like(x, bool)


FUNCTIONS: dict[str, Callable[[Array, Any], Array]] = {
    "Abs": lambda x, layer: abs(x),
    "Neg": lambda x, layer: -x,
    "Sign": lambda x, layer: np.sign(x),
    "Sqrt": lambda x, layer: np.sqrt(x),
    "Rsqrt": lambda x, layer: 1 / np.sqrt(x),
    "Square": lambda x, layer: x * x,
    "Reciprocal": lambda x, layer: 1 / x,
    "Exp": lambda x, layer: np.exp(x),
    "Log": lambda x, layer: np.log(x),
    "Erf": _erf,
    "Sin": lambda x, layer: np.sin(x),
    "Cos": lambda x, layer: np.cos(x),
    "Floor": lambda x, layer: np.floor(x),
    "Ceil": lambda x, layer: np.ceil(x),
    "Round": lambda x, layer: np.rint(x),
    "Not": lambda x, layer: x == 0,
    "Scale": lambda x, layer: x * x.dtype.type(layer.factor),
    "Shift": lambda x, layer: x + x.dtype.type(layer.addend),
    "Pow": lambda x, layer: x ** x.dtype.type(layer.exponent),
    "Clip": _clip,
}

SLOPES: dict[str, Callable[[Array, Any], Any]] = {
    "Abs": lambda x, layer: np.sign(x),
    "Neg": lambda x, layer: -1,
    "Sign": lambda x, layer: 0,
    "Sqrt": lambda x, layer: 0.5 / np.sqrt(x),
    "Rsqrt": lambda x, layer: -0.5 / (x * np.sqrt(x)),
    "Square": lambda x, layer: 2 * x,
    "Reciprocal": lambda x, layer: -1 / (x * x),
    "Exp": lambda x, layer: np.exp(x),
    "Log": lambda x, layer: 1 / x,
    "Erf": lambda x, layer: 2 / np.sqrt(np.pi) * np.exp(-x * x),
    "Sin": lambda x, layer: np.cos(x),
    "Cos": lambda x, layer: -np.sin(x),
    "Floor": lambda x, layer: 0,
    "Ceil": lambda x, layer: 0,
    "Round": lambda x, layer: 0,
    "Not": lambda x, layer: 0,
    "Scale": lambda x, layer: layer.factor,
    "Shift": lambda x, layer: 1,
    "Pow": lambda x, layer: layer.exponent * x ** (layer.exponent - 1) if layer.exponent else 0,
    "Clip": _within,
}
"""The slope of every function at x."""
