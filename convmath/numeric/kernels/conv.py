"""Convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..routes.lowering import Lowering
from ..transposes import shared, uncopied, unread, unspread
from ..transposing import Transposing
from ..weighing import for_input, for_weight, of_each_channel
from ..windows import copied, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.conv import Conv
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: Conv) -> bool:
    return True


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


def room(ask: Ask) -> int:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    lowered = Lowering(layer.windows(x), y.spatial, layer.groups)
    route = lowered.room((*x[:2], *ask.padded), layer.weights()["weight"], ask.dtype)
    return route + ask.spread * (1 if layer.padding_mode == "zeros" else 2)


def backward(layer: Conv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    windows, spatial, groups = layer.windows(inputs[0]), inputs[0].spatial, layer.groups
    mode, pads = layer.padding_mode, tuple((window.low, window.high) for window in windows)
    around = tuple(window.padded_size(size) for window, size in zip(windows, spatial, strict=True))
    inner = tuple(window._replace(low=0, high=0) for window in windows)
    alone = layer.groups == layer.in_channels == layer.out_channels
    transposing = None if alone else Transposing(inner, outputs[0].spatial, around, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        x = spread_out(xs[0], windows) if mode == "zeros" else copied(xs[0], pads, mode)
        weight, dy = weights["weight"], dys[0]
        if transposing is None:
            dx, dw = of_each_channel(x, dy, weight, windows)
        else:
            dw = for_weight(x.conj(), dy, windows, groups)
            del x
            dx = for_input(dy, weight.conj(), groups, transposing)
        dx = unspread(dx, windows, spatial) if mode == "zeros" else uncopied(dx, pads, spatial, mode)
        return (dx,), {"weight": dw, **for_bias(dy, weights)}

    return back


def reads(layer: Conv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Every position under a tap, in all channels of the output's group."""
    windows, spatial, mode = layer.windows(inputs[0]), inputs[0].spatial, layer.padding_mode
    pads = tuple((window.low, window.high) for window in windows)
    around = tuple(window.padded_size(size) for window, size in zip(windows, spatial, strict=True))
    inner = tuple(window._replace(low=0, high=0) for window in windows)

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        wanted = any_of_group(marked[0], layer.groups)
        if mode == "zeros":
            found = unread(shared(wanted, windows), windows, spatial)
        else:
            found = uncopied(unread(shared(wanted, inner), inner, around), pads, spatial, mode)
        return (np.repeat(found, layer.in_channels // layer.groups, 1),)

    return read


def any_of_group(marked: Array, groups: int) -> Array:
    """(N, M, *o) to (N, g, *o): where any channel of a group is marked."""
    return marked.reshape(len(marked), groups, -1, *marked.shape[2:]).any(2)


def for_bias(dy: Array, weights: Weights) -> Weights:
    """The gradient of the bias, if there is one: the sum over samples and positions."""
    axes = (0, *range(2, dy.ndim))
    return {"bias": dy.sum(axes, dtype=dy.dtype)} if "bias" in weights else {}
