"""Arrays that a network holds: what is stored is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.source import Source
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def prepare(layer: Source, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        (held,) = weights.values()
        return (held.copy(),)

    return run


def room(ask: Ask) -> int:
    return 0


def backward(layer: Source, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        return (), dict.fromkeys(weights, dys[0])

    return back
