"""Numbers at the edge: narrow integers, not-a-number under a zero weight, crops beyond the input, nothing at all."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError

from .families import FAMILIES, shapes_of


@pytest.mark.parametrize("layer", [cm.AvgPool2d(2), cm.GlobalAvgPool(), cm.Upsample(size=1, mode="area")])
def test_averages_of_narrow_integers_do_not_wrap(layer):
    x = np.full((2, 3, 2, 2), 200, np.uint8)
    y = numeric.plan(layer, x.shape, x.dtype)(x)
    assert y.dtype == np.uint8
    assert np.all(y == 200)


def test_bins_of_narrow_integers_do_not_wrap():
    assert numeric.plan(cm.AdaptiveAvgPool1d(1), (1, 1, 2), "int8")([[[100, 100]]]).tolist() == [[[100]]]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_zero_weight_does_not_hide_what_is_no_number(value):
    layer = cm.Conv2d(2, 2, 3, groups=2, bias=False)
    x = np.zeros((1, 2, 45, 47))
    x[0, 0, 5, 5] = value
    weight = np.ones((2, 1, 3, 3))
    weight[0, 0, 1, 1] = 0
    y = numeric.plan(layer, x.shape, x.dtype)(x, {"weight": weight})
    with np.errstate(invalid="ignore"):
        expected = [
            (np.lib.stride_tricks.sliding_window_view(x[0, c], (3, 3)) * weight[c, 0]).sum((-1, -2)) for c in range(2)
        ]
    assert np.array_equal(y[0], expected, equal_nan=True)
    assert np.isnan(y).sum() == (9 if np.isnan(value) else 1)


def test_a_crop_beyond_the_input_reads_padding():
    layer = cm.Conv1d(1, 1, 1, padding=((2, -4),), bias=False, convention="jax")
    y = numeric.plan(layer, (1, 1, 3), "int64")([[[1, 2, 3]]], {"weight": [[[7]]]})
    assert y.tolist() == [[[0]]]


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_of_an_empty_batch(family):
    layer, shapes = FAMILIES[family][0], shapes_of(family)
    ready = numeric.plan(layer, [(0, *shape[1:]) for shape in shapes], "float32")
    xs = tuple(np.zeros(shape, np.float32) for shape in ready.inputs)
    dys = tuple(np.zeros(shape, np.float32) for shape in ready.outputs)
    weights = {name: np.ones(*asked) for name, asked in ready.weights.items()}
    dx, dweights = ready.backward(xs if len(xs) > 1 else xs[0], dys if len(dys) > 1 else dys[0], weights)
    assert [one.shape for one in (dx if type(dx) is tuple else (dx,))] == [x.shape for x in xs]
    assert all(not one.any() and one.shape == weights[name].shape for name, one in dweights.items())


@pytest.mark.parametrize("layer", [cm.Add(), cm.Concat()])
def test_gradients_share_no_memory(layer):
    x, dy = np.ones((1, 2, 3)), np.ones(layer.output_shape((1, 2, 3), (1, 2, 3)))
    (first, second), _ = numeric.plan(layer, [x.shape, x.shape], "float64").backward((x, x), dy)
    assert not np.may_share_memory(first, second)
    assert not np.may_share_memory(first, dy)
    assert not np.may_share_memory(second, dy)


@pytest.mark.parametrize(("dtype", "value"), [("int8", 300), ("uint8", -1), ("float32", 1e300), ("int64", 1 << 63)])
def test_a_list_that_the_dtype_does_not_hold(dtype, value):
    with pytest.raises(
        ParameterError, match=r"^ReLU: the input (has .*, which .* does not hold|is .*, which does not fit into)"
    ):
        numeric.plan(cm.ReLU(), (1, 2), dtype)([[value, 1]])


def test_hardtanh_beyond_what_the_dtype_holds():
    assert numeric.plan(cm.Hardtanh(-200, 300), (1, 3), "int8")([[-128, 5, 127]]).tolist() == [[-128, 5, 127]]


def test_an_unpooling_in_a_network_takes_its_places_by_name():
    net = cm.Sequential(cm.MaxPool2d(2), cm.MaxUnpool2d(2))
    x = np.arange(24.0).reshape(1, 1, 4, 6)
    _, places = numeric.plan(cm.MaxPool2d(2, return_indices=True), x.shape, x.dtype)(x)
    y = numeric.run(net, x, {"1.indices": places})
    assert y[0, 0].tolist() == [[0] * 6, [0, 7, 0, 9, 0, 11], [0] * 6, [0, 19, 0, 21, 0, 23]]


@pytest.mark.parametrize(
    "act",
    [
        lambda: numeric.demand("x", (1, 2)),
        lambda: numeric.run(cm.Sequential(cm.Linear(2, 3)), np.ones((1, 2)), [1]),
    ],
)
def test_what_is_no_network(act):
    with pytest.raises(ParameterError, match=r"is no (layer and no )?network|weights are arrays by name"):
        act()
