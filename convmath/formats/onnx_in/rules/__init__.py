"""ONNX's operators as layers: a file for each family, each with its table of rules.

A rule takes a `Step` and gives the values that the operator makes, in order; it raises UnsupportedError for a form of
the operator that it does not understand. A new operator is one function and one line of a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    arrays,
    attention,
    convolution,
    elementwise,
    matrices,
    movement,
    norms,
    picking,
    pooling,
    quantising,
    recurrent,
    reduction,
    resizing,
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....core.shape import Shape
    from ..step import Step
    from ..values import Value

    Rule = Callable[[Step], Value | tuple[Value, ...]]

RULES: dict[str, Rule] = {
    **convolution.RULES,
    **pooling.RULES,
    **norms.RULES,
    **elementwise.RULES,
    **quantising.RULES,
    **matrices.RULES,
    **reduction.RULES,
    **resizing.RULES,
    **shapes.RULES,
    **movement.RULES,
    **picking.RULES,
    **recurrent.RULES,
    **attention.RULES,
    **arrays.RULES,
}
"""Every operator that is understood, by its name in ONNX's own domain."""

KEEPING_SHAPE = (
    "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Bernoulli", "BitwiseNot", "Cosh", "IsInf",
    "RandomNormalLike", "RandomUniformLike", "ReverseSequence", "Sinh", "Tan",
    "Trilu",
)  # fmt: skip

SHAPES: dict[str, Callable[[Step], Shape]] = {
    **dict.fromkeys(KEEPING_SHAPE, lambda step: step.x.shape),
    "RoiAlign": pooling.of_regions,
    "MaxRoiPool": pooling.of_regions,
    "STFT": arrays.of_spectra,
}
"""Operators that nothing here counts, but whose output has a shape that is known."""
