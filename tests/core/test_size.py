"""The words that rules are written in."""

from __future__ import annotations

from itertools import product as grid
from math import ceil, gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convmath.core.size import (
    Symbolic,
    are_numbers,
    as_fraction,
    ceil_div,
    clip,
    common_divisor,
    common_period,
    exact_div,
    floor_sum,
    is_one,
    larger,
    pairs_below,
    product,
    scaled,
    smaller,
)
from tests.opaque import Opaque, reveal

BIG = st.integers(-(10**30), 10**30)


def test_pairs_below_counts_pairs() -> None:
    checked = 0
    for limit, steps, stride, taps, dilation in grid(range(-4, 20), range(6), range(1, 5), range(1, 6), range(1, 5)):
        pairs = sum(o * stride + t * dilation <= limit for o in range(steps) for t in range(taps))
        assert pairs_below(limit, steps, stride, taps, dilation) == pairs, (limit, steps, stride, taps, dilation)
        checked += 1
    assert checked == 24 * 6 * 4 * 5 * 4


@given(st.integers(-50, 2000), st.integers(0, 60), st.integers(1, 40), st.integers(1, 60), st.integers(1, 40))
def test_pairs_below_counts_more_pairs(limit: int, steps: int, stride: int, taps: int, dilation: int) -> None:
    pairs = sum(o * stride + t * dilation <= limit for o in range(steps) for t in range(taps))
    assert pairs_below(limit, steps, stride, taps, dilation) == pairs


def test_pairs_below_of_arrays() -> None:
    axes = np.meshgrid(range(-3, 15), range(5), range(1, 4), range(1, 5), range(1, 4))
    limit, steps, stride, taps, dilation = (axis.ravel() for axis in axes)
    counts = pairs_below(limit, steps, stride, taps, dilation)
    for count, *numbers in zip(counts, limit, steps, stride, taps, dilation, strict=True):
        assert count == pairs_below(*map(int, numbers))


def test_pairs_below_of_large_numbers_takes_no_loop() -> None:
    """Twice a lattice triangle is a lattice rectangle without its diagonal."""
    n = 10**12
    assert 2 * pairs_below(n - 2, n, 1, n, 1) == n * n - n


@given(st.integers(0, 60), BIG, BIG, st.integers(1, 10**20))
def test_floor_sum_sums_floors(count: int, slope: int, first: int, divisor: int) -> None:
    assert floor_sum(count, slope, first, divisor) == sum((first + slope * j) // divisor for j in range(count))


@given(st.integers(0, 300), st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 30))
def test_floor_sum_of_small_numbers(count: int, slope: int, first: int, divisor: int) -> None:
    assert floor_sum(count, slope, first, divisor) == sum((first + slope * j) // divisor for j in range(count))


@given(BIG, st.integers(1, 10**20))
def test_ceil_div(a: int, b: int) -> None:
    up = ceil_div(a, b)
    assert (up - 1) * b < a <= up * b


def test_ceil_div_agrees_with_the_dictionary() -> None:
    assert all(ceil_div(a, b) == ceil(a / b) for a, b in grid(range(-30, 30), range(1, 9)))


@given(BIG, BIG)
def test_larger_and_smaller(a: int, b: int) -> None:
    assert {larger(a, b), smaller(a, b)} == {a, b}
    assert smaller(a, b) <= larger(a, b)


def test_larger_and_smaller_of_arrays() -> None:
    a, b = np.array([1, 5, 3]), np.array([2, 4, 3])
    assert larger(a, b).tolist() == larger(b, a).tolist() == [2, 5, 3]
    assert smaller(a, b).tolist() == [1, 4, 3]
    assert larger(a, 3).tolist() == larger(3, a).tolist() == [3, 5, 3]
    assert smaller(a, 3).tolist() == smaller(3, a).tolist() == [1, 3, 3]
    assert clip(a, 2, b).tolist() == [2, 4, 3]


def test_clip() -> None:
    assert [clip(a, -1, 2) for a in range(-3, 5)] == [-1, -1, -1, 0, 1, 2, 2, 2]


def test_exact_div() -> None:
    assert exact_div(10**40, 10**20) == 10**20
    assert exact_div(np.array([6, 9]), 3).tolist() == [2, 3]


def test_products_are_exact() -> None:
    assert product(()) == 1
    assert product([10**24, 7, 11]) == 77 * 10**24
    assert product(iter((2, 3))) == 6


def test_is_one_is_asked_of_numbers_only() -> None:
    assert is_one(1)
    assert not is_one(2)
    assert not is_one(True)
    assert not is_one(np.array([1, 1]))
    assert not is_one(Symbolic())


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_common_period_and_divisor(a: int, b: int) -> None:
    assert common_period(a, b) * common_divisor(a, b) == a * b
    assert common_divisor(a, b) == gcd(a, b)


def test_common_divisor_of_arrays() -> None:
    assert (
        common_divisor(np.array([4, 6, 9]), 6).tolist() == common_divisor(6, np.array([4, 6, 9])).tolist() == [2, 6, 3]
    )


@pytest.mark.parametrize(
    "word",
    [
        lambda size: larger(size, 1), lambda size: larger(1, size), lambda size: smaller(size, 1),
        lambda size: smaller(1, size), lambda size: exact_div(size, 2), lambda size: size.at_least(1),
        lambda size: size.equals(1),
        lambda size: common_divisor(size, 2), lambda size: common_divisor(2, size),
        lambda size: pairs_below(size, 1, 1, 1, 1),
        lambda size: pairs_below(1, 1, 1, 1, size),
    ],
)  # fmt: skip
def test_a_symbol_answers_for_itself(word) -> None:
    with pytest.raises(NotImplementedError):
        word(Symbolic())


def test_scaled_sizes() -> None:
    """A float multiplies as a double, as in PyTorch; a symbol by the decimal that the float is written as."""
    assert [scaled(45, factor) for factor in (1.4, 2, 0.5, 2.25)] == [62, 90, 22, 101]
    assert scaled(10**15, 3) == 3 * 10**15
    assert scaled(np.array([45, 10, 3]), 1.4).tolist() == [scaled(size, 1.4) for size in (45, 10, 3)]
    assert scaled(np.array([45, 10]), 2).tolist() == [90, 20]
    assert [reveal(scaled(Opaque(size), factor)) for size, factor in ((45, 2), (45, 0.5), (7, 2.25))] == [90, 22, 15]


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_float_is_the_simple_fraction_it_stands_for(numerator: int, denominator: int) -> None:
    top, bottom = as_fraction(numerator / denominator)
    assert top * denominator == numerator * bottom
    assert gcd(top, bottom) == 1


def test_a_float_that_stands_for_no_simple_fraction_is_a_decimal() -> None:
    assert as_fraction(0.1234567) == (1234567, 10**7)
    assert as_fraction(3) == (3, 1)


def test_numbers() -> None:
    assert are_numbers()
    assert are_numbers(1, -2)
    assert not are_numbers(1, True)
    assert not are_numbers(np.array([1]))
    assert not are_numbers(1, Symbolic())
