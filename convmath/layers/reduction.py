"""Layers that make one number of many along some axes: Mean, Sum, Amax and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..core.receptive_field import MOVED, WHOLE, Stage
from ..core.shape import Shape
from ..core.window import Window
from .axes import within
from .base import Layer
from .field import Axes, Flag, Optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.conditions import Condition
    from ..core.size import Size


class Reduction(Layer, abstract=True):
    """One number of all those along the named axes, or of all there are; the axes go, or stay with size 1.

    FLOPs are `each` for every number read and `after` for every number made. Reduced axes are seen whole, and so is a
    spatial axis that moves. Raises ShapeError where an axis is not there.
    """

    least_axes = 0
    each: ClassVar[int] = 1
    after: ClassVar[int] = -1
    dim = Optional(Axes("the axes; all if None"))
    keepdim = Flag("whether the axes stay, with size 1", False)

    def reduced(self, x: Shape) -> tuple[int, ...]:
        """The axes that are reduced, counted from 0."""
        return tuple(range(len(x))) if self.dim is None else within(self.op, self.dim, x)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        self.reduced(inputs[0])
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, reduced = inputs[0], self.reduced(inputs[0])
        if self.keepdim:
            return (Shape(1 if axis in reduced else size for axis, size in enumerate(x)),)
        return (Shape(size for axis, size in enumerate(x) if axis not in reduced),)

    def met(self, axes: int) -> Sequence[int] | None:
        stated = range(axes) if self.dim is None else self.dim
        return stated if self.keepdim else None

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x, reduced = inputs[0], self.reduced(inputs[0])
        first = len(x) if self.keepdim or not reduced else min(reduced)
        return (tuple(WHOLE if axis in reduced else MOVED if axis > first else Window() for axis in range(2, len(x))),)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return self.each * inputs[0].elements + self.after * outputs[0].elements


class Mean(Reduction):
    """The mean over axes: n − 1 sums and one scaling for n numbers.

    >>> Mean((2, 3)).output_shape((2, 96, 7, 9)), Mean((2, 3)).flops((2, 96, 7, 9))
    ((2, 96), 12096)

    Source: PyTorch's function of this name.
    """

    after = 0


class Sum(Reduction):
    """The sum over axes: n − 1 sums for n numbers.

    >>> Sum(1, keepdim=True).flops((2, 5, 7))
    56

    Source: PyTorch's function of this name.
    """


class Prod(Reduction):
    """The product over axes: n − 1 multiplications for n numbers.

    >>> Prod(1).flops((2, 5))
    8

    Source: PyTorch's function of this name.
    """


class Amax(Reduction):
    """The largest number over axes: n − 1 comparisons for n numbers.

    >>> Amax(1).output_shape((2, 5, 7))
    (2, 7)

    Source: PyTorch's function of this name.
    """


class Amin(Reduction):
    """The smallest number over axes: n − 1 comparisons for n numbers.

    >>> Amin(1).flops((2, 5))
    8

    Source: PyTorch's function of this name.
    """


class Argmax(Reduction):
    """The place of the largest number over axes, counted row by row: n − 1 comparisons for n numbers.

    >>> Argmax(1).output_shape((2, 21, 7, 9))
    (2, 7, 9)

    Source: PyTorch's function of this name.
    """


class Argmin(Reduction):
    """The place of the smallest number over axes, counted row by row: n − 1 comparisons for n numbers.

    >>> Argmin(1).flops((2, 5))
    8

    Source: PyTorch's function of this name.
    """


class Var(Reduction):
    """The variance over axes, divided by n: n − 1 sums and a scaling, n differences, and as much for their squares.

    >>> Var(1).flops((2, 5))  # 4·5 of each row
    40

    Source: Chan, Golub and LeVeque (1983); PyTorch's function of this name with correction=0.
    """

    each = 4
    after = 0


class VectorNorm(Reduction):
    """√Σx² over axes: n squares, n − 1 sums and a root for n numbers.

    >>> VectorNorm(1).flops((2, 5))
    20

    Source: PyTorch's function of this name in torch.linalg; ONNX's ReduceL2.
    """

    each = 2
    after = 0
