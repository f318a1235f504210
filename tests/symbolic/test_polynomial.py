"""Polynomials: what they refuse, what values they take, and that nothing is silently wrong."""

from __future__ import annotations

import operator
from fractions import Fraction
from threading import Thread

import numpy as np
import pytest

from convmath.core.errors import ConvmathError, FormulaError, UnknownNameError
from convmath.core.size import common_divisor, exact_div, larger, pairs_below, smaller
from convmath.symbolic.atoms import ATOMS, Name, inside
from convmath.symbolic.polynomial import MOST_POWER, Polynomial, symbols
from convmath.symbolic.terms import MOST_TERMS

H, W, K = symbols("H W k")

STRANGE = [
    1.5, 2.0, float("nan"), float("inf"), Fraction(1, 2), 1j, True, False, None, "2", b"2", [1], (1,), {1}, {},
    object(),
    np.float64(2), np.float32(1.5), np.int64(2), np.uint8(2), np.bool_(True), np.array([1, 2]), np.array([1.5]),
]  # fmt: skip

strange = pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)


# Mixing


@strange
@pytest.mark.parametrize(
    "apply",
    [
        operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.truediv, operator.pow,
        divmod,
        operator.ge, operator.gt, operator.le, operator.lt,
    ],
)  # fmt: skip
def test_formulas_mix_with_integers_only(apply, value):
    for sides in ((H, value), (value, H)):
        if apply is operator.mod and isinstance(sides[0], str | bytes):
            continue  # text formatting
        with pytest.raises((TypeError, FormulaError)):
            apply(*sides)


@strange
@pytest.mark.parametrize(
    "apply",
    [
        larger, smaller, common_divisor, exact_div, Polynomial.at_least, Polynomial.equals, Polynomial.exact_div,
        Polynomial.common_divisor, lambda h, value: pairs_below(h, h, value, h, 1),
        lambda h, value: pairs_below(value, h, 1, 3, 1),
    ],
)  # fmt: skip
def test_the_words_of_sizes_take_integers_only(apply, value):
    with pytest.raises((TypeError, ConvmathError)):
        apply(H, value)


@pytest.mark.parametrize(
    "ask",
    [int, float, complex, len, range, round, abs, list, iter, sum, operator.index, lambda h: h[0], lambda h: [1, 2][h]],
)
def test_a_formula_is_no_number_and_no_sequence(ask):
    with pytest.raises(TypeError):
        ask(H)


@pytest.mark.parametrize("ask", [bool, lambda h: not h, lambda h: h or 1, lambda h: 1 if h - 1 else 0])
def test_a_formula_is_neither_true_nor_false(ask):
    with pytest.raises(FormulaError, match=r"is neither true nor false \(compare it, or give its symbols values"):
        ask(H)


def test_a_formula_equals_formulas_only():
    assert H != 1
    assert H != "H"
    assert H != 1.5
    assert H not in {1, "H", None}
    assert len({H, H * 1, H + 0}) == 1


def test_constants_are_integers():
    for constant in (H - H, H // H, H * 0, 0 * H, (H + 3) - H, H % H, H**0, larger(H, H) - H, H % 1):
        assert type(constant) is int


# Dividing


@pytest.mark.parametrize(
    ("divisor", "said"),
    [
        (K - K, "0"),
        (0, "0"),
        (H - 1, "H − 1"),
        (-H, "−H"),
        (H - W, "H − W"),
        (H // 2, "⌊H/2⌋"),
        (H % 2, r"H − 2·⌊H/2⌋"),
    ],
)
@pytest.mark.parametrize("apply", [operator.floordiv, operator.mod, exact_div])
def test_a_divisor_that_may_be_zero_is_refused(apply, divisor, said):
    for above in (H + W, 5 if type(divisor) is not int else H):
        with pytest.raises(FormulaError) as caught:
            apply(above, divisor)
        mend = "is not provably at least 1 (give its symbols a larger least value, or numbers)"
        mend = "is below 1 (write one of at least 1)" if divisor == 0 else mend
        assert str(caught.value) == f"the divisor {said} {mend}"


@pytest.mark.parametrize(
    "divisor", [H, H * W, H + W - 1, larger(H - 5, 1), larger(1, H - W), common_divisor(H, 6), H // 2 + 1]
)
def test_a_divisor_that_is_at_least_one_is_taken(divisor):
    assert (7 * divisor) // divisor == 7
    assert ((H * 9 + W) // divisor).at(H=9, W=4) == 85 // divisor.at(
        {name: {"H": 9, "W": 4}[name] for name in divisor.names}
    )


def test_a_larger_least_value_allows_more():
    h = symbols("h", 3)
    assert (h // (h - 2)).at(h=3) == 3


@pytest.mark.parametrize("divisor", [-2, -3, -7])
def test_negative_numbers_divide_as_in_python(divisor):
    for h in range(1, 30):
        assert (H // divisor).at(H=h) == h // divisor
        assert (H % divisor).at(H=h) == h % divisor


def test_what_divides_exactly_leaves_no_fraction_behind():
    share = exact_div(12 * H, K)  # whole where k divides 12·H; a twelfth of it need not be
    assert share.at(H=1, k=12) == 1
    assert (share // 12).at(H=1, k=12) == 0
    assert (share // 5).at(H=5, k=12) == 1
    assert (share // H).at(H=2, k=24) == 0
    assert exact_div(H, K) * K == H
    assert exact_div(H * K, K) == H
    with pytest.raises(FormulaError, match=r"^5 does not divide 12, which the formula assumes$"):
        share.at(H=1, k=5)


# Powers and sizes


@pytest.mark.parametrize("exponent", [-1, MOST_POWER + 1, 2.0, True, None, "2", 10**100, H])
def test_an_exponent_is_a_small_number(exponent):
    with pytest.raises(FormulaError, match=r"is no exponent \(use an integer from 0 to 16\)$"):
        H**exponent


def test_powers():
    assert H**3 == H * H * H
    assert (H + 1) ** 2 == H * H + 2 * H + 1
    assert ((H + W) ** MOST_POWER).at(H=1, W=1) == 2**MOST_POWER


def test_huge_integers_stay_exact():
    huge = 10**400
    assert (H + huge) - huge == H
    assert (H * huge) // huge == H
    assert (3 * H).at(H=huge) == 3 * huge
    assert ((H + huge) // (huge + 1)).at(H=1) == 1
    assert (H // huge).at(H=huge * 7 + 5) == 7
    assert str(H + huge) == f"H + {huge}"
    assert (H * W * K).at(H=2**63, W=2**64, k=2**65) == 2**192


def test_a_product_of_too_many_terms_is_refused():
    names = symbols(" ".join(f"x{n}" for n in range(150)))
    total = sum(names)
    with pytest.raises(FormulaError, match=f"^a product of 150 and 150 terms has more than {MOST_TERMS}"):
        total * total


# Values

FORMULA = (H // 2) * W + larger(H - 3, 0)


@pytest.mark.parametrize(
    "value",
    [True, False, 1.5, 2.0, float("nan"), float("inf"), "3", b"3", None, [1, 2], (3,), {3}, {}, 1j, object,
     np.float64(3), np.array([1.5]), np.array([True]), np.array(["3"]), np.array([object()]), np.bool_(True)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_is_an_integer_an_array_of_integers_or_a_formula(value):
    with pytest.raises(FormulaError, match=r"^H=.* is no size \(use an integer, an array of integers or a formula\)$"):
        FORMULA.at(H=value)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (-5, "-5"), (np.int64(0), "0"), (np.array([3, -7, 2]), "-7"), (-(10**4000), "an integer of 13288 bits")],
)
def test_a_value_is_not_below_what_the_formula_assumes(value, said):
    with pytest.raises(FormulaError) as caught:
        FORMULA.at(H=value)
    assert str(caught.value) == f"H={said} is below 1, which the formula assumes at least"


@pytest.mark.parametrize("value", [W - 5, W // 2, -W, W - K, 0 * W - 1 + W])
def test_a_formula_as_a_value_is_provably_not_below_it(value):
    with pytest.raises(FormulaError, match="is not provably at least 1, as the formula assumes"):
        FORMULA.at(H=value)


def test_an_unknown_name_is_named():
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'Q'$"):
        FORMULA.at(Q=3)
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'h'; did you mean H\?$"):
        FORMULA.at(h=3)
    with pytest.raises(UnknownNameError, match=r"^no symbol is called '3'$"):
        FORMULA.at({3: 3})


@pytest.mark.parametrize("values", [3, "H", [("H", 3)], H, 1.5])
def test_values_are_given_by_name(values):
    with pytest.raises(FormulaError, match=r"names no symbols \(write for example \.at\(H=224\)\)$"):
        FORMULA.at(values)


def test_values_by_position_and_by_name_go_together():
    assert FORMULA.at({"H": 7}, W=2) == FORMULA.at(H=7, W=2) == 10
    assert FORMULA.at() == FORMULA.at({}) == FORMULA


def test_swapping_symbols_is_done_at_once():
    assert (H - W * 2 + 5).at(H=W, W=H) == W - 2 * H + 5


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", ">i4"])
def test_narrow_and_unsigned_arrays_do_not_wrap(kind):
    values = np.array([1, 2, 100, 127], dtype=kind)
    told = (H**4 - 100 * H - 10**6).at(H=values)
    assert told.tolist() == [h**4 - 100 * h - 10**6 for h in (1, 2, 100, 127)]
    assert (H**9).at(H=values[2]) == 100**9


@pytest.mark.parametrize(
    "formula",
    [
        H**5,
        (H**5) // 7,
        H**4 * (2**40) - H**4 * (2**40 - 1),
        larger(H**5 - 3, 7),
        2**70 * H // 3,
        common_divisor(H**5, 12),
    ],
)
def test_arrays_are_exact_where_64_bits_are_not_enough(formula):
    values = [2**40 + 1, 2**31 - 1, 1, 10**12]
    assert formula.at(H=np.array(values)).tolist() == [formula.at(H=value) for value in values]


def test_counts_of_pairs_are_exact_over_arrays():
    count = pairs_below(H, W, 2, 3, K)
    values = [(h, w, k) for h in (1, 5, 40) for w in (1, 7, 30) for k in (1, 2, 9)]
    h, w, k = (np.array(axis) for axis in zip(*values, strict=True))
    brute = [sum(2 * o + t * k <= h for o in range(w) for t in range(3)) for h, w, k in values]
    assert count.at(H=h, W=w, k=k).tolist() == brute
    assert [count.at(H=h, W=w, k=k) for h, w, k in values] == brute


def test_arrays_broadcast_and_may_be_views():
    grid = (H * W).at(H=np.arange(1, 4)[:, None], W=np.arange(1, 6))
    assert grid.tolist() == [[h * w for w in range(1, 6)] for h in range(1, 4)]
    values = np.arange(1, 20)
    values.flags.writeable = False
    assert (H // 3).at(H=values[::-2]).tolist() == [h // 3 for h in range(19, 0, -2)]
    assert (H + 1).at(H=np.array([], dtype="int64")).tolist() == []


def test_an_array_needs_numbers_for_all_symbols():
    with pytest.raises(FormulaError, match=r"^W must be numbers or arrays too, where H is one$"):
        FORMULA.at(H=np.array([3, 4]))
    with pytest.raises(FormulaError, match=r"^W must be numbers or arrays too, where H is one$"):
        FORMULA.at(H=np.array([3, 4]), W=K)


# Atoms


def test_the_gcd_of_equals_is_never_negative():
    x = common_divisor(H - 5, H - 5)
    assert [x.at(H=h) for h in (1, 4, 5, 9)] == [4, 1, 0, 4]
    assert common_divisor(H, H) == H


def test_gcds_are_bounded_by_what_is_positive_only():
    assert common_divisor(H - 5, 4).at(H=5) == 4
    assert common_divisor(H - 5, K - 5).at(H=5, k=5) == 0
    for h in range(1, 12):
        assert common_divisor(H - 5, 4).at(H=h) == int(np.gcd(h - 5, 4))


def test_atoms_are_made_once_by_many_threads():
    made = []

    def work():
        made.append([inside([(symbols(f"thread{n}") // 3 + n).terms] if n else [H.terms]) for n in range(200)])

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(other == made[0] for other in made)
    assert all(ATOMS[atom.number] is atom for found in made[0] for atom in found)
    assert isinstance(made[0][5][0], Name)
