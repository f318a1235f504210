"""Max-unpooling: MaxUnpool1d, MaxUnpool2d, MaxUnpool3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ShapeError
from ..core.window import Window
from .field import Optional, PerAxis
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.shape import Shape
    from ..core.size import Size


class MaxUnpool(Windowed, abstract=True):
    """Puts every number back where a max pooling found it, zeros elsewhere: o = (i − 1)s − 2p + k, or as stated.

    The indices are the second output of MaxPool with return_indices, read as a second input, or else handed in with
    the weights as `indices`. As ⌊ ⌋ of the pooling loses what its last window left over, output_size may state o: any
    size less than a stride away from the formula's. No parameters, no arithmetic. The receptive field bounds where a
    number may land: within its window. Raises ShapeError for indices of another shape and for sizes further away.

    >>> from convmath.layers.unpool import MaxUnpool2d
    >>> MaxUnpool2d(2).output_shape((1, 8, 5, 7))
    (1, 8, 10, 14)
    >>> MaxUnpool2d(2, output_size=(11, 14)).output_shape((1, 8, 5, 7), (1, 8, 5, 7))
    (1, 8, 11, 14)

    Source: Zeiler and Fergus (2014); Badrinarayanan, Kendall and Cipolla, SegNet (2017).
    """

    kernel_size = PerAxis("window of the pooling along each axis", symbol="k", keras="pool_size")
    stride = Optional(
        PerAxis("stride of the pooling; kernel_size if None", symbol="s", keras="strides"), otherwise="kernel_size"
    )
    padding = PerAxis("padding of the pooling", 0, 0, symbol="p")
    output_size = Optional(
        PerAxis("positions of the output along each axis; None takes what the formula gives", symbol="o")
    )

    arity = (1, 2)

    @property
    def is_fixed(self) -> bool:
        return self.output_size is None

    @property
    def steps(self) -> tuple[Size, ...]:
        """The stride of the pooling along each axis: the kernel's size where none is given."""
        steps: tuple[Size, ...] = self.kernel_size if self.stride is None else self.stride
        return steps

    def channel_groups(self) -> Size | None:
        return None

    def window(self, axis: int, size: Size) -> Window:
        kernel, crop, stride = self.kernel_size[axis], self.padding[axis], self.steps[axis]
        beyond = 0 if self.output_size is None else self.output_size[axis] - self.regular(axis, size)
        return Window(kernel, 1, 1, kernel - 1 - crop, kernel - 1 - crop + beyond, stride)

    def regular(self, axis: int, size: Size) -> Size:
        """The output's size by the formula."""
        return (size - 1) * self.steps[axis] - 2 * self.padding[axis] + self.kernel_size[axis]

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        for indices in inputs[1:]:
            if len(indices) != len(x):
                raise ShapeError(f"{self.op}: the indices have {len(indices)} axes, {indices}, the input {len(x)}: {x}")
            for axis, (found, size) in enumerate(zip(indices, x, strict=True)):
                yield equal(
                    found, size, f"axis {axis} of the indices {{about}} is {{left}} long, the input's {{right}}",
                    "give one place for each number", indices,
                )  # fmt: skip
        for axis, stated in enumerate(self.output_size or ()):
            size, stride = self.regular(axis, x.spatial[axis]), self.steps[axis]
            for more, less in ((stated, size - stride + 1), (size + stride - 1, stated)):
                yield at_least(
                    more, less, f"axis {axis}: output_size={stated} is a stride of {stride} or more away from {size}",
                    "state a nearer size",
                )  # fmt: skip
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
