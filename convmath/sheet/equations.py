"""The defining equation of each kind of layer, along one axis: which inputs make an output, and how.

y is the output, x the input, w the weights, b the bias; o counts outputs, t taps, c output channels and q the input
channels that c reads. x is zero outside the input, and between its positions where it is stretched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..symbolic.written import operation, symbol
from . import functions
from .document import Equation
from .entries import largest, largest_of, mean, of, smallest_of, total

if TYPE_CHECKING:
    from ..layers.base import Layer
    from .document import Run

c, d, g, i, k, m, n, o, p, q, r, s, t = (symbol(name) for name in "cdgikmnopqrst")
C, C_in, H, W = (symbol(name) for name in ("C", "C_in", "H", "W"))

AT = o * s - p + t * d
"""The input position that tap t of output o reads."""

Y = of("y", c, o)
BIAS = of("b", c)
CONV = Equation(Y, total("q", total("t", of("w", c, q, t) * of("x", q, AT))) + BIAS)
SAMPLED = total("q", total("t", of("w", c, q, t) * of("x", q, AT + of("Delta", t, o)) * of("m", t, o)))
NEAREST = Equation(Y, of("x", c, o // r))

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
    "CausalConv1d": (
        Equation(Y, total("q", total("t", of("w", c, q, t) * of("x", q, o * s - (k - 1 - t) * d))) + BIAS),
    ),
    "ConvTranspose": (
        Equation(Y, total("q", total("t", of("w", q, c, t) * of("x", q, operation("÷", o + p - t * d, s)))) + BIAS),
    ),
    "DeformConv": (Equation(Y, SAMPLED + BIAS),),
    "OffsetConv": (Equation(Y, SAMPLED + BIAS),),
    "LocallyConnected": (
        Equation(Y, total("q", total("t", of("w", c, q, o, t) * of("x", q, o * s - p + t))) + of("b", c, o)),
    ),
    "MaxPool": (Equation(Y, largest("t", of("x", c, AT))),),
    "AvgPool": (Equation(Y, operation("÷", total("t", of("x", c, AT)), k)),),
    "LPPool": (Equation(Y**2, total("t", of("x", c, o * s + t * d) ** 2)),),
    "AdaptiveAvgPool": (Equation(Y, mean("t", of("x", c, t))),),
    "AdaptiveMaxPool": (Equation(Y, largest("t", of("x", c, t))),),
    "GlobalAvgPool": (Equation(of("y", c), mean("t", of("x", c, t))),),
    "GlobalMaxPool": (Equation(of("y", c), largest("t", of("x", c, t))),),
    "MaxUnpool": (Equation(of("y", c, i * s - p + t), of("x", c, i)),),
    "Upsample": (NEAREST,),
    "UpsamplingNearest2d": (NEAREST,),
    "PixelShuffle": (Equation(Y, of("x", c * r + o % r, o // r)),),
    "PixelUnshuffle": (Equation(Y, of("x", c // r, o * r + c % r)),),
    "ChannelShuffle": (Equation(Y, of("x", (c % g) * C.exact_div(g) + c // g, o)),),
    "Unfold": (Equation(of("y", c * k + t, o), of("x", c, AT)),),
    "ZeroPad": (Equation(of("y", o), of("x", o - p)),),
    "ConstantPad": (Equation(of("y", o), of("x", o - p)),),
    "ReflectionPad": (Equation(of("y", o), of("x", i - of("abs", i - of("abs", o - p) - 1) - 1)),),
    "CircularPad": (Equation(of("y", o), of("x", (o - p) % i)),),
    "ReplicationPad": (Equation(of("y", o), of("x", smallest_of(largest_of(o - p, 0), i - 1))),),
    "Cropping": (Equation(of("y", o), of("x", o + p)),),
    "Linear": (Equation(of("y", o), total("i", of("w", o, i) * of("x", i)) + of("b", o)),),
    "Identity": (Equation(of("y", o), of("x", o)),),
    "Flatten": (Equation(of("y", c * H * W + i * W + t), of("x", c, i, t)),),
    "Add": (Equation(of("y", o), of("x_1", o) + of("x_2", o)),),
    "Subtract": (Equation(of("y", o), of("x_1", o) - of("x_2", o)),),
    "Multiply": (Equation(of("y", o), of("x_1", o) * of("x_2", o)),),
    **functions.EQUATIONS,
}
"""By type or family; the others say theirs in words."""


def _sign(operand: object) -> Equation:
    return Equation(None, operand)


BIN: Run = (
    _sign(t), " runs over the bin ", _sign((o * i) // n), " … ", _sign(-(-((o + 1) * i) // n) - 1), ", where ",
    _sign(n), " outputs are made of ", _sign(i), " inputs.",
)  # fmt: skip
ITS_GROUP: Run = (
    _sign(q), " runs over the ", _sign(C_in.exact_div(g)), " input channels of the group that ", _sign(c),
    " belongs to.",
)  # fmt: skip
MOMENTS: Run = (
    _sign(of("mu", c)), " and ", _sign(of("sigma", c)), " are the mean and the standard deviation that were learnt",
    " while training, ", _sign(of("gamma", c)), " and ", _sign(of("beta", c)), " the trained scale and shift, ",
    _sign(symbol("epsilon")), " keeps the divisor from 0.",
)  # fmt: skip
OWN_MOMENTS = "The same equation as of BatchNorm, but the mean and the standard deviation are those of "

REMARKS: dict[str, Run] = {
    "Conv": ITS_GROUP,
    "GroupedConv": ITS_GROUP,
    "DilatedConv": ITS_GROUP,
    "PointwiseConv": ITS_GROUP,
    "DepthwiseSeparableConv": (
        "The depthwise pass ", _sign(symbol("w")), " makes ", _sign(symbol("z")), ", the pointwise pass ",
        _sign(symbol("v")), " sums over its channels.",
    ),
    "SpatiallySeparableConv": (
        _sign(symbol("u")), " runs down the columns first, ", _sign(symbol("v")), " along the rows of what ",
        _sign(symbol("u")), " made, over the channels ", _sign(r), " between them; ", _sign(o), " counts rows of the",
        " output, ", _sign(n), " its columns, ", _sign(i), " those of the input.",
    ),
    "ConvTranspose": (
        "Only where the quotient is a whole number is there an input; everywhere else ", _sign(symbol("x")), " is 0.",
    ),
    "DeformConv": (
        _sign(symbol("Delta")), " are the offsets that a sibling convolution predicts; ", _sign(m), " are its weights",
        " from 0 to 1 in version 2, and 1 in version 1. Between positions ", _sign(symbol("x")),
        " is interpolated linearly.",
    ),
    "OffsetConv": (
        _sign(symbol("Delta")), " are the offsets and ", _sign(m), " the weights that are read, 1 where none are.",
        " Between positions ", _sign(symbol("x")), " is interpolated linearly.",
    ),
    "MaxPool": ("Outside the input ", _sign(symbol("x")), " is −∞, so that padding is never the largest."),
    "AdaptiveAvgPool": BIN,
    "AdaptiveMaxPool": BIN,
    "LPPool": ("With the exponent 2; any other takes the place of both.",),
    "MaxUnpool": (_sign(t), " is the tap at which the pooling found its maximum; every other output is 0."),
    "Upsample": ("In mode nearest with a whole factor ", _sign(r), "; linear modes weigh the neighbours."),
    "PixelShuffle": ("Along one axis; over two, ", _sign(r**2), " channels make a block of ", _sign(r), " by ",
                     _sign(r), "."),
    "PixelUnshuffle": ("Along one axis; over two, a block of ", _sign(r), " by ", _sign(r), " makes ", _sign(r**2),
                       " channels."),
    "Unfold": ("Along one axis; over two, taps and outputs are counted row by row.",),
    "ConstantPad": ("Outside the input ", _sign(symbol("x")), " is the constant."),
    "BatchNorm": MOMENTS,
    "InstanceNorm": (OWN_MOMENTS, "one channel of one sample."),
    "GroupNorm": (OWN_MOMENTS, "one group of channels of one sample."),
    "LayerNorm": (OWN_MOMENTS, "all numbers of one sample, and scale and shift have one number for each of them."),
    "RMSNorm": ("Each number is divided by the root of the mean of squares over the last axes, and scaled.",),
    "LocalResponseNorm": (
        _sign(q), " runs over ", _sign(n), " channels around ", _sign(c), "; the output is ",
        _sign(of("x", c, o)), " divided by ", _sign(of("z", c, o)), " to the power ", _sign(symbol("beta")), ".",
    ),
    "SELU": (_sign(symbol("a")), " is 1.6733, ", _sign(symbol("b")), " is 1.0507."),
}  # fmt: skip
"""What the symbols of an equation mean beyond the general words."""


def equations(kind: type[Layer]) -> tuple[Equation, ...]:
    """The defining equations of a layer type; none where its documentation says them in words.

    >>> from convmath.layers.pool import MaxPool2d
    >>> str(equations(MaxPool2d)[0].right)
    'max_t x(c, o·s − p + t·d)'
    """
    return next((EQUATIONS[base.__name__] for base in kind.__mro__ if base.__name__ in EQUATIONS), ())


def remark(kind: type[Layer]) -> Run:
    """What to add to an equation in words; nothing if it needs none."""
    return next((REMARKS[base.__name__] for base in kind.__mro__ if base.__name__ in REMARKS), ())
