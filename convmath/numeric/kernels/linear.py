"""The fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..products import matmul

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.linear import Linear
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: Linear) -> bool:
    return True


def prepare(layer: Linear, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = matmul(xs[0], weights["weight"].T)
        return (y + weights["bias"] if "bias" in weights else y,)

    return run


def room(ask: Ask) -> int:
    return ask.y + (ask.wide * (ask.x + ask.weights + 2 * ask.y) if ask.integers else 0)


def backward(layer: Linear, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        x, dy = xs[0].reshape(-1, inputs[0][-1]), dys[0].reshape(-1, outputs[0][-1])
        dw = {"weight": matmul(dy.T, x.conj())}
        if "bias" in weights:
            dw["bias"] = dy.sum(0, dtype=dtype)
        return (matmul(dys[0], weights["weight"].conj()),), dw

    return back
