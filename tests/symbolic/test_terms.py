"""Sums of products as dictionaries; and counts of pairs written out."""

from __future__ import annotations

from math import prod
from random import Random

import pytest

from convmath.core.errors import FormulaError
from convmath.core.size import pairs_below
from convmath.symbolic.atoms import Pairs, inside
from convmath.symbolic.polynomial import size_of, symbols
from convmath.symbolic.terms import MOST_TERMS, ONE, divides, inverse, joined, plus, scaled, times
from convmath.symbolic.unroll import MOST_TAPS, unrolled

VALUES = {1: 3, 2: 5, 3: 7}


def random_terms(dice):
    terms = {}
    for _ in range(dice.randint(0, 5)):
        monomial = tuple(sorted(dice.choices((1, 2, 3), k=dice.randint(0, 3))))
        terms[monomial] = dice.choice((-3, -2, -1, 1, 2, 3))
    return terms


def value(terms):
    return sum(coefficient * prod(VALUES[atom] for atom in monomial) for monomial, coefficient in terms.items())


@pytest.mark.parametrize("seed", range(300))
def test_sums_and_products(seed):
    dice = Random(seed)
    a, b = random_terms(dice), random_terms(dice)
    before = a.copy(), b.copy()
    for result, expected in (
        (plus(a, b), value(a) + value(b)),
        (times(a, b), value(a) * value(b)),
        (scaled(a, -3), -3 * value(a)),
        (scaled(a, 0), 0),
    ):
        assert value(result) == expected
        assert 0 not in result.values()
        assert all(list(monomial) == sorted(monomial) for monomial in result)
    assert plus(a, scaled(a, -1)) == {}
    assert times(a, b) == times(b, a)
    assert (a, b) == before


@pytest.mark.parametrize("seed", range(300))
def test_monomials(seed):
    dice = Random(seed)
    x, y = (tuple(sorted(dice.choices((1, 2, 3), k=dice.randint(0, 4)))) for _ in range(2))
    assert joined(x, y) == tuple(sorted(x + y))
    assert joined(x, inverse(x)) == ONE
    assert joined(joined(x, y), inverse(y)) == x
    assert inverse(inverse(x)) == x
    assert divides(x, joined(x, y))
    assert divides(x, y) == all(x.count(atom) <= y.count(atom) for atom in x)
    assert list(inverse(x)) == sorted(inverse(x))


def test_a_product_is_refused_before_it_is_made():
    a = {(atom,): 1 for atom in range(1, 202)}
    b = {(atom,): 1 for atom in range(1, MOST_TERMS // 201 + 1)}
    assert len(times(a, dict(list(b.items())[:2]))) > 201
    with pytest.raises(FormulaError, match=f"^a product of 201 and 100 terms has more than {MOST_TERMS}"):
        times(a, b | {(300,): 1})


# Counts of pairs


@pytest.mark.parametrize("seed", range(100))
def test_a_count_is_the_sum_over_its_taps(seed):
    dice = Random(seed)
    h, w = symbols("H W")
    stride, taps, dilation = dice.randint(1, 4), dice.randint(1, 6), dice.randint(1, 3)
    shift = dice.randint(-6, 6)
    count = pairs_below(h + shift, w, stride, taps, dilation)
    summed = size_of(unrolled(count.terms))
    assert not [atom for atom in inside([summed.terms]) if type(atom) is Pairs]
    for at in ({"H": 1, "W": 1}, {"H": 9, "W": 4}, {"H": dice.randint(1, 60), "W": dice.randint(1, 40)}):
        brute = sum(o * stride + t * dilation <= at["H"] + shift for o in range(at["W"]) for t in range(taps))
        assert count.at({name: at[name] for name in count.names}) == brute
        assert summed.at({name: at[name] for name in summed.names}) == brute


def test_a_count_over_symbolic_or_many_taps_stays_one():
    h, k = symbols("H k")
    for taps in (k, MOST_TAPS + 1):
        count = h.pairs_below(h, h, 1, taps, 1)
        assert unrolled((3 * count * h).terms) == (3 * count * h).terms


def test_terms_without_counts_stay_as_they_are():
    terms = (symbols("H") // 2 + 3).terms
    assert unrolled(terms) is terms
