"""Rows as values: equal where the network is, and whole after a journey; what is seen is worked out when asked for."""

from __future__ import annotations

import copy
import pickle

import pytest

import convmath as cm
from convmath.core.extent import Extent
from convmath.report import extents


def mixed():
    return cm.Sequential(cm.Conv2d(3, 4, 3), cm.Flip(2), cm.Conv2d(4, 2, 2)).analyze((1, 3, 8, 9))


@pytest.mark.parametrize("journey", [copy.deepcopy, copy.copy, lambda report: pickle.loads(pickle.dumps(report))])
def test_a_report_is_the_same_after_a_journey(journey):
    there = journey(mixed())
    assert there.rows == mixed().rows
    assert [row.fields for row in there.rows] == [row.fields for row in mixed().rows]
    assert isinstance(there.rows[-1].fields[0], Extent)
    assert there.rows != cm.Sequential(cm.Conv2d(3, 4, 3), cm.Flip(3), cm.Conv2d(4, 2, 2)).analyze((1, 3, 8, 9)).rows


def test_positions_are_looked_at_once_and_only_when_asked_for(monkeypatch):
    counted = []
    plain = extents.extents
    monkeypatch.setattr(extents, "extents", lambda *given: counted.append(1) or plain(*given))
    report = mixed()
    assert report.totals.params == 146
    assert counted == []
    assert report.rows[1].fields
    assert report.rows[2].fields
    assert report.fold(1).rows[2].fields
    assert counted == [1]
