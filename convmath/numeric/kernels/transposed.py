"""Transposed convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scatter import transposed_windows
from ..transposing import Transposing
from .conv import biased

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.transposed import ConvTranspose
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    transposing = Transposing(windows, x.spatial, y.spatial, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (biased(transposing(xs[0], weights["weight"], layer.groups), weights),)

    return run
