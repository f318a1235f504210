"""Filters of its own for every output position."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..products import matmul
from ..windows import reading, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.locally_connected import LocallyConnected
    from ..arrays import Array, Weights
    from . import Run


def prepare(
    layer: LocallyConnected, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    windows, shape = layer.windows(inputs[0]), outputs[0]
    rank, _channels = len(windows), layer.in_channels

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        weight = weights["weight"]
        read = reading(spread_out(xs[0], windows), windows, shape.spatial)
        # Of every output position: (N, C·∏k) read, (C·∏k, M) weights.
        places = shape.spatial
        read = np.moveaxis(np.ascontiguousarray(read).reshape(len(read), -1, prod(places)), 2, 0)
        taps = np.moveaxis(weight, tuple(range(2, 2 + rank)), tuple(range(rank)))
        taps = np.ascontiguousarray(taps).reshape(prod(places), layer.out_channels, -1).transpose(0, 2, 1)
        y = np.moveaxis(matmul(read, taps), 0, 2).reshape(shape)
        return (y + weights["bias"] if "bias" in weights else y,)

    return run
