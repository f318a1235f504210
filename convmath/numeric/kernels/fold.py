"""Columns put back where they came from, and added up."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..transposes import unread
from ..windows import reading, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.fold import Fold
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: Fold) -> bool:
    return True


def prepare(layer: Fold, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    y, windows = outputs[0], layer.windows()
    kernel, sizes = _sliding(layer)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (unread(xs[0].reshape(*y[:2], *kernel, *sizes), windows, y.spatial),)

    return run


def room(ask: Ask) -> int:
    planes: int = ask.outputs[0][0] * ask.outputs[0][1]
    padded: list[int] = [
        w.padded_size(size) for w, size in zip(ask.layer.windows(), ask.layer.output_size, strict=True)
    ]
    return ask.x + 2 * ask.item * planes * prod(padded)


def backward(layer: Fold, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    windows, (_, sizes) = layer.windows(), _sliding(layer)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        read = reading(spread_out(dys[0], windows), windows, sizes)
        return (np.array(read, order="C").reshape(inputs[0]),), {}

    return back


def _sliding(layer: Fold) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The window's taps, and how many placements it has along each axis."""
    sizes = (window.output_size(size) for window, size in zip(layer.windows(), layer.output_size, strict=True))
    return layer.kernel_size, tuple(sizes)
