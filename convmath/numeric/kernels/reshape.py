"""Layers that only give their input another shape, or hand it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Run


def carries(layer: Layer) -> bool:
    return True


def exact(layer: Layer) -> bool:
    return True


def prepare(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    shape = outputs[0]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (xs[0].reshape(shape),)

    return run


def room(ask: Ask) -> int:
    return 0


def backward(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    return lambda xs, weights, dys: ((dys[0].reshape(inputs[0]),), {})
