"""What chooses, adds up and samples numbers: by definition, number by number."""

from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_sums_of_all_before(exclusive, reverse):
    x = np.random.default_rng(1).integers(-9, 9, (2, 5, 3))
    made = numeric.run(cm.CumSum(1, exclusive, reverse), x)
    for n, i, j in np.ndindex(x.shape):
        first = i + exclusive if reverse else 0
        last = 5 if reverse else i + 1 - exclusive
        assert made[n, i, j] == sum(x[n, t, j] for t in range(first, last))


@pytest.mark.parametrize("largest", [False, True])
def test_of_equals_the_first_comes_first(largest):
    x = np.array([[3, 1, 3, 2, 1, 3]])
    values, indices = numeric.run(cm.TopK(4, 1, largest), x)
    wanted = sorted(range(6), key=lambda place: (-x[0, place] if largest else x[0, place], place))[:4]
    assert indices.tolist() == [wanted]
    assert values.tolist() == [[x[0, place] for place in wanted]]


def test_indices_count_from_the_end_too():
    x = np.arange(24).reshape(2, 4, 3)
    indices = np.array([[[0, -1], [3, 2]]])
    assert numeric.run(cm.GatherElements(1), [x, indices]).tolist() == [[[0, 10], [9, 7]]]
    with pytest.raises(ParameterError, match=r"^GatherElements: indices must be whole numbers from -4 to 3$"):
        numeric.run(cm.GatherElements(1), [x, indices + 2])


def place_of(told, size, corners):
    """Where −1 … 1 falls among the positions, exactly."""
    told = Fraction(float(told))
    return (told + 1) / 2 * (size - 1) if corners else ((told + 1) * size - 1) / 2


def within(place, size, beyond, corners):
    """The place once what lies beyond the border is put where padding_mode says, by walking there."""
    if beyond == "zeros":
        return place
    low, high = (Fraction(0), Fraction(size - 1)) if corners else (Fraction(-1, 2), size - Fraction(1, 2))
    while beyond == "reflection" and not low <= place <= high:
        place = 2 * low - place if place < low else 2 * high - place
    return min(max(place, Fraction(0)), Fraction(size - 1))


def held(x, index):
    return x[index] if all(0 <= i < size for i, size in zip(index, x.shape, strict=True)) else 0


def sampled(x, told, layer):
    """One sample of one channel."""
    sizes, corners = x.shape, layer.align_corners
    indices = [
        within(place_of(one, size, corners), size, layer.padding_mode, corners)
        for one, size in zip(told[::-1], sizes, strict=True)
    ]
    if layer.mode == "nearest":
        return held(x, tuple(round(place) for place in indices))
    total = 0
    for sides in product((0, 1), repeat=len(sizes)):
        share = Fraction(1)
        for side, place in zip(sides, indices, strict=True):
            share *= place - floor(place) if side else 1 - (place - floor(place))
        total += float(share) * held(x, tuple(floor(p) + s for p, s in zip(indices, sides, strict=True)))
    return total


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("beyond", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("sizes", [(5,), (4, 6), (2, 3, 4)], ids=len)
def test_samples(mode, beyond, corners, sizes):
    generator, rank = np.random.default_rng(len(sizes)), len(sizes)
    x = generator.standard_normal((2, 3, *sizes))
    grid = generator.integers(-97, 98, (2, *range(3, 3 + rank), rank)) / 32  # from −3 to 3, between half positions
    layer = cm.GridSample(mode, beyond, corners)
    made = numeric.run(layer, [x, grid])
    for n, c, *at in np.ndindex(made.shape):
        assert abs(made[n, c, *at] - sampled(x[n, c], grid[n][tuple(at)], layer)) < 1e-12


def test_a_place_that_is_no_number_is_refused():
    with pytest.raises(ParameterError, match=r"^GridSample: a place is not finite"):
        numeric.run(cm.GridSample(), [np.ones((1, 1, 3)), np.full((1, 2, 1), np.nan)])
