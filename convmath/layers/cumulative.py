"""Sums of all that comes before: CumSum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import UNTOLD, Stage
from ..core.shape import Shape
from ..core.size import Size, larger
from ..core.window import Window
from .axes import within
from .base import Layer
from .field import Axis, Flag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.conditions import Condition


class CumSum(Layer):
    """y_i = x_0 + … + x_i along an axis: n − 1 sums for each row of n numbers.

    `exclusive` leaves x_i itself out, which spares a sum; `reverse` adds up from the end. A position sees what comes
    before it. Raises ShapeError where it is not there.

    >>> CumSum(2).output_shape((2, 96, 7, 9)), CumSum(2).flops((2, 96, 7, 9))
    ((2, 96, 7, 9), 10368)

    Source: ONNX's operator of this name; PyTorch's cumsum, NumPy's.
    """

    least_axes = 1
    dim = Axis("the axis along which is added up", keras="axis")
    exclusive = Flag("whether a position's own number is left out", False)
    reverse = Flag("whether the end comes first", False)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        within(self.op, (self.dim,), inputs[0])
        return ()

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        return (tuple(UNTOLD if axis == self.dim % len(x) else Window() for axis in range(2, len(x))),)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, axis = inputs[0], self.dim % len(inputs[0])
        rows = Shape((*x[:axis], *x[axis + 1 :]))
        return rows.elements * (larger(x[axis] - 2, 0) if self.exclusive else x[axis] - 1)
