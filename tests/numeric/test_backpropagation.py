"""Gradients of whole networks: exact differences on integers, and Euler's law on networks that are homogeneous."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from tests.numeric.drawn import integers


def branches():
    """Two inputs, a value that is read three times, and two outputs, of which one is read as well."""
    net = cm.Network("branches")
    x, y = net.input("x", (2, 2, 5, 7)), net.input("y", (2, 1, 1, 7))
    middle = net.add(cm.Conv2d(2, 4, 3, padding=1), x, name="conv")
    left, right = net.add(cm.Chunk(2), middle, name="parts")
    joined = net.add(cm.Concat(), right, net.add(cm.DepthwiseConv2d(2, (1, 3), padding=(0, 1)), left, name="depthwise"))
    gate = net.add(cm.Multiply(), joined, net.add(cm.ReplicationPad2d((0, 0, 2, 2)), y), name="gate")
    net.output(joined, net.add(cm.Subtract(), gate, middle, name="last"))
    return net


def test_every_derivative_is_the_difference():
    """The network is of the second degree in each number, so the central difference over 2 is its derivative."""
    net = branches()
    xs = {"x": integers(1, (2, 2, 5, 7)), "y": integers(2, (2, 1, 1, 7))}
    shapes = {f"{name}.{own}": sizes for name in ("conv", "depthwise") for own, sizes in net[name].weights().items()}
    weights = {name: integers(place, sizes) for place, (name, sizes) in enumerate(shapes.items())}
    dys = integers(7, (2, 4, 5, 7)), integers(8, (2, 4, 5, 7))
    dx, dweights = numeric.gradients(net, xs, dys, weights)
    assert (list(dx), list(dweights)) == (["x", "y"], list(shapes))

    def total():
        return sum((y * dy).sum() for y, dy in zip(numeric.run(net, xs, weights), dys, strict=True))

    for name, array in {**xs, **weights}.items():
        gradient = {**dx, **dweights}[name]
        assert gradient.shape == array.shape
        for place in range(array.size):
            array.reshape(-1)[place] += 1
            up = total()
            array.reshape(-1)[place] -= 2
            assert up - total() == 2 * gradient.reshape(-1)[place]
            array.reshape(-1)[place] += 1


@pytest.mark.parametrize(
    ("name", "shape"),
    [("resnet18", (1, 3, 70, 64)), ("unet_padded", (1, 1, 48, 64)), ("mobilenet_v2", (1, 3, 64, 70))],
)
def test_published_networks(name, shape):
    """Of weights without biases and of rectifiers: a·x gives a·y, so Σ x·dx = Σ y·dy (Euler)."""
    net = getattr(cm.zoo, name)()
    # Numbers small enough that no rectifier with a ceiling reaches it.
    x = np.random.default_rng(0).standard_normal(shape) * 1e-6
    y = numeric.run(net, x)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    dx, dweights = numeric.gradients(net, x, dy)
    assert np.isclose((x * dx).sum(), (y * dy).sum(), rtol=1e-9, atol=0)
    rows = net.analyze(shape).rows
    assert {own: array.shape for own, array in dweights.items()} == {
        f"{row.name}.{own}": sizes for row in rows for own, sizes in row.layer.weights().items()
    }
    assert all(np.isfinite(array).all() for array in dweights.values())
    assert all(array.any() for array in dweights.values())


def test_without_dy_it_is_the_gradient_of_the_sum():
    net = cm.Sequential(cm.Conv1d(2, 3, 2), cm.ReLU())
    x = np.random.default_rng(0).standard_normal((2, 2, 6)).astype("float32")
    y = numeric.run(net, x, seed=4)
    for own, (dx, dweights) in enumerate([numeric.gradients(net, x, dy, seed=4) for dy in (None, np.ones_like(y))]):
        assert dweights["0.bias"].tolist() == (y > 0).sum((0, 2)).tolist(), own
        assert dx.dtype == np.float32


def test_a_value_handed_out_twice_has_both_gradients():
    net = cm.Network()
    x = net.input(shape=(1, 2))
    y = net.add(cm.Identity(), x)
    net.output(y, x, y)
    dx, _ = numeric.gradients(net, np.zeros((1, 2), int), ([[1, 2]], [[10, 20]], [[100, 200]]))
    assert dx.tolist() == [[111, 222]]


def test_what_the_output_does_not_depend_on_has_none():
    net = cm.Network()
    x, y = net.input("x", (1, 1, 3)), net.input("y", (1, 1, 4))
    net.add(cm.Conv1d(1, 2, 2), y, name="aside")
    net.output(net.add(cm.ReLU(), x))
    dx, dweights = numeric.gradients(net, {"x": np.ones((1, 1, 3)), "y": np.ones((1, 1, 4))})
    assert (dx["x"].tolist(), dx["y"].tolist()) == ([[[1, 1, 1]]], [[[0, 0, 0, 0]]])
    assert {name: (array.shape, array.any()) for name, array in dweights.items()} == {
        "aside.weight": ((2, 1, 2), False), "aside.bias": ((2,), False),
    }  # fmt: skip


X = {"x": np.zeros((2, 2, 5, 7)), "y": np.zeros((2, 1, 1, 7))}


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda net: numeric.gradients(net, X, np.ones(3)), ShapeError, "branches: 1 gradients .* for 2 outputs"),
        (
            lambda net: numeric.gradients(net, X, (np.ones(3), np.ones(3))),
            ShapeError, "branches: gradient 0 is 3, 2x4x5x7 is asked for",
        ),
        (lambda net: numeric.gradients(net, X, weights={"con.bias": 1}), UnknownNameError, "'con.bias'"),
        (lambda net: numeric.gradients(net, {"x": X["x"]}), ParameterError, "the input 'y' is missing"),
    ],
)  # fmt: skip
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask(branches())
