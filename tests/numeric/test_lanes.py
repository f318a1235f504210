"""Channels that see differently: networks that lay channels beside each other and part them, against reachability."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.extent import Extent
from convmath.core.receptive_field import ReceptiveField
from convmath.network.node import Ref
from convmath.network.tensor import Tensor
from tests.numeric.test_extents import ends
from tests.numeric.test_touched import positions

GRAPHS, CHUNKS = 64, 8


def convolution(dice, c):
    groups = dice.choice([g for g in (1, 1, 2, c) if c % g == 0])
    return cm.Conv2d(c, dice.choice((1, 2)) * c, dice.choice((1, 3)), padding=dice.randint(0, 1), groups=groups)


LAYERS = [
    convolution,
    lambda dice, c: cm.Conv2d(c, 4, dice.choice((1, 2, 3)), stride=dice.randint(1, 2), dilation=dice.randint(1, 2)),
    lambda dice, c: cm.DepthwiseConv2d(c, 3, padding=1, multiplier=dice.randint(1, 2)),
    lambda dice, c: dice.choice((cm.BatchNorm2d(c), cm.ReLU(), cm.MaxPool2d(2, 1), cm.GLU(1))),
    lambda dice, c: cm.ChannelShuffle(2),
    lambda dice, c: cm.Flip(dice.choice((1, 1, 2))),
    lambda dice, c: cm.Slice(1, dice.randrange(c), None, dice.randint(1, 2)),
    lambda dice, c: dice.choice((cm.GlobalAvgPool(), cm.GroupNorm(c, c), cm.Upsample((7, 8)))),
    lambda dice, c: cm.Chunk(2),
    lambda dice, c: cm.Chunk(2),
    lambda dice, c: cm.Split((1, c - 1)),
]  # fmt: skip


def grown(seed):
    """A graph in which every second layer joins a value with an earlier one as large, mostly beside each other."""
    dice = Random(f"lanes {seed}")
    net = cm.Network(f"graph {seed}")
    shape = cm.Shape((1, 4, dice.randint(8, 12), dice.randint(8, 12)))
    values = [(net.input(shape=shape), shape)]
    for _ in range(dice.randint(8, 14)):
        x, shape = dice.choice(values[-4:])
        layer, read = dice.choice(LAYERS)(dice, shape[1]) if shape[1] > 1 else cm.Conv2d(1, 2, 1), [(x, shape)]
        if dice.random() < 0.5:
            other = dice.choice([value for value in values if value[1][2:] == shape[2:]])
            layer, read = cm.Add() if other[1] == shape and dice.random() < 0.4 else cm.Concat(), [other, (x, shape)]
        try:
            made = layer.output_shapes(*(one for _, one in read))
        except cm.ShapeError:
            continue
        if made[0][1] <= 16:
            added = net.add(layer, *(one for one, _ in read))
            values += zip(added if len(made) > 1 else [added], made, strict=True)
    return net


def told(field, position, size):
    """(first, last, whether just these): what a field claims of a position, within the border."""
    if isinstance(field, Extent):
        return (*field.interval(position), field.exactly)
    if isinstance(field, ReceptiveField):
        first, last = field.interval(position)
        return max(first, 0), min(last, size - 1), 0 <= first <= last < size
    return 0, size - 1, field is None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_fields_of_channels_apart_are_what_is_reached(chunk):
    for seed in range(chunk, GRAPHS, CHUNKS):
        net = grown(seed)
        report = net.analyze()
        sights = report.receptive_fields()
        assert [(one.fields, one.aligned) for one in sights.sights] == [(row.fields, row.aligned) for row in report]
        for index, row in list(enumerate(report.rows, 1))[-4:]:
            net.output(Tensor(net, (Ref(index),)))
            at = tuple(size // 2 for size in row.outputs[0].spatial)
            found = numeric.reached(net, None, at)
            assert np.array_equal(positions(sights.touched(row.name, at)), found.any(0)), (seed, row.name)
            for field, place, o, size, own in zip(row.fields, (2, 3), at, found.shape[1:], ends(found), strict=True):
                place_of = row.axes[place - 2] if row.axes else place
                low, high, exactly = told(field, at[place_of - 2] if place_of >= 2 else o, size)
                inside = own == (0, -1) or (low <= own[0] and own[1] <= high)
                assert own in {(low, high), (0, -1)} if exactly else inside, (seed, row.name)


def sizes(report):
    return {row.name: row.fields[0].size for row in report}


def revnet(blocks=2):
    """Gomez et al. (2017): y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁), halves of the channels."""
    net = cm.Network("revnet")
    x = net.input(shape=(1, 4, 40, 44))
    for n in range(blocks):
        left, right = net.add(cm.Chunk(2), x, name=f"halves{n}")
        left = net.add(cm.Add(), left, net.add(cm.Conv2d(2, 2, 3, padding=1), right), name=f"left{n}")
        right = net.add(cm.Add(), right, net.add(cm.Conv2d(2, 2, 3, padding=1), left), name=f"right{n}")
        x = net.add(cm.Concat(), left, right, name=f"both{n}")
    return net


def test_a_reversible_network_by_hand():
    # Each convolution adds 2: left 1 + 2, right 3 + 2; of the second block left 5 + 2, right 7 + 2.
    found = sizes(revnet().analyze())
    assert [found[name] for name in ("left0", "right0", "halves1", "left1", "right1", "both1")] == [3, 5, 3, 7, 9, 9]


def test_couplings_are_verified():
    """Dinh et al. (2017): one half scales and shifts the other, which alone sees more for it."""
    net = cm.Network("coupling")
    x = net.input(shape=(1, 4, 16, 18))
    for n in range(2):
        kept, changed = net.add(cm.Split((2, 2)), x)
        scale, shift = net.add(cm.Chunk(2), net.add(cm.Conv2d(2, 4, 3, padding=1), kept))
        scaled = net.add(cm.Multiply(), changed, net.add(cm.Sigmoid(), scale))
        x = net.add(cm.Concat(), kept, net.add(cm.Add(), scaled, shift), name=f"coupled{n}")
    end, _ = net.add(cm.Split((2, 2)), x)
    net.output(net.add(cm.Conv2d(2, 3, 3), end, name="of the half that is kept"))
    assert sizes(net.analyze())["of the half that is kept"] == 3
    assert cm.verify(net).agrees


def test_merging_paths_are_held_lane_by_lane():
    """Side by side a map and the same a position on; each is added to itself, wider by one on either side."""
    net = cm.Network()
    x = net.input(shape=(1, 2, 12))
    on = net.add(cm.ZeroPad1d((-1, 1)), x)
    wide = net.add(cm.Conv1d(2, 2, 3, padding=1), x)
    net.add(cm.Add(), net.add(cm.Concat(), x, on), net.add(cm.Concat(), wide, on), name="apart")
    net.add(cm.Add(), net.add(cm.Concat(), x, on), net.add(cm.Concat(), on, x), name="crossed")
    sights = net.analyze().receptive_fields()
    assert (sights["apart"].aligned, sights["apart"].clashes) == (True, ())
    assert sights["crossed"].aligned is False
    assert {clash.shift for clash in sights["crossed"].clashes} == {1, -1}


def test_channels_given_as_symbols_are_one_lane():
    channels = cm.symbols("C")
    net = cm.Network()
    x = net.input(shape=(1, channels, 9))
    both = net.add(cm.Concat(), x, net.add(cm.DepthwiseConv1d(channels, 3, padding=1), x))
    net.add(cm.Chunk(2), both, name="half")
    assert net.analyze()["half"].fields[0].size == 3


def strided(*layers):
    net = cm.Sequential(cm.Conv2d(1, 2, (1, 3), stride=(2, 2)), *layers)
    return net.analyze((1, 1, 21, 20)).receptive_fields()


@pytest.mark.parametrize(
    "last", [cm.GlobalAvgPool(), cm.Mean((2, 3), keepdim=True), cm.InstanceNorm2d(2, track_running_stats=False)]
)
def test_what_strides_leave_out_is_not_seen_by_a_global_operator(last):
    # Rows 0, 2 … 20 of 21 are read, and of 20 columns all but the last: windows 0 … 2 to 16 … 18.
    sight = strided(last)["1"]
    assert [(field.size, field.start, field.jump) for field in sight.fields] == [(21, 0, 0), (19, 0, 0)]
    assert sight.holes == (10, 0)
    assert sight.shares_inside == (1, Fraction(19, 20))


def test_a_path_that_reads_all_makes_good_for_one_that_does_not():
    net = cm.Network()
    x = net.input(shape=(1, 1, 9))
    short = net.add(cm.Conv1d(1, 1, 1, stride=2), x)
    net.add(cm.GlobalAvgPool(), net.add(cm.Add(), short, net.add(cm.Conv1d(1, 1, 3, 2, padding=1), x)), name="all")
    assert net.analyze()["all"].fields == (None,)


def side_by_side(axis):
    """Half of a map sees of itself, and half the whole of each axis."""
    net = cm.Network()
    x = net.input(shape=(1, 2, 8, 9))
    net.add(cm.Concat(dim=axis), x, net.add(cm.GroupNorm(2, 2), x), name="both")
    return net


def turned_while_whole():
    net = cm.Network()
    x = net.input(shape=(1, 2, 8, 9))
    y = net.add(cm.Mean(2, keepdim=True), net.add(cm.Flip(2), x))
    net.add(cm.Permute((0, 1, 3, 2)), y)
    return net


def added_up(**words):
    net = cm.Network()
    x = net.add(cm.Conv2d(2, 2, 3, padding=1), net.input(shape=(1, 2, 8, 9)))
    net.add(cm.Conv2d(2, 2, (2, 1)), net.add(cm.CumSum(2, **words), x))
    return net


@pytest.mark.parametrize(
    "net",
    [
        side_by_side(2), side_by_side(3), turned_while_whole(), added_up(), added_up(reverse=True),
        added_up(exclusive=True),
    ],
    ids=["rows", "columns", "turned", "added up", "from the end", "without its own"],
)  # fmt: skip
def test_what_is_told_of_every_position_holds_there(net):
    row = net.analyze().rows[-1]
    for at in np.ndindex(*row.outputs[0].spatial):
        found = numeric.reached(net, None, at)
        for number, (field, own) in enumerate(zip(row.fields, ends(found), strict=True)):
            position = at[row.axes[number] - 2 if row.axes else number]
            low, high, exactly = told(field, position, found.shape[number + 1])
            assert own == (low, high) if exactly else own == (0, -1) or low <= own[0] <= own[1] <= high, (at, number)
