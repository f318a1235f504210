"""Operators that several layers make up: remainders, further functions, triangles, two moments at once, Bilinear."""

from __future__ import annotations

from math import log
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from ....layers import layer_type
from ....layers.einsum import Einsum
from ....layers.function import Abs, Exp, Floor, Log, Scale, Shift, Sign, Sqrt
from ....layers.merge import Add, Divide, Multiply, Subtract
from ..call import NotReadError, Value
from .functions import reduction

if TYPE_CHECKING:
    from ....layers.base import Layer
    from ..call import Call


def remainder(call: Call) -> Value:
    """x − y·⌊x/y⌋."""
    return _remainder(call, lambda quotient: call.add(Floor(), quotient))


def fmod(call: Call) -> Value:
    """The same with a quotient that is rounded towards 0."""
    return _remainder(call, lambda quotient: _truncated(call, quotient))


def _remainder(call: Call, rounded: Any) -> Value:
    x, y = call["self"], call["other"]
    if isinstance(y, Value):
        return call.add(Subtract(), x, call.add(Multiply(), y, rounded(call.add(Divide(), x, y))))
    if not y:
        raise NotReadError("it divides by 0")
    return call.add(Subtract(), x, call.add(Scale(y), rounded(call.add(Scale(1 / y), x))))


def truncated(call: Call) -> Value:
    """Rounded towards 0: the sign of x times ⌊|x|⌋."""
    return _truncated(call, call["self"])


def _truncated(call: Call, x: Value) -> Value:
    return call.add(Multiply(), call.add(Sign(), x), call.add(Floor(), call.add(Abs(), x)))


def fraction(call: Call) -> Value:
    """x without its whole part."""
    return call.add(Subtract(), call["self"], truncated(call))


def chain(*layers: Layer) -> Any:
    """Functions one after the other."""

    def read(call: Call) -> Value:
        x: Value = call["self"]
        for layer in layers:
            x = call.add(layer, x)
        return x

    return read


def triangle(call: Call) -> Value:
    """What lies on one side of a diagonal: a product with a matrix of ones and zeros."""
    x: Value = call["self"]
    return call.add(Multiply(), x, call.constant(tuple(call.shape(x)[-2:])))


def not_equal_itself(call: Call) -> Value:
    """Whether it is no number."""
    return call.add(layer_type("NotEqual")(), call["self"], call["self"])


def either(call: Call) -> Value:
    """Whether one of two holds, and not both."""
    return call.add(layer_type("NotEqual")(), call["self"], call["other"])


def moments(root: bool) -> Any:
    """The variance, or its root, and the mean."""

    def read(call: Call) -> list[Value]:
        spread = reduction("Var")(call)
        return [call.add(Sqrt(), spread) if root else spread, reduction("Mean")(call)]

    return read


def bilinear(call: Call) -> Value:
    """x·W_o·y + b for each output o: a product over x's axis, then one over y's."""
    x, y, matrices = call["input1"], call["input2"], call.weight("weight")
    bias = call.weight("bias")
    assert matrices is not None
    before = ascii_letters[3 : 3 + len(call.shape(x)) - 1]
    products = call.add(Einsum(f"{before}a,cab->{before}cb"), x, call["weight"])
    found = call.add(Einsum(f"{before}cb,{before}b->{before}c"), products, y)
    return found if bias is None else call.add(Add(), found, call["bias"])


def pieces(call: Call) -> list[Value]:
    """Pieces of equal sizes, or of one size but for the last."""
    from .moves import split

    found = split(call)
    return found if isinstance(found, list) else [found]


OPERATORS = {
    "remainder": remainder,
    "fmod": fmod,
    "trunc": truncated,
    "fix": truncated,
    "frac": fraction,
    "log1p": chain(Shift(1), Log()),
    "expm1": chain(Exp(), Shift(-1)),
    "log2": chain(Log(), Scale(1 / log(2))),
    "log10": chain(Log(), Scale(1 / log(10))),
    "exp2": chain(Scale(log(2)), Exp()),
    **dict.fromkeys(("tril", "triu"), triangle),
    "isnan": not_equal_itself,
    **dict.fromkeys(("logical_xor", "bitwise_xor", "__xor__"), either),
    "any": reduction("Amax"),
    "all": reduction("Amin"),
    "var_mean": moments(root=False),
    "std_mean": moments(root=True),
    "bilinear": bilinear,
    **dict.fromkeys(("unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes"), pieces),
}
