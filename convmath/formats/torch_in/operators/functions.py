"""Functions of one number, activations, and reductions of an axis to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....layers import layer_type
from ....layers.activation import GELU, Hardtanh, PReLU, ReLU6
from ....layers.function import Clip, Sqrt
from ....layers.reduction import VectorNorm
from ....layers.reshape import Dropout

if TYPE_CHECKING:
    from ..call import Call, Value


def function(op: str, *names: str) -> Any:
    """A type whose fields are the call's arguments of these names, in order."""

    def read(call: Call) -> Value:
        kind = layer_type(op)
        return call.add(kind(*(call[name] for name in names), **call.where(kind)), call["self"])

    return read


def gelu(call: Call) -> Value:
    """GELU, exact or by tanh."""
    return call.add(GELU(approximate=call["approximate"]), call["self"])


def hardtanh(call: Call) -> Value:
    """A clamped line: from 0 to 6 it is ReLU6."""
    low, high = call["min_val"], call["max_val"]
    six = (low, high) == (0, 6)
    return call.add(ReLU6(**call.where(ReLU6)) if six else Hardtanh(low, high, **call.where(Hardtanh)), call["self"])


def prelu(call: Call) -> Value:
    """PReLU, whose slopes are an array."""
    weight = call.weight("weight")
    assert weight is not None
    return call.add(PReLU(weight.shape.elements), call["self"], weights=(weight,))


def clamp(call: Call) -> Value | None:
    """Between two numbers, of which one may be missing."""
    bounds = call.get("min", None), call.get("max", None)
    return call.add(Clip(*bounds), call["self"]) if all(_is_number(bound) for bound in bounds) else None


def reduction(op: str) -> Any:
    """One number for all along some axes, or along all."""

    def read(call: Call) -> Value:
        return call.add(layer_type(op)(_axes(call), bool(call.get("keepdim", False))), call["self"])

    return read


def extreme(op: str, place: str) -> Any:
    """The largest or smallest along an axis, and where it stands, if that is read."""

    def read(call: Call) -> Value | list[Value]:
        if not call.is_read(1):
            return reduction(op)(call)  # type: ignore[no-any-return]
        largest = [reduction(op)(call)] if call.is_read(0) else []
        where = reduction(place)(call)
        return [*(largest or [where]), where]

    return read


def std(call: Call) -> Value:
    """The root of the variance."""
    return call.add(Sqrt(), reduction("Var")(call))


def vector_norm(call: Call) -> Value | None:
    """The root of the sum of squares; other norms stay unknown."""
    power = call["ord"] if "ord" in call else call.get("p", 2)
    return call.add(VectorNorm(_axes(call), bool(call.get("keepdim", False))), call["self"]) if power == 2 else None


def softmax(op: str) -> Any:
    """A function along an axis."""

    def read(call: Call) -> Value:
        return call.add(layer_type(op)(call["dim"]), call["self"])

    return read


def dropout(call: Call) -> Value:
    """Dropout of single numbers, which a module that is exported as it predicts still calls; of none, nothing."""
    x = same(call)
    return call.add(Dropout(call["p"], **call.where(Dropout)), x) if call["p"] else x


def dropout_of_channels(call: Call) -> Value:
    """Dropout of whole channels."""
    x = same(call)
    kind = layer_type(f"Dropout{call.shape(x).rank}d")
    return call.add(kind(call["p"], **call.where(kind)), x) if call["p"] else x


def same(call: Call) -> Value:
    """What hands its input on when a network predicts; `self` is what works in place calls it."""
    value: Value = call["self"] if "self" in call else call["input"]
    return value


def _axes(call: Call) -> tuple[int, ...] | None:
    dim = call.get("dim", None)
    axes = [dim] if isinstance(dim, int) else dim
    return tuple(axes) if axes else None


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


OPERATORS = {
    **{
        op.lower(): function(op)
        for op in (
            "ReLU", "ReLU6", "SELU", "Sigmoid", "SiLU", "Mish", "Tanh", "Hardsigmoid", "Hardswish", "Abs", "Neg",
            "Sign", "Sqrt", "Rsqrt", "Square", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor", "Ceil",
            "Round",
        )
    },
    "log_sigmoid": function("LogSigmoid"),
    "softsign": function("Softsign"),
    "logical_not": function("Not"),
    "bitwise_not": function("Not"),
    "leaky_relu": function("LeakyReLU", "negative_slope"),
    "elu": function("ELU", "alpha"),
    "celu": function("CELU", "alpha"),
    "softplus": function("Softplus", "beta", "threshold"),
    "hardshrink": function("Hardshrink", "lambd"),
    "softshrink": function("Softshrink", "lambd"),
    "threshold": function("Threshold", "threshold", "value"),
    "glu": function("GLU", "dim"),
    "gelu": gelu,
    "dropout": dropout,
    "feature_dropout": dropout_of_channels,
    "hardtanh": hardtanh,
    "prelu": prelu,
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), clamp),
    "softmax": softmax("Softmax"),
    "_softmax": softmax("Softmax"),
    "log_softmax": softmax("LogSoftmax"),
    "_log_softmax": softmax("LogSoftmax"),
    "mean": reduction("Mean"),
    "sum": reduction("Sum"),
    "prod": reduction("Prod"),
    "amax": reduction("Amax"),
    "amin": reduction("Amin"),
    "max": extreme("Amax", "Argmax"),
    "min": extreme("Amin", "Argmin"),
    "argmax": reduction("Argmax"),
    "argmin": reduction("Argmin"),
    "var": reduction("Var"),
    "std": std,
    "linalg_vector_norm": vector_norm,
    "norm": vector_norm,
    **dict.fromkeys(
        (
            "alpha_dropout", "feature_alpha_dropout", "contiguous", "clone", "alias",
            "detach", "to", "_to_copy", "type_as", "lift_fresh_copy", "positive", "view_as_real_copy", "zero",
        ),
        same,
    ),
}  # fmt: skip
