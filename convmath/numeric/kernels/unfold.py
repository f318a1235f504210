"""The windows of an input as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..transposes import unread
from ..windows import reading, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...core.window import Window
    from ...layers.unfold import Unfold
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: Unfold) -> bool:
    return True


def prepare(layer: Unfold, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    shape, (windows, sizes) = outputs[0], _sliding(layer, inputs[0])

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        read = reading(spread_out(xs[0], windows), windows, sizes)
        return (np.array(read, order="C").reshape(shape),)

    return run


def room(ask: Ask) -> int:
    return ask.spread


def backward(layer: Unfold, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x, (windows, sizes) = inputs[0], _sliding(layer, inputs[0])
    kernel = tuple(window.kernel for window in windows)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        return (unread(dys[0].reshape(*x[:2], *kernel, *sizes), windows, x.spatial),), {}

    return back


def _sliding(layer: Unfold, x: Shape) -> tuple[tuple[Window, ...], tuple[int, ...]]:
    """The windows, and how many there are along each axis."""
    windows = layer.windows(x)
    return windows, tuple(window.output_size(size) for window, size in zip(windows, x.spatial, strict=True))
