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
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.pool import LPPool
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run

reads = avg_pool.reads
"""What is read does not depend on what is made of it."""


def prepare(layer: LPPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    whole = _whole(layer, inputs[0], outputs[0], dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        # No root of a negative sum: NaN, as in PyTorch. NumPy's own ** takes roots of powers to the last bit but one.
        return (np.float_power(whole(xs[0])[0], 1 / layer.norm_type).astype(dtype, copy=False),)

    return run


def _whole(layer: LPPool, x: Shape, y: Shape, dtype: np.dtype[Any]) -> Callable[[Array], tuple[Array, Array, float]]:
    """What tells Σ xᵖ of every window, the numbers that were raised, and what a power counts in the sum.

    PyTorch takes the mean of what a window reads, times the whole window's size, in this order.
    """
    windows, spatial, p = layer.windows(x), y.spatial, layer.norm_type
    if layer.convention.pools_norms:
        return lambda x: (sums(abs(x) ** p, windows, spatial), abs(x), 1)
    size, count = prod(layer.kernel_size), sums(np.ones((1, 1, *x.spatial), dtype), windows, spatial)
    return lambda x: (sums(x**p, windows, spatial) / count * size, x, size / count)


def room(ask: Ask) -> int:
    raised = 2 * ask.x if ask.layer.convention.pools_norms else ask.x
    return raised + ask.spread + 3 * ask.wide * ask.y


def backward(layer: LPPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    whole, windows, p = _whole(layer, inputs[0], outputs[0], dtype), layer.windows(inputs[0]), layer.norm_type

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        total, raised, share = whole(xs[0])
        # Where the sum is 0 there is no slope; 0 stands for it, as in PyTorch.
        slope = np.where(total == 0, 0, np.where(total == 0, 1, total) ** (1 / p - 1))
        dx = unread(shared(dys[0] * slope * share, windows), windows, inputs[0].spatial) * raised ** (p - 1)
        if layer.convention.pools_norms:
            dx = dx * np.sign(xs[0])
        return (dx.astype(dtype, copy=False),), {}

    return back
