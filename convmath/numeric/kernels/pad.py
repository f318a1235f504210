"""Padding and cropping layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...layers.pad import CircularPad, ConstantPad, ReflectionPad, ReplicationPad
from ..windows import copied, spread_out

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.pad import Pad
    from ..arrays import Array, Weights
    from . import Run

MODES = {ReflectionPad: "reflect", ReplicationPad: "replicate", CircularPad: "circular"}


def prepare(layer: Pad, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    windows = layer.windows(inputs[0])
    mode = next((mode for kind, mode in MODES.items() if isinstance(layer, kind)), None)
    fill = layer.value if isinstance(layer, ConstantPad) else 0

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        if mode is None:
            return (spread_out(xs[0], windows, fill),)
        return (copied(xs[0], tuple((window.low, window.high) for window in windows), mode),)

    return run
