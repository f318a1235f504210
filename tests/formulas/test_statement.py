"""Formulas with values for their symbols, over one another, and what a symbol of all axes stands for."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.formulas.formula import formula, formulas
from convmath.layers import FILE_OF
from convmath.symbolic.written import Written
from tests.formulas.numbers import WITHOUT

SIZES = {"C_in": 4, "C_out": 6, "g": 1}


def test_the_name_of_an_axis_counts_whatever_the_order():
    params = formula("Conv2d", "params")
    first, last = params.at(k_h=3, k=5, **SIZES), params.at(k=5, k_h=3, **SIZES)
    assert first == last == cm.Conv2d(4, 6, (3, 5)).params
    assert str(params.given(k=5, k_h=3)) == str(params.given(k_h=3, k=5)) == str(params.given(k_h=3, k_w=5))


def test_what_a_name_stands_for_may_not_all_be_given_beside_it():
    told = r"^Conv2d params: k is given beside k_h and k_w \(leave k out\)$"
    for values in ({"k": 5, "k_h": 3, "k_w": 5}, {"k_h": 3, "k_w": 5, "k": 5}):
        with pytest.raises(FormulaError, match=told):
            formula("Conv2d", "params").given(**values)
        with pytest.raises(FormulaError, match=told):
            formula("Conv2d", "params").at(**values, **SIZES)


@pytest.mark.parametrize("quantity", [f.quantity for f in formulas("Conv2d")])
def test_values_for_all_symbols_make_a_number(quantity):
    f = formula("Conv2d", quantity)
    values = {name: {"H": 20, "W": 21, "i": 20}.get(name, 2) for name in f.names}
    given = f.given(**values)
    assert (given.names, given.where) == ({}, ())
    assert given.normal == f.at(**values)


def stated():
    """The formulas of all types by quantity, one of each form."""
    found = {}
    for name, file in FILE_OF.items():
        if file not in WITHOUT:
            for f in formulas(name):
                found.setdefault(f.quantity, {}).setdefault(str((f.expression, f.where)), f)
    return {quantity: list(told.values())[:14] for quantity, told in found.items()}


STATED = stated()


@pytest.mark.parametrize("quantity", STATED)
def test_every_type_over_every_type(quantity):
    """A ratio, or an error in words."""
    for one in STATED[quantity]:
        for other in STATED[quantity]:
            try:
                told = one.over(other)
                assert str(told)
            except FormulaError as error:
                assert " is divided by 0" in str(error) or quantity == "fft"  # noqa: PT017
            else:
                assert one is not other or told == 1


@pytest.mark.parametrize("quantity", STATED)
def test_the_growth_of_every_type(quantity):
    for f in STATED[quantity]:
        for name in f.names:
            if quantity != "fft":
                assert str(f.growth(name))


@pytest.mark.parametrize(("quantity", "one", "other"), [
    ("output", "Conv2d", "MaxPool2d"), ("winograd", "Conv2d", "Conv2d"), ("fft", "Conv2d", "Conv2d"),
    ("intensity", "Conv2d", "Conv2d"),
])  # fmt: skip
def test_what_is_the_same_has_the_ratio_1(quantity, one, other):
    assert formula(one, quantity).over(formula(other, quantity)) == 1


def test_a_number_over_a_formula_has_no_names_of_the_formula():
    values = {"N": 1, "C_in": 3, "C_out": 8, "H": 20, "W": 20, "k": 3, "g": 1, "p": 0, "s": 1, "d": 1}
    macs = formula("Conv2d", "macs")
    told = macs.given(**values).over(macs)
    assert "H_o" not in told.names
    assert told.at(**macs.spread(values)) == 1


def test_a_symbol_for_all_axes_grows_with_all():
    assert formula("Conv3d", "params").growth("k").power == 3
    assert formula("Conv3d", "params").growth("k_d").power == 1
    assert isinstance(formula("Conv3d", "params").expression, Written)


def test_a_formula_that_is_always_too_small_is_refused():
    s, k = cm.symbols("s k")
    with pytest.raises(FormulaError, match=r"^Conv2d output: s=−k is less than 1$"):
        formula("Conv2d", "output").given(s=-k)
    assert "k − 1" in str(formula("Conv2d", "output").given(s=k - 1, k=k))
    assert str(formula("Conv2d", "jump").given(s=s + 1)) == "j = s + 1"
