"""Random formulas mean what plain integers mean, however they are made, substituted and read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from convmath.core.errors import FormulaError
from convmath.symbolic.parse import parse_formula
from tests.symbolic.trees import NAMES, SYMBOLS, by_integers, by_symbols, place, positive, term

TREES = 6000

CHUNKS = 12

chunks = pytest.mark.parametrize("seeds", [range(chunk, TREES, CHUNKS) for chunk in range(CHUNKS)], ids=str)

SMALL = [{"H": h, "W": w, "k": k} for h in range(1, 4) for w in range(1, 4) for k in range(1, 4)]


def at(formula, values):
    """Values of a formula that may be a number, or may not hold every name."""
    return formula if type(formula) is int else formula.at({name: values[name] for name in formula.names})


def trees(seeds):
    """Random texts and the formulas that they make; none may be refused as too hard but those that divide."""
    for seed in seeds:
        dice = Random(seed)
        text = term(dice, dice.choice((2, 3, 3, 4)))
        yield dice, text, by_symbols(text)


@chunks
def test_a_formula_means_what_integers_mean(seeds):
    for dice, text, formula in trees(seeds):
        for values in (*SMALL, *(place(dice) for _ in range(8))):
            assert at(formula, values) == by_integers(text, **values), (text, values)


@chunks
def test_arrays_mean_what_integers_mean(seeds):
    for dice, text, formula in trees(seeds):
        places = [*SMALL[::5], *(place(dice) for _ in range(6))]
        arrays = {name: np.array([values[name] for values in places]) for name in NAMES}
        told = np.broadcast_to(at(formula, arrays), len(places)).tolist()
        assert told == [by_integers(text, **values) for values in places], text


@chunks
def test_values_may_be_given_in_any_order(seeds):
    for dice, text, formula in trees(seeds):
        values = place(dice)
        names = list(NAMES)
        dice.shuffle(names)
        partial = formula
        for name in names:
            if type(partial) is not int and name in partial.names:
                partial = partial.at({name: values[name]})
        assert partial == by_integers(text, **values), (text, values, names)


@chunks
def test_formulas_may_be_given_for_symbols(seeds):
    for dice, text, formula in trees(seeds):
        name, other = dice.choice(NAMES), positive(dice)
        if type(formula) is int or name not in formula.names:
            continue
        substituted = formula.at({name: by_symbols(other)})
        for values in (SMALL[0], SMALL[13], place(dice)):
            expected = by_integers(text, **{**values, name: by_integers(other, **values)})
            assert at(substituted, values) == expected, (text, name, other, values)


@chunks
def test_what_is_made_twice_is_equal_and_hashes_alike(seeds):
    for _, text, formula in trees(seeds):
        again = by_symbols(text)
        assert formula == again
        assert hash(formula) == hash(again)
        assert str(formula) == str(again)
        assert formula - again == 0


@chunks
def test_what_differs_at_some_place_is_not_equal(seeds):
    for (_, text, formula), (dice, other, another) in zip(trees(seeds), trees(reversed(seeds)), strict=True):
        values = place(dice)
        if by_integers(text, **values) != by_integers(other, **values):
            assert formula != another


@chunks
def test_the_parser_makes_the_same_formula(seeds):
    for _, text, formula in trees(seeds):
        if "ceil" not in text:
            assert parse_formula(text) == formula, text


@pytest.mark.parametrize("seed", range(300))
def test_the_laws_of_a_ring(seed):
    dice = Random(seed)
    a, b, c = (by_symbols(term(dice, 2)) for _ in range(3))
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert a * 0 == 0
    assert a * 1 == a
    assert a + 0 == a
    assert 0 - (0 - a) == a
    assert a - b == -(b - a)


@pytest.mark.parametrize("seed", range(300))
def test_quotient_and_remainder(seed):
    dice = Random(seed)
    a, b = by_symbols(term(dice, 2)), by_symbols(dice.choice((*NAMES, "H*W", "3*k", "4", "max(H - 5, 1)")))
    assert b * (a // b) + a % b == a
    assert (a + b) // b == a // b + 1
    assert ((a + 7 * b) // b) - 7 == a // b


@pytest.mark.parametrize("seed", range(300))
def test_a_multiple_divides_exactly(seed):
    dice = Random(seed)
    a, b = by_symbols(term(dice, 2)), by_symbols(dice.choice((*NAMES, "H*W", "3*k", "4")))
    assert (a * b) // b == a
    assert (a * b) % b == 0


HISTORIES = """
import sys
from random import Random
order = int(sys.argv[1])
from convmath.symbolic.polynomial import symbols
names = ["H", "W", "k"]
Random(order).shuffle(names)
for name in names:
    symbols(name)
from tests.symbolic.trees import by_symbols, term
texts = [term(Random(seed), 3) for seed in range(400)]
places = list(range(400))
Random(order).shuffle(places)
told = {place: str(by_symbols(texts[place])) for place in places}
sys.stdout.buffer.write("\\n".join(told[place] for place in range(400)).encode())
"""


def test_what_was_made_before_and_the_hash_seed_leave_no_trace():
    root = Path(__file__).parents[2]
    told = {
        subprocess.run(
            [sys.executable, "-c", HISTORIES, str(seed)],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
            cwd=root,
        ).stdout
        for seed in range(5)
    }
    assert len(told) == 1


def test_names_of_different_least_values_are_different_symbols():
    h = SYMBOLS["H"]
    from convmath.symbolic.polynomial import symbols

    other = symbols("H", 5)
    assert h != other
    assert (h >= 5) is not True
    assert (other >= 5) is True
    with pytest.raises(FormulaError, match=r"^H=4 is below 5, which the formula assumes at least$"):
        other.at(H=4)
