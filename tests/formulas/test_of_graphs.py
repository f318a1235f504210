"""Formulas of the types that imported graphs have: at numbers they are what a layer of the same numbers says."""

from __future__ import annotations

import pytest

from convmath.core.errors import FormulaError
from convmath.formulas.formula import formula, formulas
from convmath.formulas.general import general
from convmath.layers import FILES
from tests.formulas.numbers import OF_GRAPHS
from tests.formulas.test_every_type import COUNTED_ELSEWHERE, in_all

PRIMES = dict(zip("NLCHWIESVknmb", (2, 3, 26, 7, 8, 11, 13, 17, 19, 23, 29, 31, 4), strict=True))

TYPES = [name for file in OF_GRAPHS for name in FILES[file]]


def number(name, least):
    return PRIMES.get(name, max(least, 1))


@pytest.mark.parametrize("name", TYPES)
def test_formulas_say_what_the_layer_says(name):
    g = general(name_to_type(name), make=number)
    stated = list(formulas(name))
    assert stated
    for f in stated:
        if f.quantity in COUNTED_ELSEWHERE or f.quantity in ("output", "receptive_field", "jump", "start"):
            continue
        if f.quantity == "params_without_bias":
            continue
        values = {symbol: number(symbol, 1) for symbol in f.names}
        assert f.at(**values) == in_all(g.layer, g.inputs, f.quantity, values.get("b", 4)), f


def name_to_type(name):
    from convmath.layers import layer_type

    return layer_type(name)


@pytest.mark.parametrize("name", ["Parameter", "Constant", "Unknown"])
def test_what_has_no_rule_has_no_formula(name):
    with pytest.raises(FormulaError, match=f"^{name}: "):
        formula(name, "activations")
