"""The largest or smallest numbers along an axis, in order: TopK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least
from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from ..core.window import Window
from .axes import within
from .base import Layer
from .field import Axis, Count, Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.size import Size


class TopK(Layer):
    """The k largest numbers along an axis, or the smallest, in order: the first output; the second, their indices.

    FLOPs are n − 1 comparisons for each row of n numbers, which any way of choosing asks for; how many more there are
    is up to the numbers. The axis is seen whole. Raises ShapeError where it has fewer than k positions.

    >>> TopK(300, 1).output_shapes((2, 8400, 4)), TopK(300, 1).flops((2, 8400, 4))
    (((2, 300, 4), (2, 300, 4)), 67192)

    Source: ONNX's operator of this name, PyTorch's topk; Blum, Floyd, Pratt, Rivest and Tarjan, "Time Bounds for
    Selection" (1973).
    """

    least_axes = 1
    k = Count("how many are kept", symbol="k")
    dim = Axis("the axis along which they are chosen", -1, keras="axis")
    largest = Flag("whether the largest are chosen, and not the smallest", True)

    @property
    def output_count(self) -> int:
        return 2

    @property
    def makes_indices(self) -> bool:
        return True

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        (axis,) = within(self.op, (self.dim,), x)
        yield at_least(
            x[axis], self.k, f"k={{right}} is more than the {{left}} positions of axis {axis} of {{about}}",
            "choose at most {left}", x,
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        axis = self.dim % len(x)
        return (Shape((*x[:axis], self.k, *x[axis + 1 :])),) * 2

    def met(self, axes: int) -> Sequence[int] | None:
        return (self.dim,)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        return (tuple(WHOLE if axis == self.dim % len(x) else Window() for axis in range(2, len(x))),)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, axis = inputs[0], self.dim % len(inputs[0])
        rows = Shape((*x[:axis], *x[axis + 1 :]))
        return x.elements - rows.elements
