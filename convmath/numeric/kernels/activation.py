"""Functions of each number by itself, and softmax along an axis."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ..workspaces import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.activation import Activation
    from ...layers.base import Layer
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: Activation) -> bool:
    return layer.op in INTEGERS_TOO


def cancelling(layer: Activation, xs: tuple[Array, ...]) -> Array | float:
    """What is added up on the way to a function that comes near 0 where its input does not."""
    return ON_THE_WAY[layer.op](xs[0], layer) if layer.op in ON_THE_WAY else 0.0


def prepare(layer: Activation, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    (ordered if layer.op in INTEGERS_TOO else floating)(layer, dtype)
    if layer.op == "PReLU":
        return lambda xs, weights: (_slopes(xs[0], weights["weight"]),)
    function = FUNCTIONS[layer.op]
    return lambda xs, weights: (np.asarray(function(xs[0], layer)).astype(dtype, copy=False),)


def room(ask: Ask) -> int:
    return prod(ask.inputs[0]) * BUSY.get(ask.layer.op, 3 * ask.item + 1)


def backward(layer: Activation, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Where a function has no slope, its gradient is PyTorch's."""
    if layer.op == "PReLU":
        ordered(layer, dtype)
        return lambda xs, weights, dys: _slopes_back(xs[0], weights["weight"], dys[0])
    if layer.op in INTEGERS_TOO:
        ordered(layer, dtype)
    else:
        floating(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        if layer.op in ALONG_AXIS_BACK:
            dx = ALONG_AXIS_BACK[layer.op](FUNCTIONS[layer.op](xs[0], layer), dys[0], _axis(xs[0], layer))
        else:
            dx = dys[0] * SLOPES[layer.op](xs[0], layer)
        return (dx.astype(dtype, copy=False),), {}

    return back


def reads(layer: Activation, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    if layer.op not in ALONG_AXIS_BACK:
        return lambda marked: marked

    def whole_axis(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        found = marked[0].any(_axis(marked[0], layer), keepdims=True)
        return (np.broadcast_to(found, marked[0].shape),)

    return whole_axis


def floating(layer: Layer, dtype: np.dtype[Any]) -> None:
    """ParameterError unless the dtype is of floating-point numbers."""
    if dtype.kind != "f":
        raise ParameterError(f"{layer.op}: takes float32 or float64, not {dtype.name} (convert the input first)")


def ordered(layer: Layer, dtype: np.dtype[Any]) -> None:
    """ParameterError for complex numbers, of which none is the larger."""
    if dtype.kind == "c":
        raise ParameterError(f"{layer.op}: compares numbers, and {dtype.name} has no order (give it real numbers)")


INTEGERS_TOO = {"ReLU", "ReLU6", "Hardtanh", "PReLU", "Threshold"}


def _slopes(x: Array, weight: Array) -> Array:
    slopes = weight if x.ndim < 2 else weight.reshape(-1, *(1,) * (x.ndim - 2))
    return np.where(x > 0, x, x * slopes)


def _slopes_back(x: Array, weight: Array, dy: Array) -> Gradients:
    slopes = weight if x.ndim < 2 else weight.reshape(-1, *(1,) * (x.ndim - 2))
    below = np.where(x > 0, x.dtype.type(0), x * dy)
    beside = tuple(axis for axis in range(x.ndim) if axis != 1 or weight.size == 1)
    dw = below.sum(beside, dtype=x.dtype).reshape(weight.shape)
    return (np.where(x > 0, dy, dy * slopes),), {"weight": dw}


def _sigmoid(x: Array) -> Array:
    # Of e^x and e^−x only the one that cannot overflow is taken.
    small = np.exp(-abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def _erf(x: Array) -> Array:
    from scipy.special import erf

    return erf(x)


def _gelu(x: Array, layer: Any) -> Array:
    if layer.approximate == "tanh":
        return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + _erf(x / np.sqrt(2)))


def _elu(x: Array, alpha: float, scale: float = 1.0, inner: float = 1.0) -> Array:
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / inner))


def _axis(x: Array, layer: Any) -> int:
    """PyTorch's choice where none is stated: the channels, or the batch of what has three axes or none."""
    return layer.dim if layer.dim is not None else 0 if x.ndim in (0, 1, 3) else 1


def _log_softmax(x: Array, layer: Any) -> Array:
    axis = _axis(x, layer)
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def _softmax(x: Array, layer: Any) -> Array:
    axis = _axis(x, layer)
    x = np.exp(x - x.max(axis, keepdims=True))
    return x / x.sum(axis, keepdims=True)


def _hardtanh(x: Array, layer: Any) -> Array:
    if x.dtype.kind == "u" and layer.min_val < 0:
        raise ParameterError(f"{layer.op}: min_val={layer.min_val} is no {x.dtype.name} (use numbers with signs)")
    if x.dtype.kind in "iu":  # no number lies beyond what the dtype holds
        least, most = np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
        return np.clip(x, x.dtype.type(max(layer.min_val, least)), x.dtype.type(min(layer.max_val, most)))
    return np.clip(x, x.dtype.type(layer.min_val), x.dtype.type(layer.max_val))


ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""SELU's two numbers."""

ON_THE_WAY: dict[str, Callable[[Array, Any], Array | float]] = {
    **dict.fromkeys(("Sigmoid", "Hardsigmoid"), lambda x, layer: 0.5),  # ½ + ½·tanh(x/2), ½ + x/6
    **dict.fromkeys(("SiLU", "GELU", "Mish", "Hardswish"), lambda x, layer: abs(x) / 2),  # x times such a share
    "Tanhshrink": lambda x, layer: abs(x),
    **dict.fromkeys(("LogSigmoid", "LogSoftmax"), lambda x, layer: 1.0),  # the logarithm of 1 and what is added to it
    "Softplus": lambda x, layer: 1 / layer.beta if layer.beta else 0.0,
    **dict.fromkeys(("ELU", "CELU"), lambda x, layer: abs(layer.alpha)),  # α(eˣ − 1)
    "SELU": lambda x, layer: ALPHA * SCALE,
}
"""The numbers that are added, where others cancel them."""

FUNCTIONS: dict[str, Callable[[Array, Any], Array]] = {
    "ReLU": lambda x, layer: np.maximum(x, 0),
    "ReLU6": lambda x, layer: np.clip(x, 0, 6),
    "LeakyReLU": lambda x, layer: np.where(x > 0, x, x * x.dtype.type(layer.negative_slope)),
    "ELU": lambda x, layer: _elu(x, layer.alpha),
    "CELU": lambda x, layer: _elu(x, layer.alpha, inner=layer.alpha),
    "SELU": lambda x, layer: _elu(x, ALPHA, SCALE),
    "GELU": _gelu,
    "Sigmoid": lambda x, layer: _sigmoid(x),
    "LogSigmoid": lambda x, layer: -_softplus(-x),
    "SiLU": lambda x, layer: x * _sigmoid(x),
    "Mish": lambda x, layer: x * np.tanh(_softplus(x)),
    "Tanh": lambda x, layer: np.tanh(x),
    "Softplus": lambda x, layer: np.where(x * layer.beta > layer.threshold, x, _softplus(x * layer.beta) / layer.beta),
    "Softsign": lambda x, layer: x / (1 + abs(x)),
    "Hardsigmoid": lambda x, layer: np.clip(x + 3, 0, 6) / 6,
    "Hardswish": lambda x, layer: x * np.clip(x + 3, 0, 6) / 6,
    "Hardtanh": _hardtanh,
    "Threshold": lambda x, layer: np.where(x > layer.threshold, x, x.dtype.type(layer.value)),
    "Hardshrink": lambda x, layer: np.where(abs(x) > layer.lambd, x, 0),
    "Softshrink": lambda x, layer: np.sign(x) * np.maximum(abs(x) - x.dtype.type(layer.lambd), 0),
    "Tanhshrink": lambda x, layer: x - np.tanh(x),
    "RReLU": lambda x, layer: np.where(x > 0, x, x * x.dtype.type((layer.lower + layer.upper) / 2)),
    "Softmax": _softmax,
    "Softmax2d": _softmax,
    "Softmin": lambda x, layer: _softmax(-x, layer),
    "LogSoftmax": _log_softmax,
}


def _gelu_slope(x: Array, layer: Any) -> Array:
    if layer.approximate == "tanh":
        scale = np.sqrt(2 / np.pi)
        inner = np.tanh(scale * (x + 0.044715 * x**3))
        return (1 + inner) / 2 + x / 2 * (1 - inner * inner) * scale * (1 + 3 * 0.044715 * x * x)
    return (1 + _erf(x / np.sqrt(2))) / 2 + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _elu_slope(x: Array, below: float, scale: float = 1.0, inner: float = 1.0) -> Array:
    return scale * np.where(x > 0, 1, below * np.exp(np.minimum(x, 0) / inner))


def _mish_slope(x: Array, layer: Any) -> Array:
    inner = np.tanh(_softplus(x))
    return inner + x * (1 - inner * inner) * _sigmoid(x)


SLOPES: dict[str, Callable[[Array, Any], Array]] = {
    "ReLU": lambda x, layer: x > 0,
    "ReLU6": lambda x, layer: (x > 0) & (x < 6),
    "LeakyReLU": lambda x, layer: np.where(x > 0, 1, layer.negative_slope),
    "ELU": lambda x, layer: _elu_slope(x, layer.alpha),
    "CELU": lambda x, layer: _elu_slope(x, 1, inner=layer.alpha),
    "SELU": lambda x, layer: _elu_slope(x, ALPHA, SCALE),
    "GELU": _gelu_slope,
    "Sigmoid": lambda x, layer: _sigmoid(x) * _sigmoid(-x),
    "LogSigmoid": lambda x, layer: _sigmoid(-x),
    "SiLU": lambda x, layer: _sigmoid(x) * (1 + x * _sigmoid(-x)),
    "Mish": _mish_slope,
    "Tanh": lambda x, layer: 1 - np.tanh(x) ** 2,
    "Softplus": lambda x, layer: np.where(x * layer.beta > layer.threshold, 1, _sigmoid(x * layer.beta)),
    "Softsign": lambda x, layer: 1 / (1 + abs(x)) ** 2,
    "Hardsigmoid": lambda x, layer: (abs(x) < 3) / 6,
    "Hardswish": lambda x, layer: np.where(x < 3, (x / 3 + 0.5) * (x > -3), 1),
    "Threshold": lambda x, layer: x > layer.threshold,
    "Hardshrink": lambda x, layer: abs(x) > layer.lambd,
    "Softshrink": lambda x, layer: abs(x) > layer.lambd,
    "Tanhshrink": lambda x, layer: np.tanh(x) ** 2,
    "RReLU": lambda x, layer: np.where(x > 0, 1, (layer.lower + layer.upper) / 2),
    "Hardtanh": lambda x, layer: (x > layer.min_val) & (x < layer.max_val),
}
"""The slope of every function at x."""


def _softmax_back(y: Array, dy: Array, axis: int) -> Array:
    return y * (dy - (dy * y).sum(axis, keepdims=True))


ALONG_AXIS_BACK: dict[str, Callable[[Array, Array, int], Array]] = {
    "Softmax": _softmax_back,
    "Softmax2d": _softmax_back,
    "Softmin": lambda y, dy, axis: -_softmax_back(y, dy, axis),
    "LogSoftmax": lambda y, dy, axis: dy - np.exp(y) * dy.sum(axis, keepdims=True),
}
"""The gradient of what is made of a whole axis, by the output."""

BUSY = {"GELU": 2 * WIDE, "ReLU": 0, "ReLU6": 0, "Hardtanh": 0, "Tanh": 0}
"""Bytes for each number that a function takes, where it is not three times the number's own."""
