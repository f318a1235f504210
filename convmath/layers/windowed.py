"""Windowed: layers whose output positions each read one Window along every spatial axis."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least
from ..core.convention import PYTORCH, Convention
from ..core.padding import NamedPads
from ..core.shape import Shape
from ..core.size import Size, larger
from .base import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.padding import AxisPads
    from ..core.receptive_field import Stage
    from ..core.window import Window


class Windowed(Layer, abstract=True):
    """A type declares its windows and output channels; sizes, conditions and receptive field follow.

    o = ⌊((i − 1)·input_dilation + 1 + low + high − d(k − 1) − 1) / s⌋ + 1 along each axis.
    """

    convention: Convention = PYTORCH
    padding: tuple[AxisPads, ...]

    def window(self, axis: int, size: Size) -> Window:
        """The window along one spatial axis of so many positions."""
        raise NotImplementedError

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """One window for each spatial axis."""
        return self.fixed_windows or tuple(self.window(axis, size) for axis, size in enumerate(x.spatial))

    @property
    def is_fixed(self) -> bool:
        """Whether the windows are the same for every input: where padding is given in numbers."""
        return not any(isinstance(pads, NamedPads) for pads in self.padding)

    @cached_property
    def fixed_windows(self) -> tuple[Window, ...]:
        """The windows of a layer where they serve every input; otherwise none."""
        if not self.is_fixed:
            return ()
        return tuple(self.window(axis, 1) for axis in range(len(self.padding)))

    def output_channels(self, x: Shape) -> Size:
        """The channels of the output."""
        return x.channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        if self.convention.must_fit:
            x = inputs[0]
            for axis, (window, size) in enumerate(zip(self.windows(x), x.spatial, strict=True)):
                yield at_least(
                    window.padded_size(size),
                    window.extent,
                    f"axis {axis} of size {{about}}: "
                    "the kernel spans {right} positions, the padded input has {left}",
                    "use a larger input, more padding, or a smaller kernel or dilation",
                    size,
                )

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        sizes = tuple(window.output_size(size) for window, size in zip(self.windows(x), x.spatial, strict=True))
        if not self.convention.must_fit:
            sizes = tuple(larger(size, 0) for size in sizes)
        return (Shape((x.batch, self.output_channels(x), *sizes)),) * (self.output_count or 1)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return (self.windows(inputs[0]),)
