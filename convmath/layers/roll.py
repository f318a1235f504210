"""Layers that move positions along an axis: Roll, Flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError
from ..core.piece import Piece
from ..core.receptive_field import MOVED, Stage
from ..core.window import Window
from .axes import within
from .base import Layer
from .field import Axes, Offset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.conditions import Condition
    from ..core.shape import Shape


class Offsets(Offset):
    """A tuple of integers of either sign; a single one stands for a tuple of one."""

    expects = "an integer to 10^18 on either side, or a tuple of them"

    def settle(self, value: Any, rank: int) -> Any:
        values = value if isinstance(value, tuple | list) else (value,)
        offsets = tuple(super(Offsets, self).settle(one, rank) for one in values)
        return None if not offsets or any(offset is None for offset in offsets) else offsets

    def spell(self, value: Any) -> str:
        return str(value[0]) if len(value) == 1 else f"({', '.join(map(str, value))})"


class Moved(Layer, abstract=True):
    """The same numbers at other positions of the named axes, of which any place may be read. No arithmetic.

    Raises ShapeError where an axis is not there.
    """

    least_axes = 1
    dims: tuple[int, ...]

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        within(self.op, self.dims, inputs[0])
        return ()

    def moved(self, axes: int) -> Sequence[int]:
        return self.dims

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        moved = within(self.op, self.dims, inputs[0])
        return (tuple(MOVED if axis in moved else Window() for axis in range(2, len(inputs[0]))),)


class Roll(Moved):
    """Moves every position on along the axes by so many positions; what leaves at the end comes back in front.

    No arithmetic. A rolled axis has a field in a network only.

    >>> Roll((-3, -3), (1, 2)).output_shape((2, 56, 56, 96))
    (2, 56, 56, 96)

    Source: PyTorch's function of this name; Liu et al., Swin Transformer (2021).
    """

    shifts = Offsets("by how many positions, for each axis")
    dims = Axes("the axes")

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        size = inputs[0][axis]
        shift = sum(by for by, dim in zip(self.shifts, self.dims, strict=True) if dim % len(inputs[0]) == axis) % size
        return (
            Piece(0, range(size - shift), range(shift, size)),
            Piece(0, range(size - shift, size), range(shift)),
        )

    def constraints(self) -> Iterable[Condition]:
        if len(self.shifts) != len(self.dims):
            raise ParameterError(
                f"{self.op}: shifts={self.shifts} and dims={self.dims} are {len(self.shifts)} and {len(self.dims)}"
                " numbers (give as many of both)"
            )
        return ()


class Flip(Moved):
    """Puts the positions of the axes in the opposite order. No arithmetic.

    A flipped axis has a field in a network only.

    >>> Flip(3).output_shape((2, 3, 7, 9))
    (2, 3, 7, 9)

    Source: PyTorch's function of this name.
    """

    dims = Axes("the axes")

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        size = inputs[0][axis]
        return (Piece(0, range(size - 1, -1, -1), range(size)),)
