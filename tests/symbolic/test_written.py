"""What is written keeps its order, and works out to what its normal form does."""

from __future__ import annotations

from random import Random

import pytest

from convmath.core.errors import FormulaError, UnknownNameError
from convmath.core.size import ceil_div, common_divisor, exact_div, larger, smaller
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.write import written
from convmath.symbolic.written import symbol
from tests.symbolic.trees import NAMES, by_integers, by_symbols, place, term

WORDS = {"max": larger, "min": smaller, "ceil": ceil_div, "gcd": common_divisor}

N, K, S, P, D = (symbol(name) for name in ("i", "k", "s", "p", "d"))


@pytest.mark.parametrize("chunk", range(6))
def test_what_is_written_works_out_as_integers_do(chunk):
    for seed in range(400):
        dice = Random(f"written {chunk} {seed}")
        text = term(dice, dice.choice((2, 3, 4)))
        formula = eval(text, WORDS | {name: symbol(name) for name in NAMES})
        normal = written(by_symbols(text))
        values = place(dice)
        expected = by_integers(text, **values)
        for each in (formula, normal):
            assert (each if type(each) is int else each.at({n: values[n] for n in each.names})) == expected, text


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ((N + P + P - K) // S + 1, "⌊(i + 2p − k)/s⌋ + 1"),
        ((N + 2 * P - D * (K - 1) - 1) // S + 1, "⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1"),
        ((N - 1) * S - 2 * P + D * (K - 1) + 1, "(i − 1)s − 2p + d(k − 1) + 1"),
        (ceil_div(N, S), "⌈i/s⌉"), (K * K * 3, "3k²"), (exact_div(N, S), "i/s"), (1 + N, "i + 1"), (N - N, "0"),
    ],
)  # fmt: skip
def test_the_order_is_that_of_the_rule(formula, shown):
    assert str(formula) == shown.replace("(i − 1)s", "(i − 1)·s") or str(formula) == shown


def test_propositions_of_what_is_written_stay_open():
    verdict = N.at_least(K)
    assert isinstance(verdict, Proposition)
    assert str(verdict) == "i ≥ k"
    assert verdict.at(i=3, k=3) is True
    assert verdict.at(i=2, k=3) is False
    assert isinstance(verdict.at(i=2), Proposition)


def test_what_is_written_is_no_truth_value_and_no_sequence():
    with pytest.raises(FormulaError, match=r"is neither true nor false"):
        bool(N + 1)
    with pytest.raises(TypeError, match=r"^a formula is one size, not several$"):
        iter(N + 1)
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'q'$"):
        (N + 1).at(q=3)


def test_what_is_written_mixes_with_integers_only():
    for value in (1.5, None, "2", True):
        for apply in (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: b * a, lambda a, b: b + a):
            with pytest.raises((TypeError, FormulaError)):
                apply(N + 1, value)
