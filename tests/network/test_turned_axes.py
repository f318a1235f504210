"""Fields of axes that lie elsewhere for a while: against boolean reachability, and the same network without turns."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.receptive_field import ReceptiveField

LAST, FIRST = cm.Permute((0, 2, 3, 1)), cm.Permute((0, 3, 1, 2))
"""Channels last, and first again."""


def bounds(net, shape, at):
    """The first and last position along every axis that the output at `at` reads, by booleans."""
    reached = numeric.reached(net, shape, at).any(0)
    axes = range(reached.ndim)
    each = (np.flatnonzero(reached.any(tuple(other for other in axes if other != axis))) for axis in axes)
    return [(places[0], places[-1]) for places in each]


def claimed(row, shape, at):
    """The same by the receptive field, as the border cuts it off."""
    told = zip(row.fields, at, shape[2:], strict=True)
    return [
        (0, size - 1)
        if field is None
        else (max(field.interval(position)[0], 0), min(field.interval(position)[1], size - 1))
        for field, position, size in told
    ]


INSIDE = {
    "nothing": [],
    "as in ConvNeXt": [cm.LayerNorm(4), cm.Linear(4, 8), cm.GELU(), cm.Linear(8, 4)],
    "numbers by themselves": [cm.ReLU(), cm.Scale(2), cm.Identity(), cm.Softmax(3), cm.BatchNorm2d(9), cm.RMSNorm(4)],
    "a window along the columns": [cm.Conv2d(9, 9, (3, 1), padding=(2, 0), dilation=(2, 1))],
    "a round trip within": [LAST, cm.Sigmoid(), FIRST],
}  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_channels_last_and_first_again(name):
    shape = (1, 2, 9, 14)
    before, after = cm.Conv2d(2, 4, (3, 5), padding=(1, 2)), cm.Conv2d(4, 3, 3, stride=2, padding=1)
    net = cm.Sequential(before, LAST, *INSIDE[name], FIRST, after)
    row = net.analyze(shape).rows[-1]
    whole = [field is None for field in row.fields]
    # A convolution there mixes what it takes for channels, which are the rows of the picture.
    assert whole == [name == "a window along the columns", False]
    for at in product(range(0, 5, 2), range(0, 7, 3)):
        assert claimed(row, shape, at) == bounds(net, shape, at), at
    sight = net.analyze(shape).receptive_fields().sights[-1]
    assert (sight.fields, sight.aligned) == (row.fields, True)
    plain = cm.Sequential(before, after).analyze(shape).rows[-1]
    assert [a for a, w in zip(row.fields, whole, strict=True) if not w][-1].jump == plain.fields[1].jump


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_every_order_of_the_axes_and_back(order):
    dims = (0, *order)
    back = tuple(dims.index(axis) for axis in range(4))
    shape = (1, 3, 6, 7)
    net = cm.Sequential(cm.MaxPool2d(2, 1), cm.Permute(dims), cm.Tanh(), cm.Permute(back), cm.AvgPool2d((1, 2)))
    row = net.analyze(shape).rows[-1]
    assert [(field.size, field.jump) for field in row.fields] == [(2, 1), (3, 2)]
    assert claimed(row, shape, (3, 1)) == bounds(net, shape, (3, 1))


def test_rows_and_columns_exchanged_and_a_window_between():
    """What slides along the rows there slides along the columns of the picture."""
    shape, turn = (1, 2, 9, 14), cm.Permute((0, 1, 3, 2))
    net = cm.Sequential(cm.Conv2d(2, 2, (1, 3)), turn, cm.Conv2d(2, 2, (4, 1), stride=(2, 1)), turn, cm.ReLU())
    row = net.analyze(shape).rows[-1]
    assert [(field.size, field.jump, field.start) for field in row.fields] == [(1, 1, 0), (6, 2, 0)]
    assert claimed(row, shape, (4, 2)) == bounds(net, shape, (4, 2))


def test_paths_that_meet_while_turned():
    net = cm.Network()
    x = net.input(shape=(1, 2, 9, 14))
    a = net.add(LAST, net.add(cm.Conv2d(2, 2, 3, padding=1), x))
    b = net.add(LAST, net.add(cm.Conv2d(2, 2, (1, 5), padding=(0, 2)), x))
    bias = net.add(cm.Parameter((2,)))
    net.add(FIRST, net.add(cm.Add(), a, b, bias, name="sum"), name="back")
    row = net.analyze()["back"]
    assert [field.size for field in row.fields] == [3, 5]
    assert claimed(row, (1, 2, 9, 14), (4, 6)) == bounds(net, None, (4, 6))
    summed = net.analyze()["sum"]
    assert (summed.fields, summed.axes) == (row.fields, (1, 2))


@pytest.mark.parametrize(
    "inside",
    [
        [cm.Linear(14, 14)], [cm.Softmax(1)], [cm.LayerNorm((9, 14))], [cm.Flatten(2), cm.Unflatten(2, (14, 2))],
        [cm.Roll((1, 1), (1, 2))], [cm.GroupNorm(3, 9)], [cm.Sum(1, keepdim=True), cm.Expand((1, 9, 14, 2))],
    ],
    ids=repr,
)  # fmt: skip
def test_what_mixes_an_axis_is_told_by_position(inside):
    shape = (1, 2, 9, 14)
    turn = [cm.Permute((0, 2, 1, 3)), cm.Permute((0, 2, 1, 3))] if isinstance(inside[0], cm.Linear) else [LAST, FIRST]
    if isinstance(inside[0], cm.LayerNorm):
        turn, inside = [cm.Permute((0, 2, 1, 3))] * 2, [cm.LayerNorm((2, 14))]
    net = cm.Sequential(cm.Conv2d(2, 2, 3, padding=1), turn[0], *inside, turn[1])
    row = net.analyze(shape).rows[-1]
    assert not all(isinstance(field, ReceptiveField) for field in row.fields)
    assert claimed(row, shape, (4, 6)) == bounds(net, shape, (4, 6))


def test_symbols_are_followed():
    h, w = cm.symbols("H W")
    net = cm.Sequential(cm.Conv2d(2, 4, 3, stride=2), LAST, cm.Linear(4, 4), FIRST, cm.Conv2d(4, 4, 3))
    fields = net.analyze((1, 2, h, w)).rows[-1].fields
    assert all(isinstance(field, ReceptiveField) and (field.size, field.jump) == (7, 2) for field in fields)
