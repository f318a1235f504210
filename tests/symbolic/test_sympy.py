"""SymPy's expressions mean what formulas mean, there and back; and its symbols are sizes."""

from __future__ import annotations

from random import Random

import pytest
import sympy

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.core.shape import as_size
from convmath.core.size import common_divisor, exact_div, larger, smaller
from convmath.symbolic.polynomial import Polynomial, symbols
from convmath.symbolic.ratio import ratio
from convmath.symbolic.sympy_bridge import from_sympy, to_sympy
from convmath.symbolic.written import symbol
from tests.symbolic.corpus import HAND, example, place, polynomials, value

H, W, k = sympy.symbols("H W k", integer=True, positive=True)
z = sympy.Symbol("z", integer=True, nonnegative=True)

h, w, kk = symbols("H W k")


def at(expression, values):
    """SymPy's own arithmetic."""
    return expression.subs({name: values[name.name] for name in expression.free_symbols}).doit()


def chosen(size, values):
    return size if type(size) is int else size.at({name: values[name] for name in size.names})


WRITTEN = {
    "symbol": "H", "index": "C_in", "sum": "i - k + 2*p", "floor": "floor(H/2)", "product above": "floor(H*W/4)",
    "ceiling": "ceiling(H/4)", "exact": "C_in*k**2/g", "mod": "Mod(i, s)", "min in max": "Min(a, b)",
    "gcd": "(i + 1)*gcd(C_in, g)", "power of two": "2**k*(i + 1) + 2**(k - 1)",
    "convolution": "floor((-d*(k - 1) + i + 2*p - 1)/s) + 1", "log": "C_in*ceiling(log(i + k - 1)/log(2))",
    "fraction": "(C_in + k**2)/(C_in*k**2)",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_as_sympy_writes_it(name):
    assert str(to_sympy(HAND[name])) == WRITTEN[name]


@pytest.mark.parametrize("name", HAND)
def test_sympy_works_out_the_same_value(name):
    for values in example(name):
        assert at(to_sympy(HAND[name]), values) == value(HAND[name], values)


@pytest.mark.parametrize("size", polynomials(), ids=str)
def test_there_and_back(size):
    expression = to_sympy(size)
    back = None if expression.has(sympy.Sum) else from_sympy(expression)
    dice = Random(str(size))
    for largest in (3, 12, 60, 10**6, 2**62):
        values = {name: dice.randint(1, min(largest, 12) if name == "k" else largest) for name in size.names}
        if expression.has(sympy.Sum):
            assert largest > 60 or at(expression, values) == size.at(values)
        else:
            assert at(expression, values) == size.at(values) == chosen(back, values)


def test_random_formulas_there_and_back():
    from tests.symbolic import trees

    dice = Random("SymPy")
    tried = 0
    while tried < 200:
        text = trees.term(dice)
        try:
            size = trees.by_symbols(text)
        except FormulaError:
            continue  # a divisor that may be 0
        tried += 1
        expression = to_sympy(size)
        back = from_sympy(expression)
        for values in (trees.place(dice), {name: dice.randint(1, 2**62) for name in trees.NAMES}):
            assert at(expression, values) == chosen(size, values) == chosen(back, values), text


def test_symbols_keep_what_they_are_at_least():
    assert to_sympy(symbols("H")).is_positive
    assert to_sympy(symbols("H", 2)).is_positive
    assert to_sympy(symbols("p", 0)).is_nonnegative
    assert not to_sympy(symbols("p", 0)).is_positive
    assert to_sympy(symbols("u", -3)).is_nonnegative is None
    assert from_sympy(H) == h
    assert from_sympy(z) == symbols("z", 0)


def test_two_symbols_have_no_divisor_yet():
    assert to_sympy(h.common_divisor(w)).subs({H: 12, W: 18}) == 6
    assert from_sympy(to_sympy(h.common_divisor(w))) == h.common_divisor(w)


def test_numbers():
    assert to_sympy(7) == sympy.Integer(7)
    assert type(from_sympy(sympy.Integer(-7))) is int
    assert from_sympy(sympy.Integer(-7)) == -7


def test_a_ratio():
    assert to_sympy(ratio(h, 2 * kk)) == H / (2 * k)


READ = [
    (sympy.floor(H / 2 + sympy.Rational(3, 4)), (2 * h + 3) // 4),
    (sympy.floor((H - 1) / 2), (h - 1) // 2),
    (sympy.floor(-H / 3), -h // 3),
    (sympy.ceiling(H / 3) + 1, (h + 2) // 3 + 1),
    (sympy.floor(H / k), h // kk),
    (sympy.floor(H / (k + 1) + W / k), (h * kk + w * (kk + 1)) // (kk * (kk + 1))),
    (H**3 * W - 4, h * h * h * w - 4),
    ((H + 1) ** 2, (h + 1) * (h + 1)),
    (sympy.Max(H, 3), h.larger(3)),
    (sympy.Min(H, W), h.smaller(w)),
    (sympy.Mod(H, 7), h % 7),
    (H * W / k, (h * w).exact_div(kk)),
    (2 * (H / 2), h),
    (sympy.floor(sympy.floor(H / 2) / 2), h // 4),
]


@pytest.mark.parametrize(("expression", "size"), READ, ids=str)
def test_what_is_read(expression, size):
    assert from_sympy(expression) == size


x = sympy.Symbol("x")
negative = sympy.Symbol("n", integer=True, negative=True)
hostile = sympy.Symbol("__import__('os')", integer=True, positive=True)

REFUSED = [
    (x, r"the symbol x may be no size \(make it Symbol\('x', integer=True, positive=True\), or nonnegative\)"),
    (negative, "the symbol n may be no size"),
    (sympy.Symbol("n", integer=True), "the symbol n may be no size"),
    (hostile, "is no symbol"),
    (H / 2, r"H/2 may be no integer \(put it into floor or ceiling\)"),
    (sympy.Rational(1, 2), "1/2 may be no integer"),
    (H + sympy.Rational(1, 2), r"H \+ 1/2 may be no integer"),
    (H / (k + 1), "may be no integer"),
    (sympy.Max(H / 2, 1), "H/2 may be no integer"),
    (sympy.sqrt(H), r"sqrt\(H\) has no place in a size: an exponent is an integer up to 16"),
    (H**W, "an exponent is an integer"),
    (H**17, "an exponent is an integer"),
    (sympy.sin(H), r"sin\(H\) has no place in a size \(use integer symbols"),
    (sympy.Float(2.0), "has no place in a size"),
    (sympy.pi * H, "pi has no place in a size"),
    (sympy.oo, "oo has no place in a size"),
    (sympy.nan, "nan has no place in a size"),
    (sympy.I, "I has no place in a size"),
    (sympy.Dummy("H", integer=True, positive=True), "has no place in a size"),
    (sympy.Function("f")(H), r"f\(H\) has no place in a size"),
    (sympy.floor(H / z), "is not provably at least 1"),
    (H > 3, "is no expression of SymPy"),
    (3, "3 is no expression of SymPy"),
    ("H", "'H' is no expression of SymPy"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED, ids=str)
def test_what_is_refused(expression, message):
    with pytest.raises(FormulaError, match=message):
        from_sympy(expression)


def test_an_expression_of_any_depth_is_read():
    expression = H
    for _ in range(400):
        expression = sympy.floor((3 * expression + 1) / 2, evaluate=False)
    expected = 5
    for _ in range(400):
        expected = (3 * expected + 1) // 2
    assert from_sympy(expression).at(H=5) == expected


# SymPy's symbols as sizes


def test_a_shape_of_sympy_symbols():
    net = cm.Sequential(cm.Conv2d(3, 8, 3, stride=2, padding=1), cm.MaxPool2d(2))
    theirs, ours = net.analyze((1, 3, H, W)), net.analyze((1, 3, h, w))
    assert str(theirs) == str(ours)


def test_a_hyper_parameter():
    assert cm.Conv1d(3, 8, k).output_shape((1, 3, H)) == (1, 8, h - kk + 1)


def test_an_expression_is_a_size():
    assert as_size(H // 2 + 1) == h // 2 + 1
    assert as_size(sympy.Integer(5)) == 5
    assert as_size(sympy.Integer(0)) is None
    assert isinstance(as_size(H), Polynomial)


def test_what_is_no_size_says_why():
    with pytest.raises(FormulaError, match="the symbol x may be no size"):
        cm.Conv1d(3, 8, 3).output_shape((1, 3, x))


# SymPy's sizes among ours

MIXED = {
    "+": (lambda: h + k, lambda: k + h, h + kk),
    "-": (lambda: h - k, lambda: -(k - h), h - kk),
    "*": (lambda: h * (k + 1), lambda: (k + 1) * h, h * (kk + 1)),
    "of ours // of theirs": (lambda: h // k, lambda: h // sympy.floor(k), h // kk),
    "of theirs // of ours": (lambda: H // kk, lambda: (H + 0) // kk, h // kk),
    "of ours % of theirs": (lambda: h % k, lambda: h % (k + 0), h % kk),
    "of theirs % of ours": (lambda: H % kk, lambda: (H + 0) % kk, h % kk),
    "number": (lambda: h + sympy.Integer(2), lambda: sympy.Integer(2) + h, h + 2),
    "larger": (lambda: larger(h, k), lambda: larger(h, k + 0), larger(h, kk)),
    "larger by a number": (lambda: larger(h, H + 1), lambda: larger(h + 1, H), h + 1),
    "smaller": (lambda: smaller(h, k), lambda: smaller(h, k + 0), smaller(h, kk)),
    "exactly": (lambda: exact_div(h * kk, k), lambda: exact_div(h * kk, k + 0), h),
    "gcd": (lambda: common_divisor(h, k), lambda: common_divisor(h, k + 0), common_divisor(h, kk)),
    "sum": (lambda: sum([k, h, 1]), lambda: sum([h, k, 1]), h + kk + 1),
}


@pytest.mark.parametrize("name", MIXED)
def test_theirs_among_ours(name):
    first, second, expected = MIXED[name]
    for made in (first(), second()):
        assert isinstance(made, Polynomial)
        assert made == expected


def test_comparisons_with_theirs():
    for theirs, ours in ((h >= k, h >= kk), (k >= h, h <= kk), (h > k, h > kk), (h < k, h < kk), (h <= k, h <= kk)):
        assert theirs == ours
    assert h.equals(k) == h.equals(kk)
    assert (h + 1 > H) is True
    assert h.equals(H) is True
    assert str(cm.solutions(h >= sympy.Integer(7))) == "H ≥ 7"
    assert (h >= kk).at(k=H) is True


def test_theirs_as_values():
    assert (h * h).at(H=k + 1) == (kk + 1) * (kk + 1)
    assert (h + 1).at(H=sympy.Integer(4)) == 5
    assert (h * w).at({"H": 2 * k, "W": 3}) == 6 * kk
    f = cm.formula("Conv2d", "output")
    assert f.at(i=2 * k, k=2, s=2) == kk
    assert f.at(i=sympy.Integer(224), k=7, s=2, p=3) == 112
    assert str(f.given(i=2 * k, k=2, s=2, p=0, d=1).normal) == "k"


UNFIT = {
    "sum": lambda: h + x,
    "half": lambda: h * sympy.Rational(1, 2),
    "comparison": lambda: h >= sympy.pi,
    "claim": lambda: h + (H > 3),
    "value": lambda: (h + 1).at(H=H / 2),
    "of a formula": lambda: cm.formula("Conv2d").given(i=H / 2),
}


@pytest.mark.parametrize("name", UNFIT)
def test_theirs_that_are_no_size(name):
    with pytest.raises(FormulaError, match=r"may be no size|may be no integer|no place in a size|is no expression"):
        UNFIT[name]()


def test_a_value_of_theirs_keeps_what_a_symbol_assumes():
    with pytest.raises(FormulaError, match=r"^H=z is not provably at least 1"):
        (h + 1).at(H=z)
    with pytest.raises(FormulaError, match=r"^H=-3 is below 1"):
        (h + 1).at(H=sympy.Integer(-3))


def test_symbols_of_random_places_agree():
    dice = Random("places")
    formula = HAND["convolution"]
    for _ in range(20):
        values = place(dice, formula) | {"s": dice.randint(1, 2**62), "i": dice.randint(1, 2**62)}
        assert at(to_sympy(formula), values) == value(formula, values)


def test_a_name_of_ours_is_theirs():
    assert to_sympy(symbol("H")) == H
