"""Weights to begin with: Kaiming's for what is weighed, ones and zeros for what is scaled and shifted."""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .arrays import Weights

MOST = 2
"""The largest of whole weights."""


def initial_weights(
    shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype[Any], generator: np.random.Generator
) -> Weights:
    """An array for every name: normal with variance 2/fan-in where it has two axes or more, else 1 or 0 by its name.

    Integers hold hardly any such numbers: in place of the normal ones they are whole, evenly from −2 to 2, or from 0
    to 2 where the dtype has no sign.

    >>> made = initial_weights({"weight": (4, 3, 5, 5), "bias": (4,)}, np.dtype("float32"), np.random.default_rng(0))
    >>> made["weight"].shape, made["bias"].tolist()
    ((4, 3, 5, 5), [0.0, 0.0, 0.0, 0.0])

    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015).
    """
    return {name: _made(name.rpartition(".")[2], shape, dtype, generator) for name, shape in shapes.items()}


def _made(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], generator: np.random.Generator) -> Any:
    if name.startswith("weight") and len(shape) > 1:
        if dtype.kind in "iu":
            return generator.integers(-MOST if dtype.kind == "i" else 0, MOST, shape, dtype, endpoint=True)
        # In place and in the dtype itself, so that large weights are never there twice.
        made = generator.standard_normal(shape, dtype.type if dtype.kind == "f" else np.float64)
        made *= sqrt(2 / prod(shape[1:]))
        return made.astype(dtype, copy=False)
    return (np.ones if name in {"weight", "running_var"} else np.zeros)(shape, dtype)
