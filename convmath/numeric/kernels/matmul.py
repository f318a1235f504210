"""The product of two matrices that are both computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..broadcasting import summed
from ..products import matmul

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.matmul import MatMul
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: MatMul) -> bool:
    return True


def prepare(layer: MatMul, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    return lambda xs, weights: (matmul(*xs),)


def room(ask: Ask) -> int:
    return ask.wide * (ask.x + ask.y) if ask.integers else 0


def backward(layer: MatMul, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        x, y = xs
        dx = matmul(dys[0], y.conj().swapaxes(-1, -2))
        dy = matmul(x.conj().swapaxes(-1, -2), dys[0])
        return (summed(dx, inputs[0]), summed(dy, inputs[1])), {}

    return back
