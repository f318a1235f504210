"""Layer types that are a chain of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import kernel

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.composite import Composite
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: Composite, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    steps = [(name, part, kernel(part).prepare(part, x, y, dtype)) for name, part, x, y in layer.steps(inputs)]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        for name, part, step in steps:
            prefix = f"{name}." if name else ""
            xs = step(xs, {own: weights[f"{prefix}{own}"] for own in (*part.weights(), *part.buffers())})
        return xs

    return run
