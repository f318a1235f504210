"""Ratios: of sizes, of fractions and of ratios, and of what is the same on both sides."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.symbolic.ratio import Ratio, ratio

H, W, k = cm.symbols("H W k")

VALUES = {"H": 7, "W": 5, "k": 3}

PARTS = [
    6, -4, Fraction(2, 3), Fraction(-5), H, -H, H * W + k, 2 * H * W + 2 * k, 3 - 3 * H, H - 1, (H + 1) // 2 + W,
    ratio(H, W), ratio(H + 1, W - 9), ratio(1, H * H), ratio(-H - 1, k), ratio(k, H * W + k),
]  # fmt: skip


def value(part):
    return Fraction(part.at({name: VALUES[name] for name in part.names}) if hasattr(part, "at") else part)


@pytest.mark.parametrize(("above", "below"), list(product(PARTS, repeat=2)))
def test_every_kind_over_every_kind(above, below):
    made = ratio(above, below)
    assert value(made) == value(above) / value(below)
    assert str(made)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_equal_things_make_1(part):
    assert ratio(part, part) == 1
    assert ratio(-1 * part, part) == -1


@pytest.mark.parametrize(
    ("above", "below", "told"),
    [
        ((H + 1) * H * 2, (H + 1) * W * 3, "2H/(3W)"),
        (1 - H, H - 1, "-1"),
        (4 * (H + k), 6 * (H + k), "2/3"),
        ((H + k) * H, H + k, "H"),
        (H + 1, H - 1, "(H + 1)/(H − 1)"),
    ],
)
def test_the_same_sum_is_cancelled(above, below, told):
    assert str(ratio(above, below)) == told


@pytest.mark.parametrize("below", [0, Fraction(0), H - H])
@pytest.mark.parametrize("above", [3, Fraction(1, 3), H, ratio(H, W)], ids=str)
def test_nothing_is_divided_by_0(above, below):
    with pytest.raises(FormulaError, match=r" is divided by 0$"):
        ratio(above, below)


def test_0_over_anything_is_0():
    assert ratio(0, ratio(H, W)) == 0
    assert isinstance(ratio(ratio(H, W), 2), Ratio)
