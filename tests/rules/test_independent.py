"""What rules claim, against runs: boolean reachability, transposed convolutions of ones, every size one by one."""

from fractions import Fraction
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


CORNERS = tuple(product((0, 1), (0, 1)))


def focused(starts, join, shared=False):
    """Slices of a map by 2 along both axes, which begin at `starts`, put together: YOLOv5's stem."""
    net = cm.Network("focus")
    x = net.add(cm.Conv2d(3, 4, 3, padding=1), net.input(shape=(1, 3, 20, 24)), name="stem")
    rows, parts = {}, []
    for a, b in starts:
        if not shared or a not in rows:
            rows[a] = net.add(cm.Slice(2, start=a, step=2), x)
        parts.append(net.add(cm.Slice(3, start=b, step=2), rows[a]))
    net.output(net.add(cm.Conv2d(4 * len(starts), 8, 3, padding=1), net.add(join, *parts, name="joined"), name="end"))
    return net


@pytest.mark.parametrize("shared", [False, True])
def test_space_turned_into_depth_by_slices_reads_all_and_is_meant(shared):
    net = focused(CORNERS, cm.Concat(), shared)
    trunk = cm.Network("trunk")  # which positions of the map the four slices read: all of them
    x = trunk.input(shape=(1, 4, 20, 24))
    parts = [trunk.add(cm.Slice(3, start=b, step=2), trunk.add(cm.Slice(2, start=a, step=2), x)) for a, b in CORNERS]
    trunk.output(trunk.add(cm.Concat(), *parts))
    assert np.logical_or.reduce([reached(trunk, at=at)[0] for at in np.ndindex(10, 12)]).all()
    assert lint(net.analyze(), "CM203,CM205") == []


@pytest.mark.parametrize(
    ("starts", "codes"),
    [
        (CORNERS[:3], {"CM205"}),  # one corner is left out, but no row and no column is
        (((0, 0), (0, 0)), {"CM203"}),
        (((0, 0), (0, 1)), {"CM205", "CM203"}),
    ],
)
def test_other_slices_are_told(starts, codes):
    assert {one.code for one in lint(focused(starts, cm.Concat()).analyze(), "CM203,CM205")} == codes


def test_slices_that_are_added_are_told():
    added = cm.Network("added")
    x = added.input(shape=(1, 4, 20, 24))
    parts = [added.add(cm.Slice(2, start=a, step=2), x) for a in (0, 1)]
    added.output(added.add(cm.Add(), *parts))
    assert [one.code for one in lint(added.analyze(), "CM203,CM205")] == ["CM205"]


def test_what_slices_are_read_by_reads_what_they_were_cut_from():
    net = cm.Network("behind")
    x = net.add(cm.Conv1d(1, 1, 3, padding=1), net.input(shape=(1, 1, 36)), name="stem")
    net.output(net.add(cm.Conv1d(1, 1, 2, stride=3), net.add(cm.Slice(2, start=1, step=2), x), name="end"))
    (finding,) = lint(net.analyze(), "CM203")
    tail = cm.Sequential(cm.Slice(2, start=1, step=2), cm.Conv1d(1, 1, 2, stride=3), shape=(1, 1, 36))
    seen = np.logical_or.reduce([reached(tail, at=(at,))[0] for at in range(6)])
    assert (finding.layer, finding.figures["source"]) == ("end", "stem")
    assert Fraction(finding.figures["read"], finding.figures["of"]) == Fraction(int(seen.sum()), 36)


def test_causal_paths_are_told_where_another_is_centred():
    """0 … 0 and −2 … 0 end alike, as causal paths are meant to; −1 … 1 does not end as −2 … 0 does."""

    def codes(*pads):
        net = cm.Network("causal")
        x = net.input(shape=(1, 1, 9))
        net.add(cm.Add(), x, *(net.add(cm.Conv1d(1, 1, 3, padding=(pad,)), x) for pad in pads))
        return [one.code for one in lint(net.analyze(), "CM205")]

    causal, centred = (2, 0), (1, 1)
    assert (codes(causal), codes(centred)) == ([], [])
    assert codes(causal, centred) == codes(centred, causal) == ["CM205"]
