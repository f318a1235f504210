"""Conditions: decided for numbers, kept for arrays, explained when they fail."""

from __future__ import annotations

import numpy as np
import pytest

from convmath.core.conditions import RELATIONS, Condition, at_least, broadcastable, divides, enforce, equal
from convmath.core.errors import ParameterError, ShapeError


def verdicts(make, pairs) -> list[object]:
    return [make(left, right, "", "").verdict for left, right in pairs]


def test_verdicts_of_numbers_are_booleans() -> None:
    pairs = [(2, 3), (3, 3), (4, 3), (1, 3), (3, 1), (6, 3), (3, 6)]
    assert verdicts(at_least, pairs) == [False, True, True, False, True, True, False]
    assert verdicts(equal, pairs) == [False, True, False, False, False, False, False]
    assert verdicts(divides, pairs) == [False, True, False, True, False, False, True]
    assert verdicts(broadcastable, pairs) == [False, True, False, True, True, False, False]
    assert set(RELATIONS) == {"≥", "=", "divisible by", "broadcasts with"}


def test_verdicts_of_arrays_are_masks() -> None:
    left, right = np.array([2, 3, 1, 6]), np.array([3, 3, 3, 3])
    assert at_least(left, right, "", "").verdict.tolist() == [False, True, False, True]
    assert at_least(4, left, "", "").verdict.tolist() == [True, True, True, False]
    assert equal(left, 3, "", "").verdict.tolist() == [False, True, False, False]
    assert divides(3, left, "", "").verdict.tolist() == [False, True, False, True]
    assert divides(left, 6, "", "").verdict.tolist() == [True, True, True, True]
    assert broadcastable(left, right, "", "").verdict.tolist() == [False, True, True, False]
    assert broadcastable(left, 1, "", "").verdict is True


def test_the_first_false_condition_is_raised() -> None:
    conditions = [at_least(3, 3, "a", "b"), at_least(2, 3, "{left} < {right}", "add {right}"), equal(1, 2, "c", "d")]
    with pytest.raises(ShapeError, match=r"^conv1: 2 < 3 \(add 3\)$"):
        enforce(conditions, "conv1")
    with pytest.raises(ParameterError, match=r"^conv1: 2 < 3 \(add 3\)$"):
        enforce(conditions, "conv1", ParameterError)


def test_undecided_conditions_are_kept() -> None:
    held, kept = at_least(3, 3, "a", "b"), at_least(np.array([2, 4]), 3, "a", "b")
    assert enforce([held, kept], "conv1") == (kept,)
    assert enforce([held], "conv1") == ()


@pytest.mark.parametrize(
    ("whole", "choices"),
    [
        (1, "1"), (7, "1 or 7"), (12, "1, 2, 3, 4, 6 or 12"), (64, "1, 2, 4, 8, 16, 32 or 64"),
        (30, "1, 2, 3, 5, 6, 10, 15 or 30"), (48, "a divisor of 48: 1, 2, 3, 4, 6, 8, 12, …"),
        (4096, "a divisor of 4096: 1, 2, 4, 8, 16, 32, 64, …"), (4099, "a divisor of 4099: 1, …"),
        (10**18, "a divisor of 1000000000000000000: 1, 2, 4, 5, 8, 10, 16, …"),
        (np.int64(6), "a divisor of 6"),
    ],
)  # fmt: skip
def test_the_choices_of_a_divisor(whole: int, choices: str) -> None:
    assert divides(3, whole, "m", "use {choices}").explain() == f"m (use {choices})"


def test_a_condition_that_holds_is_never_formatted() -> None:
    assert enforce([Condition(3, "≥", 2, "{nobody}", "{nothing}")], "conv1") == ()
