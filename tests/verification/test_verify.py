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
from convmath.numeric import networks
from convmath.numeric.kernels import activation, adaptive_pool, avg_pool, lp_pool, max_pool, norm, unpool
from convmath.numeric.networks import Pass
from convmath.verification import measuring, verifying
from convmath.verification.counting import counted
from convmath.verification.drawing import accepted, drawn
from convmath.verification.fields import bounds, spot
from convmath.verification.measuring import Measured, upto
from convmath.verification.verifying import verify, verify_type
from tests.strategies import TYPES


def wrong(found):
    return sorted(line.what for _, line in found if line.verdict == "differs")


def read_wrongly(layer, *shapes):
    """What differs of all but memory, which is not what is spoilt."""
    return [what for what in wrong(verify(layer, *shapes)) if what != "memory"]


# All that is claimed is so.


@pytest.mark.parametrize("name", TYPES)
def test_every_type(name):
    found = verify_type(name, seed=1, count=5)
    assert found.disagreements == ()
    assert len(found.rows) == 5
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


@pytest.mark.parametrize(
    ("net", "shape"),
    [
        (cm.Sequential(cm.Flip(0)), (5, 2, 4)),
        (cm.Sequential(cm.Roll(1, 0)), (5, 2, 4)),
        (cm.Sequential(cm.Conv2d(3, 4, 3), cm.Flip(0), cm.Conv2d(4, 4, 3)), (2, 3, 9, 8)),
        (cm.Sequential(cm.PixelUnshuffle(2), cm.Permute((0, 2, 3, 1))), (1, 1, 4, 4)),
        (cm.Sequential(cm.PixelUnshuffle(2), cm.Flatten(2), cm.Permute((0, 2, 1))), (1, 1, 4, 4)),
    ],
)
def test_samples_and_channels_that_move(net, shape):
    assert verify(net, shape).disagreements == ()


def test_an_eps_that_is_left_to_the_dtype_is_that_of_float32(monkeypatch):
    """Numbers so small that eps decides: float64's own would make 1.1314 of them, float32's makes 1.1260."""
    from convmath.verification import rounding

    layer, x = cm.RMSNorm(2), np.array([[0.004, 0.003]], "float32")
    ready = numeric.plan(layer, (1, 2))
    stored = {"weight": np.ones(2, "float32")}
    (double,) = rounding.in_double(ready, (x,), stored)
    assert abs(double - ready(x, stored)).max() < 1e-6
    assert round(float(double[0, 0]), 4) == 1.1260


def test_several_inputs():
    net = cm.Network("branches")
    x, y = net.input("x", (1, 4, 5, 7)), net.input("y", (1, 2, 5, 7))
    left, right = net.add(cm.Chunk(2), x, name="parts")
    net.output(net.add(cm.Concat(), net.add(cm.Add(), left, y), net.add(cm.Conv2d(2, 3, 3, padding=1), right)))
    assert verify(net).disagreements == ()
    assert verify(net, (2, 4, 6, 8), y=(2, 2, 6, 8)).disagreements == ()


@pytest.mark.parametrize(("name", "what"), [("Parameter", "parameters"), ("Constant", "buffers")])
def test_what_reads_nothing_hands_out_what_it_stores(name, what):
    found = verify_type(name, seed=1, count=5)
    assert found.disagreements == ()
    assert [line.what for row in found.rows for line in row.lines] == ["output", what, "memory"] * 5


def test_what_is_stored_otherwise_than_claimed(monkeypatch):
    monkeypatch.setattr(cm.Parameter, "infer", lambda layer, *inputs: (Shape((*layer.shape, 2)),))
    assert wrong(verify(cm.Parameter((3, 4)))) == ["output"]
    monkeypatch.undo()
    report_with(monkeypatch, cost(params=1))
    assert wrong(verify(cm.Parameter((3, 4)))) == ["parameters"]


def test_nothing_is_run_of_what_nobody_knows():
    with pytest.raises(ParameterError, match=r"^Unknown: stands for an operator that nobody knows"):
        verify_type("Unknown")


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
    return row._replace(seen=fields, told=None)


def wider(row):
    fields = tuple(ReceptiveField(field.advance, field.low, tuple(n + 1 for n in field.high)) for field in row.fields)
    return row._replace(seen=fields, told=None)


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
    assert found.summary == f"✗ 1 of {8 + (what == 'buffers')} claims measured otherwise."


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
        (
            measuring, "demand", lambda made: lambda *given: made(*given)._replace(activations=0), ["memory"],
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


# What cannot be seen in the claim's own rule is seen in the forward pass.


def four_wider(row):
    fields = tuple(
        ReceptiveField(f.advance, tuple(n - 2 for n in f.low), tuple(n + 2 for n in f.high)) for f in row.fields
    )
    return row._replace(seen=fields, told=None)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (cm.Conv2d(1, 1, 3, padding=1), (1, 1, 4, 5)),
        (cm.Conv2d(1, 1, 3, padding=1), (1, 1, 9, 5)),
        (cm.MaxPool2d(3, 2, 1), (1, 1, 4, 5)),
        (cm.ConvTranspose2d(1, 1, 3, 2, 1), (1, 1, 3, 4)),
    ],
    ids=repr,
)
def test_fields_told_too_wide_for_the_input(monkeypatch, layer, shape):
    assert verify(layer, shape).agrees
    report_with(monkeypatch, four_wider)
    assert wrong(verify(layer, shape)) == ["receptive field"]


@pytest.mark.parametrize(
    ("place", "layer"),
    [
        (adaptive_pool, cm.GlobalAvgPool()), (avg_pool, cm.AvgPool2d(2)), (norm, cm.InstanceNorm2d(3)),
        (activation, cm.Softmax(2)), (activation, cm.ReLU()),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("reads", [np.zeros_like, lambda x: np.arange(x.size).reshape(x.shape) % 3 == 0])
def test_inputs_said_to_be_read_that_are_not_those(monkeypatch, place, layer, reads):
    assert verify(layer).agrees
    plain = place.reads

    def wrongly(layer, inputs, outputs):
        ones = plain(layer, inputs, outputs)((np.ones(outputs[0], bool),))
        return lambda marked: (reads(ones[0]).astype(bool),)

    monkeypatch.setattr(place, "reads", wrongly)
    assert "receptive field" in wrong(verify(layer))


@pytest.mark.parametrize(
    ("place", "function", "spoil", "layers"),
    [
        (avg_pool, "sums", lambda y: np.roll(y, 1, -1), [cm.AvgPool2d(2), cm.AvgPool1d(3, 2)]),
        (lp_pool, "sums", lambda y: np.roll(y, 1, -1), [cm.LPPool2d(2, 2), cm.LPPool1d(3, 2)]),
        (max_pool, "largest", lambda y: y * 0, [cm.MaxPool2d(2), cm.MaxPool3d(2)]),
        (max_pool, "largest", lambda y: np.roll(y, 1, -1), [cm.MaxPool2d(2), cm.MaxPool1d(3, 1, 1)]),
        (adaptive_pool, "_over_axes", lambda y: y * 0, [cm.GlobalMaxPool(), cm.AdaptiveAvgPool2d(3)]),
        (norm, "_by_neighbours", lambda y: np.roll(y, 1, -1), [cm.LocalResponseNorm(3)]),
    ],
)
def test_a_forward_pass_that_reads_elsewhere(monkeypatch, place, function, spoil, layers):
    plain = getattr(place, function)
    for layer in layers:
        assert read_wrongly(layer) == []
    monkeypatch.setattr(place, function, lambda *given: spoil(plain(*given)))
    for layer in layers:
        assert read_wrongly(layer) == ["receptive field"], layer
        found = verify(layer)
        (line,) = [line for _, line in found if line.what == "receptive field"]
        assert line.measured != line.claimed


def test_an_unpooling_that_puts_its_numbers_elsewhere(monkeypatch):
    plain = unpool._where
    assert read_wrongly(cm.MaxUnpool1d(2), (1, 2, 7)) == []
    monkeypatch.setattr(unpool, "_where", lambda *given: (plain(*given) + 5) % 14)
    assert read_wrongly(cm.MaxUnpool1d(2), (1, 2, 7)) == ["receptive field"]


@pytest.mark.parametrize(
    ("layer", "hook", "what"),
    [
        (cm.Linear(5, 3), "weights", "parameters"), (cm.Conv2d(2, 3, 3), "weights", "parameters"),
        (cm.BatchNorm2d(3), "buffers", "buffers"), (cm.BatchNorm2d(3), "weights", "parameters"),
    ],
    ids=repr,
)  # fmt: skip
def test_an_array_that_nothing_reads(monkeypatch, layer, hook, what):
    assert verify(layer).agrees
    plain = getattr(type(layer), hook)
    monkeypatch.setattr(type(layer), hook, lambda self: plain(self) | {"ghost": (7,)})
    assert wrong(verify(layer)) == [what]


def test_what_is_held_is_what_is_alive(monkeypatch):
    """The pass and the claim share their count of readers; arrays that live on are seen all the same."""
    net = cm.Sequential(*(cm.Conv1d(2, 2, 1) for _ in range(4)), shape=(1, 2, 9))
    assert verify(net).agrees
    plain = networks.readers
    monkeypatch.setattr(networks, "readers", lambda net: plain(net) + plain(net))
    assert "held at once" in wrong(verify(net))


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


def of(layer, *shape):
    report = cm.Sequential(layer).analyze(shape)
    return spot(report.rows, report.receptive_fields()["0"], report.rows[-1].outputs[-1])


def test_a_spot_lies_inside_where_it_can():
    where = of(cm.Conv2d(1, 1, (3, 7), padding=(1, 3)), 1, 1, 9, 5)
    assert where == ((4, 2), ((3, 5), (0, 4)), (True, False))
    assert where.agrees(((3, 5), (0, 4)))
    assert where.agrees(((3, 5), (1, 3)))  # which of them are read the positions tell
    assert not where.agrees(((3, 4), (0, 4)))
    assert not where.agrees(((2, 5), (0, 4)))
    assert not where.agrees(((3, 5), (0, 5)))


def test_nothing_is_reached_where_the_field_may_lie_outside():
    assert not of(cm.Conv1d(1, 1, 3), 1, 1, 9).agrees(((0, -1),))
    assert of(cm.Conv1d(1, 1, 3), 1, 1, 9).agrees(((0, -1),), loosely=True)
    assert of(cm.Conv1d(1, 1, 1, stride=20, padding=9), 1, 1, 4).agrees(((0, -1),))


@pytest.mark.parametrize(
    ("layer", "size", "at", "most"),
    [
        (cm.Conv1d(1, 1, 7, padding=3), 4, 2, (0, 3)),
        (cm.Conv1d(1, 1, 3, padding=2, dilation=2), 3, 1, (0, 2)),
        (cm.Conv1d(1, 1, 3, padding=2, dilation=2, padding_mode="reflect"), 3, 1, (0, 2)),
        (cm.Conv1d(1, 1, 1, stride=20, padding=9), 4, 1, (0, -1)),
        (cm.GlobalAvgPool(), 5, 0, (0, 4)),
        (cm.InstanceNorm1d(1), 5, 2, (0, 4)),
        (cm.Softmax(2), 5, 2, (0, 4)),
    ],
    ids=repr,
)
def test_what_is_claimed_where_no_field_lies_inside(layer, size, at, most):
    clipped = of(layer, 1, 1, size)
    assert clipped.at == (at,)
    assert (clipped.most, clipped.exactly) == ((most,), (False,))


def lines_of(layer, *inputs):
    return {line.what: line for line in measuring.by_reaching(layer, tuple(map(Shape, inputs)), None)}


def test_positions_are_compared_one_by_one(monkeypatch):
    found = lines_of(cm.Conv2d(1, 1, (3, 2), dilation=(2, 3), padding=(0, 3)), (1, 1, 7, 8))
    line = found["positions read"]
    assert (line.claimed, line.measured, line.verdict) == (6, 6, "equal")
    plain = measuring.read

    def shifts(*given):
        return [tuple((*first, rows << 1, columns) for *first, rows, columns in boxes) for boxes in plain(*given)]

    monkeypatch.setattr(measuring, "read", shifts)
    line = lines_of(cm.Conv2d(1, 1, (3, 2), dilation=(2, 3), padding=(0, 3)), (1, 1, 7, 8))["positions read"]
    assert (line.claimed, line.measured, line.verdict) == (6, 6, "differs")
    assert line.how.endswith("is read")


def test_every_input_of_a_layer_has_its_positions():
    found = lines_of(cm.Concat(2), (1, 1, 3), (1, 1, 4))
    assert {what: (line.claimed, line.measured) for what, line in found.items()} == {
        "receptive field": (((0, -1),), ((0, -1),)), "positions read": (0, 0), "positions read of input1": (1, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "shape", "claimed", "measured"),
    [
        (cm.Flatten(2), (1, 1, 3, 5), 1, 1),
        (cm.Flatten(), (1, 1, 3, 5), 15, 15),
        (cm.Roll(1, 2), (1, 1, 5), 1, 1),
        (cm.Chunk(2, 0), (2, 1, 5), 0, 0),
        (cm.Unfold(3), (1, 1, 3, 5), 15, 9),
    ],
    ids=repr,
)
def test_what_is_moved_is_followed_and_what_is_unfolded_is_not(layer, shape, claimed, measured):
    line = lines_of(layer, shape)["positions read"]
    assert (line.claimed, line.measured) == (claimed, measured)
    assert line.verdict == ("equal" if claimed == measured else "within")


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
    measured = Measured(())
    held = []
    for step in passing:
        measured.held = 0
        measured.add(step, 1, ())
        held.append(measured.held)
        del step
    assert held == [20, 20 + 30, 30 + 40]
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


def test_places_that_a_pooling_hands_to_an_unpooling():
    net = cm.Network("segment")
    x = net.input("x", (2, 3, 9, 7))
    values, places = net.add(cm.MaxPool2d(2, return_indices=True), net.add(cm.Conv2d(3, 3, 1), x), name="pool")
    net.add(cm.MaxUnpool2d(2, output_size=(9, 7)), values, places, name="unpool")
    found = verify(net)
    assert found.disagreements == ()
    assert [row.op for row in found.rows] == ["Conv2d", "MaxPool2d", "MaxUnpool2d"]
