"""The product of two matrices that are both computed: MatMul."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.window import Window
from .base import Layer
from .matching import broadcast, broadcasting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size


class MatMul(Layer):
    """x·y over the last two axes: (…, n, k) and (…, k, m) → (…, n, m); the axes before broadcast.

    n·k·m MACs for every product. Raises ShapeError with both shapes where k differs.

    >>> MatMul().output_shape((2, 8, 49, 32), (2, 8, 32, 49)), MatMul().macs((2, 8, 49, 32), (2, 8, 32, 49))
    ((2, 8, 49, 49), 1229312)

    Source: PyTorch's function of this name.
    """

    arity = (2, 2)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, y = inputs
        if len(y) < 2:
            raise ShapeError(f"{self.op}: {x} and {y}: both need two axes at least (put Unsqueeze before)")
        yield equal(
            x[-1], y[-2], "the rows of {about[0]} have {left} numbers, the columns of {about[1]} have {right}",
            "make the two equal", (x, y),
        )  # fmt: skip
        yield from broadcasting((Shape(x[:-2]), Shape(y[:-2])), inputs)

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, y = inputs
        return (Shape((*broadcast((Shape(x[:-2]), Shape(y[:-2]))), x[-2], y[-1])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        # A row comes of one input and a column of the other, and each number of both.
        axes = len(inputs[0])
        return (tuple(Window() if axis < axes - 2 else MOVED for axis in range(2, axes)),)

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * inputs[0][-1]
