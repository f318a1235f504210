"""Every network of the zoo: what its layers are told to see, against the backward pass in booleans.

That pass knows no weights and no fields: it marks, layer by layer, which numbers of an input some marked number of the
output reads. Inputs are small, so that it takes a tenth of a second; widths are the published ones unless given.
"""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.extent import Extent
from convmath.core.receptive_field import ReceptiveField
from convmath.network.node import Ref
from convmath.network.tensor import Tensor
from convmath.zoo import FILE_OF
from tests.numeric.test_extents import ends
from tests.numeric.test_touched import positions

IMAGE = (1, 3, 33, 40)

GIVEN = {
    "alexnet": {"width": 8}, "alexnet_paper": {"width": 8}, "unet": {"size": (188, 204)}, "c3d": {"width": 8},
    **{name: {"width": 8} for name in ("vgg11", "vgg13", "vgg16", "vgg16_1x1", "vgg19")},
    **{name: {"size": IMAGE[2:]} for name in ("fcn32s", "fcn16s", "fcn8s", "deeplabv3_resnet50")},
}  # fmt: skip
"""Parameters with which a network is built."""

SHAPES = {
    "lenet5": (1, 1, 32, 32), "alexnet": (1, 3, 67, 72), "alexnet_paper": (1, 3, 227, 227),
    "inception_v3": (1, 3, 75, 83), "unet": (1, 1, 188, 204), "unet_padded": (1, 1, 48, 64),
    "dcgan_generator": (1, 100, 1, 1), "dcgan_discriminator": (1, 3, 64, 72), "wavenet": (1, 256, 90),
    "c3d": (1, 3, 16, 112, 112), "r3d_18": (1, 3, 5, 17, 24), "r2plus1d_18": (1, 3, 5, 17, 24),
}  # fmt: skip
"""Inputs of those that take no IMAGE."""


def test_the_tables_name_networks_of_the_zoo():
    assert set(GIVEN) | set(SHAPES) <= set(FILE_OF)


def claimed(field, position, size):
    """(first, last, whether just these are reached): the field as the border cuts it off."""
    if isinstance(field, Extent):
        return (*field.interval(position), field.exactly)
    if not isinstance(field, ReceptiveField):
        return 0, size - 1, False
    first, last = field.interval(position)
    return max(first, 0), min(last, size - 1), 0 <= first <= last < size


@pytest.mark.parametrize("name", FILE_OF)
def test_fields_are_what_is_reached(name):
    shape = SHAPES.get(name, IMAGE)
    net = cm.zoo.builder(name)(**GIVEN.get(name, {}))
    report = net.analyze(shape)
    wide = [index for index, row in enumerate(report.rows, 1) if row.outputs[0].rank]
    sights = report.receptive_fields()
    for index in (wide[len(wide) // 3], wide[2 * len(wide) // 3], wide[-1], len(report.rows)):
        row = report.rows[index - 1]
        net.output(Tensor(net, (Ref(index),)))
        sizes = row.outputs[0].spatial
        for at in dict.fromkeys((tuple(size // 2 for size in sizes), (0,) * len(sizes))):
            reached = numeric.reached(net, shape, at)
            assert np.array_equal(positions(sights.touched(row.name, at)), reached.any(0)), (row.name, at)
            for field, o, size, own in zip(row.fields, at, shape[2:], ends(reached), strict=False):
                low, high, exactly = claimed(field, o, size)
                within = own == (0, -1) or (low <= own[0] and own[1] <= high)
                assert own == (low, high) if exactly else within, (row.name, at)
