"""Networks run end to end."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, UnknownNameError


@pytest.mark.parametrize(
    ("name", "shape"),
    [("resnet18", (1, 3, 64, 96)), ("unet_padded", (1, 1, 48, 64)), ("mobilenet_v2", (1, 3, 64, 96))],
)
def test_what_comes_out_has_the_shape_that_is_claimed(name, shape):
    net = getattr(cm.zoo, name)()
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    made = numeric.run(net, x)
    assert made.shape == net.analyze(shape).rows[-1].outputs[0]
    assert np.isfinite(made).all()
    assert np.array_equal(made, numeric.run(net, x))
    assert not np.array_equal(made, numeric.run(net, x, seed=1))


def branches():
    net = cm.Network("branches")
    x, y = net.input("x", (1, 2, 5, 7)), net.input("y", (1, 2, 5, 7))
    left, right = net.add(cm.Chunk(2), x, name="parts")
    joined = net.add(cm.Add(), right, left, name="sum")
    net.output(joined, net.add(cm.Concat(), y, left, name="both"))
    return net


def test_several_inputs_and_outputs():
    x, y = np.arange(70).reshape(1, 2, 5, 7), -np.arange(70).reshape(1, 2, 5, 7)
    total, both = numeric.run(branches(), {"x": x, "y": y})
    assert np.array_equal(total, x[:, :1] + x[:, 1:])
    assert np.array_equal(both, np.concatenate([y, x[:, :1]], 1))


def test_given_weights_are_used_and_checked():
    net = cm.Sequential(cm.Conv2d(1, 2, 2), ("head", cm.Conv2d(2, 1, 1, bias=False)))
    x = np.arange(12).reshape(1, 1, 3, 4)
    weights = {
        "0.weight": np.ones((2, 1, 2, 2), int), "0.bias": np.array([0, 1]), "head.weight": np.array([[[[1]], [[-1]]]]),
    }  # fmt: skip
    assert np.array_equal(numeric.run(net, x, weights), np.full((1, 1, 2, 3), -1))
    with pytest.raises(UnknownNameError, match=r"'head\.bias'"):
        numeric.run(net, x, weights | {"head.bias": np.zeros(1, int)})
    with pytest.raises(ParameterError, match=r"the weights lack 0\.bias"):
        numeric.run(net, x, {name: array for name, array in weights.items() if name != "0.bias"})
    with pytest.raises(ParameterError, match="the input 'y' is missing"):
        numeric.run(branches(), {"x": x})


@pytest.mark.parametrize("subject", [cm.Conv1d(2, 3, 2), cm.Sequential(cm.Conv1d(2, 3, 2))])
def test_an_only_input_may_stand_in_a_list_as_several_do(subject):
    x = np.arange(10.0).reshape(1, 2, 5)
    made = numeric.run(subject, x)
    for given in ([x], (x,), x.tolist()):
        assert np.array_equal(numeric.run(subject, given), made)
    with pytest.raises(cm.ShapeError, match=r"2 arrays are given for one input, input$|takes one input, got 2"):
        numeric.run(subject, [x, x])


def test_a_plan_takes_an_only_input_in_a_list():
    x, weights = np.arange(5.0).reshape(1, 1, 5), {"weight": np.ones((1, 1, 2))}
    ready = numeric.plan(cm.Conv1d(1, 1, 2, bias=False), x.shape, "float64")
    assert ready([x], weights).tolist() == ready(x.tolist(), weights).tolist() == [[[1, 3, 5, 7]]]
    with pytest.raises(cm.ShapeError, match=r"^Conv1d: the plan takes 1 input, got 2$"):
        ready([x, x], weights)
