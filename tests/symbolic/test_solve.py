"""Sets of solutions against trying out every size, against the definitions of layers, and against ISL."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

import islpy as isl
import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.solve import LONGEST_PERIOD, period_of, solutions
from convmath.symbolic.written import symbol
from tests.symbolic.univariate import affine, by_integers, by_symbol, holds, question

if TYPE_CHECKING:
    from convmath.symbolic.sets import Sizes

H, W = cm.symbols("H W")

QUESTIONS = 2400

CHUNKS = 12

chunks = pytest.mark.parametrize("chunk", range(CHUNKS))


def asked(text, relation, name=H):
    formula = by_symbol(text, name)
    return Proposition(formula, relation, 0)


def solved(*propositions):
    """The set, or None where it is said that it is not decided."""
    try:
        return solutions(*propositions)
    except FormulaError as error:
        if not re.search(r"not decided|at most 10\^7", str(error)):
            raise
        return None


@chunks
def test_a_set_holds_what_trying_out_finds(chunk):
    decided = 0
    for seed in range(chunk, QUESTIONS, CHUNKS):
        dice = Random(f"question {seed}")
        least = dice.choice((1, 1, 0, 5, -7))
        text, relation = question(dice, products=seed % 3 == 0)
        if type(by_symbol(text, cm.symbols("H", least))) is int:
            text = f"({text} + H - H//2 - H//2)"  # a number alone names no symbol
        found = solved(asked(text, relation, cm.symbols("H", least)))
        decided += found is not None
        if found is not None:
            for size in (*range(-20, 400), *(dice.randint(400, 10**7) for _ in range(30))):
                assert (size in found) == (size >= least and holds(by_integers(text, size), relation)), (text, size)
    assert decided == QUESTIONS // CHUNKS


@chunks
def test_a_set_is_told_in_its_shortest_form(chunk):
    for seed in range(chunk, QUESTIONS // 2, CHUNKS):
        text, relation = question(Random(f"question {seed}"), products=seed % 3 == 0)
        found = solved(asked(text, relation))
        if found is None:
            continue
        inside = [size in found for size in range(found.threshold + 3 * found.period + 1)]
        tail = inside[found.threshold :]
        shorter = [p for p in range(1, found.period) if found.period % p == 0]
        assert all(tail[place] == tail[place + found.period] for place in range(2 * found.period))
        assert not any(all(a == b for a, b in zip(tail[:-p], tail[p:], strict=True)) for p in shorter)
        if found.threshold > found.least:
            before = found.threshold - 1
            assert inside[before] != (before % found.period in found.residues)
        assert found.first(40) == [size for size in range(400) if size in found][:40][: len(found.first(40))]


@pytest.mark.parametrize("seed", range(150))
def test_several_propositions_hold_together(seed):
    dice = Random(f"together {seed}")
    pairs = [question(dice, products=dice.random() < 0.2) for _ in range(dice.randint(2, 3))]
    pairs = [(text, "≥" if dice.random() < 0.7 else relation) for text, relation in pairs]
    found = solved(*(asked(*pair) for pair in pairs))
    if found is not None:
        for size in range(1, 500):
            assert (size in found) == all(holds(by_integers(text, size), relation) for text, relation in pairs)


# The Integer Set Library as an independent oracle


class Affine:
    """A quasi-affine function of one integer as ISL has it."""

    def __init__(self, value: isl.PwAff) -> None:
        self.value = value

    @staticmethod
    def size() -> Affine:
        space = isl.LocalSpace.from_space(isl.Space.create_from_names(isl.DEFAULT_CONTEXT, set=["H"]))
        return Affine(isl.PwAff.from_aff(isl.Aff.var_on_domain(space, isl.dim_type.set, 0)))

    @staticmethod
    def of(value: Any) -> isl.PwAff:
        if isinstance(value, Affine):
            return value.value
        space = isl.LocalSpace.from_space(isl.Space.create_from_names(isl.DEFAULT_CONTEXT, set=["H"]))
        return isl.PwAff.from_aff(isl.Aff.val_on_domain(space, isl.Val(value)))

    def __add__(self, other):
        return Affine(self.value.add(self.of(other)))

    def __sub__(self, other):
        return Affine(self.value.sub(self.of(other)))

    def __rsub__(self, other):
        return Affine(self.of(other).sub(self.value))

    def __mul__(self, other):
        return Affine(self.value.mul(self.of(other)))

    def __floordiv__(self, other):
        return Affine(self.value.scale_down_val(isl.Val(other)).floor())

    def __mod__(self, other):
        return Affine(self.value.mod_val(isl.Val(other)))

    def __neg__(self):
        return Affine(self.value.neg())

    __radd__, __rmul__ = __add__, __mul__


def by_isl(text, relation):
    """The sizes of at least 1 that satisfy the question."""
    words = {
        "max": lambda a, b: Affine(Affine.of(a).max(Affine.of(b))),
        "min": lambda a, b: Affine(Affine.of(a).min(Affine.of(b))),
        "ceil": lambda a, b: -((-a) // b),
        "H": Affine.size(),
    }
    value = Affine.of(eval(text, {"__builtins__": {}}, words))
    found = value.nonneg_set() if relation == "≥" else value.zero_set()
    return found.intersect(isl.Set("{ [H] : H >= 1 }"))


def as_isl(sizes: Sizes) -> isl.Set:
    def classes(period, residues):
        return " or ".join(f"H mod {period} = {r}" for r in residues)

    parts = [f"({run.begin} <= H <= {run.end} and ({classes(run.period, run.residues)}))" for run in sizes.below]
    if sizes.residues:
        parts.append(f"(H >= {sizes.threshold} and ({classes(sizes.period, sizes.residues)}))")
    return isl.Set(f"{{ [H] : {' or '.join(parts)} }}" if parts else "{ [H] : 1 = 0 }")


@chunks
def test_isl_finds_the_same_set(chunk):
    for seed in range(chunk, 240, CHUNKS):
        dice = Random(f"isl {seed}")
        text, relation = question(dice)
        while not isinstance(by_symbol(text, H), type(H)) or period_of(by_symbol(text, H)) > 60:
            text, relation = question(dice)
        oracle, ours = by_isl(text, relation), solutions(asked(text, relation))
        assert as_isl(ours).is_equal(oracle), (text, relation, str(ours))


# What layers say: closed forms (a chain is one convolution), against a walk through the layers


def chain(dice):
    """(kernel, stride, padding low and high, dilation) of some layers."""
    return [
        (dice.randint(1, 7), dice.randint(1, 3), dice.randint(0, 3), dice.randint(0, 3), dice.randint(1, 2))
        for _ in range(dice.randint(1, 5))
    ]


def walk(layers, size):
    """The output's size, by counting placements; None where a kernel does not fit."""
    for k, s, low, high, d in layers:
        placements = range(0, size + low + high - d * (k - 1), s)
        if not placements:
            return None
        size = len(placements)
    return size


@pytest.mark.parametrize("seed", range(60))
def test_a_chain_of_layers_is_one_convolution(seed):
    dice = Random(f"chain {seed}")
    layers = chain(dice)
    net = cm.Sequential(*(cm.Conv1d(1, 1, k, s, ((low, high),), d) for k, s, low, high, d in layers))
    report = net.analyze((1, 1, H))
    output = report.rows[-1].outputs[0][2]
    stride, field, padding, least = 1, 1, 0, 1
    for k, s, low, high, d in layers:
        field += d * (k - 1) * stride
        padding += (low + high) * stride
        least = max(least, field - padding)
        stride *= s
    accepted = solutions(*(c.verdict for row in report.rows for c in row.conditions))
    assert [size for size in range(1, 200) if walk(layers, size) is not None] == list(range(least, 200))
    assert accepted.first(1) == [least]
    assert accepted == solutions(Proposition(H, "≥", least))
    for o in range(1, 12):
        sizes = [size for size in range(1, stride * o + field + 60) if walk(layers, size) == o]
        closed = range(max(stride * (o - 1) + field - padding, least), stride * o + field - padding)
        assert sizes == list(closed)
        if type(output) is not int:
            found = solutions(Proposition(output, "=", o), Proposition(H, "≥", least))
            assert found.first(1000) == sizes


# Limits and refusals


def test_a_polynomial_of_any_size_is_decided():
    assert solutions(Proposition(H * H, "=", 10**24)).first(5) == [10**12]
    assert str(solutions(Proposition(H * H * H, "≥", 10**30))) == f"H ≥ {10**10}"
    assert str(solutions(Proposition((H - 10**9) * (H - 10**12) * (10**15 - H), "≥", 0))) == (
        f"1 ≤ H ≤ {10**9} or {10**12} ≤ H ≤ {10**15}"
    )


def test_long_periods_are_refused_at_once():
    with pytest.raises(
        FormulaError, match=r"^H mod .* repeats after 10000019 sizes .* at most 10\^7 are decided$|10000019"
    ):
        solutions(Proposition(H % 10_000_019, "=", 0))
    two = Proposition(H % 10_007, "=", 0), Proposition(H % 10_009, "=", 0)
    with pytest.raises(FormulaError, match=r"^the sizes repeat after 100160063 at the earliest known; at most 10\^7"):
        solutions(*two)
    deep = H
    for _ in range(300):
        deep = (deep % 7 + deep) // 2
    with pytest.raises(FormulaError, match=r"at most 10\^7 are decided"):
        solutions(Proposition(deep, "=", 3))
    assert period_of(H % LONGEST_PERIOD) == LONGEST_PERIOD


def test_late_changes_are_refused_at_once():
    late = (H - 10**9).larger(0) + H % 1000
    with pytest.raises(FormulaError, match=r"not decided$"):
        solutions(Proposition(late, "≥", 5))


def test_several_symbols_are_refused_by_name():
    with pytest.raises(
        FormulaError, match=r"^.* depend on H, W: only questions in one symbol are decided \(give the others values\)$"
    ):
        solutions(Proposition(H % 2, "=", 0), Proposition(W % 3, "=", 0))
    with pytest.raises(FormulaError, match="depend on H, W: only questions in one symbol"):
        solutions(Proposition(H * W, "=", 12))
    with pytest.raises(FormulaError, match=r"divides by a symbol, so its sizes do not repeat: not decided$"):
        solutions(Proposition((H % 2 + 7) // H, "=", 1))


def test_what_always_or_never_holds():
    assert solutions().is_all
    assert solutions(True).is_all
    with pytest.raises(FormulaError, match=r"^False holds for no size of any symbol \(== asks"):
        solutions(H == 3)
    assert solutions(True, False, H >= 3).is_empty
    assert str(solutions(Proposition(3, "≥", 4))) == "no H"
    assert str(solutions(H >= 1)) == "every H ≥ 1"


@pytest.mark.parametrize("least", [-30, -1, 0, 1, 2, 50])
def test_symbols_of_other_least_values(least):
    x = cm.symbols("H", least)
    for text, relation in (("H % 4 - 1", "="), ("H // 3 - 2", "≥"), ("5 - H", "≥"), ("H*H - 9", "="), ("H", "≥")):
        found = solutions(asked(text, relation, x))
        assert [s for s in range(-60, 90) if s in found] == [
            s for s in range(least, 90) if holds(by_integers(text, s), relation)
        ]
        inside = [s for s in range(least, 1000) if s in found]
        assert found.first(20) == inside[:20]


def test_one_name_with_two_least_values_is_one_number():
    found = solutions(Proposition(cm.symbols("H", 5) + H, "≥", 4), Proposition(H % 2, "=", 0))
    assert found.first(3) == [6, 8, 10]


def test_formulas_as_they_are_written_are_read():
    assert str(solutions(Proposition((symbol("H") + 31) // 32, "=", 7))) == "193 ≤ H ≤ 224"


@pytest.mark.parametrize("nonsense", ["H", 2.5, None])
def test_what_is_no_size_is_refused(nonsense):
    with pytest.raises(FormulaError, match=r"is no size \(use an integer or a formula\)$"):
        solutions(Proposition(H, "≥", nonsense))


def test_random_affine_questions_are_of_every_kind():
    kinds = {type(by_symbol(affine(Random(seed)), H)) is int for seed in range(100)}
    assert kinds == {True, False}
