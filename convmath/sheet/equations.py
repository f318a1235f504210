"""The defining equation of each kind of layer, along one axis: which inputs make an output, and how.

y is the output, x the input, w the weights, b the bias; o counts outputs, t taps, c output channels and q the input
channels that c reads. x is zero outside the input, and between its positions where it is stretched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..symbolic.written import operation, symbol
from .document import Equation

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..symbolic.written import Operand


def of(name: str, *places: Operand) -> Operand:
    """name(places): an array at a place, a function of its arguments.

    >>> str(of("x", symbol("q"), symbol("o") * symbol("s")))
    'x(q, o·s)'
    """
    return operation("()", symbol(name), *places)


def total(index: str, body: Operand) -> Operand:
    """Σ over all values of an index."""
    return operation("Σ", symbol(index), body)


def largest(index: str, body: Operand) -> Operand:
    """The largest value over all values of an index."""
    return operation("max over", symbol(index), body)


c, d, i, k, m, n, o, p, q, r, s, t = (symbol(name) for name in "cdikmnopqrst")

AT = o * s - p + t * d
"""The input position that tap t of output o reads."""

Y = of("y", c, o)
BIAS = of("b", c)
CONV = Equation(Y, total("q", total("t", of("w", c, q, t) * of("x", q, AT))) + BIAS)
POOL = of("x", c, AT)

EQUATIONS: dict[str, tuple[Equation, ...]] = {
    "Conv": (CONV,),
    "GroupedConv": (CONV,),
    "DilatedConv": (CONV,),
    "PointwiseConv": (Equation(Y, total("q", of("w", c, q) * of("x", q, o * s)) + BIAS),),
    "DepthwiseConv": (Equation(Y, total("t", of("w", c, t) * of("x", c // m, AT)) + BIAS),),
    "DepthwiseSeparableConv": (
        Equation(of("z", q, o), total("t", of("w", q, t) * of("x", q // m, AT))),
        Equation(Y, total("q", of("v", c, q) * of("z", q, o)) + BIAS),
    ),
    "SpatiallySeparableConv": (
        Equation(of("z", r, o, i), total("q", total("t", of("u", r, q, t) * of("x", q, AT, i)))),
        Equation(of("y", c, o, n), total("r", total("t", of("v", c, r, t) * of("z", r, o, n * s - p + t * d))) + BIAS),
    ),
    "CausalConv": (Equation(Y, total("q", total("t", of("w", c, q, t) * of("x", q, o * s - (k - 1 - t) * d))) + BIAS),),
    "ConvTranspose": (
        Equation(Y, total("q", total("t", of("w", q, c, t) * of("x", q, operation("÷", o + p - t * d, s)))) + BIAS),
    ),
    "DeformConv": (
        Equation(
            Y, total("q", total("t", of("w", c, q, t) * of("x", q, AT + of("Delta", t, o)) * of("m", t, o))) + BIAS
        ),
    ),
    "LocallyConnected": (
        Equation(Y, total("q", total("t", of("w", c, q, o, t) * of("x", q, o * s - p + t))) + of("b", c, o)),
    ),
    "MaxPool": (Equation(Y, largest("t", POOL)),),
    "AvgPool": (Equation(Y, operation("÷", total("t", of("x", c, o * s - p + t)), k)),),
    "LPPool": (Equation(Y**2, total("t", of("x", c, o * s + t) ** 2)),),
    "AdaptiveAvgPool": (Equation(Y, operation("mean over", t, of("x", c, t))),),
    "AdaptiveMaxPool": (Equation(Y, largest("t", of("x", c, t))),),
    "GlobalAvgPool": (Equation(of("y", c), operation("mean over", t, of("x", c, t))),),
    "GlobalMaxPool": (Equation(of("y", c), largest("t", of("x", c, t))),),
    "MaxUnpool": (Equation(of("y", c, i * s - p + t), of("x", c, i)),),
    "Upsample": (Equation(Y, of("x", c, o // r)),),
    "UpsamplingNearest2d": (Equation(Y, of("x", c, o // r)),),
    "PixelShuffle": (Equation(Y, of("x", c * r + o % r, o // r)),),
    "PixelUnshuffle": (Equation(Y, of("x", c // r, o * r + c % r)),),
    "Linear": (Equation(of("y", o), total("i", of("w", o, i) * of("x", i)) + of("b", o)),),
    "Add": (Equation(of("y", o), of("x_1", o) + of("x_2", o)),),
    "Subtract": (Equation(of("y", o), of("x_1", o) - of("x_2", o)),),
    "Multiply": (Equation(of("y", o), of("x_1", o) * of("x_2", o)),),
    "ReLU": (Equation(of("y", o), operation("max", of("x", o), 0)),),
}
"""By type or family; the others say theirs in words."""

NOTES: dict[str, str] = {
    "ConvTranspose": "Only where the quotient is a whole number is there an input; everywhere else x is 0.",
    "DeformConv": (
        "Δ are the offsets that a sibling convolution predicts, m its weights from 0 to 1 (version 2; in version 1 m ="
        " 1); between positions x is interpolated linearly."
    ),
    "SpatiallySeparableConv": "u runs down the columns first, v along the rows of what u made, over M channels r.",
    "DepthwiseSeparableConv": "The depthwise pass w makes z, the pointwise pass v sums over its channels q.",
    "Conv": "q runs over the C_in/g input channels of the group that c belongs to.",
    "GroupedConv": "q runs over the C_in/g input channels of the group that c belongs to.",
    "DilatedConv": "q runs over the C_in/g input channels of the group that c belongs to.",
    "MaxUnpool": "t is the tap at which the pooling found its maximum; every other output is 0.",
    "AdaptiveAvgPool": "t runs over the bin ⌊o·i/n⌋ … ⌈(o + 1)·i/n⌉ − 1, where n outputs are made of i inputs.",
    "AdaptiveMaxPool": "t runs over the bin ⌊o·i/n⌋ … ⌈(o + 1)·i/n⌉ − 1, where n outputs are made of i inputs.",
    "LPPool": "With the exponent 2; any other is taken in the place of both.",
    "Upsample": "In mode nearest with a whole factor r; linear modes weigh the neighbours.",
    "PixelShuffle": "Along one axis; over two, r² channels make a block of r by r.",
    "PixelUnshuffle": "Along one axis; over two, a block of r by r makes r² channels.",
}
"""What the symbols of an equation mean beyond the general words."""


def equations(kind: type[Layer]) -> tuple[Equation, ...]:
    """The defining equations of a layer type; none where its documentation says them in words.

    >>> from convmath.layers.pool import MaxPool2d
    >>> len(equations(MaxPool2d))
    1
    """
    return next((EQUATIONS[base.__name__] for base in kind.__mro__ if base.__name__ in EQUATIONS), ())


def remark(kind: type[Layer]) -> str:
    """What to add to an equation in words."""
    return next((NOTES[base.__name__] for base in kind.__mro__ if base.__name__ in NOTES), "")
