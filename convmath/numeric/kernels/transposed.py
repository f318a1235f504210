"""Transposed convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..routes.lowering import Lowering
from ..scatter import transposed_windows
from ..transposing import Transposing
from ..weighing import for_weight
from ..windows import spread_out
from ..workspaces import WIDE, Workspace
from .conv import biased, for_bias

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.transposed import ConvTranspose
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def prepare(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    transposing = Transposing(windows, x.spatial, y.spatial, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (biased(transposing(xs[0], weights["weight"], layer.groups), weights),)

    return run


def room(ask: Ask) -> Workspace:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    share = layer.out_channels // layer.groups
    pairs = layer.count_touching(ask.inputs, ask.outputs) // (x.batch * layer.in_channels * share)
    kept = (ask.item + WIDE) * pairs + WIDE * prod(y.spatial)
    made = WIDE * WIDE * pairs + 2 * WIDE * prod(y.spatial)
    added = ask.item * prod(x.spatial) * prod(layer.kernel_size) * share
    again = 2 if x.batch * layer.groups > 1 else 1
    run = (again + (ask.wide if ask.integers else 0)) * added + ask.item * prod(y.spatial) * share
    return Workspace(kept, max(made, run + ask.weights + ask.x // x.batch))


def backward(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    convolved = Lowering(windows, x.spatial, layer.groups)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dy = spread_out(dys[0], windows)
        dx = convolved(dy, weights["weight"].conj())
        return (dx,), {"weight": for_weight(dy, xs[0].conj(), windows, layer.groups), **for_bias(dys[0], weights)}

    return back
