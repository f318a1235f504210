"""Max-unpooling: MaxUnpool1d, MaxUnpool2d, MaxUnpool3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least
from ..core.window import Window
from .field import Optional, PerAxis
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.shape import Shape
    from ..core.size import Size


class MaxUnpool(Windowed, abstract=True):
    """Puts every number back where a max pooling found it, zeros elsewhere: o = (i − 1)s − 2p + k.

    No parameters, no arithmetic. The receptive field bounds where a number may land: within its window.

    >>> from convmath.layers.unpool import MaxUnpool2d
    >>> MaxUnpool2d(2).output_shape((1, 8, 5, 7))
    (1, 8, 10, 14)

    Source: Zeiler and Fergus (2014); Badrinarayanan, Kendall and Cipolla, SegNet (2017).
    """

    kernel_size = PerAxis("window of the pooling along each axis", symbol="k", keras="pool_size")
    stride = Optional(
        PerAxis("stride of the pooling; kernel_size if None", symbol="s", keras="strides"), otherwise="kernel_size"
    )
    padding = PerAxis("padding of the pooling", 0, 0, symbol="p")

    def window(self, axis: int, size: Size) -> Window:
        kernel, crop = self.kernel_size[axis], self.padding[axis]
        stride = (self.stride or self.kernel_size)[axis]
        return Window(kernel, 1, 1, kernel - 1 - crop, kernel - 1 - crop, stride)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        for axis, (window, size) in enumerate(zip(self.windows(inputs[0]), inputs[0].spatial, strict=True)):
            yield at_least(
                window.output_size(size), 1, f"axis {axis} of size {{about}}: cropping leaves {{left}} positions",
                "use less padding or a larger kernel", size,
            )  # fmt: skip


class MaxUnpool1d(MaxUnpool):
    """Max-unpooling over (N, C, L); see MaxUnpool."""

    rank = 1


class MaxUnpool2d(MaxUnpool):
    """Max-unpooling over (N, C, H, W); see MaxUnpool."""

    rank = 2


class MaxUnpool3d(MaxUnpool):
    """Max-unpooling over (N, C, D, H, W); see MaxUnpool."""

    rank = 3
