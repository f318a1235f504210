"""Activations: ReLU, Sigmoid, SiLU, Softmax and the other functions of one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..core.conditions import Condition, equal
from ..core.errors import ShapeError
from ..core.receptive_field import WHOLE, Stage
from ..core.size import is_one
from ..core.window import Window
from .base import Layer
from .field import Axis, Choice, Count, Flag, Optional, Real

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.shape import Shape
    from ..core.size import Size


class Activation(Layer, abstract=True):
    """A function of each number by itself; the shape stays.

    FLOPs are `operations` for each number: one for every comparison, addition, multiplication, division or
    call of an elementary function (exp, log, tanh, erf).
    """

    least_axes = 0
    operations: ClassVar[int] = 1

    def met(self, axes: int) -> Sequence[int] | None:
        return ()

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return self.operations * inputs[0].elements


class ReLU(Activation):
    """max(x, 0): 1 FLOP a number.

    >>> ReLU(inplace=True).flops((1, 64, 10, 12))
    7680

    Source: Nair and Hinton (2010).
    """

    inplace = Flag("whether the input's memory is reused", False)


class ReLU6(Activation):
    """min(max(x, 0), 6): 2 FLOPs a number.

    >>> ReLU6().flops((1, 8))
    16

    Source: Howard et al., MobileNets (2017).
    """

    operations = 2
    inplace = Flag("whether the input's memory is reused", False)


class LeakyReLU(Activation):
    """x, or a·x below zero: 2 FLOPs a number.

    >>> LeakyReLU(0.2).flops((1, 8))
    16

    Source: Maas, Hannun and Ng (2013).
    """

    operations = 2
    negative_slope = Real("the slope a below zero", 0.01)
    inplace = Flag("whether the input's memory is reused", False)


class PReLU(Activation):
    """x, or a·x below zero with trained slopes, one for all or one for each channel: 2 FLOPs a number.

    >>> PReLU(64).params
    64

    Source: He et al. (2015).
    """

    least_axes = 2
    operations = 2
    num_parameters = Count("slopes: 1, or the channels", 1)
    init = Real("the slopes to begin with", 0.25)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        if not is_one(self.num_parameters):  # a single slope serves any number of channels
            yield equal(
                inputs[0].channels, self.num_parameters, "the input has {left} channels, num_parameters is {right}",
                "use num_parameters=1 or {left}",
            )  # fmt: skip

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": (self.num_parameters,)}


class ELU(Activation):
    """x, or a(eˣ − 1) below zero: 4 FLOPs a number.

    >>> ELU().flops((1, 8))
    32

    Source: Clevert, Unterthiner and Hochreiter (2016).
    """

    operations = 4
    alpha = Real("the scale a below zero", 1.0)
    inplace = Flag("whether the input's memory is reused", False)


class CELU(Activation):
    """x, or a(e^(x/a) − 1) below zero: 5 FLOPs a number.

    >>> CELU().flops((1, 8))
    40

    Source: Barron (2017).
    """

    operations = 5
    alpha = Real("the scale a below zero", 1.0)
    inplace = Flag("whether the input's memory is reused", False)


class SELU(Activation):
    """ELU with fixed scales: 5 FLOPs a number.

    >>> SELU().flops((1, 8))
    40

    Source: Klambauer et al. (2017).
    """

    operations = 5
    inplace = Flag("whether the input's memory is reused", False)


class GELU(Activation):
    """x·Φ(x) = x/2·(1 + erf(x/√2)): 5 FLOPs a number; its tanh form 9.

    >>> GELU().flops((1, 8)), GELU(approximate="tanh").flops((1, 8))
    (40, 72)

    Source: Hendrycks and Gimpel (2016).
    """

    approximate = Choice("how Φ is computed", "none", ("none", "tanh"))

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return (9 if self.approximate == "tanh" else 5) * inputs[0].elements


class Sigmoid(Activation):
    """1/(1 + e⁻ˣ): 4 FLOPs a number.

    >>> Sigmoid().flops((1, 8))
    32

    Source: PyTorch's layer of this name.
    """

    operations = 4


class LogSigmoid(Activation):
    """−log(1 + e⁻ˣ): 5 FLOPs a number.

    >>> LogSigmoid().flops((1, 8))
    40

    Source: PyTorch's layer of this name.
    """

    operations = 5


class SiLU(Activation):
    """x·sigmoid(x), also called swish: 5 FLOPs a number.

    >>> SiLU().flops((1, 8))
    40

    Source: Elfwing, Uchibe and Doya (2018); Ramachandran, Zoph and Le (2017).
    """

    operations = 5
    inplace = Flag("whether the input's memory is reused", False)


class Mish(Activation):
    """x·tanh(log(1 + eˣ)): 5 FLOPs a number.

    >>> Mish().flops((1, 8))
    40

    Source: Misra (2019).
    """

    operations = 5
    inplace = Flag("whether the input's memory is reused", False)


class Tanh(Activation):
    """tanh x: 1 FLOP a number.

    >>> Tanh().flops((1, 8))
    8

    Source: PyTorch's layer of this name.
    """


class Softplus(Activation):
    """log(1 + e^(βx))/β: 5 FLOPs a number.

    >>> Softplus().flops((1, 8))
    40

    Source: Dugas et al. (2001).
    """

    operations = 5
    beta = Real("the sharpness β", 1.0)
    threshold = Real("above which it is x", 20.0)


class Softsign(Activation):
    """x/(1 + |x|): 3 FLOPs a number.

    >>> Softsign().flops((1, 8))
    24

    Source: Bergstra et al. (2009).
    """

    operations = 3


class Hardsigmoid(Activation):
    """min(max(x + 3, 0), 6)/6: 4 FLOPs a number.

    >>> Hardsigmoid().flops((1, 8))
    32

    Source: Howard et al., MobileNetV3 (2019).
    """

    operations = 4
    inplace = Flag("whether the input's memory is reused", False)


class Hardswish(Activation):
    """x·hardsigmoid(x): 5 FLOPs a number.

    >>> Hardswish().flops((1, 8))
    40

    Source: Howard et al., MobileNetV3 (2019).
    """

    operations = 5
    inplace = Flag("whether the input's memory is reused", False)


class Hardtanh(Activation):
    """min(max(x, a), b): 2 FLOPs a number.

    >>> Hardtanh().flops((1, 8))
    16

    Source: Collobert (2004).
    """

    operations = 2
    min_val = Real("the least value a", -1.0)
    max_val = Real("the greatest value b", 1.0)
    inplace = Flag("whether the input's memory is reused", False)


class AlongAxis(Activation, abstract=True):
    """A function of each number and of those beside it on one axis. Raises ShapeError if the axis is not there."""

    least_axes = 1
    operations = 5
    dim = Optional(Axis("the axis that sums to one"))

    def along(self, axes: int) -> int:
        """The axis of so many: where none is stated PyTorch's choice, the first of one or three, else the second.

        >>> Softmax().along(3), Softmax().along(4), Softmax(-1).along(4)
        (0, 1, -1)
        """
        stated: int | None = self.dim
        return stated if stated is not None else 0 if axes in {0, 1, 3} else 1

    def met(self, axes: int) -> Sequence[int] | None:
        return (self.along(axes),)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if self.dim is not None and not -len(x) <= self.dim < len(x):
            raise ShapeError(f"{self.op}: dim={self.dim} is no axis of the input {x}, which has {len(x)}")
        return ()

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        along = None if self.dim is None else self.dim % len(x)
        return (tuple(WHOLE if axis == along else Window() for axis in range(2, len(x))),)


class Softmax(AlongAxis):
    """eˣ/Σeˣ along an axis, the largest taken off first: 5 FLOPs a number.

    >>> Softmax(dim=1).flops((2, 10))
    100

    Source: Bridle (1990).
    """


class LogSoftmax(AlongAxis):
    """x − log Σeˣ along an axis, the largest taken off first: 5 FLOPs a number.

    >>> LogSoftmax(dim=1).flops((2, 10))
    100

    Source: PyTorch's layer of this name.
    """
