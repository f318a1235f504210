"""Transposed convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..routes.lowering import Lowering
from ..scatter import transposed_windows
from ..transposing import Transposing
from ..weighing import for_weight
from ..windows import at_tap, spread_out
from ..workspaces import WIDE, Workspace
from .conv import any_of_group, biased, for_bias

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.transposed import ConvTranspose
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def exact(layer: ConvTranspose) -> bool:
    return True


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
    along = max(i * k for i, k in zip(x.spatial, layer.kernel_size, strict=True))
    made = WIDE * max(WIDE * pairs + 2 * prod(y.spatial), 5 * along)
    added = ask.item * prod(x.spatial) * prod(layer.kernel_size) * share
    again = 2 if x.batch * layer.groups > 1 else 1
    run = (again + (2 * ask.wide if ask.integers else 0)) * added + ask.item * prod(y.spatial) * share
    return Workspace(kept, max(made, run + ask.weights + ask.x // x.batch))


def reads(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Every position that adds to an output, in all channels of the output's group."""
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    taps = list(np.ndindex(*layer.kernel_size))

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        wanted = spread_out(any_of_group(marked[0], layer.groups), windows)
        found = np.logical_or.reduce([at_tap(wanted, windows, x.spatial, tap) for tap in taps])
        return (np.repeat(found, layer.in_channels // layer.groups, 1),)

    return read


def backward(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    convolved = Lowering(windows, x.spatial, layer.groups)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dy = spread_out(dys[0], windows)
        dx = convolved(dy, weights["weight"].conj())
        return (dx,), {"weight": for_weight(dy, xs[0].conj(), windows, layer.groups), **for_bias(dys[0], weights)}

    return back
