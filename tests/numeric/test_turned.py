"""Axes put in another order and back: what is seen after, against the backward pass in booleans."""

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.receptive_field import ReceptiveField
from tests.numeric.test_touched import positions

LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
SHAPE = (1, 4, 11, 9)


def network(*between, orders=(LAST, FIRST)):
    """A dilated convolution, axes turned, layers there (added to their input), axes put back, a convolution."""
    net = cm.Network("turned")
    x = net.input(shape=SHAPE)
    y = z = net.add(cm.Permute(orders[0]), net.add(cm.Conv2d(4, 6, (3, 2), dilation=(2, 1)), x), name="last")
    for layer in between:
        z = net.add(layer, z)
    y = net.add(cm.Permute(orders[1]), net.add(cm.Add(), y, z), name="back")
    net.add(cm.Conv2d(6, 3, (2, 3), stride=2, padding=(0, 1)), y, name="end")
    return net


BY_POSITION = {
    "nothing": network(),
    "ConvNeXt": network(cm.LayerNorm(6), cm.Linear(6, 9), cm.GELU(), cm.Dropout(), cm.Linear(9, 6)),
    "three orders": network(cm.Scale(2.0), cm.Permute((0, 3, 2, 1)), cm.Tanh(), cm.Permute((0, 3, 2, 1))),
}


@pytest.mark.parametrize("name", BY_POSITION)
def test_layers_of_one_position_hide_nothing(name):
    net = BY_POSITION[name]
    report = net.analyze()
    assert [(field.size, field.jump) for field in report["end"].fields] == [(6, 2), (4, 2)]
    assert [field.size for field in report["last"].fields] == [5, 2]
    assert report["last"].axes == (1, 2)
    sights = report.receptive_fields()
    assert sights["end"].fields == report["end"].fields
    assert sights["end"].holes == (0, 0)
    for at in ((0, 0), (1, 2), (2, 3)):
        assert np.array_equal(positions(sights.touched("end", at)), numeric.reached(net, SHAPE, at).any(0))
    assert sights.touched("last", (4, 3)).total == 22


MIXING = {
    "norm over columns and channels": network(cm.LayerNorm((8, 6))),
    "softmax of rows": network(cm.Softmax(1)),
    "columns last": network(cm.Linear(7, 7), orders=((0, 1, 3, 2), (0, 1, 3, 2))),
    "convolution over columns and channels": network(cm.Conv2d(7, 7, 3, padding=1)),
    "other rows beside it": network(cm.Flip(1)),
}


@pytest.mark.parametrize("name", MIXING)
def test_what_mixes_positions_is_seen(name):
    net = MIXING[name]
    sights = net.analyze().receptive_fields()
    assert not all(isinstance(field, ReceptiveField) for field in sights["end"].fields)
    for at in ((0, 0), (1, 2)):
        assert not (numeric.reached(net, SHAPE, at).any(0) & ~positions(sights.touched("end", at))).any()
