"""Pieces of an axis joined or parted: Concat, Split, Chunk."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.merge import Chunk, Concat, Split

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from . import Run


def prepare(
    layer: Concat | Split | Chunk, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    axis = layer.dim % len(inputs[0])
    ends = list(accumulate(shape[axis] for shape in outputs))

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        if isinstance(layer, Concat):
            return (np.concatenate(xs, axis),)
        return tuple(np.split(xs[0], ends[:-1], axis))

    return run
