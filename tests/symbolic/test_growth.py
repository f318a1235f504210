"""How formulas grow: the power that is told, against numbers at large sizes."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

import convmath as cm
from convmath.formulas.formula import formula
from convmath.symbolic.growth import Growth, growth
from convmath.symbolic.ratio import Ratio, ratio

H, W, k, r = cm.symbols("H W k r")

FAR = [10**12 + 7, 10**15 + 11, 10**15 + 12]


def value(formula, k):
    given = {"H": 7, "W": 5, "k": k}
    return formula.at({name: given[name] for name in formula.names}) if hasattr(formula, "at") else formula


def holds(told, formula):
    """Whether numbers at large sizes follow the power and its sign."""
    for far in FAR:
        once, twice = (Fraction(value(formula, size)) for size in (far, 2 * far))
        if told.power == 0:
            near = abs(once - twice) < Fraction(1, 1000)
        else:
            near = once != 0 and abs(twice / once / Fraction(2) ** told.power - 1) < Fraction(1, 1000)
            near = near and (once < 0) == told.falls
        if not near:
            return False
    return True


def drawn(dice, depth):
    """A formula in k, H and W, and at times only a number."""
    if depth == 0:
        return dice.choice((k, k, k, H, W, dice.randint(-12, 12)))
    a, b = drawn(dice, depth - 1), drawn(dice, dice.randrange(depth))
    below = dice.choice((k, k, k + 1, 2 * k + 3, k * k, H, 3, H * k))
    word = dice.choice("++-*///%<>")
    if word == "/":
        return a // below
    if word == "%":
        return a % below
    if word in "<>":
        return a if type(a) is int else a.smaller(b) if word == "<" else a.larger(b)
    return a + b if word == "+" else a - b if word == "-" else a * b


@pytest.mark.parametrize("chunk", range(6))
def test_of_random_formulas(chunk):
    decided = set()
    for seed in range(chunk, 900, 6):
        made = drawn(Random(f"growth {seed}"), 1 + seed % 4)
        told = growth(made, "k")
        if told.power is not None:
            assert holds(told, made), (str(made), told)
        decided.add(told.power)
    assert {None, 0, 1, 2} <= decided


@pytest.mark.parametrize("chunk", range(4))
def test_of_random_ratios(chunk):
    decided = set()
    for seed in range(chunk, 600, 4):
        dice = Random(f"ratio {seed}")
        above, below = drawn(dice, seed % 3), drawn(dice, dice.randint(0, 2)) * dice.choice((1, k, k + 2))
        made = ratio(above, 1 if below == 0 else below)
        told = growth(made, "k")
        if told.power is not None and value_is_there(made):
            assert holds(told, made), (str(made), told)
        decided.add(told.power)
    assert {None, 0, 1, -1} <= decided


def value_is_there(made):
    """Whether nothing is divided by 0 in the long run."""
    return not isinstance(made, Ratio) or all(value(made.denominator, size) for far in FAR for size in (far, 2 * far))


@pytest.mark.parametrize(
    ("made", "symbol", "power", "falls"),
    [
        ((-12) % k, "k", 1, False),
        (k * k * (12 // k), "k", 0, False),
        (k * ((-12) // k), "k", 1, True),
        (12 % k, "k", 0, False),
        (H // k, "k", 0, False),
        (k * (H // k), "k", 0, False),
        ((H - W) // k, "k", 0, False),
        (k.smaller(5), "k", 0, False),
        (H % 3, "H", None, False),
        (k * (H - W), "k", None, False),
        ((3 * k + 5) // (2 * k + 1), "k", 0, False),
        (ratio(H * H, H + 1), "H", 1, False),
        (ratio(H + 1, H * H), "H", -1, False),
        (ratio(1 - H, H * H), "H", -1, True),
        (ratio(W, H), "H", -1, False),
        (ratio(H, W), "k", 0, False),
        (ratio(H - W, W), "k", 0, False),
        (ratio(W, H - W), "W", 0, False),
        (ratio(k * W, H - W), "k", None, False),
        (Fraction(1, 3), "k", 0, False),
        (7, "k", 0, False),
    ],
)
def test_what_is_told(made, symbol, power, falls):
    assert growth(made, symbol) == Growth(symbol, power, falls)


@pytest.mark.parametrize(
    ("kind", "quantity", "symbol", "told"),
    [
        ("Conv2d", "macs", "g", "falls as 1/g: twice g makes half as much"),
        ("Conv2d", "macs", "k", "as k^2: twice k makes about 4 times as much"),
        ("Conv2d", "intensity", "H", "towards a constant: in the long run not with H"),
        ("Conv2d", "intensity", "b", "falls as 1/b: twice b makes half as much"),
        ("ConvTranspose2d", "jump", "s", "falls as 1/s: twice s makes half as much"),
        ("PixelShuffle", "channels", "r", "falls as 1/r^2: twice r makes 1/4 as much"),
        ("Conv2d", "params", "g", "towards a constant: in the long run not with g"),
        ("Conv2d", "output", "s", "towards a constant: in the long run not with s"),
    ],
)
def test_of_layers(kind, quantity, symbol, told):
    assert str(formula(kind, quantity).growth(symbol)) == told


def test_what_falls_below_0_towards_it():
    assert str(growth(ratio(1 - H, H * H), "H")) == "rises to 0 as −1/H: twice H makes half as much"
    assert str(growth(1 - H * H, "H")) == "falls as −H^2"
    assert "is not decided" in str(growth(H % 3, "H"))
