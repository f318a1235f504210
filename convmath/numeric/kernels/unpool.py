"""Max-unpooling: every number goes back to where it was found."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.unpool import MaxUnpool
    from ..arrays import Array, Weights
    from . import Run


def operands(layer: MaxUnpool, inputs: tuple[Shape, ...]) -> dict[str, tuple[Shape, np.dtype[Any]]]:
    """The places that the pooling returned, as flat positions of the output's map."""
    return {"indices": (inputs[0], np.dtype(np.int64))}


def prepare(layer: MaxUnpool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    shape = outputs[0]
    places, maps = prod(shape.spatial), shape[0] * shape[1]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        where = weights["indices"].reshape(maps, -1)
        if where.size and not 0 <= where.min() <= where.max() < places:
            raise ParameterError(f"{layer.op}: indices go from {where.min()} to {where.max()}, the output has {places}")
        y = np.zeros((maps, places), dtype)
        np.put_along_axis(y, where, xs[0].reshape(maps, -1), 1)
        return (y.reshape(shape),)

    return run
