"""Fields told position by position: against the backward pass in booleans, at positions of many layers."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.extent import Extent
from convmath.network.node import Ref
from convmath.network.tensor import Tensor

GRAPHS, CHUNKS = 60, 10


def grown(seed):
    """Paths of different jumps, odd sizes, holes and phases, brought to one size by resizing and joined.

    Along no axis does a position read padding alone: then it reads nothing, whatever the other axis has.
    """
    dice = Random(f"jumps {seed}")
    net = cm.Network(f"graph {seed}")
    values = [(net.input(shape=(1, 2, dice.randint(7, 15), dice.randint(7, 15))), (1, 2))]
    shapes = [net.input_shapes["input"]]
    for _ in range(dice.randint(5, 9)):
        place = dice.randrange(max(0, len(values) - 3), len(values))
        x, shape = values[place][0], shapes[place]
        layer = dice.choice(WAYS)(dice)
        try:
            made = layer.output_shape(shape)
        except cm.ShapeError:
            continue
        if not all(3 <= size <= 24 for size in made[2:]):
            continue
        values.append((net.add(layer, x), made))
        shapes.append(made)
        other = dice.randrange(len(values))
        if dice.random() < 0.6 and shapes[other] != made:
            mode = dice.choice(("nearest", "bilinear"))
            resized = net.add(cm.Upsample(tuple(made[2:]), mode=mode), values[other][0])
            values.append((net.add(dice.choice((cm.Add(), cm.Maximum())), values[-1][0], resized), made))
            shapes.append(made)
    return net


def pair(dice, low, high):
    return dice.randint(low, high), dice.randint(low, high)


WAYS = [
    lambda dice: cm.Conv2d(2, 2, (3, 2), pair(dice, 1, 2), padding=pair(dice, 0, 1), dilation=pair(dice, 1, 2)),
    lambda dice: cm.Conv2d(2, 2, (1, 3), pair(dice, 1, 2), padding=(0, dice.randint(0, 2)), dilation=(1, 2)),
    lambda dice: cm.Conv2d(2, 2, 3, 2, padding=1),
    lambda dice: cm.ConvTranspose2d(2, 2, pair(dice, 2, 3), pair(dice, 1, 2)),
    lambda dice: cm.MaxPool2d(pair(dice, 2, 3), 2, ceil_mode=dice.random() < 0.5),
    lambda dice: cm.AvgPool2d(3, pair(dice, 1, 3)),
    lambda dice: cm.Slice(dice.choice((2, 3)), start=dice.randint(0, 2), step=dice.randint(1, 3)),
    lambda dice: cm.Flip(dice.choice(((2,), (3,), (2, 3)))),
    lambda dice: cm.AdaptiveAvgPool2d(pair(dice, 3, 5)),
    lambda dice: cm.ReplicationPad2d((dice.randint(0, 2), 1, 0, 1)),
    lambda dice: cm.Roll(dice.randint(1, 4), dice.choice((2, 3))),
]  # fmt: skip


def ends(found):
    """The first and last position along every axis that is reached; (0, -1) where none is."""
    anywhere = found.any(0)
    for axis in range(anywhere.ndim):
        places = np.flatnonzero(anywhere.any(tuple(other for other in range(anywhere.ndim) if other != axis)))
        yield (int(places[0]), int(places[-1])) if len(places) else (0, -1)


def check(net, row, at):
    """Each extent's ends at a position are those that are reached; of a bound, that nothing beyond is."""
    index = next(index for index, node in enumerate(net.nodes) if node.name == row.name)
    net.output(Tensor(net, (Ref(index),)))
    found = numeric.reached(net, None, at)
    places = row.axes or range(2, len(row.fields) + 2)
    for field, place, own in zip(row.fields, places, ends(found), strict=True):
        if isinstance(field, Extent):
            low, high = field.interval(at[place - 2])
            inside = own == (0, -1) or (low <= own[0] and own[1] <= high)
            assert own == (low, high) if field.exactly else inside, (row.name, at)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_paths_of_different_jumps(chunk):
    extents = 0
    for seed in range(chunk, GRAPHS, CHUNKS):
        net, dice = grown(seed), Random(seed)
        report = net.analyze()
        rows = [row for row in report.rows if any(isinstance(field, Extent) for field in row.fields)]
        extents += len(rows)
        sights = report.receptive_fields()
        for row in dice.sample(rows, min(3, len(rows))):
            sizes = row.outputs[0].spatial
            assert sights[row.name].fields == row.fields
            for at in {(0, 0), tuple(size - 1 for size in sizes), *(tuple(map(dice.randrange, sizes)) for _ in "ab")}:
                check(net, row, at)
    assert extents > 5


MIXED = [
    (cm.Sequential(cm.Reshape((1, 1, 8, 6))), (1, 1, 6, 8)),
    (cm.Sequential(cm.Conv2d(2, 2, 3, padding=1), cm.Reshape((1, 2, 5, 9)), cm.Conv2d(2, 3, 3)), (1, 2, 9, 5)),
    (cm.Sequential(cm.Reshape((1, 3, 4, 4)), cm.Conv2d(3, 2, 2, stride=2)), (1, 2, 4, 6)),
    (cm.Sequential(cm.PixelUnshuffle(2), cm.Permute((0, 2, 3, 1)), cm.Conv2d(3, 2, 1)), (1, 1, 6, 4)),
    (cm.Sequential(cm.PixelUnshuffle(2), cm.PixelShuffle(2), cm.Conv2d(1, 2, 2)), (1, 1, 6, 4)),
    (cm.Sequential(cm.PixelShuffle(2), cm.PixelUnshuffle(3), cm.Permute((0, 3, 2, 1))), (1, 8, 3, 6)),
    (cm.Sequential(cm.ChannelShuffle(2), cm.Permute((0, 2, 1, 3)), cm.Conv2d(3, 2, 1)), (1, 6, 3, 4)),
    (cm.Sequential(cm.Conv2d(1, 8, 3), cm.ChannelShuffle(4), cm.PixelShuffle(2), cm.Slice(1, start=1)), (1, 1, 5, 4)),
    (cm.Sequential(cm.Flatten(2), cm.Unflatten(2, (6, 4)), cm.Conv2d(2, 2, (1, 3))), (1, 2, 4, 6)),
    (cm.Sequential(cm.Unflatten(2, (2, 3)), cm.Permute((0, 1, 3, 2, 4)), cm.Reshape((1, 2, 6, 5))), (1, 2, 6, 5)),
]


@pytest.mark.parametrize(("net", "shape"), MIXED)
def test_axes_that_are_mixed_at_every_position(net, shape):
    """What is said to be exact is so wherever one looks, and `touched` says of each position whether it is."""
    report = net.analyze(shape)
    sights = report.receptive_fields()
    for index, row in enumerate(report.rows, 1):
        net.output(Tensor(net, (Ref(index),)))
        for at in np.ndindex(*row.outputs[0].spatial):
            found = numeric.reached(net, shape, at)
            told = sights.touched(row.name, at)
            read, claimed = found.any(0), np.zeros(shape[2:], bool)
            for box in told.boxes:
                claimed[
                    np.ix_(*([place for place in range(bits.bit_length()) if bits >> place & 1] for bits in box))
                ] = True
            assert not (read & ~claimed).any(), (row.name, at)
            assert not told.exactly or np.array_equal(read, claimed), (row.name, at)
            if len(row.fields) == len(at) == found.ndim - 1:
                places = row.axes or range(2, len(at) + 2)
                for field, place, own in zip(row.fields, places, ends(found), strict=True):
                    if isinstance(field, Extent) and field.exactly and 2 <= place < len(at) + 2:
                        assert field.interval(at[place - 2]) == own, (row.name, at)
