"""Power-average pooling."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..transposes import shared, unread
from . import avg_pool
from .activation import floating
from .avg_pool import sums

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.pool import LPPool
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run

reads = avg_pool.reads
"""What is read does not depend on what is made of it."""


def prepare(layer: LPPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    windows, spatial, p = layer.windows(inputs[0]), outputs[0].spatial, layer.norm_type
    norms = layer.convention.pools_norms
    # PyTorch takes the mean of what a clipped window reads times the whole window's size.
    scale = 1 if norms else prod(layer.kernel_size) / sums(np.ones((1, 1, *inputs[0].spatial), dtype), windows, spatial)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        total = sums((abs(xs[0]) if norms else xs[0]) ** p, windows, spatial) * scale
        return ((total ** (1 / p)).astype(dtype, copy=False),)  # no root of a negative sum: NaN, as in PyTorch

    return run


def room(ask: Ask) -> int:
    return ask.x + ask.spread + 3 * ask.wide * ask.y


def backward(layer: LPPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    windows, spatial, p = layer.windows(inputs[0]), outputs[0].spatial, layer.norm_type
    whole = prod(layer.kernel_size)
    scale = whole / sums(np.ones((1, 1, *inputs[0].spatial), dtype), windows, spatial)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        total = abs(sums(xs[0] ** p, windows, spatial) * scale)
        # A window of zeros alone has no slope unless p is 1; 0 stands for it.
        slope = np.where(total > 0, total, 1) ** (1 / p - 1) * ((total > 0) | (p == 1))
        back = unread(shared(dys[0] * slope * scale, windows), windows, inputs[0].spatial)
        return ((back * xs[0] ** (p - 1)).astype(dtype, copy=False),), {}

    return back
