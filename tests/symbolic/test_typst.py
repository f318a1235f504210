"""Typst, as Typst itself reads it: compiled to MathML, and by its value."""

from __future__ import annotations

from random import Random

import pytest
import typst

from convmath.symbolic.typst import render, render_display
from convmath.symbolic.written import Symbol, Written, symbol
from tests.symbolic.corpus import HAND, deep, example, place, random_formulas, shared, value
from tests.symbolic.reading import value_of
from tests.symbolic.test_latex import HOSTILE

EXPECTED = {
    "number": "12",
    "negative number": "-3",
    "zero": "0",
    "symbol": "H",
    "index": 'C_"in"',
    "word": '"og"',
    "digit": "k_2",
    "word with an index": '"pad"_h',
    "two indices": 'x_(12,"in")',
    "sum": "i + 2 p - k",
    "negative first": "-k + p",
    "product of letters": "H thin W",
    "coefficient": "3 H thin W",
    "large coefficient": "9408 H",
    "letter and bracket": "d (k - 1)",
    "word and bracket": '"og" dot (k - 1)',
    "bracket and letter": "(k - 1) thin d",
    "brackets": "(k - 1) (d + 1)",
    "names": 'C_"in" thin k_h thin H_o',
    "square": "k^2",
    "square of an index": 'C_"in"^2 thin k_h',
    "cube of a bracket": "2 (k - 1)^3",
    "convolution": "floor(frac(i + 2 p - d (k - 1) - 1, s)) + 1",
    "floor": "floor(frac(H, 2))",
    "negative floor": "-floor(frac(H, s)) + 3",
    "subtracted floor": "H - floor(frac(H, 2))",
    "product above": "floor(frac(H thin W, 4))",
    "product below": "floor(frac(H, a thin b))",
    "sum below": "floor(frac(H, a + b))",
    "floor of a floor": "floor(frac(floor(frac(H, a)) - 1, b))",
    "ceiling": "ceil(frac(H, 4))",
    "ceilings": "2 thin ceil(frac(H, 4)) thin ceil(frac(W, 4))",
    "square of a floor": "floor(frac(H, 2))^2",
    "factor and floor": "a thin floor(frac(b, s))",
    "subtracted ceiling": "H - 2 thin ceil(frac(H, 4))",
    "exact": 'frac(C_"in", g) thin k^2',
    "square of a quotient": '(frac(C_"in", g))^2',
    "quotient in a quotient": 'frac(frac(C_"in", g), k)',
    "fraction": 'frac(k^2 + C_"in", C_"in" thin k^2)',
    "mod": "i mod s",
    "mod in a sum": "2 ((i + 1) mod (2 s)) + 1",
    "mod of mods": "i mod ((a mod b) + 1)",
    "max": 'max(i - 1, 0) thin C_"in"',
    "max of a floor": "max(floor(frac(H, 2)), W)",
    "square of a max": "(max(i, k))^2 (k - 1)",
    "min in max": "max(min(a, b), 0)",
    "gcd": 'gcd(C_"in", g) dot (i + 1)',
    "gcd with a quotient": 'gcd(frac(C_"in", g), g)',
    "log": 'ceil(log_2 (i + k - 1)) thin C_"in"',
    "power of two": "2^(k) (i + 1) + 2^(k - 1)",
    "pairs": (
        "sum_(t=0)^(k - 1) min(max(floor(frac(i + p - t thin d - 1, s)) + 1, 0), floor(frac(i + 2 p - d (k - 1) - "
        "1, s)) + 1)"
    ),
    "pairs in a sum": (
        "2 (sum_(t=0)^(k - 1) min(max(floor(frac(i + p - t thin d - 1, s)) + 1, 0), floor(frac(i + 2 p - d (k - "
        "1) - 1, s)) + 1)) - (sum_(t=0)^(k - 1) min(max(floor(frac(p - t thin d - 1, s)) + 1, 0), floor(frac(i + "
        "2 p - d (k - 1) - 1, s)) + 1)) + 1"
    ),
}


def compiled(texts):
    """The MathML that Typst makes of each of its formulas, all in one document."""
    source = "\n\n".join(f"$ {text} $" for text in texts)
    html = typst.compile(source.encode(), format="html").decode()
    formulas = html.split("<math")[1:]
    assert len(formulas) == len(texts)
    return ["<math" + formula for formula in formulas]


@pytest.mark.parametrize("name", HAND)
def test_as_written_by_hand(name):
    assert render(HAND[name]) == EXPECTED[name]


@pytest.mark.parametrize("write", [render, lambda f: render_display(f, 20)], ids=["line", "display"])
def test_typst_reads_the_same_value(write):
    for name, text in zip(HAND, compiled([write(formula) for formula in HAND.values()]), strict=True):
        for values in example(name):
            assert value_of(text, values) == value(HAND[name], values), name


@pytest.mark.parametrize("write", [render, lambda f: render_display(f, 30)], ids=["line", "display"])
def test_typst_reads_the_same_value_of_random_formulas(write):
    formulas = [*random_formulas(250), deep(20), shared(8)]
    dice = Random("Typst")
    for formula, text in zip(formulas, compiled([write(formula) for formula in formulas]), strict=True):
        values = place(dice, formula)
        assert value_of(text, values) == value(formula, values), formula


def test_a_long_sum_is_broken_into_lines():
    h = symbol("H")
    text = render_display(h // 2 + h // 3 - h // 4 + 7, width=14)
    assert text == ('& floor(frac(H, 2)) + floor(frac(H, 3)) \\\n& quad "" - floor(frac(H, 4)) + 7')


def test_a_pdf_is_made():
    source = "\n\n".join(f"$ {render_display(formula)} $" for formula in HAND.values())
    assert typst.compile(source.encode(), format="pdf").startswith(b"%PDF")


@pytest.mark.parametrize("name", [*HOSTILE, '" #import "x', '\\" #read("/etc/passwd")', "#sys.version"])
def test_hostile_names_are_text(name):
    text = render(Written(((1, (Symbol(name, 1),)),)))
    (html,) = compiled([text])
    shown = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in name)
    assert text in {name, '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'}
    assert "passwd" not in html or "/etc/passwd" in name


def test_names():
    written = {name: render(symbol(name)) for name in ("H_o", "k10", "x_1_2", "in_h", "a__b", "C_out2")}
    assert written == {
        "H_o": "H_o", "k10": "k_10", "x_1_2": "x_(1,2)", "in_h": '"in"_h', "a__b": '"a__b"', "C_out2": 'C_"out2"',
    }  # fmt: skip
