"""Verdicts: 'proven' is never contradicted, 'refuted' always has a true counterexample, the rest is allowed."""

from __future__ import annotations

from random import Random

import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.symbolic.verdict import Verdict, at_least, equal
from convmath.symbolic.written import symbol
from tests.symbolic.trees import NAMES, by_integers, by_symbols, place, term
from tests.symbolic.univariate import affine, by_symbol, curved, function

CHUNKS = 8

H, s = cm.symbols("H s")

chunks = pytest.mark.parametrize("chunk", range(CHUNKS))

RELATIONS = {equal: lambda a, b: a == b, at_least: lambda a, b: a >= b}


def check(verdict, holds, values):
    """`holds(values)` decides; values are those tried by brute force."""
    assert verdict.state in {"proven", "refuted", "not proved"}
    if verdict.state == "proven":
        assert all(map(holds, values))
        assert verdict.counterexample is None
        assert verdict.by
    elif verdict.state == "refuted":
        assert not holds(verdict.counterexample)


@chunks
@pytest.mark.parametrize("ask", RELATIONS, ids=lambda ask: ask.__name__)
def test_of_one_symbol(ask, chunk):
    states = []
    for seed in range(chunk, 800, CHUNKS):
        dice = Random(f"verdict {seed}")
        least = dice.choice((1, 1, 0, 4, -6))
        a = curved(dice) if seed % 3 == 0 else affine(dice)
        b = rewritten(dice, a) if seed % 2 else affine(dice)
        size = cm.symbols("H", least)
        verdict = ask(by_symbol(a, size), by_symbol(b, size))
        f, g = function(a), function(b)
        if verdict.counterexample:
            assert verdict.counterexample["H"] >= least
        check(
            verdict,
            lambda v, f=f, g=g, low=least: RELATIONS[ask](f(v.get("H", low)), g(v.get("H", low))),
            [{"H": h} for h in range(least, 260)],
        )
        states.append(verdict.state)
    assert states.count("not proved") == 0
    assert {"proven", "refuted"} <= set(states)


def rewritten(dice, text):
    """The same function, or nearly the same, in other words."""
    part = dice.choice(("H//2 + (H + 1)//2 - H", "H - 3*(H//3) - H % 3", "max(H, 5) + min(H, 5) - H - 5", "(H % 4)//9"))
    return f"({text} + {part} + {dice.choice((0, 0, 0, 1, -1))})"


@chunks
@pytest.mark.parametrize("ask", RELATIONS, ids=lambda ask: ask.__name__)
def test_of_several_symbols(ask, chunk):
    for seed in range(chunk, 400, CHUNKS):
        dice = Random(f"several {seed}")
        a, b = term(dice, 3), term(dice, 2)
        if seed % 2:
            b = f"({a} + W//2 + (W + 1)//2 - W + {dice.choice((0, 0, 1, -1))})"
        verdict = ask(by_symbols(a), by_symbols(b))

        def holds(values, a=a, b=b):
            values = {**dict.fromkeys(NAMES, 1), **values}
            return RELATIONS[ask](by_integers(a, **values), by_integers(b, **values))

        check(verdict, holds, [place(dice) for _ in range(60)])


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("H//2 + (H + 1)//2", "H", "proven (for each residue mod 2)"),
        ("H*W", "W*H", "proven (normal form)"),
        ("(H*W)//2 + (H*W + 1)//2", "H*W", "proven (for each residue mod 2)"),
        ("H//2", "H", "refuted: it fails for H = 1"),
        ("3", "4", "refuted (normal form)"),
    ],
)
def test_words_of_equal(a, b, told):
    assert str(equal(cm.parse_formula(a), cm.parse_formula(b))) == told


def test_words_of_at_least():
    assert str(at_least(2 * ((H + 1) // 2), H)) == "proven (bounds)"
    assert str(at_least(H * H + 9, 6 * H)) == "proven (as a polynomial)"
    assert str(at_least(H, 201)) == "refuted: it fails for H = 1"
    assert at_least(500 * H // 499, H + 1).counterexample == {"H": 1}
    assert at_least(10**6 * H, H * H).state == "refuted"
    assert str(equal(s * (H // s) + H % s, H)) == "proven (normal form)"


def test_what_is_far_out_is_found():
    late = (H - 5000).larger(0)
    assert equal(H + late, H).counterexample == {"H": 5001}
    assert at_least(10**9, H).counterexample == {"H": 10**9 + 1}


def test_what_cannot_be_decided_says_so():
    verdict = equal((H + s - 1) // s + H // s, 2 * H // s + (H % s) // s)
    assert verdict.state in {"refuted", "not proved"}
    unknown = at_least((H + s) * (H + s) // (s + 1), (H * H) // (s + 1))
    assert unknown.state in {"proven", "not proved"}
    assert str(equal(H % 1_000_003 + 2, (H + 1_000_003) % 1_000_003 + 2)) == "proven (normal form)"
    long = equal((H % 1_000_003) // 1_000_003, 0)
    assert long.state in {"proven", "not proved"}


@pytest.mark.parametrize("count", [5, 40])
def test_of_many_symbols(count):
    names = cm.symbols(" ".join(f"x{n}" for n in range(count)))
    total = sum(names)
    assert equal(total // 2 + (total + 1) // 2, total).state in {"proven", "not proved"}
    assert at_least(total, count).state == "proven"
    assert at_least(total, count + 1).counterexample == {f"x{n}": 1 for n in range(count)}


def test_a_verdict_is_as_true_as_its_claim():
    assert equal(2 * H, H + H)
    assert not equal(H // 2, H)
    assert not equal(3, 4)
    open_still = Verdict("not proved", by="too long")
    with pytest.raises(FormulaError, match=r"^not proved \(too long\) is neither true nor false \(ask for its \.state"):
        bool(open_still)


def test_formulas_as_they_are_written_are_read():
    i = symbol("i")
    assert equal((i - 1) // 2 + 1, (i + 1) // 2).state == "proven"


@pytest.mark.parametrize("nonsense", ["H", None, 2.5, True])
@pytest.mark.parametrize("ask", RELATIONS, ids=lambda ask: ask.__name__)
def test_what_is_no_size_is_refused(ask, nonsense):
    with pytest.raises(FormulaError, match=r" is no size \(use an integer or a formula\)$"):
        ask(cm.symbols("H"), nonsense)
    with pytest.raises(FormulaError, match=r" is no size \(use an integer or a formula\)$"):
        ask(nonsense, 3)
