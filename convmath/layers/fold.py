"""The columns of Unfold put back where they came from, and added up: Fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.conditions import Condition, at_least, divides, equal
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.size import Size, exact_div, product
from ..core.window import Window
from .base import Layer
from .field import REQUIRED, PerAxis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PLANE = ("_h", "_w")


class OfPlane(PerAxis):
    """An integer for each axis of the plane that is made, not of the columns that are read."""

    def __init__(self, meaning: str, default: Any = 1, least: int = 1, **names: str) -> None:
        super().__init__(meaning, default, least, **names)
        self.expects = self.expects.replace("{rank}", "2")

    def settle(self, value: Any, rank: int) -> Any:
        return super().settle(value, len(PLANE))

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return super().generic(symbol, PLANE)


class Fold(Layer):
    """col2im: adds up what lies in columns, one for each placement of a window: (N, C·∏k, ∏o) → (N, C, H, W).

    o as of Conv on the plane H × W that is made. One addition for each number read. Raises ShapeError unless there are
    ∏o columns of a multiple of ∏k numbers. Any position may read any column, so each sees at most all.

    >>> Fold((8, 9), (2, 3), padding=1).output_shape((1, 24, 81))
    (1, 4, 8, 9)

    Source: PyTorch's layer of this name.
    """

    is_open = True
    rank = 1
    output_size = OfPlane("height and width of the plane", REQUIRED)
    kernel_size = OfPlane("taps along each axis", REQUIRED, symbol="k")
    dilation = OfPlane("plane positions between neighbouring taps", symbol="d")
    padding = OfPlane("positions cut off on either side", 0, 0, symbol="p")
    stride = OfPlane("plane positions between neighbouring placements", symbol="s")

    def windows(self) -> tuple[Window, ...]:
        """The window of the Unfold that this one undoes, along each axis of the plane."""
        settings = zip(self.kernel_size, self.stride, self.dilation, self.padding, strict=True)
        return tuple(Window(k, s, d, p, p) for k, s, d, p in settings)

    def placements(self) -> Size:
        """How many columns there are."""
        return product(w.output_size(size) for w, size in zip(self.windows(), self.output_size, strict=True))

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        for axis, (window, size) in enumerate(zip(self.windows(), self.output_size, strict=True)):
            yield at_least(
                window.padded_size(size), window.extent,
                f"axis {axis}: the window spans {{right}} positions, the padded plane has {{left}}",
                "use a larger plane, more padding, or a smaller kernel or dilation",
            )  # fmt: skip
        yield divides(product(self.kernel_size), x[1], "a window has {right} numbers, which must divide {left} rows")
        yield equal(
            x[2], self.placements(), "there are {left} columns, the window has {right} placements", "give {right}"
        )

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        return (Shape((x.batch, exact_div(x[1], product(self.kernel_size)), *self.output_size)),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((MOVED,),)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return inputs[0].elements
