"""Inputs joined number by number: Add, Subtract, Multiply."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.merge import Add, Elementwise, Multiply, Subtract

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array, Weights
    from . import Run

OPERATIONS = {Add: np.add, Subtract: np.subtract, Multiply: np.multiply}


def prepare(layer: Elementwise, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    operation = next(operation for kind, operation in OPERATIONS.items() if isinstance(layer, kind))

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (reduce(operation, xs),)

    return run
