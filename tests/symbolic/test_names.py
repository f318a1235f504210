"""A symbol's name means nothing to a printer, a shell or a compiler: what might is refused where it comes in."""

from __future__ import annotations

import pytest

from convmath.core.errors import ConvmathError, FormulaError
from convmath.symbolic.names import checked_name
from convmath.symbolic.parse import parse_formula
from convmath.symbolic.polynomial import symbols
from convmath.symbolic.written import symbol

HOSTILE = [
    "", " ", "x ", " x", "x\n", "\nx", "x\x00", "x\ty", "1x", "9", "x-y", "x.y", "x'", 'x"', "x`", "$x", "x$", "x%",
    "x#", "x&y", "x~", "x^2", "x\\", "\\input{/etc/passwd}", "x} \\input{/etc/passwd}", "{x}", "x{", "<b>", "</script>",
    "x;ls", "x|ls", "$(ls)", "`ls`", "x==1", "x:=1", "__import__('os')", "__import__('os').system('touch canary')",
    "eval(1)", "lambda: 0", "x[0]", "f()", "Ｈ", "H\u0301", "ℌ", "π", "é", "x²", "x\u200b", "x\u202e", "H\ud800",
    "x" * 33, "_" * 33, "a" * 10**6, "(x)", "@x", "!x", "x?", "x/y", "x*y", "*", "=HYPERLINK(1)", "+x",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:30]))
def test_a_hostile_name_is_refused(name):
    for make in (checked_name, symbol):
        with pytest.raises(FormulaError, match=r"is no symbol \(use a letter, then at most 31 letters, digits or _\)$"):
            make(name)


@pytest.mark.parametrize(
    "name", [name for name in HOSTILE if name.strip() == name and not {" ", ",", "\n", "\t"} & {*name}]
)
def test_no_hostile_name_becomes_a_symbol(name):
    with pytest.raises(FormulaError):
        symbols(name)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:30]))
def test_no_hostile_text_becomes_a_formula_with_such_a_name(name):
    try:
        formula = parse_formula(name)
    except ConvmathError:
        return
    for known in {} if type(formula) is int else formula.names:
        assert checked_name(known) == known


@pytest.mark.parametrize("name", ["lambda", "for", "None", "True", "max", "gcd", "range", "__class__"])
def test_a_word_of_code_is_no_name(name):
    with pytest.raises(FormulaError, match=r"is no symbol, as it means something else in code \(use another name\)$"):
        symbols(name)


@pytest.mark.parametrize("value", [None, 3, 1.5, True, b"H", ["H"], object])
def test_what_is_no_text_names_nothing(value):
    with pytest.raises(FormulaError, match="is no symbol"):
        checked_name(value)
    with pytest.raises(FormulaError, match="names no symbols"):
        symbols(value)


@pytest.mark.parametrize("name", ["H", "_", "_x", "C_in", "k2", "x" * 32, "eval", "exec", "Max", "nil"])
def test_a_name_is_a_letter_and_letters_digits_or_underscores(name):
    assert checked_name(name) == name
    assert symbols(name).names == {name: 1}


def test_symbols_are_split_by_spaces_and_commas():
    assert symbols("H, W  k") == (symbols("H"), symbols("W"), symbols("k"))
    assert symbols("H,W") == symbols("H W")


@pytest.mark.parametrize("least", [None, True, 1.0, "1", 10**19, -(10**19), 10**4000])
def test_a_least_value_is_an_integer(least):
    with pytest.raises(FormulaError, match=r"is no least value \(use an integer of at most 10\^18\)$"):
        symbols("H", least)
