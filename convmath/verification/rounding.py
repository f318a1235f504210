"""How far rounding to float32 may move a result, told beforehand: from float64 alone, whatever float32 gave."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers.norm import RMSNorm
from ..numeric.kernels import cancelling, hooks
from ..numeric.plans import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..layers.base import Layer
    from ..numeric.arrays import Array, Weights

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)

EPSILON = float(np.finfo(SINGLE).eps)

EXACT_BELOW = 1 << 24
"""Whole numbers below it are exact in float32, and so are their sums, in whatever order."""

SLACK = 16
"""How many times what rounding is expected to move a result it may."""


def in_double(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> tuple[Array, ...]:
    """What a layer makes of the same numbers in float64."""
    dtype = DOUBLE if ready.dtype.kind == "f" else ready.dtype
    return run(Plan(of_single(ready.layer), ready.inputs, dtype), xs, stored)


def of_single(layer: Layer) -> Layer:
    """The layer with what float32 settles of it: an eps that is left to the dtype.

    >>> from convmath.layers.norm import RMSNorm
    >>> of_single(RMSNorm(3)).eps == EPSILON
    True
    """
    if not isinstance(layer, RMSNorm) or layer.eps is not None:
        return layer
    return RMSNorm(**{name: layer.__dict__[name] for name in layer.fields} | {"eps": EPSILON})


def run(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> tuple[Array, ...]:
    """All that a plan makes, as a tuple."""
    with np.errstate(all="ignore"):
        y = ready(xs if len(xs) != 1 else xs[0], stored)
    return y if type(y) is tuple else (y,)


def shaken(arrays: Mapping[Any, Array], generator: np.random.Generator) -> dict[Any, Array]:
    """The arrays in float64, every number moved by one part in 2²³, up or down; whole numbers as they are.

    >>> made = shaken({"x": np.ones(1, np.float32)}, np.random.default_rng(0))["x"]
    >>> abs(made - 1).tolist() == [EPSILON]
    True
    """
    return {name: _moved(array, generator) if array.dtype.kind == "f" else array for name, array in arrays.items()}


def _moved(array: Array, generator: np.random.Generator) -> Array:
    signs = generator.integers(0, 2, array.shape, np.int8)
    return array * np.where(signs, 1 + EPSILON, 1 - EPSILON)


def rounded(
    ready: Plan, xs: tuple[Array, ...], made: tuple[Array, ...], generator: np.random.Generator
) -> tuple[Array, ...]:
    """What a layer made in float64, each number moved as far as rounding it to float32 may.

    That is one part in 2²³ of it, and of what is added up on the way and cancels. What is only moved is not rounded,
    and whole numbers below 2²⁴ are exact. So what float32 makes of a network is, to first order, what float64 makes of
    it where every result is moved: each rounding reaches the outputs by the slopes of all that comes after it.

    >>> from convmath.layers.activation import Sigmoid
    >>> from convmath.numeric.plans import plan
    >>> ready, x = plan(Sigmoid(), (1, 1), "float64"), np.array([[-50.0]])
    >>> y = ready(x)
    >>> (moved,) = rounded(ready, (x,), (y,), np.random.default_rng(0))
    >>> round(abs(moved - y).item() / EPSILON, 6)  # of e⁻⁵⁰, but of ½ + ½·tanh(−25)
    0.5

    Source: Wilkinson, "Rounding Errors in Algebraic Processes" (1963), running error analysis; Vignes, "A stochastic
    arithmetic for reliable scientific computation" (1993), for drawing the signs.
    """
    if hooks(ready.layer).carries(ready.layer):
        return made
    with np.errstate(all="ignore"):
        beside = EPSILON * np.asarray(cancelling(ready.layer, xs))
        return tuple(_rounded(y, beside, generator) if y.dtype.kind == "f" else y for y in made)


def _rounded(y: Array, beside: Array, generator: np.random.Generator) -> Array:
    exact = (beside == 0) & (y == np.rint(y)) & (abs(y) < EXACT_BELOW)
    signs = 2 * generator.integers(0, 2, y.shape, np.int8) - 1
    return np.where(exact, y, y + signs * (EPSILON * abs(y) + beside))


def bounds(exactly: Sequence[Array], shaken: Sequence[Array], terms: float, scale: float = 0.0) -> tuple[float, ...]:
    """16·√n·(d + ε·m) for each output, where d is how far it moves in float64 when every number is moved by ε.

    So d is what rounding the numbers would do, and cancellation is in it; what is computed of them is rounded too, up
    to the largest number m, of the outputs and of what goes in (`scale`). The error of a long sum grows with the
    square root of its n terms. Whole numbers come out exactly.

    >>> bounds([np.array([1.0])], [np.array([1.0])], 4)
    (3.814697265625e-06,)

    Source: Higham and Mary, "A new approach to probabilistic rounding error analysis" (2019).
    """
    return tuple(
        SLACK * sqrt(terms) * (apart(a, b, finite=True) + EPSILON * max(magnitude(a), scale))
        if a.dtype.kind == "f"
        else 0.0
        for a, b in zip(exactly, shaken, strict=True)
    )


def apart(a: Array, b: Array, finite: bool = False) -> float:
    """The largest difference; what is NaN or infinite in both alike does not count, nor in either where `finite`."""
    a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        difference: Any = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, abs(a - b))
    if finite:
        difference = difference[np.isfinite(difference)]
    return float(difference.max(initial=0))


def magnitude(a: Array) -> float:
    """The largest number that is finite, without its sign."""
    finite = a[np.isfinite(a)] if a.dtype.kind == "f" else a
    return float(abs(finite).max(initial=0))
