"""Channels and positions that change places: PixelShuffle, PixelUnshuffle, ChannelShuffle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from . import Run


def prepare(
    layer: PixelShuffle | PixelUnshuffle | ChannelShuffle,
    inputs: tuple[Shape, ...],
    outputs: tuple[Shape, ...],
    dtype: np.dtype[Any],
) -> Run:
    n, c, h, w = (*inputs[0], 1, 1)[:4]
    shape = outputs[0]
    if isinstance(layer, PixelShuffle):
        r = layer.upscale_factor
        parts, order = (n, c // (r * r), r, r, h, w), (0, 1, 4, 2, 5, 3)
    elif isinstance(layer, PixelUnshuffle):
        r = layer.downscale_factor
        parts, order = (n, c, h // r, r, w // r, r), (0, 1, 3, 5, 2, 4)
    else:
        parts, order = (n, layer.groups, c // layer.groups, *inputs[0][2:]), (0, 2, 1, *range(3, len(inputs[0]) + 1))

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (np.ascontiguousarray(xs[0].reshape(parts).transpose(order)).reshape(shape),)

    return run
