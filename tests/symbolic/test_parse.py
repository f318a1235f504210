"""Texts become formulas or clean errors: nothing is executed, nothing hangs, and the column is right."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

import pytest

from convmath.core.errors import ConvmathError, FormulaError, ParseError, UnknownNameError
from convmath.core.size import ceil_div, common_divisor, larger, smaller
from convmath.symbolic.implicit import parse_symbolic_shape
from convmath.symbolic.parse import DEEPEST, LONGEST, MOST_FACTORS, parse_formula
from convmath.symbolic.polynomial import symbols

PACKAGE = Path(__file__).parents[2] / "convmath"

H, W, K = symbols("H W k")

ONLY = r"^only integers, symbols, \+ - \* // % \*\*, max, min, gcd, floor\(a/b\) and ceil\(a/b\) have a place here$"


# What is a formula


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7", 7), ("H", H), (" H ", H), ("-H", -H), ("+H", H), ("--H", H), ("2*H + 3", 2 * H + 3), ("H*W", H * W),
        ("(H - 1)//2 + 1", (H - 1) // 2 + 1), ("H % 3", H % 3), ("H**2", H * H), ("H**0", 1), ("-H**2", -(H * H)),
        ("7//2", 3), ("-7//2", -4), ("-7 % 3", 2), ("H//-2", -ceil_div(H, 2)), ("H//k//2", H // (2 * K)),
        ("max(H, 3)", larger(H, 3)), ("min(H, 3, k)", smaller(smaller(H, 3), K)), ("gcd(H, 6)", common_divisor(H, 6)),
        ("gcd(12, 18)", 6), ("max(1, 5, 3)", 5), ("floor(H/2)", H // 2), ("ceil(H/2)", ceil_div(H, 2)),
        ("ceil(7/2)", 4), ("floor(-7/2)", -4), ("C_in*k2", symbols("C_in") * symbols("k2")),
        ("10**8*10**8*100", 10**18), ("1000000000000000000", 10**18), ("-1000000000000000000", -(10**18)),
        ("H+" * (LONGEST // 2 - 1) + "H", LONGEST // 2 * H), ("0" , 0), ("00", 0),
        ("(" * 60 + "H" + ")" * 60, H), ("+" * DEEPEST + "H", H),
    ],
)  # fmt: skip
def test_a_text_is_read_as_python_reads_it(text, size):
    assert parse_formula(text) == size


def test_a_sum_or_a_product_of_many_terms_is_one_level():
    text = "+".join(f"{n}*H//2" for n in range(400))
    assert len(text) < LONGEST
    assert parse_formula(text) == sum(n * H // 2 for n in range(400))
    assert parse_formula("H" + "//2" * 1300) == H // 2**1300


def test_the_symbols_may_be_given():
    h = symbols("H", 5)
    assert parse_formula("H - 5", {"H": h}) == h - 5
    assert parse_formula("width*2", {"width": 7}) == 14
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'W'$") as caught:
        parse_formula(" H + W", {"H": h})
    assert caught.value.column == 6


# What is none

MISPLACED = {
    "True": 1, "None": 1, "False": 1, "H + True": 5, "max(H, True)": 8, "...": 1, "'a'": 1, '"a"': 1, "b'a'": 1,
    "1.5": 1, "H*1.5": 3, ".5": 1, "1.": 1, "lambda: 1": 1, "lambda H: H": 1, "H.real": 1, "H.__class__": 1,
    "(1).real": 1, "f(H)": 1, "abs(H)": 1, "print(H)": 1, "eval('1')": 1, "__import__('os').system('ls')": 1,
    "max()": 1, "max(H, key=1)": 1, "max(*H)": 5, "max(**H)": 1, "H(1)": 1, "max(H)(1)": 1, "f'{H}'": 1,
    "f'{__import__(\"os\")}'": 1, "[H]": 1, "[H for H in k]": 1, "(H for H in k)": 1, "{H}": 1, "{}": 1, "{1: H}": 1,
    "H[0]": 1, "(H := 3)": 2, "H, k": 1, "(H, k)": 1, "()": 1, "H if k else 1": 1, "H and k": 1, "not H": 1, "~H": 1,
    "H < 3": 1, "H == 3": 1, "H in k": 1, "H is k": 1, "H @ k": 1, "H << 1": 1, "H >> 1": 1, "H | k": 1, "H & k": 1,
    "H ^ k": 1, "H/2": 1, "3 + H/2": 5, "H**-1": 1, "H**k": 1, "9**9**9": 1, "9**8**8": 1, "H**(1+1)": 1,
    "await H": 1, "max": None, "floor(H)": 1, "floor(H//2)": 1, "ceil(H/2, 1)": 1, "floor(H/2/3)": 7,
    "  True": 3, "   H/2": 4,
}  # fmt: skip


@pytest.mark.parametrize("text", [text for text, column in MISPLACED.items() if column])
def test_what_has_no_place_is_named_with_its_column(text):
    with pytest.raises(ParseError, match=ONLY) as caught:
        parse_formula(text)
    assert caught.value.column == MISPLACED[text]


FAULTS = {
    "": (1, "'' is not a formula: invalid syntax"),
    "H W": (3, "'H W' is not a formula: invalid syntax"),
    "H +": (4, "'H +' is not a formula: invalid syntax"),
    "  H W": (5, "'  H W' is not a formula: invalid syntax"),
    "H;k": (2, "'H;k' is not a formula: invalid syntax"),
    "H=3": (2, "'H=3' is not a formula: invalid syntax"),
    "class": (1, "'class' is not a formula: invalid syntax"),
    "yield": (1, "'yield' is not a formula: invalid syntax"),
    "import os": (1, "'import os' is not a formula: invalid syntax"),
    "H\n": (2, r"the character '\n' has no place here (use plain ASCII)"),
    "H\x00": (2, r"the character '\x00' has no place here (use plain ASCII)"),
    "\tH": (1, r"the character '\t' has no place here (use plain ASCII)"),
    "2*Ｈ": (3, r"the character '\uff28' has no place here (use plain ASCII)"),
    "Hé": (2, r"the character '\xe9' has no place here (use plain ASCII)"),
    "1+٣": (3, r"the character '\u0663' has no place here (use plain ASCII)"),
    "H²": (2, r"the character '\xb2' has no place here (use plain ASCII)"),
    "H·k": (2, r"the character '\xb7' has no place here (use plain ASCII)"),
    "H\ud800": (2, r"the character '\ud800' has no place here (use plain ASCII)"),
    "H # k": (3, "the character '#' has no place here (use plain ASCII)"),
    "1e3": (1, "'1e3' is no integer (use digits only)"),
    "H+0x10": (3, "'0x10' is no integer (use digits only)"),
    "0b1": (1, "'0b1' is no integer (use digits only)"),
    "0o7": (1, "'0o7' is no integer (use digits only)"),
    "1_000": (1, "'1_000' is no integer (use digits only)"),
    "1j": (1, "'1j' is no integer (use digits only)"),
    "3 + 2H": (5, "'2H' is no integer (use digits only)"),
    "10**18 + 1": (1, "18 is no exponent (use a number from 0 to 8)"),
    "H**9": (1, "9 is no exponent (use a number from 0 to 8)"),
    "H**True": (1, "True is no exponent (use a number from 0 to 8)"),
    "1000000000000000001": (1, "1000000000000000001 is too large (at most 10^18)"),
    "(9**8)**8": (1, "79766443076872509863361 is too large (at most 10^18)"),
    "-1000000000000000000 - 1": (1, "-1000000000000000001 is too large (at most 10^18)"),
    "9" * LONGEST: (1, "an integer of 13288 bits is too large (at most 10^18)"),
    "9" * (LONGEST + 1): (1, f"a formula of {LONGEST + 1} characters is too long (at most {LONGEST})"),
    "((((H+k)**8)**8)**8)**8": (3, f"a product has more than {MOST_FACTORS} factors"),
    "*".join(["(H+1)"] * 600): (1, f"a product has more than {MOST_FACTORS} factors"),
    "+" * (DEEPEST + 1) + "H": (DEEPEST + 2, f"nested too deeply (at most {DEEPEST} levels)"),
    "H**8*" * 499 + "H": (1, f"a product has more than {MOST_FACTORS} factors"),
    "same": (1, "'same' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
    "max": (1, "'max' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
    "H + _": (5, "'_' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
    "__": (1, "'__' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
    " H1234": (2, "'H1234' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
    "H_" + "a" * 31: (1, f"'H_{'a' * 31}' is no symbol (use a letter, maybe with an index: H, k2, C_in)"),
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: ascii(text[:24]))
def test_what_is_no_formula_is_named_with_its_column(text):
    with pytest.raises(ParseError) as caught:
        parse_formula(text)
    assert (caught.value.column, str(caught.value)) == FAULTS[text]


@pytest.mark.parametrize("depth", [201, 500, LONGEST // 2 - 1])
@pytest.mark.parametrize(
    ("before", "after"), [("(", ")"), ("-", ""), ("max(", ")"), ("2*(", ")"), ("[", "]"), ("H//(", ")")]
)
def test_deep_nesting_is_an_error_of_ours(before, after, depth):
    text = before * depth + "H" + after * depth
    with pytest.raises(ParseError, match=r"nested|parenthes|too long|have a place here$"):
        parse_formula(text)


@pytest.mark.parametrize("text", ["-" * 3999, "(" * 3999, "H+" * 1999 + "+", "max(" * 999, "not " * 999 + "H"])
def test_long_nonsense_is_an_error_of_ours(text):
    with pytest.raises(ParseError):
        parse_formula(text)


@pytest.mark.parametrize(
    ("text", "divisor"),
    [("H//(k-k)", "0"), ("H % 0", "0"), ("H//(k - 1)", "k − 1"), ("5//(k-9)", "k − 9"), ("ceil(H/(k*0))", "0"),
     ("floor(H/-k)", "−k")],
)  # fmt: skip
def test_a_divisor_that_may_be_zero_is_refused(text, divisor):
    with pytest.raises(FormulaError, match=f"^the divisor {divisor} is (not provably at least|below) 1 "):
        parse_formula(text)


def test_a_number_over_zero_is_refused():
    with pytest.raises(FormulaError, match=r"^5 is divided by 0 \(at column 5\)$"):
        parse_formula("H + 5//0")


def test_a_product_of_too_many_terms_is_refused_before_it_is_multiplied_out():
    with pytest.raises(FormulaError, match=r"^a product of 1287 and 1287 terms has more than 20000 \(give some"):
        parse_formula("(H+W+k+a+b+c)**8*(H+W+k+a+b+c)**8")


@pytest.mark.parametrize("value", [None, 3, True, 1.5, b"H", ["H"], H, object])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ParseError, match=r"is no formula \(write for example '\(H \+ 1\)//2'\)$"):
        parse_formula(value)
    with pytest.raises(ParseError, match=r"is no shape \(write for example '1x3xHxW'\)$"):
        parse_symbolic_shape(value)


# Shapes


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1x3xHxW", (1, 3, H, W)), ("1,3,H,W", (1, 3, H, W)), ("1×3×H×W", (1, 3, H, W)), ("Nx3", (symbols("N"), 3)),
        ("1x3x(2*H)x224", (1, 3, 2 * H, 224)), ("1x3xH+2xW//2", (1, 3, H + 2, W // 2)),
        ("1x3x224x224", (1, 3, 224, 224)),
        ("1 x 3 x H", (1, 3, H)),
    ],
)  # fmt: skip
def test_a_shape_may_hold_formulas(text, shape):
    assert parse_symbolic_shape(text) == shape


@pytest.mark.parametrize(
    ("text", "column"),
    [("1x3xHx", 7), ("xH", 1), ("1x3xHxTrue", 7), ("1x3xHxW;", 8), ("1x3xH.realxW", 5), ("1x3x1e3xH", 5),
     ("1x3x-HxW", 5),
     ("Hx10**19", 3), ("1x3xH W", 7)],
)  # fmt: skip
def test_a_size_that_is_none_is_named_with_its_column(text, column):
    with pytest.raises(ParseError, match=r"in the shape .* is (not|never) a size") as caught:
        parse_symbolic_shape(text)
    assert caught.value.column == column


@pytest.mark.parametrize("text", ["1x3xH//0xW", "H", "1x3x0xH", "1x3xH//(k-k)", "1x3x10000000000000000000xH"])
def test_a_shape_that_is_none_is_an_error_of_ours(text):
    with pytest.raises(ConvmathError):
        parse_symbolic_shape(text)


# Anything

PIECES = (
    *"HWk0123456789+-*/%(),.=<>:[]{}'\"_ \\#;@!&|^~\n\té²Ｈ", "//", "**", "max(", "min(", "gcd(", "floor(", "ceil(",
    "True", "None", "lambda", " if ", " else ", " for ", " in ", "f'", "1e3", "0x", "10**18", "//0", "H", "k", " and ",
    "yield ", "await ", "...", ":=", "__import__", "\x00", "\ud800", "9" * 30, "H//k", "(k-1)",
)  # fmt: skip

SEEDS = (
    "(H + 2*p - d*(k - 1) - 1)//s + 1", "max(H, W//2) * ceil(k/4)", "gcd(C_in, g) + H % 3 - 2**8", "1x3x(2*H)x224",
    "((H//2 + 1)//2 + 1)*3", "-(-H//2)", "min(H, k, 7)//max(W, 1)",
)  # fmt: skip


def mutated(dice):
    text = dice.choice(SEEDS)
    for _ in range(dice.randint(1, 6)):
        place = dice.randint(0, len(text))
        kind = dice.random()
        if kind < 0.5:
            text = text[:place] + dice.choice(PIECES) + text[place:]
        elif kind < 0.8:
            text = text[:place] + text[place + dice.randint(1, 3) :]
        else:
            other = dice.choice(SEEDS)
            text = text[:place] + other[dice.randint(0, len(other)) :]
    return text


def outcome(parse, text):
    """What a text is read as, or the error of ours that it raises."""
    try:
        return parse(text), None
    except ConvmathError as error:
        return None, error


@pytest.mark.parametrize("chunk", range(10))
def test_mutated_texts_raise_nothing_but_errors_of_ours(chunk):
    made = 0
    for seed in range(2000):
        text = mutated(Random(f"{chunk} {seed}"))
        for parse in (parse_formula, parse_symbolic_shape):
            size, error = outcome(parse, text)
            assert error is None or str(error)
            assert 1 <= getattr(error, "column", 1) <= len(text) + 2, ascii(text)
            made += error is None and isinstance(str(size), str)
    assert made > 50


# The source

FORBIDDEN = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "sympify",
    "parse_expr",
    "S",
    "lambdify",
    "run_path",
    "run_module",
}

ALLOWED = {("re", "compile"), ("document", "compile")}
"""Patterns, and Typst's documents, are compiled; neither is code of Python."""


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_source_file_executes_text(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            of = node.value.id if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""
            assert name not in FORBIDDEN or (of, name) in ALLOWED, f"{path.name}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            assert not FORBIDDEN & {alias.name for alias in node.names}, f"{path.name}:{node.lineno}"
