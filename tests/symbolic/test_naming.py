"""Formulas too deep or too long to read get names for their parts, in every notation; short ones stay as they are."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from random import Random

import pytest

from convmath.symbolic import latex, mathml, python, text, typst
from convmath.symbolic.naming import DEEPEST, LEVELS, named
from convmath.symbolic.polynomial import symbols
from convmath.symbolic.write import written
from convmath.symbolic.written import operation, symbol
from tests.symbolic.corpus import HAND, deep, random_formulas, shared, value

H, W = symbol("H"), symbol("W")

NOTATIONS = (text, python, latex, mathml, typst)


def worked_out(formula, values):
    """A formula with names, each part worked out once."""
    head, parts, _ = named(formula)
    known = dict(values)
    for name, part in parts:
        known[name] = value(part, known)
    return value(head, known)


@pytest.mark.parametrize("name", HAND)
def test_what_is_short_has_no_names(name):
    assert named(HAND[name]).formula is HAND[name]


@pytest.mark.parametrize("levels", [1, DEEPEST, DEEPEST + 1, 40])
def test_as_deep_as_can_be_read(levels):
    parts = named(deep(levels)).parts
    assert len(parts) == (0 if levels <= DEEPEST else (levels - 1) // LEVELS)


def test_the_value_stays():
    values = {"H": 11, "W": 5, "k": 2, "C_in": 6, "og": 3, "k2": 4}
    for formula in (deep(40), shared(10), *(deep(12, formula) for formula in random_formulas(60))):
        if type(formula) is int:
            continue
        assert worked_out(formula, values) == value(formula, values)


def test_a_thousand_levels_in_every_notation():
    for formula in (deep(1000), shared(1000)):
        assert all(len(notation.render(formula)) < 10**6 for notation in NOTATIONS)
    assert str(deep(1000)).startswith("⌊(3·n333 + 1)/2⌋, where n1 = ")


def test_python_of_a_thousand_levels():
    expected = 7
    for _ in range(1000):
        expected = (3 * expected + 1) // 2
    assert eval(python.render(deep(1000)), {"H": 7}) == expected


def test_a_normal_form_of_two_hundred_layers():
    size = symbols("H")
    for _ in range(200):
        size = (3 * size + 1) // 2
    assert ", where n1 = " in str(size)
    assert eval(python.render(written(size)), {"H": 7}) == size.at(H=7)


def test_names_are_no_symbols():
    n, m = symbol("n"), symbol("m1")
    formula = deep(10, n + m)
    assert [name for name, _ in named(formula).parts] == ["q1", "q2", "q3"]


def test_a_part_used_twice_is_named_once_in_a_long_formula():
    part = ((H + 1) // 2 + W) // 3
    formula = sum((part * symbol(f"a{n}") + (part + n) // 2 for n in range(60)), H)
    head, parts, _ = named(formula)
    assert [name for name, _ in parts] == ["n1"]
    assert str(parts[0][1]) == "⌊(⌊(H + 1)/2⌋ + W)/3⌋"
    assert str(head).startswith("H + n1·a0 + ⌊n1/2⌋")


def test_what_a_sum_counts_with_is_no_symbol():
    t = symbol("t")
    count = operation("#", t, t + 1, symbol("t1"), 3, symbol("t2"))
    assert "for t3 in range(3)" in python.render(count)
    assert r"\sum_{t_3=0}^{2}" in latex.render(count)
    values = {"t": 9, "t1": 2, "t2": 3}
    assert eval(python.render(count), values) == value(count, values)


def test_python_is_python():
    dice = Random("Python")
    for formula in random_formulas(600):
        values = {name: dice.randint(1, 20) for name in formula.names} if type(formula) is not int else {}
        words = {"gcd": gcd, "Fraction": Fraction}
        assert eval(python.render(formula), words | values) == value(formula, values), formula
