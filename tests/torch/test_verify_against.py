"""Every layer type and whole networks against PyTorch and onnxruntime; and that a layer which differs is named."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath.layers import FILES
from convmath.numeric.kernels import avg_pool, conv, linear, norm
from convmath.verification.exactness import is_exact
from convmath.verification.peers import NEEDS, peer
from convmath.verification.verifying import verify, verify_type
from tests.strategies import RUNNING

against = pytest.mark.parametrize("name", ["torch", "onnxruntime"])

OF_GRAPHS = {
    name
    for file in (
        "axes",
        "slice",
        "repeat",
        "roll",
        "comparison",
        "function",
        "reduction",
        "matmul",
        "einsum",
        "attention",
        "recurrent",
    )
    for name in FILES[file]
} | {"Divide", "Power", "Maximum", "Minimum", "Where"}
"""Functions of PyTorch's, no modules: test_layers_of_graphs.py holds them against it."""

NO_EQUAL = {
    "torch": OF_GRAPHS | {f"{family}{rank}d" for family in ("LocallyConnected", "DeformConv") for rank in (1, 2, 3)},
    "onnxruntime": OF_GRAPHS | {f"LocallyConnected{rank}d" for rank in (1, 2, 3)}
    | {"DeformConv1d", "DeformConv3d", "Unfold", "Fold", "RMSNorm", *FILES["shrink"]},
}  # fmt: skip
"""The types that a peer has nothing for at all."""


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
@pytest.mark.parametrize("kind", RUNNING)
def test_every_type(kind, name):
    found = verify_type(kind, against=name, seed=3)
    assert found.disagreements == ()
    lines = compared(found, name)
    assert len(lines) >= 20
    none = sum(line.verdict == "no equal" for line in lines)
    assert (none == len(lines)) == (kind in NO_EQUAL[name])
    assert found.summary.endswith(f"; {none:,} without an equal to compare." if none else "all agree.")


@against
@pytest.mark.parametrize(("net", "shape"), [("resnet18", (1, 3, 96, 64)), ("unet_padded", (1, 1, 32, 48))])
def test_networks(net, shape, name):
    found = verify(getattr(cm.zoo, net)(), shape, against=name)
    assert found.disagreements == ()
    lines = compared(found, name)
    exactly = [line for line in lines if line.what.endswith("exactly")]
    kinds = {(row.call, row.inputs) for row in found.rows if is_exact(cm.parse_layer(row.call))}
    assert len({(row.call, row.inputs) for row in found.rows if any(line in exactly for line in row.lines)}) == len(
        kinds
    )
    assert all(line.verdict == "equal" and line.measured == 0 for line in exactly)
    assert sum(line.what.endswith("to rounding") for line in lines) == len(found.rows)
    (whole,) = [line for line in lines if line.what.endswith("end to end")]
    assert whole.verdict == "within"
    assert 0 < whole.measured <= whole.claimed < 0.01


@against
def test_several_inputs_and_outputs(name):
    net = cm.Network("branches")
    x, y = net.input("x", (1, 4, 5, 7)), net.input("y", (1, 2, 5, 7))
    left, right = net.add(cm.Chunk(2), x, name="parts")
    net.output(net.add(cm.Concat(), net.add(cm.Add(), left, y), right), y, left)
    found = verify(net, against=name)
    assert found.disagreements == ()
    assert all(line.measured == 0 for line in compared(found, name))


@against
def test_a_layer_without_an_equal_is_told_and_counts_for_nothing(name):
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("own", cm.LocallyConnected2d(3, 4, 3, input_size=(5, 6))))
    found = verify(net, (1, 2, 7, 8), against=name)
    assert found.agrees
    assert found.rows[1].marked == "✓ 6, – 2"
    told = [line for _, line in found if line.verdict == "no equal"]
    assert [line.what.rpartition(", ")[2] for line in told] == ["exactly", "to rounding", "end to end"]
    assert all("has no" in line.how for line in told)
    assert any(note.startswith("– ") for note in found.table().notes)


# What differs is named.


@against
def test_a_bias_that_is_forgotten(monkeypatch, name):
    monkeypatch.setattr(conv, "biased", lambda y, weights: y)
    net = cm.Sequential(cm.Conv2d(2, 3, 3), ("act", cm.ReLU()), shape=(1, 2, 5, 7))
    found = verify(net, against=name)
    assert [what.rpartition(", ")[2] for what in wrong(found)] == ["exactly", "to rounding", "end to end"]
    assert found.rows[0].marked.startswith("✗ as ")
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
