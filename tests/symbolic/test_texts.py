"""What formulas look like means what they mean: Unicode text, and Python source, read by code of another make."""

from __future__ import annotations

from math import gcd
from random import Random

import pytest

import convmath as cm
from convmath.core.size import ceil_div, clip, common_divisor, exact_div, larger, smaller
from convmath.symbolic import python, text
from convmath.symbolic.parse import parse_formula
from convmath.symbolic.polynomial import symbols
from convmath.symbolic.write import written
from convmath.symbolic.written import symbol
from tests.symbolic.reader import read
from tests.symbolic.trees import NAMES, by_integers, by_symbols, place, term

H, W, K = symbols("H W k")

CHUNKS = 10

chunks = pytest.mark.parametrize("seeds", [range(chunk, 4000, CHUNKS) for chunk in range(CHUNKS)], ids=str)


def trees(seeds):
    for seed in seeds:
        dice = Random(f"text {seed}")
        tree = term(dice, dice.choice((2, 3, 3, 4)))
        yield dice, tree, by_symbols(tree)


def run(source, values):
    """The value of Python source that needs nothing but Python's integers."""
    words = {"__builtins__": {}, "max": max, "min": min, "gcd": gcd, "sum": sum, "range": range}
    return eval(source, words | values)


def at(formula, values):
    return formula if type(formula) is int else formula.at({name: values[name] for name in formula.names})


@chunks
def test_text_reads_as_the_formula(seeds):
    for dice, tree, formula in trees(seeds):
        shown = text.render(written(formula))
        assert shown == str(formula) or type(formula) is int
        for values in (dict.fromkeys(NAMES, 1), place(dice), place(dice), place(dice)):
            assert read(shown, **values) == by_integers(tree, **values), (shown, values)


@chunks
def test_python_source_runs_as_the_formula(seeds):
    for dice, tree, formula in trees(seeds):
        source = python.render(written(formula))
        for values in (dict.fromkeys(NAMES, 1), place(dice), place(dice), place(dice)):
            assert run(source, values) == by_integers(tree, **values), (source, values)


@chunks
def test_python_source_is_read_back_as_the_formula(seeds):
    for dice, _, formula in trees(seeds):
        source = python.render(written(formula))
        if ":=" in source or len(source) > 2000:
            continue  # parts with names of their own are no single formula
        again = parse_formula(source)
        for values in (dict.fromkeys(NAMES, 1), place(dice), place(dice)):
            assert at(again, values) == at(formula, values), source


WORDS = {"max": larger, "min": smaller, "ceil": ceil_div, "gcd": common_divisor} | {
    name: symbol(name) for name in NAMES
}


@chunks
def test_what_is_written_reads_as_it_was_written(seeds):
    for dice, tree, _ in trees(seeds):
        if "%" in tree:
            continue  # written as mod, which is read elsewhere
        formula = eval(tree, dict(WORDS))
        for values in (place(dice), place(dice)):
            expected = by_integers(tree, **values)
            assert read(text.render(formula), **values) == expected, tree
            assert run(python.render(formula), values) == expected, tree
            assert at(formula, values) == expected, tree


@pytest.mark.parametrize(
    "formula",
    [exact_div(12, H), exact_div(12 * W, H), 5 * exact_div(W, H) * K, exact_div(W * K, H * K), exact_div(W, H) ** 2,
     7 - exact_div(30, H), exact_div(30, H) // 4, exact_div(W, H) // K],
)  # fmt: skip
def test_exact_quotients_read_as_what_they_are(formula):
    for h in (1, 2, 3, 6):
        values = {"H": h, "W": 6 * h, "k": 2}
        assert read(str(formula), **values) == at(formula, values)
        assert run(python.render(written(formula)), values) == at(formula, values)


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (H + 1, "H + 1"), (1 - H, "−H + 1"), (H * H * 3, "3H²"), (12 * H, "12·H"), (H * W, "H·W"), (H // 2, "⌊H/2⌋"),
        (ceil_div(H, 2), "⌈H/2⌉"), ((H - 1) // 2 + 1, "⌈H/2⌉"), ((H + 5) // 8, "⌊(H + 5)/8⌋"), (-(H // 2), "−⌊H/2⌋"),
        (larger(H, W), "max(W, H)"), (clip(H, 0, 5), "min(5, H)"), (exact_div(W, H), "W/H"),
        (ceil_div(H, 2) * ceil_div(W, 2), "⌈H/2⌉⌈W/2⌉"),
    ],
)  # fmt: skip
def test_formulas_as_a_person_writes_them(formula, shown):
    same = {shown, "max(H, W)"} if shown.startswith("max") else {shown}
    assert str(formula) in same


def test_reports_read_as_what_they_tell():
    report = cm.zoo.resnet50().analyze((1, 3, H, W))
    for row in report.rows:
        for size in (*row.outputs[0], row.cost.macs, row.cost.macs_touching, row.cost.activations):
            for values in ({"H": 224, "W": 224}, {"H": 225, "W": 97}):
                assert read(str(size), **values) == at(size, values)


def test_the_reader_reads():
    assert read("3H² − (H + 1)(W − 2)/2 + ⌊H/2⌋⌈W/2⌉", H=5, W=4) == 75 - 6 + 4
    assert read("⌈−7/2⌉ + ⌊−7/2⌋ + max(1, H, 2)·gcd(12, 18)", H=5) == -3 - 4 + 30
    assert read("2·n2 + n1, where n1 = ⌊H/2⌋; n2 = n1 + 1", H=5) == 8
    with pytest.raises(AssertionError, match=r"^5/2 is no integer$"):
        read("H/2", H=5)
