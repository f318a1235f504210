"""Functions of each number by itself, and softmax along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.activation import Activation
    from ...layers.base import Layer
    from ..arrays import Array
    from . import Run


def prepare(layer: Activation, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    if layer.op == "PReLU":
        return lambda xs, weights: (_slopes(xs[0], weights["weight"]),)
    if layer.op not in INTEGERS_TOO:
        floating(layer, dtype)
    function = FUNCTIONS[layer.op]
    return lambda xs, weights: (np.asarray(function(xs[0], layer)).astype(dtype, copy=False),)


def floating(layer: Layer, dtype: np.dtype[Any]) -> None:
    """ParameterError unless the dtype is of floating-point numbers."""
    if dtype.kind != "f":
        raise ParameterError(f"{layer.op}: takes float32 or float64, not {dtype.name} (convert the input first)")


INTEGERS_TOO = {"ReLU", "ReLU6", "Hardtanh"}


def _slopes(x: Array, weight: Array) -> Array:
    slopes = weight if x.ndim < 2 else weight.reshape(-1, *(1,) * (x.ndim - 2))
    return np.where(x > 0, x, x * slopes)


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


ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""SELU's two numbers."""

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
    "Hardtanh": lambda x, layer: np.clip(x, x.dtype.type(layer.min_val), x.dtype.type(layer.max_val)),
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
}
