"""Verifying finds what is claimed, and names exactly what is claimed wrongly."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError
from convmath.core.receptive_field import ReceptiveField
from convmath.core.shape import Shape
from convmath.layers import layer_type
from convmath.network.network import Network
from convmath.numeric.networks import Pass
from convmath.verification import measuring, verifying
from convmath.verification.counting import counted
from convmath.verification.drawing import accepted, drawn
from convmath.verification.fields import agree, bounds, spot
from convmath.verification.measuring import upto
from convmath.verification.verifying import verify, verify_type
from tests.strategies import RUNNING

TYPES = RUNNING


def wrong(found):
    return sorted(line.what for _, line in found if line.verdict == "differs")


# All that is claimed is so.


@pytest.mark.parametrize("name", TYPES)
def test_every_type(name):
    found = verify_type(name, seed=1, count=8)
    assert found.disagreements == ()
    assert len(found.rows) == 8
    assert all(len(row.lines) >= 6 for row in found.rows)


@pytest.mark.parametrize("name", TYPES)
def test_every_type_on_inputs_of_its_own(name):
    layer, _ = drawn(name, Random(name))
    assert verify(layer).disagreements == ()


@pytest.mark.parametrize(("name", "shape"), [("resnet18", (1, 3, 96, 64)), ("unet_padded", (1, 1, 32, 48))])
def test_networks(name, shape):
    found = verify(getattr(cm.zoo, name)(), shape)
    assert found.disagreements == ()
    told = {line.what for line in found.whole}
    assert {"parameters", "MACs", "touching MACs", "activations", "largest tensor", "held at once", "memory"} <= told
    assert sum(what.startswith("receptive field of ") for what in told) == 2


def test_several_inputs():
    net = cm.Network("branches")
    x, y = net.input("x", (1, 4, 5, 7)), net.input("y", (1, 2, 5, 7))
    left, right = net.add(cm.Chunk(2), x, name="parts")
    net.output(net.add(cm.Concat(), net.add(cm.Add(), left, y), net.add(cm.Conv2d(2, 3, 3, padding=1), right)))
    assert verify(net).disagreements == ()
    assert verify(net, (2, 4, 6, 8), y=(2, 2, 6, 8)).disagreements == ()


def test_the_watch_is_told_of_every_layer():
    told = []
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("act", cm.ReLU()))
    verify(net, (1, 2, 5, 7), watch=lambda *step: told.append(step))
    assert told == [("0", 0, 2), ("act", 1, 2)]


# What is claimed wrongly is found, and nothing else.


def report_with(monkeypatch, change):
    """Every analysis tells of its first layer what `change` makes of its row."""
    plain = Network.analyze

    def analyze(self, *shapes, **named):
        report = plain(self, *shapes, **named)
        report.rows = (change(report.rows[0]), *report.rows[1:])
        return report

    monkeypatch.setattr(Network, "analyze", analyze)


def cost(**change):
    return lambda row: row._replace(
        cost=row.cost._replace(**{name: getattr(row.cost, name) + by for name, by in change.items()})
    )


def shifted(row):
    fields = tuple(
        ReceptiveField(field.advance, tuple(n + 1 for n in field.low), tuple(n + 1 for n in field.high))
        for field in row.fields
    )
    return row._replace(fields=fields)


def wider(row):
    fields = tuple(ReceptiveField(field.advance, field.low, tuple(n + 1 for n in field.high)) for field in row.fields)
    return row._replace(fields=fields)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda row: row._replace(outputs=(Shape((*row.outputs[0][:-1], row.outputs[0][-1] + 1)),)), "output"),
        (cost(params=-1), "parameters"),
        (cost(buffers=1), "buffers"),
        (cost(macs=1), "MACs"),
        (cost(macs_touching=-1), "touching MACs"),
        (cost(activations=1), "activations"),
        (shifted, "receptive field"),
        (wider, "receptive field"),
    ],
)
def test_a_wrong_claim_about_a_layer(monkeypatch, change, what):
    layer = cm.Conv2d(2, 3, 3, stride=2, padding=1)
    assert wrong(verify(layer)) == []
    report_with(monkeypatch, change)
    found = verify(layer)
    assert wrong(found) == [what]
    assert not found.agrees
    (sentence,) = found.disagreements
    assert sentence.startswith(f"Conv2d(2, 3, 3, stride=2, padding=1): {what}: claimed ")
    assert found.summary == f"✗ 1 of {7 + (what == 'buffers')} claims measured otherwise."


@pytest.mark.parametrize(
    ("change", "told"),
    [(cost(params=-1), "parameters"), (cost(macs=1), "MACs"), (cost(macs_touching=1), "touching MACs")],
)
def test_a_wrong_claim_about_a_layer_of_a_network(monkeypatch, change, told):
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("act", cm.ReLU()), name="net", shape=(1, 2, 5, 7))
    report_with(monkeypatch, change)
    found = verify(net)
    assert [(who, line.what) for who, line in found if line.verdict == "differs"] == [
        ("0", told), ("net on 1x2x5x7", told),
    ]  # fmt: skip
    assert found.rows[0].marked == f"✗ {told}"
    (line,) = [one for one in found.rows[0].lines if one.what == told]
    assert line.cell == f"{line.claimed:,} ≠ {line.measured:,}"
    assert found.table().totals[-1] == f"✗ {told}"


@pytest.mark.parametrize(
    ("place", "name", "change", "told"),
    [
        (cm.Conv2d.__mro__[1], "count_macs", lambda made: lambda *given: made(*given) + 1, ["MACs", "MACs"]),
        (
            cm.Conv2d.__mro__[1], "count_touching", lambda made: lambda *given: made(*given) - 1,
            ["touching MACs", "touching MACs"],
        ),
        (measuring, "largest_held", lambda made: lambda *given: made(*given) + 1, ["held at once"]),
        (measuring, "peak", lambda made: lambda *given: made(*given)._replace(candidates=(("0", Shape((1, 1))),)), [
            "largest tensor",
        ]),
        (
            measuring, "demand",
            lambda made: lambda *given: made(*given)._replace(inputs=0, activations=0, workspace=0), ["memory"],
        ),
    ],
)  # fmt: skip
def test_a_rule_that_is_wrong(monkeypatch, place, name, change, told):
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("act", cm.ReLU()), shape=(1, 2, 5, 7))
    monkeypatch.setattr(place, name, change(getattr(place, name)))
    assert wrong(verify(net)) == told


def test_a_wrong_field_of_a_whole_network(monkeypatch):
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("next", cm.Conv2d(3, 2, 3)), name="net", shape=(1, 2, 9, 11))
    plain = Network.analyze

    def analyze(self, *shapes, **named):
        report = plain(self, *shapes, **named)
        if self.name == "net":
            report.rows = (*report.rows[:-1], shifted(report.rows[-1]))
        return report

    monkeypatch.setattr(Network, "analyze", analyze)
    assert wrong(verify(net)) == ["receptive field of next"]


def test_a_kernel_that_leaves_out_what_it_should_multiply(monkeypatch):
    from convmath.numeric.kernels import linear

    plain = linear.matmul
    monkeypatch.setattr(linear, "matmul", lambda a, b: plain(a[..., 1:], b[1:]))
    assert wrong(verify(cm.Linear(5, 3), (2, 4, 5))) == ["MACs", "touching MACs"]


# Counting.


def pairs_by_definition(layer, x, touching):
    """The multiplications of one filter's taps by positions of one channel, looked up one by one."""
    count = 0
    sizes = layer.output_shape(x).spatial
    k, s, d = layer.kernel_size, layer.stride, getattr(layer, "dilation", (1,) * x.rank)
    for o in np.ndindex(*sizes):
        for t in np.ndindex(*k):
            place = [o[a] * s[a] - layer.padding[a].low + t[a] * d[a] for a in range(x.rank)]
            count += not touching or all(0 <= p < n for p, n in zip(place, x.spatial, strict=True))
    return count


@pytest.mark.parametrize(
    "layer",
    [
        cm.Conv2d(4, 6, (3, 2), (2, 1), ((1, 2), (0, 3)), (1, 2), groups=2),
        cm.Conv1d(3, 5, 4, 3, 2),
        cm.Conv3d(2, 3, (2, 3, 1), padding=(1, 0, 2)),
        cm.LocallyConnected2d(3, 4, (2, 3), input_size=(5, 7), padding=((1, 0), (2, 1)), stride=(1, 2)),
    ],
)
def test_what_is_counted_of_a_convolution(layer):
    x = Shape((2, layer.in_channels, *(5, 7, 6)[: layer.rank]))
    times = 2 * layer.out_channels * layer.in_channels // getattr(layer, "groups", 1)
    dense, touching = (times * pairs_by_definition(layer, x, only) for only in (False, True))
    assert counted(layer, x) == (dense, touching, 2 * layer.out_channels * np.prod(layer.output_shape(x).spatial))
    assert touching < dense


def test_what_is_counted_of_a_transposed_convolution():
    layer = cm.ConvTranspose2d(4, 6, (3, 2), (2, 3), ((2, 1), (0, 1)), (0, 2), 2, dilation=(2, 1))
    x = Shape((2, 4, 5, 3))
    y = layer.output_shape(x)
    touching = 0
    for i, t in product(np.ndindex(*x.spatial), np.ndindex(3, 2)):
        place = (i[0] * 2 + t[0] * 2 - 2, i[1] * 3 + t[1])
        touching += all(0 <= p < n for p, n in zip(place, y.spatial, strict=True))
    times = 2 * 4 * 3
    assert counted(layer, x) == (times * 15 * 6, times * touching, y.elements)
    assert touching < 15 * 6


def test_what_is_counted_of_a_deformable_convolution():
    """Its own products all touch, those of the branch only on the input: 18 offsets and 9 masks of 3 × 9."""
    layer, x = cm.DeformConv2d(3, 4, 3, padding=1, mask=True), Shape((1, 3, 5, 6))
    own, branch = 4 * 3 * 9 * 30, 27 * 3 * 9 * 30
    inside = 27 * 3 * (3 * 5 - 2) * (3 * 6 - 2)
    assert counted(layer, x)[:2] == (own + branch, own + inside)


def test_what_has_no_weights_multiplies_nothing():
    for layer in (cm.ReLU(), cm.BatchNorm2d(3), cm.AvgPool2d(2), cm.Upsample(scale_factor=2)):
        assert counted(layer, Shape((2, 3, 4, 6)))[:2] == (0, 0)


def test_a_chain_is_counted_part_by_part():
    layer, x = cm.DepthwiseSeparableConv2d(4, 6, 3, padding=1), Shape((2, 4, 5, 7))
    assert counted(layer, x).dense == 2 * 35 * (4 * 9 + 4 * 6)
    assert counted(layer, x).written == 2 * 35 * (4 + 6)


# Drawing.


@pytest.mark.parametrize("name", TYPES)
def test_what_is_drawn_is_drawn_again(name):
    layer, inputs = drawn(name, Random(7))
    assert drawn(name, Random(7)) == (layer, inputs)
    assert type(layer) is layer_type(name)
    assert layer.output_shapes(*inputs)


def test_draws_differ():
    kinds = {repr(drawn("Conv2d", Random(seed))[0]) for seed in range(100)}
    assert len(kinds) > 90
    for word in ("stride", "padding", "dilation", "groups", "bias=False", "padding_mode", "convention", "'same'"):
        assert any(word in kind for kind in kinds), word


@pytest.mark.parametrize("name", ["Conv1d", "Conv2d", "Conv3d", "MaxPool2d", "BatchNorm2d", "ReLU"])
def test_inputs_of_a_layer_differ_on_every_axis(name):
    layer, _ = drawn(name, Random(2))
    (x,) = accepted(layer)
    assert len({*x}) == len(x)


def test_inputs_grow_until_a_layer_accepts_them():
    ((_, _, height, _),) = accepted(cm.Conv2d(3, 8, 31))
    assert height >= 31
    with pytest.raises(ShapeError, match="cannot be parted"):
        accepted(cm.Chunk(300, 0))


# Fields.


def test_a_spot_lies_inside_where_it_can():
    fields = cm.Conv2d(1, 1, (3, 7), padding=(1, 3)).receptive_field((1, 1, 9, 5))
    where = spot(fields, (9, 5), (9, 5))
    assert where == ((4, 2), ((3, 5), (0, 4)), (True, False))
    assert agree(where, ((3, 5), (0, 4)))
    assert agree(where, ((3, 5), (1, 3)))
    assert not agree(where, ((3, 4), (0, 4)))
    assert not agree(where, ((2, 5), (0, 4)))


def test_bounds_of_nothing():
    assert bounds(np.zeros((2, 3, 4), bool)) == ((0, -1), (0, -1))


def test_a_part_of_a_network_is_the_same_up_to_there():
    net = cm.zoo.resnet18()
    part = upto(net, "layer2.0.add")
    assert part.analyze().rows == net.analyze().rows[: len(part)]
    assert part.analyze().rows[-1].name == "layer2.0.add"


# A network's pass.


def test_a_pass_holds_what_is_still_read_and_no_more():
    net = cm.Network()
    x = net.input("x", (1, 1, 10))
    a = net.add(cm.Conv1d(1, 2, 1), x, name="a")
    b = net.add(cm.Conv1d(2, 3, 1), a, name="b")
    net.add(cm.Concat(), b, x, name="both")
    ones = lambda name, plan: {key: np.ones(*asked) for key, asked in plan.weights.items()}  # noqa: E731
    passing = Pass(net, np.ones((1, 1, 10)), ones)
    assert [step.held for step in passing] == [10 + 20, 10 + 20 + 30, 10 + 30 + 40]
    assert passing.outputs[0].shape == (1, 4, 10)


# Refusals.


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: verify(cm.zoo.resnet18(), (1, 3, cm.symbols("H"), 64)), ParameterError, "only numbers can be run"),
        (lambda: verify(cm.Conv2d(3, 8, 3), (1, 4, 9, 9)), ShapeError, "the input has 4 channels"),
        (lambda: verify(cm.Sequential(cm.ReLU())), ShapeError, "the shape of 'input' is not known"),
        (lambda: verify(cm.zoo.resnet18(), memory="1MB"), ParameterError, r"resnet18: takes up to .* 976\.6 KiB are"),
        (lambda: verify_type("Conv2d", memory=1000), ParameterError, "1,000 B are allowed"),
        (lambda: verify(cm.ReLU(), (1, 2, 3), against="numpy"), LookupError, "there are torch and onnxruntime"),
    ],
)
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask()


def test_a_missing_peer_is_named(monkeypatch):
    from convmath.verification import peers

    monkeypatch.setattr(peers, "_is_there", lambda package: package == "onnx")
    with pytest.raises(
        ParameterError, match=r"^--against onnxruntime needs the package onnxruntime \(install with: pip"
    ):
        verify(cm.ReLU(), (1, 2, 3), against="onnxruntime")
    with pytest.raises(ParameterError, match=r"pip install torch\)$"):
        verify(cm.ReLU(), (1, 2, 3), against="torch")


def test_the_public_names():
    assert cm.verify is verifying.verify
    assert {"run", "demand", "reached"} <= set(dir(numeric))
