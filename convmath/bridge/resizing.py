"""Where PyTorch resizes by another factor than it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .unequal import NoEqualError

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..layers.base import Layer


def check_factor(layer: Layer, x: Shape) -> None:
    """PyTorch copies where a size stays, and doubles where it doubles, though the factor places outputs otherwise."""
    factors = layer.__dict__.get("scale_factor")
    if not factors:
        return
    factors = factors * x.rank if len(factors) == 1 else factors
    for i, o, factor in zip(x.spatial, layer.output_shape(x).spatial, factors, strict=False):
        if o in {i, 2 * i} and o != i * factor:
            raise NoEqualError(f"takes {i} positions to {o} as by a factor of {o // i}, not of {factor}")
