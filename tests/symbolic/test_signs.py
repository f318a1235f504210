"""What is proven holds at every place that is tried; and what rules and questions need is proven."""

from __future__ import annotations

from random import Random

import pytest

from convmath.core.errors import FormulaError, UnknownNameError
from convmath.core.size import ceil_div, clip, common_divisor, exact_div, larger, smaller
from convmath.symbolic.atoms import high, low
from convmath.symbolic.polynomial import symbols, terms_of
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.signs import is_nonnegative
from tests.symbolic.trees import NAMES, by_integers, by_symbols, place, term

H, W, K = symbols("H W k")
P = symbols("p", 0)

GRID = [{"H": h, "W": w, "k": k} for h in range(1, 7) for w in (1, 2, 5) for k in range(1, 5)]

TERMS = 3000

CHUNKS = 10

chunks = pytest.mark.parametrize("seeds", [range(chunk, TERMS, CHUNKS) for chunk in range(CHUNKS)], ids=str)


def trees(seeds):
    for seed in seeds:
        dice = Random(f"sign {seed}")
        text = term(dice, dice.choice((1, 2, 2, 3)))
        yield dice, text, by_symbols(text)


def places(dice):
    return *GRID, *(place(dice) for _ in range(10))


# Sound


@chunks
def test_what_is_proven_holds_everywhere(seeds):
    proven = 0
    for dice, text, formula in trees(seeds):
        terms = terms_of(formula)
        least, most = low(terms), high(terms)
        if is_nonnegative(terms) or least is not None or most is not None:
            values = [by_integers(text, **values) for values in places(dice)]
            assert not is_nonnegative(terms) or min(values) >= 0, text
            assert least is None or least <= min(values), text
            assert most is None or most >= max(values), text
            proven += is_nonnegative(terms)
    assert proven > len(seeds) // 10


@chunks
def test_propositions_hold_where_they_are_decided(seeds):
    for (dice, text, formula), (_, other, another) in zip(trees(seeds), trees(reversed(seeds)), strict=True):
        if type(formula) is int:
            continue
        for relation, verdict, holds in (
            ("≥", formula >= another, lambda a, b: a >= b),
            (">", formula > another, lambda a, b: a > b),
            ("≤", formula <= another, lambda a, b: a <= b),
            ("<", formula < another, lambda a, b: a < b),
            ("=", formula.equals(another), lambda a, b: a == b),
        ):
            for values in (GRID[0], GRID[-1], place(dice), place(dice)):
                truth = holds(by_integers(text, **values), by_integers(other, **values))
                if isinstance(verdict, Proposition):
                    assert verdict.at({name: values[name] for name in verdict.names}) is truth, (text, relation, other)
                else:
                    assert verdict is truth, (text, relation, other, values)


@chunks
def test_larger_and_smaller_are_max_and_min(seeds):
    for (_, text, formula), (dice, other, another) in zip(trees(seeds), trees(reversed(seeds)), strict=True):
        upper, lower = larger(formula, another), smaller(formula, another)
        assert upper == larger(another, formula)
        assert lower == smaller(another, formula)
        assert upper + lower == formula + another
        for values in (GRID[0], GRID[40], place(dice)):
            a, b = by_integers(text, **values), by_integers(other, **values)
            given = {name: values[name] for name in NAMES}
            for told, expected in ((upper, max(a, b)), (lower, min(a, b))):
                assert (told if type(told) is int else told.at({n: given[n] for n in told.names})) == expected


def test_a_least_value_of_zero_or_less_is_taken_into_account():
    debt = symbols("debt", -5)
    assert is_nonnegative((debt + 5).terms)
    assert not is_nonnegative((debt + 4).terms)
    assert not is_nonnegative((debt * debt).terms)
    assert not is_nonnegative((debt * H).terms)
    assert (P >= 0) is True
    assert isinstance(P >= 1, Proposition)
    assert (H * P >= 0) is True


# Useful

PROVEN = {
    "H − ⌊H/2⌋ ≥ 0": H - H // 2,
    "⌈H/2⌉ ≥ 1": ceil_div(H, 2) - 1,
    "2⌈H/2⌉ − H + 1 ≥ 1": 2 * ceil_div(H, 2) - H,
    "H − 2⌊H/2⌋ ≥ 0": H % 2,
    "1 − H mod 2 ≥ 0": 1 - H % 2,
    "⌈H/4⌉ ≥ ⌊H/4⌋": ceil_div(H, 4) - H // 4,
    "⌊H/2⌋ ≥ ⌊H/4⌋": H // 2 - H // 4,
    "⌈H/2⌉ ≥ ⌈H/4⌉": ceil_div(H, 2) - ceil_div(H, 4),
    "the larger is the larger": larger(H, W) - W,
    "the smaller is the smaller": H - smaller(H, W),
    "a clip stays below its bound": 5 - clip(H, 0, 5),
    "a clip stays above its bound": clip(H, 2, 5) - 2,
    "SAME pads, stride 2, kernel 3": larger((ceil_div(H, 2) - 1) * 2 + 3 - H, 0),
    "SAME pads, stride 2, kernel 3, without max": (ceil_div(H, 2) - 1) * 2 + 3 - H,
    "half of SAME's pads": larger((ceil_div(H, 3) - 1) * 3 + 5 - H, 0) // 2,
    "the other half": larger(ceil_div(H, 3) * 3 + 2 - H, 0) - larger(ceil_div(H, 3) * 3 + 2 - H, 0) // 2,
    "a product of sizes": H * W - H - W + 1,
    "a product of floors": (H // 2) * ceil_div(W, 2),
    "the larger of sizes is a size": larger(H - W, 1) - 1,
    "the least of sizes is a size": smaller(H, W) - 1,
    "a remainder by a symbol of what is below it": K - 1 - (K - 1) % K,
    "gcd ≥ 1": common_divisor(H, 6) - 1,
    "6 ≥ gcd(6, H)": 6 - common_divisor(H, 6),
    "C/g ≥ 1": exact_div(H, K) - 1,
    "max(max(H − 3, 0) − 2, 0) ≥ 0": larger(larger(H - 3, 0) - 2, 0),
    "kernel·⌈H/8⌉ ≥ H/8": 8 * ceil_div(H, 8) - H,
}


@pytest.mark.parametrize("difference", PROVEN.values(), ids=PROVEN)
def test_what_rules_and_questions_need_is_proven(difference):
    assert difference == 0 or is_nonnegative(difference.terms)


REFUTED = {
    "H ≤ 0": H <= 0,
    "⌊H/2⌋ > H": H // 2 > H,
    "H = H + 1": H.equals(H + 1),
    "max(H, 3) = 2": larger(H, 3).equals(2),
    "H mod 2 = 2": (H % 2).equals(2),
    "⌈H/2⌉ < 1": ceil_div(H, 2) < 1,
}


@pytest.mark.parametrize("verdict", REFUTED.values(), ids=REFUTED)
def test_what_never_holds_is_false(verdict):
    assert verdict is False


UNDECIDED = {
    "H ≥ 2": H >= 2,
    "H = W": H.equals(W),
    "⌊H/2⌋ ≥ 1": H // 2 >= 1,
    "12/H ≥ 2, though 12 is": exact_div(12, H) >= 2,
    "12·C/g ≥ 2": exact_div(12 * H, K) >= 2,
    "gcd(H − 5, k − 5) ≥ 1, though not both 0": common_divisor(H - 5, K - 5) >= 1,
    "gcd(H − 5, 4) = 0 or more than H − 5": common_divisor(H - 5, 4) <= H,
}


@pytest.mark.parametrize("verdict", UNDECIDED.values(), ids=UNDECIDED)
def test_what_depends_is_left_open(verdict):
    assert isinstance(verdict, Proposition)


def test_a_proof_of_many_cases_ends():
    """Sixteen positive parts subtracted are 65,536 cases, which no proof goes through."""
    total = 16 * H
    for n in range(16):
        total = total - larger(H - 2 - n, 0)
    assert isinstance(total >= 0, bool | Proposition)


# Propositions


def test_a_proposition_is_read_and_decided():
    verdict = H // 2 >= W
    assert str(verdict) == "⌊H/2⌋ ≥ W"
    assert repr(verdict) == "Proposition('⌊H/2⌋ ≥ W')"
    assert verdict.names == {"H": 1, "W": 1}
    assert verdict.at(H=7, W=3) is True
    assert verdict.at(H=7, W=4) is False
    assert verdict.at({"H": 1}) is False
    assert verdict.at(W=3) == Proposition(H // 2, "≥", 3)
    assert verdict.at() == verdict


def test_a_proposition_at_arrays_is_a_mask():
    import numpy as np

    verdict = H // 2 >= W
    assert verdict.at(H=np.array([6, 7, 8]), W=np.array([3, 4, 4])).tolist() == [True, False, True]
    assert H.equals(3).at(H=np.array([2, 3])).tolist() == [False, True]


@pytest.mark.parametrize("ask", [bool, lambda v: v and 1, lambda v: not v])
def test_an_open_proposition_is_no_truth_value(ask):
    with pytest.raises(FormulaError, match=r"^whether H ≥ 2 depends on the values of its symbols \(give them with"):
        ask(H >= 2)


def test_a_proposition_knows_its_symbols():
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'Q'$"):
        (H >= 2).at(Q=3)
    with pytest.raises(FormulaError, match=r"^H=0 is below 1, which the formula assumes at least$"):
        (H >= 2).at(H=0)
    with pytest.raises(FormulaError, match=r"^H=True is no size"):
        (H >= 2).at(H=True)
