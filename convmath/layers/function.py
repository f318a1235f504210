"""Functions of one number: Sqrt, Exp, Abs and their kin; Scale, Shift, Pow and Clip by a number that is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .activation import Activation
from .field import Optional, Real

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..core.size import Size


class Function(Activation, abstract=True):
    """An elementary function of each number by itself: 1 FLOP a number unless it says otherwise; the shape stays.

    >>> from convmath.layers.function import Exp, Rsqrt
    >>> Exp().flops((1, 8)), Rsqrt().flops((1, 8))
    (8, 16)

    Source: PyTorch's functions of these names.
    """

    least_axes = 0


class Abs(Function):
    """|x|; see Function."""


class Neg(Function):
    """−x; see Function."""


class Sign(Function):
    """−1, 0 or 1, as x is; see Function."""


class Sqrt(Function):
    """√x; see Function."""


class Rsqrt(Function):
    """1/√x: 2 FLOPs a number; see Function."""

    operations = 2


class Square(Function):
    """x²; see Function."""


class Reciprocal(Function):
    """1/x; see Function."""


class Exp(Function):
    """eˣ; see Function."""


class Log(Function):
    """log x, the natural one; see Function."""


class Erf(Function):
    """The error function of x; see Function."""


class Sin(Function):
    """sin x; see Function."""


class Cos(Function):
    """cos x; see Function."""


class Floor(Function):
    """⌊x⌋; see Function."""


class Ceil(Function):
    """⌈x⌉; see Function."""


class Round(Function):
    """The whole number nearest to x, the even one of two; see Function."""


class Not(Function):
    """1 where x is 0, and 0 elsewhere; see Function."""


class Scale(Function):
    """x·factor, for a number that is stated; see Function."""

    factor = Real("what is multiplied by")


class Shift(Function):
    """x + addend, for a number that is stated; see Function."""

    addend = Real("what is added")


class Pow(Function):
    """x to a power that is stated; see Function."""

    exponent = Real("the power")


class Clip(Function):
    """x, but no less than min and no more than max: 1 FLOP a number for each that is stated; see Function."""

    min = Optional(Real("the least value; none if None"))
    max = Optional(Real("the greatest value; none if None"))

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(bound is not None for bound in (self.min, self.max)) * inputs[0].elements
