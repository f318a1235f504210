"""The fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..products import matmul

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.linear import Linear
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: Linear, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = matmul(xs[0], weights["weight"].T)
        return (y + weights["bias"] if "bias" in weights else y,)

    return run
