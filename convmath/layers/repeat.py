"""Layers that copy what they read: Expand, Repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, broadcastable
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.window import Window
from .base import Layer
from .field import Extents, Sizes, is_open
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size


class Expand(View):
    """Repeats axes of size 1 until the stated shape is there; -1 leaves an axis as it is. No arithmetic.

    The shape may have more axes in front. Raises ShapeError where another axis would have to change.

    >>> Expand((4, -1, 7, 9)).output_shape((4, 96, 1, 1))
    (4, 96, 7, 9)

    Source: PyTorch's function of this name.
    """

    least_axes = 0
    shape = Extents("the sizes of every axis; -1 leaves an axis as it is", left_open=64)

    def _pairs(self, x: Shape) -> list[tuple[Size, Size]]:
        """The sizes of input and output, from the last input's axis backwards to its first."""
        return list(zip(x, self.shape[len(self.shape) - len(x) :], strict=True))

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, new = inputs[0], len(self.shape) - len(inputs[0])
        if new < 0 or any(map(is_open, self.shape[:new])):
            raise ShapeError(
                f"{self.op}: shape={type(self).fields['shape'].spell(self.shape)} does not fit the {len(x)} axes of {x}"
                " (state one for each; -1 keeps what is there)"
            )
        for axis, (size, stated) in enumerate(self._pairs(x)):
            if not is_open(stated):
                yield broadcastable(
                    size, stated, f"axis {axis} of {{about}} is {{left}} long, not 1, and cannot become {{right}}",
                    "state {left}, or -1", x,
                )  # fmt: skip
                yield at_least(
                    stated, size, f"axis {axis} of {{about}} is {{right}} long and cannot become {{left}}",
                    "state {right}, or -1", x,
                )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        kept = (size if is_open(stated) else stated for size, stated in self._pairs(x))
        return (Shape((*self.shape[: len(self.shape) - len(x)], *kept)),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return (copied(inputs[0], self.infer(*inputs)[0]),)


class Repeat(Layer):
    """Puts copies of the input one after another, so many along each axis. No arithmetic.

    There may be more numbers than axes: then those in front are new. A spatial axis that is copied has a field
    in a network only. Raises ShapeError for fewer numbers than axes.

    >>> Repeat((1, 1, 2, 3)).output_shape((4, 96, 7, 9))
    (4, 96, 14, 27)

    Source: PyTorch's function of this name; ONNX's Tile.
    """

    least_axes = 0
    repeats = Sizes("how many copies along each axis")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        if len(self.repeats) < len(inputs[0]):
            raise ShapeError(
                f"{self.op}: repeats={self.repeats} has {len(self.repeats)} numbers, the input {inputs[0]} has"
                f" {len(inputs[0])} axes (give one for each)"
            )
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, new = inputs[0], len(self.repeats) - len(inputs[0])
        copies = (size * times for size, times in zip(x, self.repeats[new:], strict=True))
        return (Shape((*self.repeats[:new], *copies)),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return (copied(inputs[0], self.infer(*inputs)[0]),)


def copied(x: Shape, y: Shape) -> Stage:
    """Axes that keep their place and length are read as they are, all others are put elsewhere."""
    return tuple(Window() if len(x) == len(y) and x[axis] is y[axis] else MOVED for axis in range(2, len(x)))
