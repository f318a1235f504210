"""What rules claim, against runs: boolean reachability, transposed convolutions of ones, every size one by one."""

from itertools import product

import numpy as np
import pytest

import convmath as cm
from convmath.numeric import reached, run
from convmath.rules.linting import lint
from convmath.rules.overlaps import overlaps
from convmath.rules.taps_on_padding import _taps_that_meet


def line(*convolutions, size):
    layers = [cm.Conv1d(1, 1, k, stride=s, dilation=d, padding=p) for k, s, d, p in convolutions]
    return cm.Sequential(*layers, shape=(1, 1, size))


STACKS = [
    [(3, 1, 2, 0), (3, 1, 2, 0), (3, 1, 2, 0)],
    [(3, 1, 1, 0), (3, 1, 2, 0), (3, 1, 9, 0)],
    [(3, 1, 1, 0), (3, 1, 2, 0), (3, 1, 5, 0)],
    [(1, 2, 1, 0), (3, 1, 1, 0)],
    [(2, 3, 1, 0), (4, 1, 3, 0)],
    [(3, 2, 1, 0), (3, 2, 3, 0)],
    [(2, 1, 1, 0), (2, 1, 2, 0), (2, 1, 4, 0)],
    [(5, 1, 4, 0), (2, 2, 3, 0)],
]


@pytest.mark.parametrize("stack", STACKS)
def test_holes_are_those_of_boolean_reachability(stack):
    net = line(*stack, size=90)
    seen = np.flatnonzero(reached(net)[0])
    size = seen[-1] - seen[0] + 1
    found = lint(net.analyze(), "CM201")
    if len(seen) == size:
        assert found == []
    else:
        (finding,) = found
        assert (finding.figures["read"], finding.figures["size"]) == (len(seen), size)
        assert finding.figures["gap"] == max(np.diff(seen)) - 1


def test_holes_behind_transposed_and_merged_paths():
    net = cm.Network("forked")
    x = net.input(shape=(1, 1, 60))
    left = net.add(cm.Conv1d(1, 1, 3, dilation=6, padding=6), x)
    right = net.add(cm.Conv1d(1, 1, 3, dilation=2, padding=2), x)
    net.add(cm.ConvTranspose1d(1, 1, 4, stride=2, padding=1), net.add(cm.Add(), left, right))
    (finding,) = lint(net.analyze(), "CM201")
    counts = {int(reached(net, at=(at,)).sum()) for at in (60, 61)}
    assert {finding.figures["read"]} == counts


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [*product((1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 2, 3))])
def test_overlaps_are_what_a_transposed_convolution_of_ones_adds_up(kernel, stride, dilation):
    layer = cm.ConvTranspose1d(1, 1, kernel, stride=stride, dilation=dilation, bias=False)
    ones = {"weight": np.ones((1, 1, kernel))}
    net = cm.Sequential(("up", layer), shape=(1, 1, 40))
    y = run(net, np.ones((1, 1, 40)), {"up.weight": ones["weight"]})
    inside = np.asarray(y).ravel()[16 * stride : 17 * stride]
    assert overlaps(kernel, stride, dilation) == [int(value) for value in inside]
    codes = {one.code for one in lint(net.analyze(), "CM301,CM302")}
    assert ("CM302" in codes) == (inside.min() == 0)
    assert ("CM301" in codes) == (0 < inside.min() < inside.max())


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (3, 2, 1), (2, 2, 0), (5, 3, 1), (4, 4, 2)])
def test_the_edge_that_nothing_reads_for_every_size(kernel, stride, padding):
    layer = cm.Conv1d(1, 1, kernel, stride=stride, padding=padding)
    told = lint(_open(layer), "CM101")
    for size in range(kernel, 40):
        net = cm.Sequential(layer, shape=(1, 1, size))
        outputs = net.analyze().rows[0].outputs[0][2]
        seen = np.logical_or.reduce([reached(net, at=(at,))[0] for at in range(outputs)])
        left = size - 1 - np.flatnonzero(seen)[-1]
        found = lint(net.analyze(), "CM101")
        assert [one.figures["left"] for one in found] == [left] * bool(left)
        if told:
            assert told[0].figures["left"].at(H=size) == left
        else:
            assert left == 0


def _open(layer):
    return cm.Sequential(layer).analyze((1, 1, cm.symbols("H")))


def test_the_sizes_are_told_as_residue_classes():
    (finding,) = lint(_open(cm.Conv1d(1, 1, 3, stride=2)), "CM101")
    assert finding.figures["when"] == ", for H ≡ 0 (mod 2), H ≥ 2"


@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding", "size"), [
    (3, 1, 1, 1, 1), (3, 1, 1, 1, 2), (3, 2, 1, 1, 2), (5, 1, 2, 4, 3), (3, 1, 12, 12, 14), (7, 2, 1, 3, 4),
    (3, 1, 5, 5, 6),
])  # fmt: skip
def test_taps_that_meet_the_input(kernel, stride, dilation, padding, size):
    window = cm.Window(kernel, stride, dilation, padding, padding)
    outputs = window.output_size(size)
    meeting = {t for t in range(kernel) for o in range(outputs) if 0 <= o * stride - padding + t * dilation < size}
    assert _taps_that_meet(window, size, outputs) == len(meeting)


@pytest.mark.parametrize(
    "windows", [[(1, 2, 1)], [(1, 2, 1), (1, 3, 1)], [(2, 4, 2)], [(3, 2, 2), (1, 4, 1)], [(3, 2, 1)]]
)
def test_positions_that_nothing_reads(windows):
    net = cm.Network("readers")
    x = net.input(shape=(1, 1, 240))
    a = net.add(cm.ReLU(), x, name="a")
    seen = np.zeros(240, bool)
    for k, s, d in windows:
        layer = cm.Conv1d(1, 1, k, stride=s, dilation=d)
        net.add(layer, a)
        outputs = layer.output_shape((1, 1, 240))[2]
        seen |= np.logical_or.reduce([reached(layer, (1, 1, 240), at=(at,))[0] for at in range(outputs)])
    found = lint(net.analyze(), "CM203")
    inner = seen[:228]
    assert bool(found) == (not inner.all())
    for finding in found:
        assert inner.sum() * finding.figures["of"] == finding.figures["read"] * len(inner)


@pytest.mark.parametrize(("name", "codes"), [
    ("resnet50", []), ("mobilenet_v2", []), ("inception_v3", []), ("dcgan_generator", []), ("wavenet", []),
    ("unet", []), ("densenet121", []),
    ("deeplabv3_resnet50", []), ("vgg16", ["CM402"]), ("squeezenet1_1", ["CM101"]),
])  # fmt: skip
def test_known_networks_by_the_usual_rules(name, codes):
    assert [one.code for one in lint(getattr(cm.zoo, name)().analyze())] == codes


def test_a_large_network_for_a_small_picture():
    found = lint(cm.zoo.resnet50().analyze((1, 3, 32, 32)), "CM105")
    assert [one.layer for one in found] == ["layer4.0.conv2", "layer4.1.conv2", "layer4.2.conv2"]
    # On a map of 1×1 only the middle of 9 taps meets anything: 8/9 of 512·512·9 weights.
    assert found[1].figures["dead"] == 8 * 512 * 512
