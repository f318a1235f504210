"""Channels and positions that change places: PixelShuffle, PixelUnshuffle, ChannelShuffle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run

    Shuffle = PixelShuffle | PixelUnshuffle | ChannelShuffle


def exact(layer: Shuffle) -> bool:
    return True


def prepare(layer: Shuffle, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    shape, (parts, order) = outputs[0], _moved(layer, inputs[0])

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (np.ascontiguousarray(xs[0].reshape(parts).transpose(order)).reshape(shape),)

    return run


def room(ask: Ask) -> int:
    return 0


def backward(layer: Shuffle, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x, (parts, order) = inputs[0], _moved(layer, inputs[0])
    moved, back_again = tuple(parts[axis] for axis in order), tuple(np.argsort(order))

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        return (np.ascontiguousarray(dys[0].reshape(moved).transpose(back_again)).reshape(x),), {}

    return back


def _moved(layer: Shuffle, x: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that the input is taken apart into, and their order in the output."""
    n, c, h, w = (*x, 1, 1)[:4]
    if isinstance(layer, PixelShuffle):
        r = layer.upscale_factor
        return (n, c // (r * r), r, r, h, w), (0, 1, 4, 2, 5, 3)
    if isinstance(layer, PixelUnshuffle):
        r = layer.downscale_factor
        return (n, c, h // r, r, w // r, r), (0, 1, 3, 5, 2, 4)
    return (n, layer.groups, c // layer.groups, *x[2:]), (0, 2, 1, *range(3, len(x) + 1))
