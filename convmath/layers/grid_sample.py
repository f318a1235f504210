"""Sampling where another input says: GridSample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, WHOLE, Stage
from ..core.shape import Shape
from ..core.size import Size, product
from .base import Layer
from .field import Choice, Flag

if TYPE_CHECKING:
    from collections.abc import Iterable


class GridSample(Layer):
    """What x (N, C, *i) holds at the places that a grid (N, *o, n) tells, in n dimensions: (N, C, *o).

    The last axis of the grid is a place, the last axis of x first, from −1 at one border to 1 at the other: with
    align_corners at the middles of the first and last positions, without at their outer edges. padding_mode says what
    lies beyond: zeros, the nearest position, or what is mirrored at the border. No parameters, no MACs. FLOPs of each
    of the N·∏o places: 2n to find it among the positions, and n to round it (nearest) or 3n + 2ⁿ for the corners'
    shares (bilinear); of each of the N·C·∏o samples then 2ⁿ⁺¹ − 1. Any position of x may be read. Raises ShapeError
    for grids that do not fit.

    >>> GridSample().output_shape((2, 64, 56, 48), (2, 28, 30, 2))
    (2, 64, 28, 30)

    Source: Jaderberg et al., "Spatial Transformer Networks" (2015); PyTorch's grid_sample, ONNX's GridSample.
    """

    is_open = True
    arity = (2, 2)
    least_axes = 3
    mode = Choice("how values between positions are found", "bilinear", ("bilinear", "nearest"))
    padding_mode = Choice("what lies beyond the border", "zeros", ("zeros", "border", "reflection"))
    align_corners = Flag("whether −1 and 1 are the middles of the border's positions, not their edges", False)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, grid = inputs
        if len(grid) != len(x):
            raise ShapeError(
                f"{self.op}: the grid has {len(grid)} axes, {grid}, the first input {len(x)}: {x} (give it as many)"
            )
        yield equal(
            grid[0], x.batch, "the grid {about} is for {left} samples, the first input has {right}",
            "give one for each", grid,
        )  # fmt: skip
        yield equal(
            grid[-1], x.rank, "a place of the grid {about} has {left} numbers, the first input {right} spatial axes",
            "give one for each", grid,
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, grid = inputs
        return (Shape((x.batch, x.channels, *grid[1:-1])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)

    def stages_of(self, place: int, *inputs: Shape) -> tuple[Stage, ...]:
        return ((MOVED,) * inputs[1].rank,) if place else self.stages(*inputs)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, y = inputs[0], outputs[0]
        places = y.batch * product(y.spatial)
        if self.mode == "nearest":
            return places * 3 * x.rank
        return places * (5 * x.rank + 2**x.rank) + y.elements * (2 ** (x.rank + 1) - 1)
