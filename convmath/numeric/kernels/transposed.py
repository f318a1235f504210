"""Transposed convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..lowering import Lowering
from ..scatter import transposed_windows
from ..transposing import Transposing
from ..weighing import for_weight
from ..windows import spread_out
from .conv import biased, for_bias

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.transposed import ConvTranspose
    from ..arrays import Array, Weights
    from . import Back, Gradients, Run


def prepare(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    transposing = Transposing(windows, x.spatial, y.spatial, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (biased(transposing(xs[0], weights["weight"], layer.groups), weights),)

    return run


def backward(layer: ConvTranspose, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    x, y = inputs[0], outputs[0]
    windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
    convolved = Lowering(windows, x.spatial, layer.groups)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dy = spread_out(dys[0], windows)
        dx = convolved(dy, weights["weight"].conj())
        return (dx,), {"weight": for_weight(dy, xs[0].conj(), windows, layer.groups), **for_bias(dys[0], weights)}

    return back
