"""The set of positions that is read, worked out without arrays: against the backward pass in booleans."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.positions import members
from tests.numeric.test_reaching import random_network

CHUNKS = 10


def positions(touched):
    """The boxes as booleans over the origin's positions."""
    found = np.zeros(touched.sizes, bool)
    for box in touched.boxes:
        found[np.ix_(*(list(members(bits)) for bits in box))] = True
    assert found.sum() == touched.total
    return found


def places(sizes, dice):
    return {
        tuple(size // 2 for size in sizes),
        tuple(0 for _ in sizes),
        tuple(size - 1 for size in sizes),
        tuple(map(dice.randrange, sizes)),
    }


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_networks(chunk):
    for seed in range(chunk, 150, CHUNKS):
        net, shape, report = random_network(seed)
        dice, last = Random(seed), report.rows[-1]
        for at in places(last.outputs[0].spatial, dice):
            touched = report.receptive_fields().touched(last.name, at)
            assert np.array_equal(positions(touched), numeric.reached(net, shape, at).any(0)), (seed, at)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_borders(mode):
    net = cm.Sequential(
        cm.Conv2d(1, 2, (3, 2), padding=(2, 1), padding_mode=mode), cm.Conv2d(2, 1, 3, stride=2, padding=1)
    )
    report = net.analyze((1, 1, 5, 7))
    for at in np.ndindex(*report.rows[-1].outputs[0].spatial):
        touched = report.receptive_fields().touched("1", at)
        assert np.array_equal(positions(touched), numeric.reached(net, (1, 1, 5, 7), at).any(0)), at


@pytest.mark.parametrize(
    "layer",
    [
        cm.ReflectionPad2d((2, -1, 1, 3)), cm.ReplicationPad2d((3, -2, -1, 4)), cm.CircularPad2d((2, 1, 3, -1)),
        cm.ZeroPad2d((-1, 2, 3, -2)), cm.Cropping2d((1, 2, 0, 1)), cm.MaxPool2d(3, 2, ceil_mode=True),
        cm.MaxUnpool2d((2, 3)), cm.ConvTranspose2d(2, 1, (3, 2), stride=(2, 3), padding=(1, 0)),
        cm.Upsample(scale_factor=1.5, mode="bilinear"), cm.Upsample((9, 5), mode="bilinear", align_corners=True),
        cm.Upsample((4, 17), mode="bicubic"), cm.Upsample((3, 5), mode="area"), cm.AdaptiveAvgPool2d((3, None)),
        cm.DepthwiseSeparableConv2d(2, 3, 3, padding=1, stride=2), cm.DeformConv2d(2, 2, 3, dilation=2),
        cm.Softmax(3), cm.InstanceNorm2d(2), cm.LayerNorm(7), cm.Flatten(), cm.GlobalMaxPool(), cm.PixelUnshuffle(1),
        cm.Permute((0, 3, 1, 2)), cm.Permute((3, 2, 0, 1)), cm.Flip((1, 3)), cm.Roll((2, -3), (2, 3)), cm.Flatten(2),
        cm.Slice(3, start=1, step=2), cm.Select(2, -1), cm.Select(1, 1),
        cm.Repeat((1, 2, 3, 1)), cm.Repeat((2, 1, 1, 1, 2)), cm.Expand((3, 1, 2, 6, 7)), cm.Unsqueeze((0, 3)),
        cm.Reshape((2, 3, 2, 7)), cm.Unflatten(2, (2, 3)), cm.Sum(1), cm.Amax(2),
        cm.Mean((1, 3), keepdim=True), cm.Linear(7, 3), cm.ReLU(), cm.PReLU(2),
        cm.Conv2d(2, 4, (2, 3), groups=2), cm.BatchNorm2d(2, track_running_stats=False), cm.GroupNorm(1, 2),
    ],
    ids=repr,
)  # fmt: skip
def test_every_position_of_a_layer(layer):
    net = cm.Sequential(layer)
    report = net.analyze((1, 2, 6, 7))
    for at in np.ndindex(*report.rows[-1].outputs[0].spatial):
        touched = report.receptive_fields().touched("0", at)
        assert np.array_equal(positions(touched), numeric.reached(net, (1, 2, 6, 7), at).any(0)), at


def test_parts_of_an_axis_are_told_apart():
    net = cm.Network()
    x = net.input(shape=(1, 2, 5, 9))
    low, high = net.add(cm.Split((4, 5), dim=3), x)
    y = net.add(cm.Concat(3), high, net.add(cm.Conv2d(2, 2, 3, padding=1), low), name="turned")
    net.add(cm.Conv2d(2, 1, (1, 2)), y, name="last")
    report = net.analyze()
    for at in np.ndindex(*report.rows[-1].outputs[0].spatial):
        touched = report.receptive_fields().touched("last", at)
        assert np.array_equal(positions(touched), numeric.reached(net, None, at).any(0)), at


def test_two_inputs_and_a_broadcast():
    net = cm.Network()
    x, y = net.input("x", (1, 2, 5, 9)), net.input("y", (1, 2, 1, 9))
    net.add(cm.Add(), net.add(cm.Conv2d(2, 2, 3, padding=1), x), net.add(cm.Conv2d(2, 2, (1, 5), padding=(0, 2)), y))
    report = net.analyze()
    for name in ("x", "y"):
        touched = report.receptive_fields(name).touched(report.rows[-1].name, (4, 1))
        assert np.array_equal(positions(touched), numeric.reached(net, None, (4, 1), name).any(0))


def through(*layers, shape=(2, 4, 6, 8)):
    net = cm.Network("moved")
    x = net.input(shape=shape)
    for place, layer in enumerate(layers):
        x = net.add(layer, x, name=str(place))
    net.output(x)
    return net


MOVED = {
    "channels first, convolved, and back": through(
        cm.Permute((0, 3, 2, 1)), cm.Conv2d(8, 8, (2, 3), groups=4), cm.Permute((0, 3, 2, 1))
    ),
    "rows as samples": through(cm.Permute((2, 1, 0, 3)), cm.Conv2d(4, 3, (1, 3)), cm.Permute((2, 1, 0, 3))),
    "pooled where channels lie": through(cm.Permute((0, 2, 3, 1)), cm.MaxPool2d((3, 2)), cm.Permute((0, 3, 1, 2))),
    "columns as tokens": through(cm.Permute((0, 3, 2, 1)), cm.Flatten(2), cm.Linear(24, 5), cm.Permute((0, 2, 1))),
    "a row, twice": through(cm.Select(2, 3), cm.Conv1d(4, 4, 3), cm.Unsqueeze(2), cm.Repeat((1, 1, 2, 1))),
    "windows": through(
        cm.Roll((-1, -2), (2, 3)), cm.Reshape((2, 4, 3, 2, 2, 4)), cm.Permute((0, 2, 4, 1, 3, 5)),
        cm.Reshape((12, 4, 2, 4)), cm.Conv2d(4, 4, (1, 3), padding=(0, 1)), cm.Reshape((2, 3, 2, 4, 2, 4)),
        cm.Permute((0, 3, 1, 4, 2, 5)), cm.Reshape((2, 4, 6, 8)), cm.Roll((1, 2), (2, 3)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVED)
def test_what_is_moved_is_followed(name):
    net = MOVED[name]
    report = net.analyze()
    last = report.rows[-1]
    for at in np.ndindex(*last.outputs[0].spatial):
        touched = report.receptive_fields().touched(last.name, at)
        assert np.array_equal(positions(touched), numeric.reached(net, None, at).any(0)), at


def test_products_of_two_paths():
    net = cm.Network("attention")
    x = net.input(shape=(2, 4, 6, 5))
    q = net.add(cm.Conv2d(4, 3, (1, 2)), x)
    k = net.add(cm.Permute((0, 1, 3, 2)), net.add(cm.Conv2d(4, 3, (2, 2)), x))
    pairs = net.add(cm.MatMul(), q, k)
    net.output(net.add(cm.Einsum("nhqk,nhkd->nhqd"), pairs, net.add(cm.Conv2d(4, 3, (2, 1)), x), name="last"))
    report = net.analyze()
    for at in np.ndindex(*report["last"].outputs[0].spatial):
        touched = report.receptive_fields().touched("last", at)
        assert np.array_equal(positions(touched), numeric.reached(net, None, at).any(0)), at


def test_what_is_no_more_than_a_bound_says_so():
    unfolded, flat = through(cm.Unfold(3), shape=(1, 1, 3, 5)), through(cm.Flatten(2), shape=(1, 1, 3, 5))
    touched = unfolded.analyze().receptive_fields().touched("0", (0,))
    assert (touched.total, touched.exactly) == (15, False)
    assert numeric.reached(unfolded, None, (0,)).any(0).sum() == 9
    assert flat.analyze().receptive_fields().touched("0", (7,)).exactly
    mixed = through(cm.Flatten(2), cm.Conv1d(1, 1, 3), shape=(1, 1, 3, 5))
    touched = mixed.analyze().receptive_fields().touched("1", (4,))
    assert (touched.total, touched.exactly) == (6, False)
