"""Every layer type and whole networks against PyTorch and onnxruntime; and that a layer which differs is named."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath.layers.linear import Linear
from convmath.numeric.kernels import activation, avg_pool, conv, linear, max_pool, norm, sums_exactly
from convmath.verification.peers import NEEDS, peer
from convmath.verification.verifying import verify, verify_type
from tests.strategies import TYPES

against = pytest.mark.parametrize("name", ["torch", "onnxruntime"])

NO_EQUAL = {
    "torch": {f"{family}{rank}d" for family in ("LocallyConnected", "DeformConv", "OffsetConv") for rank in (1, 2, 3)}
    | {"Scatter"},
    "onnxruntime": {f"LocallyConnected{rank}d" for rank in (1, 2, 3)}
    | {"DeformConv1d", "DeformConv3d", "OffsetConv1d", "OffsetConv3d", "Unfold"},
}  # fmt: skip
"""The types that a peer has nothing for at all."""


FEWER = {
    "torch": {
        "AvgPool": 0.5, "LPPool": 0.7, "MaxUnpool": 0.4, "ChannelShuffle": 0.35, "Hardtanh": 0.35, "Upsample": 0.3,
        "RReLU": 0.6, "ScatterND": 0.6, "Argmax": 0.5, "Argmin": 0.5, "ScaledDotProductAttention": 0.5,
        "GRU": 0.7,
    },
    "onnxruntime": {
        "AdaptiveAvgPool": 0.95, "AdaptiveMaxPool": 0.9, "AvgPool": 0.5, "LPPool": 0.8, "LocalResponseNorm": 0.95,
        "BatchNorm": 0.45, "LazyBatchNorm": 0.45, "MaxUnpool": 0.25, "Argmax": 0.5, "Argmin": 0.5,
        "ScaledDotProductAttention": 0.6, "LSTM": 0.5,
    },
}  # fmt: skip
"""The most that may be without an equal, of the types of which a peer has some only; of others a fifth."""


@pytest.fixture(autouse=True)
def _installed(request):
    name = request.getfixturevalue("name") if "name" in request.fixturenames else "torch"
    for package in NEEDS[name]:
        pytest.importorskip(package)


def wrong(found):
    return [line.what for _, line in found if line.verdict == "differs"]


def compared(found, name):
    called = {"torch": "PyTorch"}.get(name, name)
    return [line for _, line in found if line.what.startswith(f"as {called}")]


@against
@pytest.mark.parametrize("kind", TYPES)
def test_every_type(kind, name):
    found = verify_type(kind, against=name, seed=3)
    assert found.disagreements == ()
    lines = compared(found, name)
    assert len(lines) >= 20
    none = sum(line.verdict == "not compared" for line in lines)
    assert (none == len(lines)) == (kind in NO_EQUAL[name])
    assert none <= len(lines) * (1 if kind in NO_EQUAL[name] else FEWER[name].get(kind.rstrip("123d"), 0.2))
    assert found.summary.endswith(f"; {none:,} not compared." if none else "all agree.")


@against
@pytest.mark.parametrize(("net", "shape"), [("resnet18", (1, 3, 96, 64)), ("unet_padded", (1, 1, 32, 48))])
def test_networks(net, shape, name):
    found = verify(getattr(cm.zoo, net)(), shape, against=name)
    assert found.disagreements == ()
    lines = compared(found, name)
    exactly = [line for line in lines if line.what.endswith("exactly")]
    kinds = {(row.call, row.inputs) for row in found.rows if sums_exactly(cm.parse_layer(row.call))}
    assert len({(row.call, row.inputs) for row in found.rows if any(line in exactly for line in row.lines)}) == len(
        kinds
    )
    assert all(line.verdict == "equal" and line.measured == 0 for line in exactly)
    assert sum(line.what.endswith("to rounding") for line in lines) == len(found.rows)
    (whole,) = [line for line in lines if line.what.endswith("end to end")]
    assert whole.verdict == "within"
    assert 0 < whole.measured <= whole.claimed < 0.01


@against
@pytest.mark.parametrize(("by", "function"), [(-12.0, cm.Sigmoid()), (-6.0, cm.GELU())])
def test_what_cancels_on_the_way_is_rounded_however_little_comes_out(by, function, name):
    """6e-6 of ½ + ½·tanh(−6), and ±6e-9 of −3·(1 + erf(−4.2)): float32 is right to 6e-8 and 4e-7 there, not beyond."""
    found = verify(cm.Sequential(cm.Shift(by), function), (3, 5, 7), against=name)
    (whole,) = (line for line in compared(found, name) if line.what.endswith("end to end"))
    assert whole.verdict == "within"
    assert whole.claimed < 1e-5


@against
def test_several_inputs_and_outputs(name):
    net = cm.Network("branches")
    x, y = net.input("x", (1, 4, 5, 7)), net.input("y", (1, 2, 5, 7))
    left, right = net.add(cm.Chunk(2), x, name="parts")
    net.output(net.add(cm.Concat(), net.add(cm.Add(), left, y), right), y, left)
    found = verify(net, against=name)
    assert found.disagreements == ()
    assert all(line.measured == 0 for line in compared(found, name) if line.what.endswith("exactly"))
    assert all(line.measured < 1e-6 for line in compared(found, name))


@against
def test_networks_of_functions_end_to_end(name):
    net = cm.Network("functions")
    x = net.input("x", (2, 4, 9, 6))
    y, places = net.add(cm.MaxPool2d(2, return_indices=True), net.add(cm.Shift(0.5), x), name="pool")
    back = net.add(cm.MaxUnpool2d(2, output_size=(9, 6)), y, places, name="unpool")
    cut = net.add(cm.Select(1, 2), net.add(cm.Slice(2, 1, 8, 2), net.add(cm.Permute((0, 2, 3, 1)), back)))
    net.output(net.add(cm.Mean((1,)), cut), net.add(cm.VectorNorm(dim=(-1,)), cut))
    found = verify(net, against=name)
    assert found.disagreements == ()
    ends = [line for line in compared(found, name) if line.what.endswith("end to end")]
    assert [line.verdict for line in ends] == (["within"] if name == "torch" else ["not compared"])


@against
def test_a_layer_without_an_equal_is_told_and_counts_for_nothing(name):
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("own", cm.LocallyConnected2d(3, 4, 3, input_size=(5, 6))))
    found = verify(net, (1, 2, 7, 8), against=name)
    assert found.agrees
    assert found.rows[1].marked == "✓ 7, – 2"
    told = [line for _, line in found if line.verdict == "not compared"]
    assert [line.what.rpartition(", ")[2] for line in told] == ["exactly", "to rounding", "end to end"]
    assert all("has no" in line.how or "has it in no module" in line.how for line in told)
    assert any(note.startswith("– ") for note in found.table().notes)


# What differs is named.


@against
def test_a_bias_that_is_forgotten(monkeypatch, name):
    monkeypatch.setattr(conv, "biased", lambda y, weights: y)
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("act", cm.ReLU()), shape=(1, 2, 5, 7))
    found = verify(net, against=name)
    said = [what.rpartition(", ")[2] for what in wrong(found)]
    assert said == ["parameters", "exactly", "to rounding", "parameters", "end to end"]
    assert found.rows[0].marked.startswith("✗ parameters, as ")
    assert found.rows[1].marked.startswith("✓ all ")


@against
def test_one_wrong_layer_does_not_smear(monkeypatch, name):
    """Each layer is fed with the values that came out here, so that those after it agree."""
    plain = linear.matmul
    monkeypatch.setattr(linear, "matmul", lambda a, b: plain(a, b) * np.float32(1.001))
    net = cm.Sequential(cm.Linear(5, 4), ("act", cm.GELU()), ("next", cm.Softmax(1)), shape=(2, 5))
    found = verify(net, against=name)
    assert [row.name for row in found.rows if row.marked.startswith("✗")] == ["0"]
    assert found.whole[-2].what.endswith("end to end")
    assert found.whole[-2].verdict == "differs"


@against
def test_a_divisor_that_is_wrong(monkeypatch, name):
    plain = avg_pool._divisor
    monkeypatch.setattr(avg_pool, "_divisor", lambda *given: plain(*given) + 1)
    assert [what.rpartition(", ")[2] for what in wrong(verify(cm.AvgPool2d(2), against=name))] == ["to rounding"]


@against
def test_an_epsilon_that_is_forgotten(monkeypatch, name):
    plain = norm._by_running
    monkeypatch.setattr(norm, "_by_running", lambda x, weights, eps, form: plain(x, weights, 0.0, form))
    assert wrong(verify(cm.BatchNorm2d(3), against=name)) != []


@against
def test_an_order_of_channels_that_is_wrong(monkeypatch, name):
    assert verify(cm.PixelShuffle(2), against=name).agrees
    from convmath.numeric.kernels import shuffle

    plain = shuffle.prepare

    def reversed_channels(layer, inputs, outputs, dtype):
        run = plain(layer, inputs, outputs, dtype)
        return lambda xs, weights: run((xs[0][:, ::-1],), weights)

    monkeypatch.setattr(shuffle, "prepare", reversed_channels)
    found = wrong(verify(cm.PixelShuffle(2), against=name))
    assert [what.rpartition(", ")[2] for what in found] == ["exactly", "to rounding"]


@against
def test_the_name_tells_the_version(name):
    package = pytest.importorskip(name)
    assert peer(name).start().endswith(package.__version__.partition("+")[0])
    assert verify(cm.ReLU(), (1, 2, 5), against=name).table().title.endswith(f", against {peer(name).start()}")


def test_sums_beyond_float32_are_not_held_bit_for_bit():
    found = verify(cm.Linear(5_000_000, 1), (1, 5_000_000), against="torch", memory="4GiB")
    assert [line.what for line in compared(found, "torch")] == ["as PyTorch, to rounding"]
    assert found.agrees


# Faults that only float32 has, and comparisons that fall out.


def in_single_only(plain, fault):
    """What a function gives, spoilt where it is given float32."""

    def made(x, *given):
        y = plain(x, *given)
        if x.dtype != np.float32:
            return y
        return (fault(y[0]), *y[1:]) if type(y) is tuple else fault(y)

    return made


@against
@pytest.mark.parametrize(
    ("layer", "place", "function", "fault"),
    [
        (cm.GELU(), activation, "_gelu", lambda y: y * np.float32(2)),
        (cm.GELU(), activation, "_gelu", lambda y: y * np.float32(1.0001)),
        (cm.GroupNorm(2, 4), norm, "_normalised", lambda y: y * np.float32(3)),
        (cm.BatchNorm2d(4), norm, "_by_running", lambda y: y + np.float32(0.5)),
        (cm.Softmax(1), activation, "_softmax", lambda y: y[::-1]),
    ],
)
def test_a_fault_of_float32_alone(monkeypatch, name, layer, place, function, fault):
    assert verify(layer, (2, 4, 9, 12), against=name).agrees
    spoilt = in_single_only(getattr(place, function), fault)
    monkeypatch.setattr(place, function, spoilt)
    table = getattr(place, "FUNCTIONS", {})
    if layer.op in table:
        monkeypatch.setitem(table, layer.op, spoilt)
    found = verify(layer, (2, 4, 9, 12), against=name)
    assert [what.rpartition(", ")[2] for what in wrong(found)] == ["to rounding"]
    (line,) = [line for line in compared(found, name) if line.what.endswith("to rounding")]
    assert line.measured > 10 * line.claimed
    assert line.claimed < 1e-4


@against
def test_a_fault_of_float32_alone_in_a_network(monkeypatch, name):
    monkeypatch.setattr(norm, "_by_running", in_single_only(norm._by_running, lambda y: y + np.float32(0.5)))
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("norm", cm.BatchNorm2d(3)), ("act", cm.ReLU()), shape=(2, 2, 5, 7))
    found = verify(net, against=name)
    assert [row.name for row in found.rows if row.marked.startswith("✗")] == ["norm"]
    assert found.whole[-2].verdict == "differs"
    assert found.whole[-2].claimed < 1e-4


@against
def test_a_peer_that_refuses_what_it_should_run(monkeypatch, name):
    from convmath.bridge.nodes import layers as onnx_nodes
    from convmath.verification.peers import torch_peer

    def mismatch(*given):
        raise RuntimeError("size mismatch, got 3, 5")

    if name == "torch":
        monkeypatch.setattr(torch_peer, "_module", mismatch)
    else:
        monkeypatch.setitem(onnx_nodes.NODES, "Linear", lambda node: node.add("MatMul", node.x, node.x))
    found = verify(cm.Linear(5, 3), (2, 4, 5), against=name)
    assert [what.rpartition(", ")[2] for what in wrong(found)] == ["exactly", "to rounding"]
    assert "says: " in found.disagreements[0]
    assert not found.agrees


def test_one_size_for_every_axis():
    found = verify_type("Upsample", against="torch", count=15, seed=9)
    none = [line.how for _, line in found if line.verdict == "not compared"]
    assert found.agrees
    assert all("resizes one to three axes" in how or "as by a factor of" in how for how in none)
    assert len(none) <= 10
    assert verify(cm.Upsample(size=4), (1, 2, 5, 7), against="torch").summary.endswith("all agree.")


@against
def test_an_array_that_nothing_reads(monkeypatch, name):
    plain = Linear.weights
    monkeypatch.setattr(Linear, "weights", lambda self: plain(self) | {"ghost": (7,)})
    found = wrong(verify(cm.Linear(5, 3), (2, 4, 5), against=name))
    assert [what.rpartition(", ")[2] for what in found if what.startswith("as ")] == ["exactly", "to rounding"]


@against
@pytest.mark.parametrize(
    "layer", [cm.MaxPool2d(2, return_indices=True), cm.AdaptiveMaxPool2d((3, 4), return_indices=True)], ids=repr
)
def test_places_of_maxima_are_compared(monkeypatch, name, layer):
    assert verify(layer, (2, 3, 6, 8), against=name).agrees
    from convmath.numeric.kernels import adaptive_pool

    for place, function in ((max_pool, "largest_and_indices"), (adaptive_pool, "_largest_and_indices")):
        plain = getattr(place, function)
        monkeypatch.setattr(
            place, function, lambda *given, plain=plain: (plain(*given)[0], np.full_like(plain(*given)[1], -7))
        )
    found = wrong(verify(layer, (2, 3, 6, 8), against=name))
    assert [what.rpartition(", ")[2] for what in found if what.startswith("as ")] == ["exactly", "to rounding"]


def test_why_there_is_no_equal():
    found = verify(cm.LPPool2d(2, 3, convention="onnx"), against="torch")
    (line,) = [line for line in compared(found, "torch") if line.verdict == "not compared"]
    assert line.how == "PyTorch pools otherwise than onnx does"


@against
def test_places_that_a_network_works_out_are_not_shaken(name):
    net = cm.Sequential(cm.Conv2d(3, 6, 3), cm.Argmax(1), cm.Embedding(9, 4), cm.ReLU())
    assert verify(net, (2, 3, 7, 8), against=name).disagreements == ()
