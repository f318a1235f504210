"""A thousand layers: no step of the engine recurses with the depth of a formula."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.size import larger
from convmath.symbolic import python
from convmath.symbolic.atoms import Floor, Positive, inside
from convmath.symbolic.polynomial import symbols
from convmath.symbolic.write import written

L = symbols("L")


def mixed(size):
    """Up 3, down 2: the floors stay nested."""
    for _ in range(1000):
        size = (3 * size + 1) // 2
    return size


def clipped(size):
    """Up 3/2, less 5, never below 0: so do the positive parts."""
    for _ in range(1000):
        size = larger(3 * size // 2 - 5, 0)
    return size


def bounded(size):
    """The positive parts of a sum of ever more."""
    for n in range(300):
        size = larger(size * 2, 7 * L - n)
    return size


@pytest.fixture(scope="module", params=[mixed, clipped, bounded])
def deep(request):
    return request.param, request.param(L)


def test_a_deep_formula_is_worked_out(deep):
    rule, formula = deep
    for value in (1, 7, 1000):
        plain = value
        if rule is mixed:
            for _ in range(1000):
                plain = (3 * plain + 1) // 2
        elif rule is clipped:
            for _ in range(1000):
                plain = max(3 * plain // 2 - 5, 0)
        else:
            for n in range(300):
                plain = max(plain * 2, 7 * value - n)
        assert formula.at(L=value) == plain


def test_a_deep_formula_equals_itself_and_hashes(deep):
    _, formula = deep
    assert formula == formula + 1 - 1
    assert formula != formula + 1
    assert hash(formula) == hash(formula + 1 - 1)
    assert formula - formula == 0
    assert (formula + 1 > formula) is True
    assert formula.at(L=L) == formula


def test_a_deep_formula_is_written(deep):
    rule, _ = deep
    if rule is mixed:
        formula = L
        for _ in range(100):  # every level shows all levels below, so that a thousand fill a book
            formula = (3 * formula + 1) // 2
    else:
        formula = deep[1]
    assert "L" in str(formula)
    assert "L" in python.render(written(formula))


def test_nested_floors_are_as_deep_as_they_are_many():
    formula = mixed(L)
    assert len([atom for atom in inside([formula.terms]) if type(atom) is Floor]) == 1000


def test_clipping_again_and_again_is_clipping_once():
    size = L
    for _ in range(1000):
        size = larger(size - 2, 0)
    assert size == larger(L - 2000, 0)
    assert len([atom for atom in inside([size.terms]) if type(atom) is Positive]) == 1


CHAINS = {
    "stride 1": (1000, lambda n: cm.Conv1d(1, 1, 3, padding=1)),
    "valid": (1000, lambda n: cm.Conv1d(1, 1, 3)),
    "stride 2": (1000, lambda n: cm.Conv1d(1, 1, 3, 2, 1)),
    "SAME": (1000, lambda n: cm.Conv1d(1, 1, 3, 2, "same", convention="tensorflow")),
    "empty sizes": (1000, lambda n: cm.Conv1d(1, 1, 3, convention="jax")),
    "cropped": (1000, lambda n: cm.Conv1d(1, 1, 1, padding=((-1, 0),), convention="jax")),
    "up 2, down 2": (1000, lambda n: cm.Upsample(scale_factor=2) if n % 2 else cm.MaxPool1d(3, 2, 1)),
    "up 3, down 2": (40, lambda n: cm.MaxPool1d(3, 2, 1) if n % 2 else cm.Upsample(scale_factor=3)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_layers_is_analysed_shown_and_worked_out(name):
    depth, layer = CHAINS[name]
    net = cm.Sequential(*(layer(n) for n in range(depth)))
    report = net.analyze((1, 1, L))
    size, macs, touching = report.rows[-1].outputs[0][2], report.totals.macs, report.totals.macs_touching
    assert all(isinstance(str(each), str) for each in (size, macs))
    assert isinstance(python.render(written(macs)), str)
    assert hash(macs) == hash(macs + 1 - 1)
    plain = net.analyze((1, 1, 4096))
    for formula, number in (
        (size, plain.rows[-1].outputs[0][2]),
        (macs, plain.totals.macs),
        (touching, plain.totals.macs_touching),
    ):
        assert (formula if type(formula) is int else formula.at(L=4096)) == number
