"""Questions of long periods, worked out over arrays of residues: against one by one, and against trying every size."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from math import comb, gcd
from pathlib import Path
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.core.size import common_divisor
from convmath.symbolic import residues, sets
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.solve import LONGEST_PERIOD, period_of, solutions
from convmath.symbolic.turns import differences, intervals, marks
from tests.symbolic.univariate import by_integers, by_symbol, holds, question

H = cm.symbols("H")


def in_arrays(monkeypatch, chunk):
    monkeypatch.setattr(residues, "FEW", 0)
    monkeypatch.setattr(residues, "CHUNK", chunk)


@pytest.mark.parametrize("chunk", range(6))
def test_arrays_and_numbers_give_the_same_set(monkeypatch, chunk):
    asked = []
    for seed in range(chunk, 480, 6):
        dice = Random(f"both ways {seed}")
        least = dice.choice((1, 1, 0, 5, -7, 10**17))
        pairs = [question(dice, products=seed % 3 == 0) for _ in range(dice.choice((1, 1, 2)))]
        asked.append([Proposition(by_symbol(text, cm.symbols("H", least)), sign, 0) for text, sign in pairs])
    by_numbers = [solutions(*propositions) for propositions in asked]
    in_arrays(monkeypatch, chunk=chunk + 1)
    assert [solutions(*propositions) for propositions in asked] == by_numbers


# One more period than is needed, tried out


def long_question(dice):
    """A question whose period is some thousands, and its formula."""
    a, b, c = (dice.choice((7, 11, 13, 16, 17, 19, 23, 25)) for _ in range(3))
    x, y = dice.randint(-30, 30), dice.randint(2, 9)
    text = dice.choice(
        (
            f"H//{a}*{y} - H//{b} - (H + {x})//{c}*{y - 2}",
            f"(H//{a} + (H + {x})//{b} - H//{c}) % {y} - 1",
            f"(H % {a})*(H//{b} - {abs(x)}) - (H % {c})*{y}*{a}",
            f"(H + {x})*(H//{a * b}) - {y}*H + H%{c}",
            f"H*H//{a * c} - {y}*H - {b}",
            f"max(H % {a} - {y}, H//{b * c} - {y})*{y} - H//{b} % {c}",
            f"H*H*(H//{a * b} - 2) - {y}*H*(H % {c}) - 5",
        )
    )
    return text, dice.choice(("≥", "="))


@pytest.mark.parametrize("seed", range(60))
def test_a_long_period_is_what_trying_out_finds(monkeypatch, seed):
    dice = Random(f"long {seed}")
    text, relation = long_question(dice)
    formula = by_symbol(text, H)
    period = period_of(formula)
    if period < residues.FEW:
        in_arrays(monkeypatch, chunk=97)
    sizes = np.arange(1, 2 * period + 1000)
    values = formula.at(H=sizes)
    expected = np.flatnonzero(values >= 0 if relation == "≥" else values == 0) + 1
    try:
        found = solutions(Proposition(formula, relation, 0))
    except FormulaError as error:
        assert "too many to list" in str(error)  # noqa: PT017 (it need not be raised)
        return
    assert found.first(len(expected)) == expected.tolist()
    gaps = np.setdiff1d(sizes, expected)
    assert found.first_missing() == (gaps[0] if len(gaps) else None)
    for size in (dice.randint(1, 10 ** dice.randint(4, 15)) for _ in range(200)):
        assert (size in found) == holds(by_integers(text, size), relation)


LONG = {
    "H % 9999991 == 5": "H ≡ 5 (mod 9999991), H ≥ 5",
    "H*(H//9999991) == 12345678": "H = 12345678",
    "H//9999990*2 >= H//4999995": "H ≡ 0 … 4999994 (mod 9999990), H ≥ 1",
    "max(H - 5, 0) + H % 9999991 == 7": "H = 6",
    "H - H//9999991 >= 10**18": "H ≥ 1000000100000100000",
}


@pytest.mark.parametrize("text", LONG)
def test_periods_of_ten_million(text):
    left, sign, right = text.rpartition(" == " if "==" in text else " >= ")
    relation = "=" if sign == " == " else "≥"
    assert str(solutions(Proposition(by_symbol(left, H), relation, by_symbol(right, H)))) == LONG[text]


def test_the_longest_period():
    assert LONGEST_PERIOD == 10**7
    with pytest.raises(FormulaError, match=r"repeats after 10000001 sizes at the earliest known; at most 10\^7 are"):
        solutions(Proposition(H % (LONGEST_PERIOD + 1), "=", 0))


def test_numpy_waits_for_a_long_period():
    code = (
        "import sys; from convmath.cli.solve import relation_of; from convmath.symbolic.solve import solutions\n"
        "solutions(relation_of('H % 4999 >= 7', {})); print('numpy' in sys.modules)\n"
        "solutions(relation_of('H % 5003 >= 7', {})); print('numpy' in sys.modules)"
    )
    root = Path(__file__).parent.parent.parent
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert run.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("seed", range(60))
def test_the_first_size_that_is_missing(seed):
    """Behind runs, whole or in classes, and behind classes that follow one another across the period's end."""
    dice = Random(f"missing {seed}")
    period, most = dice.randint(1, 9), dice.choice((0, sets.MOST_LISTED))
    table = [
        ((0, dice.choice((None, None, dice.randint(0, 40)))),) if dice.random() < 0.9 else () for _ in range(period)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "MOST_LISTED", most)
        found = sets.Sizes.of(dice.randint(0, 30), period, table.__getitem__)
    gaps = [size for size in range(found.least, 60 * period) if size not in found]
    assert found.first_missing() == (gaps[0] if gaps else None)


# What is told of few residues only, and what is not told


def test_too_much_to_tell_is_refused(monkeypatch):
    with pytest.raises(FormulaError, match=r"^the residues differ in more than 100000 ways: not told$"):
        solutions(Proposition((H % 999_983) * 10**6, "≥", H))
    with pytest.raises(FormulaError, match=r"^the set falls into \d+ pieces of period \d+, too many to list"):
        solutions(Proposition((H % 999_983) * 1000, "≥", H))
    monkeypatch.setattr(sets, "MOST_KEPT", 10_000)
    with pytest.raises(FormulaError, match=r"^the set lists more than 10000 classes: not told$"):
        solutions(Proposition((H % 9001 // 2) * H, "≥", 10**5))


def test_a_formula_of_high_degree_is_refused():
    with pytest.raises(FormulaError, match=r"is of a higher degree than 64: not decided$"):
        solutions(Proposition(H**16 * H**16 * H**16 * H**16 * H - H % 2, "≥", 9))


# Common divisors


@pytest.mark.parametrize("seed", range(40))
def test_common_divisors_with_a_number_repeat(monkeypatch, seed):
    dice = Random(f"gcd {seed}")
    m, a, b = dice.randint(2, 60), dice.randint(1, 4), dice.randint(-9, 9)
    wanted = dice.choice([d for d in range(1, m + 1) if m % d == 0])
    ways = {
        f"gcd({a}*H + {b}, {m}) - {wanted}": common_divisor(a * H + b, m) - wanted,
        f"gcd(H//{a + 1} + H, {m})*2 - H % 5 - {wanted}": common_divisor(H // (a + 1) + H, m) * 2 - H % 5 - wanted,
        f"H//gcd_({m})": common_divisor(common_divisor(H, m) + b * b + 1, 12) * H // 3 - wanted,
    }
    values = (
        lambda h: gcd(a * h + b, m) - wanted,
        lambda h: gcd(h // (a + 1) + h, m) * 2 - h % 5 - wanted,
        lambda h: gcd(gcd(h, m) + b * b + 1, 12) * h // 3 - wanted,
    )
    if seed % 2:
        in_arrays(monkeypatch, chunk=11)
    for formula, value in zip(ways.values(), values, strict=True):
        for relation in ("≥", "="):
            found = solutions(Proposition(formula, relation, 0))
            for size in (*range(1, 300), *(dice.randint(300, 10**9) for _ in range(20))):
                assert (size in found) == holds(value(size), relation)


def test_other_common_divisors_are_refused():
    with pytest.raises(FormulaError, match=r"^gcd\(.* does not repeat soon enough, if ever: not decided$"):
        solutions(Proposition(common_divisor(H, H // 2), "=", 3))
    assert str(solutions(Proposition(common_divisor(H % 6, H % 4), "=", 2))) == "H ≡ 2, 6, 8, 10 (mod 12), H ≥ 2"


# Polynomials by their differences


def at(d, h):
    return sum(x * comb(h, j) for j, x in enumerate(d))


@pytest.mark.parametrize("relation", ["≥", "="])
@pytest.mark.parametrize("seed", range(40))
def test_marks_of_a_polynomial(seed, relation):
    dice = Random(f"marks {seed}")
    degree, largest = dice.randint(0, 4), 10 ** dice.choice((1, 2, 3))
    rows = [[dice.randint(-largest, largest) for _ in range(degree + 1)] for _ in range(30)]
    rows += [[x * 10**18 for x in row] for row in rows if seed % 4 == 0]
    for row in rows:
        told = intervals(marks(row, relation))
        inside = {h for begin, end in told for h in range(begin, 400 if end is None else min(end + 1, 400))}
        assert inside == {h for h in range(400) if holds(at(row, h), relation)}
        assert all(end is not None and end + 1 < after for (_, end), (after, _) in pairwise(told))
    columns = [np.array(column, object) for column in zip(*rows, strict=True)]
    together = marks(columns, relation)
    for n, row in enumerate(rows):
        own = [(int(place if type(place) is int else place[n]), bool(holding[n])) for place, holding in together]
        assert intervals(own) == intervals(marks(row, relation))


@pytest.mark.parametrize("seed", range(20))
def test_differences_of_values(seed):
    dice = Random(f"differences {seed}")
    row = [dice.randint(-(10**18), 10**18) for _ in range(dice.randint(1, 6))]
    values = [at(row, h) for h in range(len(row) + dice.randint(0, 3))]
    told = differences(values)
    assert [at(told, h) for h in range(50)] == [at(row, h) for h in range(50)]
    assert [int(x[0]) for x in differences([np.array([value]) for value in values])] == told
