"""Further activations of torch.nn: Threshold, the shrinks, RReLU, Softmin, Softmax2d; and GLU, which halves an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..core.conditions import Condition, divides
from ..core.piece import Piece
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.size import exact_div
from ..core.window import Window
from .activation import Activation, AlongAxis
from .axes import within
from .base import Layer
from .field import Axis, Flag, Real

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.size import Size


class Threshold(Activation):
    """x above the threshold, a stated value elsewhere: 1 FLOP a number.

    >>> Threshold(0.1, 20).flops((1, 8))
    8

    Source: PyTorch's layer of this name.
    """

    threshold = Real("above which numbers stay")
    value = Real("what others become")
    inplace = Flag("whether the input's memory is reused", False)


class Hardshrink(Activation):
    """x outside of −λ … λ, 0 within: 2 FLOPs a number.

    >>> Hardshrink().flops((1, 8))
    16

    Source: Donoho and Johnstone (1994), hard thresholding.
    """

    operations = 2
    lambd = Real("the bound λ", 0.5)


class Softshrink(Activation):
    """x moved towards 0 by λ, 0 within −λ … λ: 3 FLOPs a number.

    >>> Softshrink().flops((1, 8))
    24

    Source: Donoho and Johnstone (1994), soft thresholding.
    """

    operations = 3
    lambd = Real("the bound λ", 0.5, 0)


class Tanhshrink(Activation):
    """x − tanh x: 2 FLOPs a number.

    >>> Tanhshrink().flops((1, 8))
    16

    Source: PyTorch's layer of this name.
    """

    operations = 2


class RReLU(Activation):
    """x, or a·x below zero, where a is drawn while training, else the mean of lower and upper: 2 FLOPs a number.

    >>> RReLU().flops((1, 8))
    16

    Source: Xu et al. (2015).
    """

    operations = 2
    lower = Real("the least slope", 1 / 8)
    upper = Real("the greatest slope", 1 / 3)
    inplace = Flag("whether the input's memory is reused", False)


class Softmin(AlongAxis):
    """Softmax of −x along an axis: 6 FLOPs a number.

    >>> Softmin(dim=1).flops((2, 10))
    120

    Source: PyTorch's layer of this name.
    """

    operations = 6


class Softmax2d(Activation):
    """Softmax over the channels of (N, C, H, W): 5 FLOPs a number.

    >>> Softmax2d().flops((2, 3, 5, 7))
    1050

    Source: PyTorch's layer of this name.
    """

    rank = 2
    operations = 5
    dim: ClassVar[int] = 1

    def met(self, axes: int) -> Sequence[int] | None:
        return (1,)


class GLU(Layer):
    """The first half of an axis times the sigmoid of the second: 5 FLOPs for each number of half the size.

    Raises ShapeError where the axis is not there or is odd. A halved spatial axis has a field in a network only.

    >>> GLU(1).output_shape((2, 64, 7, 9)), GLU(1).flops((2, 64, 7, 9))
    ((2, 32, 7, 9), 20160)

    Source: Dauphin et al., gated convolutional networks (2017).
    """

    dim = Axis("the axis that is halved", -1)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        (axis,) = within(self.op, (self.dim,), x)
        yield divides(2, x[axis], f"axis {axis} is {{left}} long, which is odd", "use an even size")

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, axis = inputs[0], self.dim % len(inputs[0])
        return (Shape((*x[:axis], exact_div(x[axis], 2), *x[axis + 1 :])),)

    def moved(self, axes: int) -> Sequence[int]:
        return (self.dim,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        half = inputs[0][axis] // 2
        return Piece(0, range(half), range(half)), Piece(0, range(half, 2 * half), range(half))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        return (tuple(MOVED if axis == self.dim % len(x) else Window() for axis in range(2, len(x))),)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return 5 * outputs[0].elements
