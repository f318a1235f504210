"""What replaces a part of an array: Scatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import WHOLE, Stage
from .base import Layer

if TYPE_CHECKING:
    from ..core.shape import Shape


class Scatter(Layer):
    """The first input, with the numbers of the second in the place of some of its own. No arithmetic.

    Which they replace is not told, so any of either may be read.

    >>> Scatter().output_shape((1, 96, 7, 9), (1, 95, 7, 9))
    (1, 96, 7, 9)

    Source: PyTorch's slice_scatter and index_put; ONNX's ScatterND.
    """

    arity = (2, 2)
    least_axes = 0

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)
