"""Inputs compared number by number: Equal, Greater and their kin, And, Or."""

from __future__ import annotations

from .merge import Elementwise


class Comparison(Elementwise, abstract=True):
    """1 where the two inputs compare as the name says, and 0 elsewhere; they have one shape, or broadcast to it.

    >>> from convmath.layers.comparison import Greater
    >>> Greater().flops((1, 8), (1, 1))
    8

    Source: PyTorch's and ONNX's functions of these names.
    """

    arity = (2, 2)


class Equal(Comparison):
    """x = y; see Comparison."""


class NotEqual(Comparison):
    """x ≠ y; see Comparison."""


class Greater(Comparison):
    """x > y; see Comparison."""


class GreaterEqual(Comparison):
    """x ≥ y; see Comparison."""


class Less(Comparison):
    """x < y; see Comparison."""


class LessEqual(Comparison):
    """x ≤ y; see Comparison."""


class And(Comparison):
    """Neither of the two is 0; see Comparison."""


class Or(Comparison):
    """One of the two is not 0; see Comparison."""
