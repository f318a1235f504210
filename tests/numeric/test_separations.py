"""Weights in factors: exact on integers, as near as can be otherwise, and the same outputs through the layers."""

from __future__ import annotations

from math import prod, sqrt
from random import Random

import numpy as np
import pytest
import sympy

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError
from convmath.numeric.factors.lattice import integer_factors, integer_rank
from tests.numeric.test_kernels import integers

SOBEL = np.outer([1, 2, 1], [1, 0, -1])
LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
AROUND = np.array([[1, 1, 1], [1, -8, 1], [1, 1, 1]])

EPSILON = np.finfo("float64").eps


def ran(layer, x, weights):
    return numeric.plan(layer, x.shape, x.dtype)(x, weights)


def of_rank(seed, rows, columns, rank):
    """A matrix of integers, a product of thin ones."""
    return integers(seed, (rows, rank)) @ integers(seed + 100, (rank, columns))


@pytest.mark.parametrize(
    ("kernel", "rank", "singular"),
    [
        (SOBEL, 1, [sqrt(12), 0, 0]),
        (np.outer([1, 4, 6, 4, 1], [1, 2, 1]), 1, [sqrt(70 * 6), 0, 0]),
        (LAPLACIAN, 2, [2 + sqrt(6), sqrt(6) - 2, 0]),
        (AROUND, 2, [sqrt(27) + 3, sqrt(27) - 3, 0]),
        (np.eye(3, dtype=int), 3, [1, 1, 1]),
        (np.zeros((2, 5), int), 0, [0, 0]),
    ],
)
def test_known_kernels(kernel, rank, singular):
    found = numeric.separate(kernel)
    assert found.ranks == (rank,)
    assert found.separable == (rank <= 1)
    assert np.allclose(found.singular[0], singular, rtol=0, atol=1e-14 * np.linalg.norm(kernel))
    assert found.error == found.gain == 0
    column, row = (factor.reshape(max(rank, 1), -1) for factor in found.factors)
    assert np.array_equal(column.T @ row, kernel)
    assert column.dtype.kind == "i" or rank == 0
    assert (found.macs, found.dense) == (max(rank, 1) * sum(kernel.shape), kernel.size)


def test_the_factors_of_a_kernel_of_rank_1_are_those_of_the_textbook():
    for column, row in (([1, 2, 1], [1, 0, -1]), ([1, 2, 1], [-1, 0, 1]), ([1, 4, 6, 4, 1], [1, 2, 1])):
        for dtype in ("int8", "int64", "float32", "float64"):
            found = numeric.separate(np.outer(column, row).astype(dtype))
            assert [factor.reshape(-1).tolist() for factor in found.factors] == [column, row]
            assert found.product.dtype == ("int64" if dtype.startswith("int") else dtype)
    cube = np.multiply.outer([1, 3], SOBEL)
    assert [factor.shape for factor in numeric.separate(cube).factors] == [
        (1, 1, 2, 1, 1),
        (1, 1, 1, 3, 1),
        (1, 1, 1, 1, 3),
    ]
    assert [factor.reshape(-1).tolist() for factor in numeric.separate(cube).factors] == [[1, 3], [1, 2, 1], [1, 0, -1]]


def test_a_gaussian_is_separable_though_it_is_rounded():
    line = np.exp(-(np.arange(-3, 4) ** 2) / 2 / 1.3**2)
    for dtype in ("float32", "float64"):
        kernel = (np.outer(line, line) / line.sum() ** 2).astype(dtype)
        found = numeric.separate(kernel)
        assert found.separable
        assert found.error <= 49 * np.finfo(dtype).eps * found.norm
        assert not numeric.separate(kernel + np.eye(7, dtype=dtype) / 1000).separable


@pytest.mark.parametrize("seed", range(60))
def test_ranks_of_integers_are_exact(seed):
    dice = Random(f"ranks {seed}")
    rows, columns = dice.randint(1, 7), dice.randint(1, 7)
    matrix = of_rank(seed, rows, columns, dice.randint(1, 4)) * dice.choice((1, 12, 10**5))
    rank = sympy.Matrix(matrix.tolist()).rank()
    assert integer_rank(matrix) == rank
    left, right = integer_factors(matrix)
    assert right.shape == (rank, columns)
    assert (left @ right).tolist() == matrix.tolist()


def test_no_tolerance_where_integers_allow_exactness():
    large = 10**9
    nearly = np.array([[large, large + 1], [large - 1, large]])  # its determinant is 1
    assert np.linalg.matrix_rank(nearly) == 1
    assert integer_rank(nearly) == numeric.separate(nearly).ranks[0] == 2
    assert numeric.separate(nearly).error == 0
    # Modulo the first prime that is tried this has rank 1, as its determinant is that prime.
    prime = 2**31 - 1
    assert integer_rank(np.array([[1, 0], [0, prime]])) == 2


def test_larger_matrices_of_low_rank():
    matrix = of_rank(5, 60, 70, 40)
    assert integer_rank(matrix) == 40
    layer = of_rank(6, 12 * 3, 5 * 20, 30).reshape(12, 3, 5, 20).transpose(3, 0, 1, 2)
    found = numeric.separate(layer)  # above rank 16 the factors are no longer whole
    assert found.ranks == (30,)
    assert 0 < found.error < 1e-13 * found.norm


@pytest.mark.parametrize("seed", range(20))
def test_no_product_of_that_rank_is_nearer(seed):
    generator = np.random.default_rng(seed)
    kernel = generator.standard_normal((5, 7))
    for rank in range(1, 5):
        found = numeric.separate(kernel, rank)
        squares = np.linalg.eigvalsh(kernel @ kernel.T)  # ascending
        assert found.error == pytest.approx(sqrt(squares[: 5 - rank].sum()), rel=1e-9)
        assert found.ranks == (5,)
        for _ in range(20):
            columns = generator.standard_normal((5, rank)) + found.factors[0].reshape(rank, 5).T
            rows = np.linalg.lstsq(columns, kernel, rcond=None)[0]
            assert np.linalg.norm(kernel - columns @ rows) > found.error
        assert np.linalg.norm(kernel - found.product.reshape(5, 7)) == pytest.approx(found.error, rel=1e-12)


CASES = [(1, 1), (2, 1), (1, 3), (3, 2)]
"""(groups, rank)"""


@pytest.mark.parametrize(("groups", "rank"), CASES)
@pytest.mark.parametrize("kernel", [(3, 5), (2, 3, 4)])
def test_whole_factors_run_as_the_weights_do(kernel, groups, rank):
    axes, share, filters = len(kernel), 2, 3
    cores = [
        integers(axis, (groups, share if axis == 0 else rank, k, rank if axis < axes - 1 else filters)) % 4 - 1
        for axis, k in enumerate(kernel)
    ]
    weights = cores[0]
    for core in cores[1:]:
        weights = np.einsum("g...r,grkm->g...km", weights, core)
    weights = np.moveaxis(weights, -1, 1).reshape(groups * filters, share, *kernel)
    found = numeric.separate(weights, groups=groups)
    assert found.error == 0
    assert max(found.ranks) <= rank
    assert np.array_equal(found.product, weights)
    stride, pads, dilation = (2, 1, 3)[:axes], ((0, 2), (3, 1), (1, 1))[:axes], (2, 1, 2)[:axes]
    x = integers(9, (2, groups * share, *(11, 8, 10)[:axes]))
    layer = CONVS[axes](groups * share, groups * filters, kernel, stride, pads, dilation, groups, bias=False)
    y = x
    for axis, factor in enumerate(found.factors):
        only = [tuple(value if place == axis else rest for place, value in enumerate(values)) for values, rest in
                ((kernel, 1), (stride, 1), (pads, (0, 0)), (dilation, 1))]  # fmt: skip
        step = CONVS[axes](y.shape[1], len(factor), *only, groups, bias=False)
        y = ran(step, y, {"weight": factor})
    assert np.array_equal(y, ran(layer, x, {"weight": weights}))


CONVS = {2: cm.Conv2d, 3: cm.Conv3d}


def rounding(weights, x, steps):
    """What float64 may lose of Σ w·x, a chain of sums of so many terms: γ_n·Σ|w|·|x| with n terms in all."""
    layer, terms = steps
    n = sum(terms)
    return 1.01 * n * EPSILON / (1 - n * EPSILON) * ran(layer, abs(x), {name: abs(w) for name, w in weights.items()})


@pytest.mark.parametrize("rank", [1, 4])
def test_a_layer_in_factors_through_spatially_separable_convolution(rank):
    generator = np.random.default_rng(rank)
    weights, x = generator.standard_normal((6, 4, 5, 3)), generator.standard_normal((2, 4, 9, 12))
    found = numeric.separate(weights, rank)
    thin = cm.SpatiallySeparableConv2d(4, 6, (5, 3), rank, (1, 2), (2, 1), bias=False)
    plain = cm.Conv2d(4, 6, (5, 3), (1, 2), (2, 1), bias=False)
    factors = dict(zip(("axis0.weight", "axis1.weight"), found.factors, strict=True))
    y, product = ran(thin, x, factors), ran(plain, x, {"weight": found.product})
    # The passes sum 4·5 and then rank·3 terms; the product is made of sums of rank terms, and sums 4·5·3 itself.
    bound = rounding(factors, x, (thin, (20, 3 * rank, rank, 60)))
    assert (abs(y - product) <= bound).all()
    assert (found.macs, found.dense) == (thin.params, plain.params)
    lost = ran(plain, x, {"weight": weights}) - y
    assert np.linalg.norm(lost) <= found.gain * np.linalg.norm(x)


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_a_volume_is_split_twice(rank):
    generator = np.random.default_rng(rank)
    weights, x = generator.standard_normal((3, 2, 4, 3, 5)), generator.standard_normal((1, 2, 6, 7, 8))
    found = numeric.separate(weights, rank)
    unfolded = [weights.transpose(1, 2, 3, 4, 0).reshape(2 * 4, -1), weights.transpose(1, 2, 3, 4, 0).reshape(24, -1)]
    least = [sqrt(np.linalg.eigvalsh(part @ part.T)[:-rank].clip(0).sum()) for part in unfolded]
    assert max(least) * (1 - 1e-12) <= found.error <= np.hypot(*least) * (1 + 1e-12)
    assert found.error == pytest.approx(sqrt(sum((values[rank:] ** 2).sum() for values in found.singular)))
    layer = cm.SpatiallySeparableConv3d(2, 3, (4, 3, 5), rank, padding=1, bias=False)
    factors = {f"axis{axis}.weight": factor for axis, factor in enumerate(found.factors)}
    y = ran(layer, x, factors)
    product = ran(cm.Conv3d(2, 3, (4, 3, 5), padding=1, bias=False), x, {"weight": found.product})
    assert (abs(y - product) <= rounding(factors, x, (layer, (8, 3 * rank, 5 * rank, 2 * rank, 120)))).all()
    assert found.macs == layer.params


def test_a_volume_of_integers_that_is_cut_later_is_cut_best():
    # The first split is of rank 1 and whole; the second, of rank 3, is cut after 2.
    volume = np.multiply.outer([1, 5], np.diag([7, 3, 1]))
    found = numeric.separate(volume, 2)
    assert found.ranks == (1, 3)
    assert found.error == pytest.approx(sqrt(26), rel=1e-12)


@pytest.mark.parametrize(("groups", "rank"), CASES)
@pytest.mark.parametrize("kernel", [(7,), (3, 5), (2, 3, 4)])
def test_whole_depthwise_factors_run_as_the_weights_do(kernel, groups, rank):
    share, filters, axes = 2, 4, len(kernel)
    weights = np.stack([of_rank(seed, filters, prod(kernel), rank) for seed in range(groups * share)])
    weights[1] = of_rank(77, filters, prod(kernel), 1)  # a channel that needs fewer kernels than the others
    weights = weights.reshape(groups, share, filters, *kernel).swapaxes(1, 2).reshape(-1, share, *kernel)
    found = numeric.separate_depthwise(weights, groups=groups)
    assert found.error == 0
    assert found.ranks[:2] == (rank, 1)
    channels, multiplier = groups * share, max(found.ranks)
    conv = {1: cm.Conv1d, **CONVS}[axes]
    x = integers(3, (2, channels, *(11, 8, 10)[:axes]))
    depthwise = conv(channels, channels * multiplier, kernel, 2, 1, 1, channels, bias=False)
    pointwise = conv(channels * multiplier, groups * filters, 1, groups=groups, bias=False)
    y = ran(pointwise, ran(depthwise, x, {"weight": found.factors[0]}), {"weight": found.factors[1]})
    layer = conv(channels, groups * filters, kernel, 2, 1, 1, groups, bias=False)
    assert np.array_equal(y, ran(layer, x, {"weight": weights}))
    assert (found.macs, found.dense) == (depthwise.params + pointwise.params, layer.params)


@pytest.mark.parametrize("rank", [1, 3])
def test_a_layer_in_factors_through_depthwise_separable_convolution(rank):
    generator = np.random.default_rng(rank)
    weights, x = generator.standard_normal((6, 4, 5, 3)), generator.standard_normal((2, 4, 9, 12))
    found = numeric.separate_depthwise(weights, rank)
    squares = [
        np.linalg.eigvalsh(kernels @ kernels.T)[:-rank].sum() for kernels in weights.swapaxes(0, 1).reshape(4, 6, 15)
    ]
    assert found.error == pytest.approx(sqrt(sum(squares)), rel=1e-9)
    thin = cm.DepthwiseSeparableConv2d(4, 6, (5, 3), rank, padding=(2, 1), bias=False)
    factors = dict(zip(("depthwise.weight", "pointwise.weight"), found.factors, strict=True))
    y = ran(thin, x, factors)
    product = ran(cm.Conv2d(4, 6, (5, 3), padding=(2, 1), bias=False), x, {"weight": found.product})
    assert (abs(y - product) <= rounding(factors, x, (thin, (15, 4 * rank, rank, 60)))).all()
    assert (found.macs, len(found.ranks)) == (thin.params, 4)


@pytest.mark.parametrize("seed", range(12))
def test_the_gain_bounds_what_the_error_does(seed):
    generator, groups = np.random.default_rng(seed), 1 + seed % 2
    weights = generator.standard_normal((4, 3, 3, 2))
    found = (numeric.separate, numeric.separate_depthwise)[seed % 3 > 0](weights, 1, groups)
    lost = {"weight": weights - found.product}
    layer = cm.Conv2d(3 * groups, 4, (3, 2), stride=1 + seed % 3, padding=2, dilation=2, groups=groups, bias=False)
    norm = np.linalg.norm(numeric.matrix(layer, (1, 3 * groups, 7, 8), lost).toarray(), 2)
    assert norm <= found.gain <= sqrt(6) * found.error
    kernel = numeric.separate(weights[0, 0], 1)
    assert kernel.gain == pytest.approx(abs(weights[0, 0] - kernel.product[0, 0]).sum(), rel=1e-12)


def test_complex_weights():
    weights = integers(1, (3, 2, 4, 5), "complex128")
    found = numeric.separate(weights, 2)
    values = np.linalg.svd(weights.transpose(1, 2, 3, 0).reshape(8, 15), compute_uv=False)
    assert found.error == pytest.approx(np.linalg.norm(values[2:]), rel=1e-12)
    assert found.product.dtype == "complex128"


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: numeric.separate([1, 2, 1]), ShapeError, "weights are 3, not numbers along 2 or 3 or 4 or 5 axes"),
        (lambda: numeric.separate(np.ones((0, 3))), ShapeError, "weights are 0x3, not numbers"),
        (lambda: numeric.separate_depthwise(SOBEL), ShapeError, "weights are 3x3, not numbers along 3 or 4 or 5 axes"),
        (lambda: numeric.separate([[1, np.nan]]), ParameterError, r"not finite \(replace them first\)"),
        (lambda: numeric.separate(SOBEL, 0), ParameterError, "rank=0 is not an integer from 1"),
        (lambda: numeric.separate(SOBEL, 1.5), ParameterError, "rank=1.5 is not an integer from 1"),
        (lambda: numeric.separate(SOBEL, groups=3), ParameterError, "groups=3 must divide the 1 filters"),
        (
            lambda: numeric.separate_depthwise(np.ones((4, 1, 3)), groups=3), ParameterError,
            "groups=3 must divide the 4 filters of weights 4x1x3",
        ),
        (lambda: numeric.separate(np.array([["a"]])), ParameterError, "is none that layers run in"),
    ],
)  # fmt: skip
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask()


def test_what_is_printed():
    assert str(numeric.separate(SOBEL)) == "1x1x3x3 of rank 1 (separable) as 1x1x3x1 · 1x1x1x3: exact, 6 MACs for 9"
    assert str(numeric.separate_depthwise(integers(1, (4, 2, 3, 3)))) == (
        "4x2x3x3 of rank 4 as 8x1x3x3 · 4x8x1x1: exact, 104 MACs for 72"
    )


@pytest.mark.parametrize("scale", [1e300, 1e-200])
def test_norms_of_very_large_and_very_small_weights(scale):
    found = numeric.separate([[scale, scale], [scale, -scale]], 1)
    assert found.norm == pytest.approx(2 * scale, rel=1e-12)
    assert found.error == pytest.approx(2**0.5 * scale, rel=1e-12)
    assert "relative error 0.707" in str(found)
    with pytest.raises(ParameterError, match="weights are too large for their singular values to be numbers"):
        numeric.separate([[1.7e308, 1.7e308], [1.7e308, -1.7e308]])


def test_a_dtype_that_does_not_do_is_said_to_be_the_weights():
    with pytest.raises(ParameterError, match=r"^weights' dtype bool is none that layers run in"):
        numeric.separate([[True, False]])
