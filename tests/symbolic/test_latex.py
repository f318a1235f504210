"""LaTeX, as KaTeX reads it: strictly, so that what LaTeX would refuse is refused; and by its value."""

from __future__ import annotations

import re
from random import Random

import pykatex
import pytest

from convmath.symbolic.latex import render, render_display
from convmath.symbolic.written import Symbol, Written, symbol
from tests.symbolic.corpus import HAND, deep, example, place, random_formulas, shared, value
from tests.symbolic.reading import value_of

HOSTILE = [
    r"x} \input{/etc/passwd} {", r"\write18{touch x}", "$$", "a$b", "x%", "a&b", "#1", "a~b", "x^2", "_", "__", "a__b",
    "{", "}}", "\\", "é", "a b", "x\ny", "x\x00y", "<b>", '"', "'", "`", "-", "λ", "\u202e", "",
]  # fmt: skip

EXPECTED = {
    "number": "12",
    "negative number": "-3",
    "zero": "0",
    "symbol": "H",
    "index": r"C_{\mathrm{in}}",
    "word": r"\mathrm{og}",
    "digit": "k_2",
    "word with an index": r"\mathrm{pad}_h",
    "two indices": r"x_{12,\mathrm{in}}",
    "sum": "i + 2p - k",
    "negative first": "-k + p",
    "product of letters": r"H \, W",
    "coefficient": r"3H \, W",
    "large coefficient": "9408H",
    "letter and bracket": "d(k - 1)",
    "word and bracket": r"\mathrm{og} \cdot (k - 1)",
    "bracket and letter": r"(k - 1) \, d",
    "brackets": "(k - 1)(d + 1)",
    "names": r"C_{\mathrm{in}} \, k_h \, H_o",
    "square": "k^2",
    "square of an index": r"C_{\mathrm{in}}^2 \, k_h",
    "cube of a bracket": "2(k - 1)^3",
    "convolution": r"\left\lfloor \frac{i + 2p - d(k - 1) - 1}{s} \right\rfloor + 1",
    "floor": r"\left\lfloor \frac{H}{2} \right\rfloor",
    "negative floor": r"-\left\lfloor \frac{H}{s} \right\rfloor + 3",
    "subtracted floor": r"H - \left\lfloor \frac{H}{2} \right\rfloor",
    "product above": r"\left\lfloor \frac{H \, W}{4} \right\rfloor",
    "product below": r"\left\lfloor \frac{H}{a \, b} \right\rfloor",
    "sum below": r"\left\lfloor \frac{H}{a + b} \right\rfloor",
    "floor of a floor": r"\left\lfloor \frac{\left\lfloor \frac{H}{a} \right\rfloor - 1}{b} \right\rfloor",
    "ceiling": r"\left\lceil \frac{H}{4} \right\rceil",
    "ceilings": r"2 \left\lceil \frac{H}{4} \right\rceil \left\lceil \frac{W}{4} \right\rceil",
    "square of a floor": r"\left\lfloor \frac{H}{2} \right\rfloor^2",
    "factor and floor": r"a \left\lfloor \frac{b}{s} \right\rfloor",
    "subtracted ceiling": r"H - 2 \left\lceil \frac{H}{4} \right\rceil",
    "exact": r"\frac{C_{\mathrm{in}}}{g} \, k^2",
    "square of a quotient": r"\left( \frac{C_{\mathrm{in}}}{g} \right)^2",
    "quotient in a quotient": r"\frac{\frac{C_{\mathrm{in}}}{g}}{k}",
    "fraction": r"\frac{k^2 + C_{\mathrm{in}}}{C_{\mathrm{in}} \, k^2}",
    "mod": r"i \bmod s",
    "mod in a sum": r"2((i + 1) \bmod (2s)) + 1",
    "mod of mods": r"i \bmod ((a \bmod b) + 1)",
    "max": r"\max(i - 1, 0) \, C_{\mathrm{in}}",
    "max of a floor": r"\max\left( \left\lfloor \frac{H}{2} \right\rfloor, W \right)",
    "square of a max": r"(\max(i, k))^2(k - 1)",
    "min in max": r"\max(\min(a, b), 0)",
    "gcd": r"\gcd(C_{\mathrm{in}}, g) \cdot (i + 1)",
    "gcd with a quotient": r"\gcd\left( \frac{C_{\mathrm{in}}}{g}, g \right)",
    "log": r"\left\lceil \log_2 (i + k - 1) \right\rceil \, C_{\mathrm{in}}",
    "power of two": "2^{k}(i + 1) + 2^{k - 1}",
    "pairs": (
        r"\sum_{t=0}^{k - 1} \min\left( \max\left( \left\lfloor \frac{i + p - t \, d - 1}{s} \right\rfloor + 1, 0 "
        r"\right), \left\lfloor \frac{i + 2p - d(k - 1) - 1}{s} \right\rfloor + 1 \right)"
    ),
    "pairs in a sum": (
        r"2\left( \sum_{t=0}^{k - 1} \min\left( \max\left( \left\lfloor \frac{i + p - t \, d - 1}{s} \right\rfloor "
        r"+ 1, 0 \right), \left\lfloor \frac{i + 2p - d(k - 1) - 1}{s} \right\rfloor + 1 \right) \right) - \left( "
        r"\sum_{t=0}^{k - 1} \min\left( \max\left( \left\lfloor \frac{p - t \, d - 1}{s} \right\rfloor + 1, 0 "
        r"\right), \left\lfloor \frac{i + 2p - d(k - 1) - 1}{s} \right\rfloor + 1 \right) \right) + 1"
    ),
}


def katex(text):
    """The MathML that KaTeX makes of LaTeX; ParseError where LaTeX would complain."""
    return pykatex.renderToString(text, output="mathml", strict="error", throwOnError=True, displayMode=True)


@pytest.mark.parametrize("name", HAND)
def test_as_written_by_hand(name):
    assert render(HAND[name]) == EXPECTED[name]


@pytest.mark.parametrize("name", HAND)
@pytest.mark.parametrize("write", [render, lambda f: render_display(f, 20)], ids=["line", "display"])
def test_katex_reads_the_same_value(name, write):
    for values in example(name):
        assert value_of(katex(write(HAND[name])), values) == value(HAND[name], values)


def test_katex_reads_the_same_value_of_random_formulas():
    dice = Random("LaTeX")
    for formula in random_formulas(250):
        values = place(dice, formula)
        assert value_of(katex(render(formula)), values) == value(formula, values), formula
        assert value_of(katex(render_display(formula, dice.randint(5, 60))), values) == value(formula, values), formula


@pytest.mark.parametrize("formula", [deep(30), shared(9)], ids=["deep", "shared"])
def test_named_parts_have_the_same_value(formula):
    values = {"H": 9, "W": 4}
    assert value_of(katex(render(formula)), values) == value(formula, values)
    assert value_of(katex(render_display(formula, 30)), values) == value(formula, values)


def test_a_long_sum_is_broken_into_rows():
    h = symbol("H")
    text = render_display(h // 2 + h // 3 - h // 4 + 7, width=14)
    assert text == (
        "\\begin{aligned}\n"
        "& \\left\\lfloor \\frac{H}{2} \\right\\rfloor + \\left\\lfloor \\frac{H}{3} \\right\\rfloor \\\\\n"
        "& \\quad {}- \\left\\lfloor \\frac{H}{4} \\right\\rfloor + 7\n"
        "\\end{aligned}"
    )


def test_a_short_formula_is_one_line():
    assert render_display(symbol("H") + 1) == "H + 1"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_nothing(name):
    text = render(Written(((2, (Symbol(name, 1),)),)))
    assert text.startswith("2")
    katex(text)
    assert set(re.findall(r"\\[A-Za-z]+", text)) <= {r"\mathrm", r"\backslash", r"\sim", r"\wedge", r"\prime"}
    assert text.isascii()
    assert text.isprintable()


def test_names():
    written = {name: render(symbol(name)) for name in ("H_o", "k10", "x_1_2", "in_h", "a__b", "_", "C_out2")}
    assert written == {
        "H_o": "H_o", "k10": "k_{10}", "x_1_2": "x_{1,2}", "in_h": r"\mathrm{in}_h", "a__b": r"\mathrm{a\_\_b}",
        "_": r"\mathrm{\_}", "C_out2": r"C_{\mathrm{out2}}",
    }  # fmt: skip
