"""What the columns say of axes that agree and of axes that do not."""

from fractions import Fraction

import pytest

import convmath as cm
from convmath.report.columns import COLUMNS, DEFAULT_COLUMNS, one_or_each


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([7, 7], 7),
        ([7, 3], "7x3"),
        ([7, "all"], "7xall"),
        (["all", "all", "all"], "all"),
        (["?"], "?"),
        ([], ""),
        ([-3, -1], "-3x-1"),
        ([Fraction(1, 2), Fraction(1, 2)], Fraction(1, 2)),
        ([Fraction(1, 2), 1], "1/2x1"),
    ],
)
def test_one_or_each(values, told):
    assert one_or_each(values) == told


def test_the_usual_columns_are_columns():
    assert set(DEFAULT_COLUMNS) < set(COLUMNS)


def test_numbers_stand_on_the_right():
    assert [name for name, column in COLUMNS.items() if not column.heading.right] == [
        "name", "op", "call", "input", "output",
    ]  # fmt: skip


def test_only_costs_have_totals():
    assert [name for name, column in COLUMNS.items() if column.total] == [
        "params", "buffers", "macs", "macs_touching", "flops", "activations", "bytes", "intensity",
    ]  # fmt: skip


def test_sorted_by_an_intensity_of_which_some_are_unknown():
    net = cm.Network("net")
    x = net.add(cm.ReLU(), net.input("x", (1, 2, 8)), name="act")
    x = net.add(cm.Conv1d(2, 4, 3), x, name="conv")
    net.add(cm.Unknown("Mystery", ((1, 4, 6),)), x, name="odd")
    report = net.analyze().sort("intensity")
    assert [row.name for row in report.rows] == ["odd", "conv", "act"]
    assert [str(cell) for cell in report.table(("intensity",)).rows[0]] == ["?"]
