"""The effective receptive field: exact where all weights are 1, and as Luo et al. found it where they are random."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import prod, sqrt

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError

CHANNELS = (2, 3, 1, 2, 4, 1, 3, 2, 1)

SHAPE = (1, 2, 31, 57)


def stack(depth):
    """So many 3×5 convolutions that keep the size, and weights of 1 for them."""
    pairs = pairwise(CHANNELS[: depth + 1])
    net = cm.Sequential(*(cm.Conv2d(a, b, (3, 5), padding=(1, 2), bias=False) for a, b in pairs))
    return net, {f"{place}.weight": np.ones(net[str(place)].weights()["weight"], int) for place in range(depth)}


def powers(taps, depth):
    """The coefficients of (1 + x + x² + …)ⁿ."""
    made = [1]
    for _ in range(depth):
        made = [sum(made[max(0, o - taps + 1) : o + 1]) for o in range(len(made) + taps - 1)]
    return made


def around(coefficients, size):
    """The coefficients about the middle of an axis."""
    first = size // 2 - len(coefficients) // 2
    return [coefficients[o - first] if 0 <= o - first < len(coefficients) else 0 for o in range(size)]


@pytest.mark.parametrize("depth", range(1, 9))
def test_ones_make_powers_of_the_window(depth):
    net, ones = stack(depth)
    found = numeric.effective_field(net, SHAPE, samples=2, weights=ones)
    high, wide = around(powers(3, depth), 31), around(powers(5, depth), 57)
    paths = prod(CHANNELS[: depth + 1])  # of every input position: its channels, and those of every layer behind
    expected = [[paths * a * b for b in wide] for a in high]
    assert found.field.tolist() == expected
    assert [profile.tolist() for profile in found.profiles] == [
        [paths * a * 5**depth for a in high], [paths * b * 3**depth for b in wide],
    ]  # fmt: skip
    # A uniform window of k taps has the variance (k² − 1)/12, and variances add up: σ grows as √n.
    assert found.sigma == (sqrt(2 * depth / 3), sqrt(2 * depth))
    assert found.width == (2 * sqrt(2 * depth / 3), 2 * sqrt(2 * depth))
    assert found.theoretical == (2 * depth + 1, 4 * depth + 1)
    peak = Fraction(max(map(max, expected)))
    assert found.pixels == sum(value > peak * Fraction(455, 10000) for row in expected for value in row)


def test_it_takes_an_ever_smaller_share_of_the_theoretical_field():
    shares = [
        sqrt(found.pixels) / sqrt(prod(found.theoretical))
        for found in (numeric.effective_field(net, SHAPE, 1, weights=ones) for net, ones in map(stack, (1, 2, 4, 8)))
    ]
    assert shares == sorted(shares, reverse=True)


def test_random_weights_spread_as_the_roots_of_the_paths():
    """A gradient that adds up random paths is as large as the root of their number, also behind rectifiers."""
    steps = [(cm.Conv2d(8, 8, 3, padding=1, bias=False), cm.ReLU()) for _ in range(6)]
    net = cm.Sequential(*(layer for step in steps for layer in step))
    found = numeric.effective_field(net, (4, 8, 25, 27), samples=20)
    assert found.theoretical == (13, 13)
    paths = np.array(powers(3, 6))
    expected = sqrt((np.sqrt(paths) * np.arange(-6, 7) ** 2).sum() / np.sqrt(paths).sum())
    assert all(abs(sigma / expected - 1) < 0.05 for sigma in found.sigma), (found.sigma, expected)
    peak = np.unravel_index(found.field.argmax(), found.field.shape)
    assert all(abs(place - size // 2) <= 1 for place, size in zip(peak, (25, 27), strict=True))


def test_only_what_is_reached_has_a_gradient():
    net = cm.Sequential(cm.Conv2d(2, 3, 3, dilation=2), cm.MaxPool2d(2, 3), cm.Conv2d(3, 2, 2))
    found = numeric.effective_field(net, (3, 2, 19, 23), samples=10)
    assert np.array_equal(found.field > 0, numeric.reached(net, (3, 2, 19, 23)).any(0))


def test_draws_follow_the_seed():
    net = cm.Sequential(cm.Conv1d(2, 3, 3), cm.ReLU(), cm.Conv1d(3, 2, 3))
    first, again, other = (numeric.effective_field(net, (1, 2, 9), 3, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.field, again.field)
    assert not np.array_equal(first.field, other.field)


def test_several_inputs_and_outputs():
    net = cm.Network()
    x, y = net.input("x", (1, 1, 9)), net.input("y", (1, 2, 9))
    sides = net.add(cm.Conv1d(1, 2, 3, padding=1, bias=False), x, name="left"), net.add(cm.ReLU(), y)
    net.output(sides[1], net.add(cm.Add(), *sides))
    found = numeric.effective_field(net, weights={"left.weight": np.array([[[1, -2, 3]], [[2, 5, 0]]])})
    assert found.field.tolist() == [0, 0, 0, 3, 3, 3, 0, 0, 0]  # the taps of both filters, where y does not count


@pytest.mark.parametrize(("name", "shape", "whole"), [
    ("resnet18", (1, 3, 224, 160), (224, 160)), ("unet_padded", (1, 1, 64, 80), (204, 204)),
])  # fmt: skip
def test_published_networks(name, shape, whole):
    found = numeric.effective_field(getattr(cm.zoo, name)(), shape, samples=1)
    assert found.field.shape == shape[2:]
    assert found.theoretical == whole
    assert all(0 < width < size for width, size in zip(found.width, shape[2:], strict=True))


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda net: numeric.effective_field(net, SHAPE, 0), ParameterError, "samples must be .* at least 1, not 0"),
        (lambda net: numeric.effective_field(net, (1, 3, 9, 9)), ShapeError, "the input has 3 channels"),
        (
            lambda net: numeric.effective_field(net, SHAPE, weights={"0.weight": np.zeros((3, 2, 3, 5))}),
            ParameterError, "the gradient is 0 everywhere",
        ),
    ],
)  # fmt: skip
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask(stack(1)[0])
