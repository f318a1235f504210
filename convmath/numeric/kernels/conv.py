"""Convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..lowering import Lowering
from ..windows import copied, spread_out

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.conv import Conv
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: Conv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    windows = layer.windows(inputs[0])
    lowered = Lowering(windows, outputs[0].spatial, layer.groups)
    mode, pads = layer.padding_mode, tuple((window.low, window.high) for window in windows)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        x = spread_out(xs[0], windows) if mode == "zeros" else copied(xs[0], pads, mode)
        return (biased(lowered(x, weights["weight"]), weights),)

    return run


def biased(y: Array, weights: Weights) -> Array:
    """The output with the bias, if there is one, added to every channel in place."""
    if "bias" in weights:
        y += weights["bias"].reshape(-1, *(1,) * (y.ndim - 2))
    return y
