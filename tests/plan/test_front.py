"""Fronts by the definition, pair by pair; and the same whatever the order in which designs arrive."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath.plan import front as module
from convmath.plan.front import Goal, front, parse_goals
from convmath.plan.gathering import Best, Front, Grouped


@pytest.mark.parametrize("places", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [0, 1, 6, 60])
@pytest.mark.parametrize("most", [3, 20, 1000])
def test_by_definition(places, count, most, monkeypatch):
    monkeypatch.setattr(module, "MOST_AT_ONCE", 16)
    points = np.random.default_rng(places * 1000 + count + most).integers(0, most, (count, places))
    want = [
        i for i in range(count)
        if not any((points[j] <= points[i]).all() and (points[j] < points[i]).any() for j in range(count))
    ]  # fmt: skip
    assert front(points).tolist() == want


@pytest.mark.parametrize(
    "make",
    [
        lambda: Front((Goal("a", 1), Goal("b", -1))),
        lambda: Front((Goal("a", 1), Goal("b", 1), Goal("c", 1))),
        lambda: Best(Goal("a", -1), 7),
        lambda: Grouped("c", Goal("a", 1), 2),
    ],
)
def test_any_order_gives_the_same(make):
    rng = np.random.default_rng(5)
    columns = {name: rng.integers(0, 9, 300) for name in "abc"}
    found = []
    for order in (range(6), reversed(range(6)), (3, 0, 5, 1, 4, 2)):
        gatherer = make()
        for piece in order:
            mine = np.arange(50 * piece, 50 * piece + 50)
            gatherer.take(mine, {name: column[mine] for name, column in columns.items()})
        found.append(gatherer.rows())
    assert found[0] == found[1] == found[2]
    assert found[0]


def test_numbers_beyond_64_bits():
    gatherer = Front((Goal("a", 1), Goal("b", 1)))
    gatherer.take(np.arange(2), {"a": np.array([2**70, 2**70 + 1], object), "b": np.array([2, 1])})
    assert gatherer.rows() == [(2**70, 2), (2**70 + 1, 1)]


@pytest.mark.parametrize(
    ("text", "said"), [("macs:up", "is no goal"), ("", "is no goal"), ("a,a:max", "a is a goal twice")]
)
def test_refusals(text, said):
    with pytest.raises(cm.ConvmathError, match=said):
        parse_goals(text)
