"""Padding and cropping layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ...layers.pad import CircularPad, ConstantPad, ReflectionPad, ReplicationPad
from ..transposes import uncopied, unspread
from ..windows import copied, in_order, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.pad import Pad
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Run

MODES = {ReflectionPad: "reflect", ReplicationPad: "replicate", CircularPad: "circular"}


def exact(layer: Pad) -> bool:
    return True


def prepare(layer: Pad, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    windows, mode = layer.windows(inputs[0]), _mode(layer)
    fill = _constant(layer, dtype) if isinstance(layer, ConstantPad) else 0

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        if mode is None:
            return (spread_out(xs[0], windows, fill),)
        return (copied(xs[0], tuple((window.low, window.high) for window in windows), mode),)

    return run


def _constant(layer: ConstantPad, dtype: np.dtype[Any]) -> Any:
    """The value in the dtype; ParameterError where it is none of its integers."""
    if dtype.kind in "iu":
        bounds = np.iinfo(dtype)
        if layer.value != int(layer.value) or not bounds.min <= layer.value <= bounds.max:
            raise ParameterError(f"{layer.op}: value={layer.value} is no {dtype.name} (use such an integer)")
        return int(layer.value)
    return layer.value


def room(ask: Ask) -> int:
    if _mode(ask.layer) is None:
        return 0
    windows = ask.layer.windows(ask.inputs[0])
    order = in_order(tuple((window.low, window.high) for window in windows))
    return ask.axis_by_axis(ask.inputs[0].spatial, ask.outputs[0].spatial, 1, order)


def backward(layer: Pad, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    windows, mode, sizes = layer.windows(inputs[0]), _mode(layer), inputs[0].spatial
    if mode is None:
        return lambda xs, weights, dys: ((unspread(dys[0], windows, sizes),), {})
    pads = tuple((window.low, window.high) for window in windows)
    return lambda xs, weights, dys: ((uncopied(dys[0], pads, sizes, mode),), {})


def _mode(layer: Pad) -> str | None:
    """How positions are copied, or None where a constant stands."""
    return next((mode for kind, mode in MODES.items() if isinstance(layer, kind)), None)
