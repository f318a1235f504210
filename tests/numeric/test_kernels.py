"""Layers that are run, against loops by definition: equal on integers, number by number."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from convmath.numeric import reference
from tests.numeric.drawn import CONV, DTYPES, TRANSPOSED, configuration, crops_within, integers


@pytest.mark.parametrize("seed", range(300))
def test_convolution(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, low, high, sizes = zip(*axes, strict=True)
    pads, dtype = tuple(zip(low, high, strict=True)), DTYPES[seed % len(DTYPES)]
    layer = CONV[rank](channels, filters, k, s, pads, d, groups, bias=seed % 2 == 0)
    x = integers(seed, (2, channels, *sizes), dtype)
    weights = {name: integers(seed + 7, shape, dtype) for name, shape in layer.weights().items()}
    y = numeric.plan(layer, x.shape, dtype)(x, weights)
    assert y.dtype == dtype
    expected = reference.convolution(x, weights["weight"], weights.get("bias"), s, pads, d, groups)
    assert np.array_equal(y, expected)


@pytest.mark.parametrize("seed", range(300))
def test_the_matrix_its_transpose_and_what_applies_them(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, low, high, sizes = zip(*axes, strict=True)
    layer = CONV[rank](channels, filters, k, s, tuple(zip(low, high, strict=True)), d, groups, bias=False)
    shape = (1, channels, *sizes)
    weights = {"weight": 1 + abs(integers(seed, layer.weights()["weight"]))}
    c, applied = numeric.matrix(layer, shape, weights), numeric.operator(layer, shape, weights)
    x, y = integers(seed + 1, c.shape[1]), integers(seed + 2, c.shape[0])
    assert c.nnz == layer.macs_touching(shape)
    assert c.has_sorted_indices
    assert np.array_equal(c @ x, numeric.plan(layer, shape, "int64")(x.reshape(shape), weights).reshape(-1))
    assert np.array_equal(applied @ x, c @ x)
    assert np.array_equal(applied.T @ y, c.T @ y)
    assert y @ (applied @ x) == (applied.T @ y) @ x
    several = integers(seed + 3, (c.shape[1], 3))
    assert np.array_equal(applied @ several, c @ several)


@pytest.mark.parametrize("seed", range(300))
def test_transposed_convolution(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, _, _, sizes = zip(*axes, strict=True)
    crops = crops_within(seed, axes)
    layer = TRANSPOSED[rank](channels, filters, k, s, tuple(crops), 0, groups, seed % 2 == 0, d)
    dtype = DTYPES[seed % len(DTYPES)]
    x = integers(seed, (2, channels, *sizes), dtype)
    weights = {name: integers(seed + 7, shape, dtype) for name, shape in layer.weights().items()}
    y = numeric.plan(layer, x.shape, dtype)(x, weights)
    assert np.array_equal(y, reference.transposed(x, weights["weight"], weights.get("bias"), s, crops, d, groups))
    positive = {"weight": 1 + abs(integers(seed, layer.weights()["weight"]))}
    matrix = numeric.matrix(layer, x.shape, positive)
    assert 2 * matrix.nnz == layer.macs_touching(x.shape)
    assert np.array_equal(
        matrix @ x[0].real.astype(int).reshape(-1),
        reference.transposed(x[:1].real.astype(int), positive["weight"], None, s, crops, d, groups).reshape(-1),
    )


@pytest.mark.parametrize("seed", range(100))
def test_pooling(seed):
    dice = Random(f"pooling {seed}")
    k, s = (dice.randint(1, 3), dice.randint(1, 3)), (dice.randint(1, 3), dice.randint(1, 3))
    pads = tuple((dice.randint(0, size // 2), dice.randint(0, size // 2)) for size in k)
    x = integers(seed, (2, 3, dice.randint(3, 7), dice.randint(3, 7)), "float64")
    assert np.array_equal(
        numeric.plan(cm.MaxPool2d(k, s, pads), x.shape, "float64")(x), reference.pooled(x, k, s, pads, max)
    )
    mean = cm.AvgPool2d(k, s, pads, count_include_pad=False)
    expected = reference.pooled(x, k, s, pads, lambda numbers: sum(numbers) / len(numbers))
    assert np.array_equal(numeric.plan(mean, x.shape, "float64")(x), expected)
    total = cm.AvgPool2d(k, s, pads, divisor_override=1)
    assert np.array_equal(numeric.plan(total, x.shape, "float64")(x), reference.pooled(x, k, s, pads, sum))


def test_a_plan_is_reused():
    layer = cm.Conv2d(3, 4, 3, padding=1)
    ready = numeric.plan(layer, (2, 3, 5, 7), "int64")
    for seed in range(3):
        x = integers(seed, (2, 3, 5, 7))
        weights = {name: integers(seed + 5, shape) for name, shape in layer.weights().items()}
        expected = reference.convolution(x, weights["weight"], weights["bias"], pads=((1, 1), (1, 1)))
        assert np.array_equal(ready(x, weights), expected)


def test_arrays_of_any_layout():
    layer = cm.Conv2d(3, 4, 3)
    weights = {name: integers(1, shape, "float32") for name, shape in layer.weights().items()}
    x = integers(2, (2, 3, 5, 7), "float32")
    expected = numeric.plan(layer, x.shape)(x, weights)
    strided = np.zeros((2, 3, 10, 14), "float32")[:, :, ::2, ::-2]
    strided[...] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    for other in (np.asfortranarray(x), strided, frozen, x.astype(">f4"), x.tolist()):
        given = np.asarray(other, np.float32) if isinstance(other, list) else other
        assert np.array_equal(numeric.plan(layer, x.shape)(given, weights), expected)
    assert np.array_equal(x, integers(2, (2, 3, 5, 7), "float32"))


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda ready, x, w: ready(x[:1], w), ShapeError, "the input is 1x3x5x7, 2x3x5x7 is asked for"),
        (lambda ready, x, w: ready(x.astype("float64"), w), ParameterError, "the input is float64, which does not fit"),
        (lambda ready, x, w: ready(x), ParameterError, r"the weights lack weight \(4x3x3x3\), bias \(4\)"),
        (lambda ready, x, w: ready(x, {**w, "weigth": 1}), UnknownNameError, "'weigth'; did you mean weight"),
        (lambda ready, x, w: ready(x, {**w, "bias": np.ones(3)}), ShapeError, "bias is 3, 4 is asked for"),
        (lambda ready, x, w: numeric.plan(cm.ReLU(), (1, 2, 3), "float16"), ParameterError, "dtype 'float16' is none"),
        (lambda ready, x, w: numeric.plan(cm.GELU(), (1, 2, 3), "int64"), ParameterError, "takes float32 or float64"),
        (lambda ready, x, w: numeric.plan(cm.ReLU(), (1, 2, 0)), ShapeError, "not an integer from 1"),
        (
            lambda ready, x, w: numeric.plan(cm.ReLU(), (1, 2, cm.symbols("H"))), ParameterError,
            "only numbers can be run",
        ),
        (
            lambda ready, x, w: numeric.matrix(cm.Conv2d(64, 64, 3, padding=1), (1, 64, 56, 56), w), ShapeError,
            "weight is 4x3x3x3",
        ),
        (lambda ready, x, w: numeric.matrix(cm.ReLU(), (1, 3, 5, 7), w), ParameterError, "no convolution"),
    ],
)  # fmt: skip
def test_refusals(ask, error, said):
    layer = cm.Conv2d(3, 4, 3)
    weights = {name: integers(1, shape, "float32") for name, shape in layer.weights().items()}
    with pytest.raises(error, match=said):
        ask(numeric.plan(layer, (2, 3, 5, 7)), integers(2, (2, 3, 5, 7), "float32"), weights)


@pytest.mark.parametrize("seed", range(60))
def test_dilated_averages(seed):
    """Tap by tap: those on the input are added up, those short of the stated padding's end are counted."""
    dice = Random(f"dilated {seed}")
    k, s, d, size = dice.randint(1, 3), dice.randint(1, 3), dice.randint(1, 3), dice.randint(7, 12)
    low, high, ceil = dice.randint(0, 2), dice.randint(0, 2), dice.random() < 0.5
    x = integers(seed, (2, 3, size), "float64")
    for counted in (False, True):
        layer = cm.AvgPool1d(k, s, ((low, high),), ceil, counted, dilation=d, convention="onnx")
        made = numeric.plan(layer, x.shape, float)(x)
        for o in range(made.shape[2]):
            places = [o * s - low + t * d for t in range(k)]
            read = [place for place in places if 0 <= place < size]
            divisor = sum(-low <= place < size + high for place in places) if counted else len(read)
            with np.errstate(invalid="ignore"):  # of no number at all, the mean is none
                expected = x[..., read].sum(-1) / np.float64(divisor)
            assert np.array_equal(made[..., o], expected, equal_nan=True)
    sums = numeric.plan(cm.LPPool1d(1, k, s, dilation=d, convention="onnx"), x.shape, float)(x)
    starts = range(0, size - d * (k - 1), s)
    assert np.array_equal(sums, np.stack([abs(x[..., o : o + d * (k - 1) + 1 : d]).sum(-1) for o in starts], -1))
