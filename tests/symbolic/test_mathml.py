"""MathML: well-formed, of MathML Core's elements alone, and by its value."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from random import Random

import pytest

from convmath.symbolic.mathml import render, render_display
from convmath.symbolic.written import Symbol, Written, symbol
from tests.symbolic.corpus import HAND, deep, example, place, random_formulas, shared, value
from tests.symbolic.reading import value_of
from tests.symbolic.test_latex import HOSTILE

SPACE = "{http://www.w3.org/1998/Math/MathML}"

PARTS = {
    "math": None, "mrow": None, "mtable": None, "mtr": 1, "mtd": 1, "mi": 0, "mn": 0, "mo": 0, "mtext": 0, "mspace": 0,
    "mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
"""The elements that are used, and how many each has inside."""

ATTRIBUTES = {
    "display", "displaystyle", "fence", "lspace", "mathvariant", "rspace", "separator", "stretchy", "style", "width",
}  # fmt: skip


def check(text):
    assert "&" not in text.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").replace("&quot;", "").replace(
        "&#x27;", ""
    )
    for element in ET.fromstring(text).iter():
        tag = element.tag.removeprefix(SPACE)
        assert PARTS[tag] in {None, len(element)}, text
        assert set(element.attrib) <= ATTRIBUTES
        assert bool((element.text or "").strip()) == (PARTS[tag] == 0 and tag != "mspace"), (tag, text)
        assert not (element.tail or "").strip()


def test_as_written_by_hand(golden):
    golden("formulas.mathml", "".join(f"{name}\n{render(formula)}\n" for name, formula in HAND.items()))


@pytest.mark.parametrize("name", HAND)
@pytest.mark.parametrize("write", [render, lambda f: render_display(f, 20)], ids=["line", "display"])
def test_a_reader_finds_the_same_value(name, write):
    check(write(HAND[name]))
    for values in example(name):
        assert value_of(write(HAND[name]), values) == value(HAND[name], values)


def test_a_reader_finds_the_same_value_of_random_formulas():
    dice = Random("MathML")
    for formula in [*random_formulas(500), deep(25), shared(9)]:
        values = place(dice, formula)
        for text in (render(formula), render_display(formula, dice.randint(5, 60))):
            check(text)
            assert value_of(text, values) == value(formula, values), formula


def test_in_a_line_and_as_a_block():
    h = symbol("H")
    assert "display" not in render(h)
    assert ET.fromstring(render_display(h)).get("display") == "block"
    assert render_display(h // 2 + h // 3, width=6).count("<mtr>") == 2


def test_brackets_stretch_around_fractions_alone():
    h, k = symbol("H"), symbol("k")
    assert 'stretchy="true">⌊' in render(h // 2)
    assert 'stretchy="false">(' in render(h * (k - 1))
    assert 'stretchy="true">(' in render(h * (k // 2 - 1))


@pytest.mark.parametrize("name", [*HOSTILE, "<script>alert(1)</script>", "&lt;", "]]>", "</math><img src=x onerror=1>"])
def test_hostile_names_are_text(name):
    text = render(Written(((1, (Symbol(name, 1),)),)))
    elements = list(ET.fromstring(text).iter())
    assert [element.tag.removeprefix(SPACE) for element in elements] == ["math", "mrow", "mi"]
    assert elements[2].text in {name, "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in name) or None}
