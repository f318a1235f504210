"""Power-average pooling."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import floating
from .avg_pool import sums

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.pool import LPPool
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: LPPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    windows, spatial, p = layer.windows(inputs[0]), outputs[0].spatial, layer.norm_type
    whole = prod(layer.kernel_size)
    counts = sums(np.ones((1, 1, *inputs[0].spatial), dtype), windows, spatial)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        # PyTorch takes the mean of what a clipped window reads times the whole window's size.
        total = sums(xs[0] ** p, windows, spatial) / counts * whole
        return ((np.sign(total) * abs(total) ** (1 / p)).astype(dtype, copy=False),)

    return run
