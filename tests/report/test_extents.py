"""What is told where no one interval moves along: pyramids by hand, tokens, inputs with channels last, bounds."""

from fractions import Fraction

import pytest

import convmath as cm
from convmath.core.extent import Extent
from convmath.core.receptive_field import ReceptiveField, figure
from convmath.network.node import Ref
from convmath.network.tensor import Tensor
from convmath.report.data import report_data
from convmath.report.extents import MOST_NUMBERS
from convmath.report.sights_table import sights_data, sights_table, touched_table

LAST, FIRST = cm.Permute((0, 2, 3, 1)), cm.Permute((0, 3, 1, 2))


def pyramid(size=7):
    """Two levels: 3-wide windows by 2, brought back to the odd size by nearest neighbours and added to the input."""
    net = cm.Network("pyramid")
    x = net.input(shape=(1, 1, size))
    down = net.add(cm.Conv1d(1, 1, 3, stride=2, padding=1), x, name="down")
    net.add(cm.Add(), x, net.add(cm.Upsample((size,)), down, name="up"), name="merged")
    return net


def by_hand(size=7):
    """Position o of the merged map: itself, and what ⌊o·4/7⌋ of the lower level sees, 2j − 1 … 2j + 1."""
    lower = (size + 1) // 2
    read = [{o, *range(2 * (o * lower // size) - 1, 2 * (o * lower // size) + 2)} for o in range(size)]
    inside = [sorted(t for t in one if 0 <= t < size) for one in read]
    return tuple(one[0] for one in inside), tuple(one[-1] for one in inside)


def test_paths_of_different_jump_by_hand():
    report = pyramid().analyze()
    assert report["up"].fields == (ReceptiveField(8, (-1, -1, 1, 1, 3, 3, 5), (1, 1, 3, 3, 5, 5, 7)),)
    assert report["merged"].fields == (Extent(*by_hand(), holes=0),)
    assert by_hand() == ((0, 0, 1, 1, 3, 3, 5), (1, 1, 3, 3, 5, 5, 6))
    sight = report.receptive_fields()["merged"]
    assert (sight.fields, sight.holes, sight.aligned) == (report["merged"].fields, (0,), False)
    assert (sight.shares, sight.shares_inside) == ((Fraction(3, 7),), (Fraction(3, 7),))
    assert report.receptive_fields("down")["up"].fields[0].size == 1


def test_extents_are_told_in_tables_and_data():
    report = pyramid().analyze()
    assert report.table(["name", "rf", "jump", "start"]).rows[-1] == ("merged", 3, "varies", 0)
    assert report.sort("rf").rows[0].name in {"down", "up", "merged"}
    told = report_data(report)["layers"][-1]["receptive_field"]
    assert told == {"size": [3], "jump": ["varies"], "start": [0]}
    sights = report.receptive_fields()
    table = sights_table(sights)
    assert table.rows[-1][3:9] == (3, "varies", 0, "42.9 %", "42.9 %", 0)
    assert table.notes[0].startswith("varies: no one interval moves along")
    data = sights_data(sights)["layers"][-1]
    assert data["phases"] == [[[low, high] for low, high in zip(*by_hand(), strict=True)]]
    (row,) = touched_table(sights["merged"], sights.touched("merged", (4,))).rows
    assert row[2:7] == (4, 3, "varies", "3 … 5", "3–5")


def test_jumps_by_hand_and_holes():
    # Pooling by 2 sees 2o and 2o + 1, the crop o: between the two lie 2o − o − 1 that neither sees.
    net = cm.Network()
    x = net.input(shape=(1, 1, 14))
    net.add(cm.Add(), net.add(cm.MaxPool1d(2), x), net.add(cm.Cropping1d((0, 7)), x), name="sum")
    report = net.analyze()
    assert report["sum"].fields == (Extent(tuple(range(7)), tuple(2 * o + 1 for o in range(7)), 5),)
    assert report.receptive_fields()["sum"].holes == (5,)


def test_symbols_leave_it_open():
    fields = cm.Sequential(cm.Conv1d(1, 1, 3), cm.Flip(2)).analyze((1, 1, cm.symbols("H"))).rows[-1].fields
    assert figure(fields[0], "size") == "?"


def extended(*layers):
    """The pyramid with more layers in a row behind it."""
    net = pyramid()
    x = Tensor(net, (Ref(len(net.nodes) - 1),))
    for layer in layers:
        x = net.add(layer, x)
    return net.analyze()


def test_what_comes_behind():
    # Position o of the next map sees what o − 1 … o + 1 of this one do: position 3 what 2 … 4 see, 1 … 5.
    low, high = by_hand()
    wider = Extent((0, *low[:-1]), (*high[1:], 6), 0)
    report = extended(cm.Conv1d(1, 1, 3, padding=1), cm.Sigmoid(), cm.GlobalAvgPool())
    assert [row.fields for row in report.rows[-3:]] == [(wider,), (wider,), (None,)]
    assert wider.interval(3) == (1, 5)
    assert extended(cm.Conv1d(1, 1, 7)).rows[-1].fields == (None,)


def test_a_gate_behind_paths_of_different_jump_is_left_out():
    net = pyramid()
    x = Tensor(net, (Ref(len(net.nodes) - 1),))
    net.add(cm.Multiply(), x, net.add(cm.GlobalAvgPool(), x), name="gated")
    report = net.analyze()
    assert report["gated"].fields == (None,)
    local = report.receptive_fields(ignore_global=True)
    assert local["gated"].fields == report["merged"].fields
    assert str(local.touched("gated", (4,))) == "3–5"


def test_one_position_for_all_of_them():
    """What a map of one position sees, less than the whole, is added to every other one."""
    net = cm.Network()
    x = net.input(shape=(1, 1, 9))
    one = net.add(cm.Conv1d(1, 1, 2, stride=9, dilation=3), net.add(cm.Cropping1d((2, 0)), x))
    net.add(cm.Add(), x, one, name="sum")
    lows, highs = (0, 1, 2, 2, 2, 2, 2, 2, 2), (5, 5, 5, 5, 5, 5, 6, 7, 8)
    assert net.analyze()["sum"].fields == (Extent(lows, highs, 4),)


def test_tokens_are_places():
    """Patches of 4×5 in a row, and a class token before them: token 1 + 3·2 + 1 is that of row 2, column 1."""
    net = cm.Network("tokens")
    x = net.input(shape=(1, 3, 16, 15))
    patches = net.add(cm.Conv2d(3, 8, (4, 5), stride=(4, 5)), x)
    tokens = net.add(cm.Permute((0, 2, 1)), net.add(cm.Flatten(2), patches))
    row = net.add(cm.Concat(1), net.add(cm.Parameter((1, 1, 8))), tokens, name="row")
    net.add(cm.Linear(8, 4), net.add(cm.LayerNorm(8), row), name="linear")
    net.add(cm.Mean(1), row, name="mean")
    report = net.analyze()
    for name in ("row", "linear"):
        rows, columns = report[name].fields
        assert report[name].axes == (1, 1)
        assert (rows.interval(0), rows.interval(8), columns.interval(8)) == ((0, -1), (8, 11), (5, 9))
        assert (rows.size, columns.size) == (4, 5)
    assert report["mean"].fields == (None, None)


def test_channels_last():
    """As much as the same network sees of the same picture with its channels first."""
    middle = (cm.Conv2d(3, 4, (3, 5), stride=2, padding=(1, 2)), cm.MaxPool2d(2))
    last = cm.Sequential(cm.Scale(2.0), FIRST, *middle, LAST, cm.Linear(4, 2), shape=(1, 13, 17, 3)).analyze()
    first = cm.Sequential(*middle, shape=(1, 3, 13, 17)).analyze()
    assert last.rows[0].axes == last.rows[-1].axes == (1, 2)
    assert last["3"].fields == last.rows[-1].fields == first["1"].fields
    sights, plain = last.receptive_fields(), first.receptive_fields()
    assert sights["3"].shares == plain["1"].shares == (Fraction(5, 13), Fraction(7, 17))
    assert sights["3"].shares_inside == sights["5"].shares_inside == plain["1"].shares_inside
    assert sights.touched("3", (1, 2)).boxes == plain.touched("1", (1, 2)).boxes
    assert sights_data(sights)["origin"]["axes"] == [1, 2]


@pytest.mark.parametrize(
    "layers",
    [
        (LAST, cm.Linear(3, 3), FIRST, cm.Conv2d(3, 4, 3)),  # channels first, and last for a while
        (cm.Permute((0, 1, 3, 2)), cm.Conv2d(3, 4, 3), cm.Permute((0, 1, 3, 2))),  # rows and columns
        (cm.ReLU(),),
    ],
    ids=repr,
)
def test_channels_first(layers):
    report = cm.Sequential(*layers, shape=(1, 3, 13, 17)).analyze()
    assert report.receptive_fields().seen.axes == (2, 3)
    assert all(isinstance(field, ReceptiveField) for field in report.rows[-1].fields)


def test_a_bound_says_so():
    """Windows of 2×2 side by side, in the batch: a number is told by two axes, of which one is told."""
    net = cm.Sequential(
        cm.Conv2d(1, 1, (3, 1), padding=(1, 0)), cm.Reshape((1, 1, 3, 2, 4, 2)), cm.Permute((0, 2, 4, 1, 3, 5)),
        cm.Reshape((12, 1, 2, 2)), cm.ReLU(),
    )  # fmt: skip
    report = net.analyze((1, 1, 6, 8))
    rows, columns = report.rows[-1].fields
    assert (rows.exactly, columns.exactly) == (False, False)
    assert report.table(["rf"]).rows[-1][0].startswith("at most ")
    table = report.receptive_fields().table()
    assert table.rows[-1][6].startswith("≤ ")
    assert table.notes[-1].startswith("at most: positions are moved")
    long = cm.Sequential(cm.Conv1d(1, 1, 3), cm.Flip(2)).analyze((1, 1, MOST_NUMBERS))
    assert long.rows[-1].fields == (Extent((0,), (MOST_NUMBERS - 1,), 0, exactly=False),)
