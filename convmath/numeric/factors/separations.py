"""Convolutions in cheaper factors: along one axis after the other, and space apart from channels.

Both are low-rank factorisations of the weights, reshaped: what is lost is told by singular values.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...core.errors import ParameterError, ShapeError, show
from ...core.shape import as_size, by_axis
from ..arrays import as_dtype
from .low_rank import nearest, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..arrays import Array
    from .low_rank import Split


class Separation(NamedTuple):
    """Weights in factors: those of the layers to run in turn, what they make together, and what that loses.

    `ranks` and `singular` are those of the matrices that were split, one for each group or channel, and with three axes
    for each of two splits: with these ranks nothing is lost. `error` is ‖E‖ in Frobenius' norm, E being the weights
    less the `product`, and `norm` that of the weights. With zeros around the input, ‖E∗x‖₂ ≤ `gain`·‖x‖₂: the gain is
    the sum over all taps of the spectral norm of E's matrix of filters and channels at that tap. For a single kernel
    that is Σ|E|, and it never exceeds √(∏k)·‖E‖. `macs` are for each output position at stride 1, `dense` those of the
    weights themselves.
    """

    factors: tuple[Array, ...]
    product: Array
    ranks: tuple[int, ...]
    singular: tuple[Array, ...]
    error: float
    norm: float
    gain: float
    macs: int
    dense: int

    @property
    def separable(self) -> bool:
        """Whether factors of rank 1 lose nothing."""
        return max(self.ranks) <= 1

    def __str__(self) -> str:
        parts = " · ".join(by_axis(factor.shape) for factor in self.factors)
        ranks = sorted(set(self.ranks))
        own = f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {ranks[0]} to {ranks[-1]}"
        loss = (
            f"relative error {self.error / self.norm:.3g}, gain of the error {self.gain:.3g}" if self.error else "exact"
        )
        own += " (separable)" if self.separable else ""
        return f"{by_axis(self.product.shape)} of {own} as {parts}: {loss}, {self.macs:,} MACs for {self.dense:,}"


def separate(weights: object, rank: int | None = None, groups: int = 1) -> Separation:
    """Weights as convolutions along one axis after the other, of this rank at most, or of their own.

    `weights` are a kernel (k_h, k_w) or (k_d, k_h, k_w), or a layer's, (M, C/g, *k) in PyTorch's layout. In two
    dimensions the (C/g·k_h) × (k_w·M/g) matrix of each group is cut off after R singular values, W ≈ Σ_r u_r·v_rᵀ: no
    other R products come nearer, and ‖E‖² = Σ_{r>R} σ_r². A kernel of rank 1 is spatially separable. It costs
    R(C·k_h + k_w·M) multiplications in place of M·C/g·k_h·k_w; for one kernel R(k_h + k_w) in place of k_h·k_w. In
    three dimensions the right factor is split again, after the next axis: ‖E‖² then is the sum over both splits, and
    ‖E‖ at most √2 times the least.

    The factors are (g·R, C/g, k_h, 1) and (M, R, 1, k_w), the weights of Conv2d(C, g·R, (k_h, 1), (s_h, 1), (p_h, 0),
    groups=g) and then Conv2d(g·R, M, (1, k_w), (1, s_w), (0, p_w), groups=g). For g = 1 they are what
    SpatiallySeparableConv with R middle channels calls axis0.weight and axis1.weight.

    The rank counts singular values above σ₁·max(m, n)·ε. That of whole numbers is exact, and up to rank 16 they have
    whole factors where nothing is cut. Raises ShapeError for what is no kernel, ParameterError for a rank below 1, for
    groups that do not divide M, and for numbers that are not finite.

    >>> sobel = separate([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    >>> sobel.separable, [factor.reshape(-1).tolist() for factor in sobel.factors]
    (True, [[1, 2, 1], [1, 0, -1]])
    >>> print(separate([[0, 1, 0], [1, -4, 1], [0, 1, 0]], rank=1))
    1x1x3x3 of rank 2 as 1x1x3x1 · 1x1x1x3: relative error 0.101, gain of the error 1.22, 6 MACs for 9

    Source: Eckart and Young (1936); Treitel and Shanks (1971) and Rigamonti, Sironi, Lepetit and Fua (2013) for
    kernels; Jaderberg, Vedaldi and Zisserman (2014) for layers; Oseledets, "Tensor-train decomposition" (2011).
    """
    array = _checked(weights, {2, 3, 4, 5}, rank)
    array = array[None, None] if array.ndim < 4 else array
    _check_groups(array, groups)
    cores, halves = _cores(array, rank, groups, split)
    if rank is not None and any(half.rank > rank for half in halves[groups:]):
        # What is cut off later is the least only where the columns before it are orthonormal.
        cores, halves = _cores(array, rank, groups, nearest)
    made = cores[0]
    for core in cores[1:]:
        made = made.reshape(groups, -1, core.shape[1]) @ core.reshape(groups, core.shape[1], -1)
    made = np.moveaxis(made.reshape(groups, *array.shape[1:], -1), -1, 1).reshape(array.shape)
    return _separation(array, groups, [_along(axis, core, len(cores)) for axis, core in enumerate(cores)], made, halves)


def _cores(
    weights: Array, rank: int | None, groups: int, halve: Callable[[Array, int | None], Split]
) -> tuple[list[Array], list[Split]]:
    """Of every axis (g, R before, k, R after), whose products along the R are the weights, and all splits."""
    _, before, *kernel = weights.shape
    rest = np.moveaxis(weights.reshape(groups, -1, before, *kernel), 1, -1)
    cores, halves = [], []
    for taps in kernel[:-1]:
        parts = [halve(part, rank) for part in rest.reshape(groups, before * taps, -1)]
        lefts, rest = _stacked([part.left for part in parts], 1), _stacked([part.right for part in parts], 0)
        cores.append(lefts.reshape(groups, before, taps, -1))
        before = lefts.shape[2]
        halves += parts
    return [*cores, rest.reshape(groups, before, kernel[-1], -1)], halves


def _along(axis: int, core: Array, axes: int) -> Array:
    """A core as the weight of a convolution along this axis."""
    _, before, taps, _ = core.shape
    return core.transpose(0, 3, 1, 2).reshape(-1, before, *(1,) * axis, taps, *(1,) * (axes - 1 - axis))


def separate_depthwise(weights: object, rank: int | None = None, groups: int = 1) -> Separation:
    """A layer's weights as a depthwise convolution and then a pointwise one, R kernels for each channel at most.

    For each input channel c of (M, C/g, *k) the matrix (M/g)×(∏k) of all filters' kernels is cut off after R singular
    values: W[m, c] ≈ Σ_r P[m, c, r]·D[c, r]. Every channel has a matrix of its own, so no R kernels for each channel
    come nearer: ‖E‖² = Σ_c Σ_{r>R} σ_{c,r}². It costs R(C·∏k + C·M/g) multiplications in place of M·C/g·∏k.

    The factors are (C·R, 1, *k), the weight of Conv2d(C, C·R, k, groups=C) with the layer's stride, padding and
    dilation, and (M, R·C/g, 1, …), that of Conv2d(C·R, M, 1, groups=g). For g = 1 they are what
    DepthwiseSeparableConv with the multiplier R calls depthwise.weight and pointwise.weight. Ranks and whole numbers as
    in `separate`; a channel of a smaller rank than R gets kernels of zeros.

    >>> outer = np.multiply.outer([1, 2, 3], [[1, 0, -1], [2, 0, -2], [1, 0, -1]])  # each filter a multiple of Sobel's
    >>> depthwise, pointwise = separate_depthwise(outer[:, None]).factors
    >>> depthwise.tolist(), pointwise.reshape(-1).tolist()
    ([[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]], [1, 2, 3])

    Source: Guo, Li, Lin, Chen and Li, "Network decoupling: from regular to depthwise separable convolutions" (2018);
    Eckart and Young (1936).
    """
    array = _checked(weights, {3, 4, 5}, rank)
    _check_groups(array, groups)
    filters, share, *kernel = array.shape
    of_channels = array.reshape(groups, -1, share, prod(kernel)).swapaxes(1, 2)
    halves = [split(matrix, rank) for matrix in of_channels.reshape(groups * share, -1, prod(kernel))]
    lefts, rights = _stacked([half.left for half in halves], 1), _stacked([half.right for half in halves], 0)
    made = (lefts @ rights).reshape(of_channels.shape).swapaxes(1, 2).reshape(array.shape)
    pointwise = lefts.reshape(groups, share, filters // groups, -1).swapaxes(1, 2)
    factors = [rights.reshape(-1, 1, *kernel), pointwise.reshape(filters, -1, *(1,) * len(kernel))]
    return _separation(array, groups, factors, made, halves)


def _checked(weights: object, axes: set[int], rank: int | None) -> Array:
    array = np.asarray(weights)
    array = array.astype(as_dtype(array.dtype, "weights' dtype"), copy=False)
    if array.ndim not in axes or not array.size:
        raise ShapeError(
            f"weights are {by_axis(array.shape) or 'a number'}, not numbers along {' or '.join(map(str, sorted(axes)))}"
            " axes (give a kernel, k_h x k_w, or a layer's weights, M x C/g x k_h x k_w)"
        )
    if not np.isfinite(array).all():
        raise ParameterError("weights hold numbers that are not finite (replace them first)")
    if rank is not None and as_size(rank) is None:
        raise ParameterError(f"rank={show(rank)} is not an integer from 1")
    return array


def _check_groups(weights: Array, groups: int) -> None:
    if as_size(groups) is None or len(weights) % groups:
        raise ParameterError(
            f"groups={show(groups)} must divide the {len(weights)} filters of weights {by_axis(weights.shape)}"
        )


def _stacked(matrices: list[Array], axis: int) -> Array:
    """Matrices of several ranks as one array, with zeros where a rank is smaller than another."""
    most = max(matrix.shape[axis] for matrix in matrices)
    return np.stack(
        [
            np.pad(matrix, [(0, most - size if place == axis else 0) for place, size in enumerate(matrix.shape)])
            for matrix in matrices
        ]
    )


def _separation(weights: Array, groups: int, factors: list[Array], product: Array, halves: list[Split]) -> Separation:
    wide = np.result_type(weights, np.float64)
    lost = weights.astype(wide) - product
    taps = lost.reshape(groups, -1, *lost.shape[1:2], prod(lost.shape[2:])).transpose(3, 0, 1, 2)
    return Separation(
        tuple(factors), product, tuple(half.rank for half in halves), tuple(half.values for half in halves),
        _norm(lost), _norm(weights.astype(wide)),
        float(np.linalg.norm(taps, 2, (2, 3)).max(1).sum()), sum(factor.size for factor in factors), weights.size,
    )  # fmt: skip


def _norm(array: Array) -> float:
    """Frobenius' norm; what is summed is near 1, so that no square overflows or vanishes."""
    _, exponent = np.frexp(abs(array).max())
    scale = np.ldexp(0.5, exponent)
    return float(np.linalg.norm(array / scale)) * float(scale)
