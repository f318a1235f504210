"""Depthwise convolution tap by tap: all channels at once, with no columns to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .windows import at_tap

if TYPE_CHECKING:
    from .arrays import Array
    from .lowering import Lowering


def suits(layer: Lowering, x: Array, weight: Array) -> bool:
    return weight.shape[1] == 1 and len(weight) == layer.groups


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    rank = len(layer.windows)
    part = np.empty_like(y)
    for number, tap in enumerate(np.ndindex(*weight.shape[2:])):
        factor = weight[(slice(None), 0, *tap)].reshape(-1, *(1,) * rank)
        read = at_tap(x, layer.windows, layer.outputs, tap)
        if number:
            np.multiply(read, factor, out=part)
            np.add(y, part, out=y)
        else:
            np.multiply(read, factor, out=y)
