"""Layers that take a part of one axis: Slice, Select."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least
from ..core.piece import Piece
from ..core.shape import Shape
from ..core.size import Size, ceil_div, clip, smaller
from ..core.window import Window
from .axes import staying, within
from .field import Axis, Count, Offset, Optional
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.receptive_field import Stage


class Slice(View):
    """Every step-th position of an axis from start up to, but not including, stop: ⌈(stop − start) / step⌉ of them.

    Negative positions count from the end, positions beyond it end there. No arithmetic. Raises ShapeError where nothing
    is left.

    >>> Slice(2, 1, None, 2).output_shape((2, 3, 8, 9)), Slice(3, -4).output_shape((2, 3, 8, 9))
    ((2, 3, 4, 9), (2, 3, 8, 4))

    Source: NumPy's basic indexing; ONNX's operator of this name.
    """

    least_axes = 1
    dim = Axis("the axis that is cut", keras="axis")
    start = Offset("the first position kept", 0)
    stop = Optional(Offset("the first position left out at the end; the end if None"))
    step = Count("positions from one that is kept to the next", 1)

    def _bounds(self, x: Shape) -> tuple[Size, Size]:
        """The first position kept, and the end."""
        size = x[self.dim]
        end = size if self.stop is None else clip(from_front(self.stop, size), 0, size)
        return smaller(clip(from_front(self.start, size), 0, size), end), end

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        (axis,) = within(self.op, (self.dim,), x)
        start, end = self._bounds(x)
        yield at_least(
            end - start, 1, f"nothing is left of axis {axis} of {{about}} (start={self.start}, stop={self.stop})",
            "keep at least one position", x,
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        start, end = self._bounds(x)
        axis = self.dim % len(x)
        return (Shape((*x[:axis], ceil_div(end - start, self.step), *x[axis + 1 :])),)

    def moved(self, axes: int) -> Sequence[int]:
        return (self.dim,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        x = inputs[0]
        kept = range(x[axis])[self.start : self.stop : self.step]
        return (Piece(0, kept, range(len(kept))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        start, end = self._bounds(x)
        cut = Window(1, self.step, 1, -start, end - x[self.dim])
        return (tuple(cut if axis == self.dim % len(x) else Window() for axis in range(2, len(x))),)


class Select(View):
    """One position of an axis, which is gone then. No arithmetic.

    The fields of spatial axes that move are told in a network.

    Raises ShapeError where the position is not there.

    >>> Select(1, 0).output_shape((2, 197, 768))
    (2, 768)

    Source: PyTorch's function of this name.
    """

    least_axes = 1
    dim = Axis("the axis that is taken away", keras="axis")
    index = Offset("the position that is kept", 0)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        (axis,) = within(self.op, (self.dim,), x)
        place = from_front(self.index, x[axis])
        for room in (place, x[axis] - place - 1):
            yield at_least(
                room, 0, f"index={self.index} is no position of axis {axis} of {{about}}", "count from 0, or with -1"
                " from the end", x,
            )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        axis = self.dim % len(inputs[0])
        return (Shape((*inputs[0][:axis], *inputs[0][axis + 1 :])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return staying(inputs[0], self.dim % len(inputs[0]))


def from_front(place: Size, size: Size) -> Size:
    """A position counted from 0, be it written from the end.

    >>> from_front(-1, 7), from_front(2, 7)
    (6, 2)
    """
    return size + place if type(place) is int and place < 0 else place
