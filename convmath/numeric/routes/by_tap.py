"""Depthwise convolution tap by tap: all channels at once, with no columns to copy."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..windows import at_tap
from .by_column import TILE, cut

if TYPE_CHECKING:
    from ..arrays import Array
    from .lowering import Lowering


def suits(layer: Lowering, weight: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    return weight[1] == 1 and weight[0] == layer.groups


def room(layer: Lowering, x: tuple[int, ...], weight: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Bytes for one tap's products."""
    return min(x[0] * weight[0] * prod(layer.outputs) * dtype.itemsize, max(TILE, prod(layer.outputs) * dtype.itemsize))


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    channels, samples = cut((len(weight), len(x)), TILE // (prod(layer.outputs) * x.itemsize))
    for n, channel in product(range(0, len(x), samples), range(0, len(weight), channels)):
        own = slice(channel, channel + channels)
        _fill(layer, x[n : n + samples, own], weight[own], y[n : n + samples, own])


def _fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    part = np.empty(y.shape, y.dtype)
    for number, tap in enumerate(np.ndindex(*weight.shape[2:])):
        factor = weight[(slice(None), 0, *tap)].reshape(-1, *(1,) * len(layer.windows))
        read = at_tap(x, layer.windows, layer.outputs, tap)
        if number:
            np.multiply(read, factor, out=part)
            np.add(y, part, out=y)
        else:
            np.multiply(read, factor, out=y)
