"""Functions of each number, and along an axis, as ONNX nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..unequal import NoEqualError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .node import Node


def activation(node: Node) -> str:
    layer = node.layer
    if layer.op not in FUNCTIONS:
        raise NoEqualError("has no node of this kind")
    return FUNCTIONS[layer.op](node, node.x)  # type: ignore[no-any-return]


def _one(op: str, **attributes: Callable[[Any], Any]) -> Callable[[Node, str], Any]:
    return lambda node, x: node.add(op, x, **{name: read(node.layer) for name, read in attributes.items()})


def _slopes(node: Node, x: str) -> Any:
    ones = (1,) * (len(node.inputs[0]) - 2)
    return node.add("PRelu", x, node.reshaped(node.stored["weight"], (-1, *ones)))


def _celu(node: Node, x: str) -> Any:
    if not node.layer.alpha:
        raise NoEqualError("divides by alpha, which is 0")
    return node.add("Celu", x, alpha=float(node.layer.alpha))


def _softplus(node: Node, x: str) -> Any:
    layer = node.layer
    if not layer.beta:
        raise NoEqualError("divides by beta, which is 0")
    beta = node.constant(layer.beta)
    scaled = x if layer.beta == 1 else node.add("Mul", x, beta)
    made = node.add("Softplus", scaled)
    made = made if layer.beta == 1 else node.add("Div", made, beta)
    if layer.threshold >= ALL_BUT_LINEAR:
        return made
    return node.add("Where", node.add("Greater", scaled, node.constant(layer.threshold)), x, made)


ALL_BUT_LINEAR = 20
"""From here on log(1 + exp x) is x, as far as 32 bits go."""


def _along_an_axis(node: Node, x: str) -> Any:
    return node.add(node.layer.op, x, axis=node.layer.along(len(node.inputs[0])))


def _threshold(node: Node, x: str) -> Any:
    layer = node.layer
    if layer.value == 0:
        return node.add("ThresholdedRelu", x, alpha=float(layer.threshold))
    above = node.add("Greater", x, node.constant(layer.threshold))
    return node.add("Where", above, x, node.constant(layer.value))


def _least(node: Node, x: str) -> Any:
    return node.add("Softmax", node.add("Neg", x), axis=node.layer.along(len(node.inputs[0])))


FUNCTIONS: dict[str, Callable[[Node, str], Any]] = {
    "ReLU": _one("Relu"),
    "ReLU6": lambda node, x: node.add("Clip", x, node.constant(0), node.constant(6)),
    "Hardtanh": lambda node, x: node.add(
        "Clip", x, node.constant(node.layer.min_val), node.constant(node.layer.max_val)
    ),
    "LeakyReLU": _one("LeakyRelu", alpha=lambda layer: float(layer.negative_slope)),
    "PReLU": _slopes,
    "ELU": _one("Elu", alpha=lambda layer: float(layer.alpha)),
    "CELU": _celu,
    "SELU": _one("Selu"),
    "GELU": _one("Gelu", approximate=lambda layer: layer.approximate),
    "Sigmoid": _one("Sigmoid"),
    "LogSigmoid": lambda node, x: node.add("Neg", node.add("Softplus", node.add("Neg", x))),
    "SiLU": lambda node, x: node.add("Mul", x, node.add("Sigmoid", x)),
    "Mish": _one("Mish"),
    "Tanh": _one("Tanh"),
    "Softplus": _softplus,
    "Softsign": _one("Softsign"),
    "Hardsigmoid": _one("HardSigmoid", alpha=lambda layer: 1 / 6, beta=lambda layer: 0.5),
    "Hardswish": _one("HardSwish"),
    "Softmax": _along_an_axis,
    "LogSoftmax": _along_an_axis,
    "Softmin": _least,
    "Softmax2d": lambda node, x: node.add("Softmax", x, axis=len(node.inputs[0]) - 3),
    "Threshold": _threshold,
    "Hardshrink": _one("Shrink", lambd=lambda layer: float(layer.lambd)),
    "Softshrink": _one("Shrink", lambd=lambda layer: float(layer.lambd), bias=lambda layer: float(layer.lambd)),
    "Tanhshrink": lambda node, x: node.add("Sub", x, node.add("Tanh", x)),
    "RReLU": _one("LeakyRelu", alpha=lambda layer: (layer.lower + layer.upper) / 2),
}
"""Functions of each number, and along an axis."""
