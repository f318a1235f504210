"""Filters of its own for every output position."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..products import matmul
from ..transposes import unread
from ..windows import reading, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...core.window import Window
    from ...layers.locally_connected import LocallyConnected
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: LocallyConnected) -> bool:
    return True


def prepare(
    layer: LocallyConnected, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    windows, shape = layer.windows(inputs[0]), outputs[0]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        read, taps = _read(xs[0], windows, shape.spatial), _by_position(weights["weight"], shape.spatial)
        y = np.moveaxis(matmul(read, taps.transpose(0, 2, 1)), 0, 2).reshape(shape)
        return (y + weights["bias"] if "bias" in weights else y,)

    return run


def room(ask: Ask) -> int:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    read: int = ask.item * x.batch * layer.in_channels * prod(layer.kernel_size) * prod(y.spatial)
    product = read + ask.weights + ask.y
    return ask.spread + product + ask.y + (ask.wide * (product + ask.y) if ask.integers else 0)


def backward(
    layer: LocallyConnected, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    windows, x, y = layer.windows(inputs[0]), inputs[0], outputs[0]
    kernel, rank = tuple(window.kernel for window in windows), len(windows)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        read, taps = _read(xs[0], windows, y.spatial), _by_position(weights["weight"], y.spatial)
        dy = np.moveaxis(dys[0].reshape(*y[:2], -1), 2, 0)
        columns = np.moveaxis(matmul(dy, taps.conj()), 0, 2).reshape(*x[:2], *kernel, *y.spatial)
        weight = matmul(dy.transpose(0, 2, 1), read.conj()).reshape(*y.spatial, y.channels, x.channels, *kernel)
        dw = {"weight": np.moveaxis(weight, tuple(range(rank)), tuple(range(2, 2 + rank)))}
        if "bias" in weights:
            dw["bias"] = dys[0].sum(0, dtype=dtype)
        return (unread(columns, windows, x.spatial),), dw

    return back


def _read(x: Array, windows: tuple[Window, ...], positions: tuple[int, ...]) -> Array:
    """What every output position reads: (∏o, N, C·∏k)."""
    read = reading(spread_out(x, windows), windows, positions)
    return np.moveaxis(np.ascontiguousarray(read).reshape(len(read), -1, prod(positions)), 2, 0)


def _by_position(weight: Array, positions: tuple[int, ...]) -> Array:
    """The weights of every output position: (∏o, M, C·∏k)."""
    rank = len(positions)
    taps = np.moveaxis(weight, tuple(range(2, 2 + rank)), tuple(range(rank)))
    return np.ascontiguousarray(taps).reshape(prod(positions), len(weight), -1)
