"""What a convolution multiplies its filters by, laid out in columns: Unfold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import MOVED
from ..core.shape import Shape
from ..core.size import Size, product
from ..core.window import Window
from .conv import padding_constraints
from .field import PaddingField, PerAxis
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.conditions import Condition
    from ..core.receptive_field import Stage


class Unfold(Windowed):
    """im2col: a column for each placement of a window, with what its taps read: (N, C, H, W) → (N, C·∏k, ∏o).

    o as of Conv; tap t of channel c is row c·∏k + t, outputs are counted row by row. No parameters, no arithmetic. As
    of Flatten, no axis of the columns is one of the input, so each column sees at most all of it. Raises
    ParameterError for negative padding, ShapeError if the window does not fit.

    >>> Unfold((2, 3), padding=1).output_shape((1, 4, 8, 9))  # 9·9 placements of a window of 6
    (1, 24, 81)

    Source: Chellapilla, Puri and Simard (2006); PyTorch's layer of this name.
    """

    is_open = True
    rank = 2
    kernel_size = PerAxis("taps along each axis", symbol="k")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d")
    padding = PaddingField("positions added on either side", 0, ())
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s")

    def constraints(self) -> Iterable[Condition]:
        for condition in padding_constraints(self.padding, self.convention):
            yield condition._replace(mend="crop with a layer of its own")

    def window(self, axis: int, size: Size) -> Window:
        return Window(self.kernel_size[axis], self.stride[axis], self.dilation[axis], *self.padding[axis])

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        (y,) = super().infer(*inputs)
        return (Shape((y.batch, y.channels * product(self.kernel_size), product(y.spatial))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((MOVED,) * inputs[0].rank,)
