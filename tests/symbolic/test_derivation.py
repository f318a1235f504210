"""Every step of a derivation holds far beyond the values it was checked on, and the last one is the normal form."""

from __future__ import annotations

from random import Random

import pytest

from convmath.core.errors import FormulaError
from convmath.core.size import ceil_div
from convmath.formulas.formula import formulas
from convmath.symbolic import derivation as module
from convmath.symbolic.derivation import CEILING, COMMON, EXPAND, MULTIPLES, NESTED, derivation, normal
from convmath.symbolic.write import written
from convmath.symbolic.written import Written, symbol
from tests.formulas.numbers import TYPES

H, W, K, S = (symbol(name) for name in ("H", "W", "k", "s"))

NAMES = {"H": H, "W": W, "k": K, "s": S}


def value(operand, values):
    return operand.worked_out(values) if isinstance(operand, Written) else operand


def floors(dice, depth):
    """A nest of floors and ceilings with numbers as divisors, now and then a symbol."""
    if depth == 0:
        return dice.choice((H, H, W)) + dice.randint(-4, 4)
    above = dice.choice((1, 2, 3, 4, 6)) * floors(dice, depth - 1) + dice.randint(-9, 9)
    if dice.random() < 0.3:
        above = above + dice.choice((2, 4, 8)) * floors(dice, depth - 1)
    below = dice.choice((2, 3, 4, 6, 8)) if dice.random() < 0.9 else dice.choice((S, K))
    return (above // below if dice.random() < 0.7 else ceil_div(above, below)) + dice.randint(-2, 2)


def holds_everywhere(step, dice, times=250):
    """Before and after agree at values near and far, which the step was not checked on."""
    for _ in range(times):
        top = dice.choice((9, 60, 10**4, 10**9, 10**30))
        values = {name: dice.randint(1, top) for name in NAMES}
        if value(step.before, values) != value(step.after, values):
            return False
    return True


LAWS = {CEILING, EXPAND, MULTIPLES, COMMON, NESTED}


@pytest.mark.parametrize("chunk", range(6))
def test_every_step_of_a_random_formula_holds(chunk):
    seen = set()
    for seed in range(chunk, 240, 6):
        dice = Random(f"derivation {seed}")
        start = floors(dice, dice.randint(1, 4))
        steps = derivation(start)
        before = start
        for step in steps:
            assert step.law in LAWS
            seen.add(step.law)
            assert holds_everywhere(step, dice, 60), step
            values = {name: dice.randint(1, 10**6) for name in NAMES}
            assert value(before, values) == value(step.whole, values)
            before = step.whole
        assert before == written(normal(start)) or not steps
        assert len({str(step.whole) for step in steps}) == len(steps)
    assert seen == LAWS


@pytest.mark.parametrize("name", [name for name in TYPES if not name.endswith(("1d", "3d"))])
def test_every_formula_of_every_type_is_derived(name):
    dice = Random(f"types {name}")
    for f in formulas(name):
        if f.quantity == "fft":
            continue
        normal_form = f.normal
        for step in f.steps():
            assert step.law in LAWS
            assert step.checked
        for _ in range(3):
            values = {symbol: dice.randint(max(least, 1), 40) for symbol, least in f.names.items()}
            try:
                direct = value(f.whole, values)
            except FormulaError:
                continue  # a share that does not come out even
            told = normal_form if type(normal_form) is int else normal_form.at(values_in(normal_form, values))
            assert direct == told, (f, values)


def values_in(formula, values):
    return {name: values[name] for name in formula.names}


@pytest.mark.parametrize(
    ("start", "law", "after"),
    [
        (ceil_div(H, 2), CEILING, "⌈H/2⌉"),
        ((H + 5) // 2, MULTIPLES, "⌊(H + 1)/2⌋ + 2"),
        ((2 * H + 6) // 4, COMMON, "⌊(H + 3)/2⌋"),
        ((H // 2 + 1) // 3, NESTED, "⌊(H + 2)/6⌋"),
        ((H // S + 1) // K, NESTED, "⌊(H + s)/(k·s)⌋"),
        (2 * (H - W) + 3 * W, EXPAND, "2H + W"),
    ],
)
def test_laws_are_named_for_what_they_do(start, law, after):
    laws = [step.law for step in derivation(start)]
    if law is CEILING:
        assert laws == []  # it is in normal form already
        assert str(written(normal(start))) == after
    else:
        assert law in laws
        assert str(derivation(start)[-1].whole) in {after, str(written(normal(start)))}


@pytest.mark.parametrize(("law", "start"), [
    (MULTIPLES, (H + 5) // 2 * 3 + (H + 9) // 2),
    (COMMON, (2 * H + 1) // 4),
    (NESTED, (H // 2 + 1) // 3),
])  # fmt: skip
def test_a_wrong_law_is_found_out(monkeypatch, law, start):
    right = module.LAWS[law]
    wrong = {**module.LAWS, law: lambda a, m: None if right(a, m) is None else right(a, m) + 1}
    monkeypatch.setattr(module, "LAWS", wrong)
    with pytest.raises(FormulaError, match=r" makes .* of .*, which differ at \{"):
        derivation(start)


def test_a_law_that_is_wrong_at_one_residue_only_is_found_out(monkeypatch):
    right = module.LAWS[NESTED]

    def nearly(a, m):
        after = right(a, m)
        return None if after is None else after + (H % 6 + 1) // 6 - (H % 6 + 1) // 6 + (H % 6) // 5

    monkeypatch.setattr(module, "LAWS", {**module.LAWS, NESTED: nearly})
    with pytest.raises(FormulaError, match="differ at"):
        derivation((H // 2 + 1) // 3)


def test_a_number_and_a_symbol_take_no_steps():
    assert derivation(7) == []
    assert derivation(H) == []
    assert derivation(H // 2) == []


@pytest.mark.parametrize("start", [
    (H + 5) // 2 * 3, ((H * H + 5) // 3) % 4 - (H * H + 5) // 3, ceil_div(2 * H + 6, 4), (H - 1) * (H + 1),
])  # fmt: skip
def test_floors_of_numbers_are_checked_at_all_sizes(start):
    steps = derivation(start)
    assert steps
    assert all(step.checked.startswith("H = 1 … ") and step.checked.endswith(": all sizes") for step in steps)


@pytest.mark.parametrize("start", [
    (H * H + 5 * H - 3) // H, (H + 3 * K - 1) // K, ((H - 9).larger(0) + 1) * (H + 1), (H - 9).smaller(4) * (H + 1),
    H.common_divisor(6) * (H + 1), (H + 6) * (H + 1).exact_div(2), (5 * H + 224) % H,
])  # fmt: skip
def test_what_a_floor_of_a_symbol_is_in_is_checked_at_a_sample(start):
    steps = derivation(start)
    assert steps
    for step in steps:
        words = step.checked.split()
        assert (words[:3], words[4:]) == (["a", "sample", "of"], ["sizes"])
        assert 100 < int(words[3]) <= 400
