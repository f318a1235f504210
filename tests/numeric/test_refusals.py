"""What the numeric backend refuses: too much memory, before it is taken, and what is none of what it runs."""

from __future__ import annotations

import time
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from convmath.numeric import memory
from convmath.numeric.networks import shapes_of
from convmath.numeric.rooms import room_for_gradients, room_for_reaching
from convmath.numeric.subjects import as_network, received
from convmath.verification.drawing import drawn
from convmath.verification.measuring import traced
from tests.numeric.drawn import with_indices
from tests.strategies import TYPES

CONV = cm.Conv1d(1, 1, 2, bias=False)
WEIGHTS = {"weight": np.ones((1, 1, 2), "float32")}
HUGE = [(1, 1, 10**12), (10**9, 1, 10**9)]

IN_A_LARGE_SPACE = {
    "reached": lambda shape: numeric.reached(CONV, shape),
    "effective_field": lambda shape: numeric.effective_field(CONV, shape),
    "gradients": lambda shape: numeric.gradients(CONV, np.broadcast_to(np.float32(1), shape)),
    "run": lambda shape: numeric.run(CONV, np.broadcast_to(np.float32(1), shape)),
    "factored_matrix": lambda shape: numeric.factored_matrix(CONV, shape, WEIGHTS),
    "operator": lambda shape: numeric.operator(CONV, shape, WEIGHTS),
}


@pytest.fixture
def two_gigabytes_free(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 << 30)


@pytest.mark.usefixtures("two_gigabytes_free")
@pytest.mark.parametrize("shape", HUGE, ids=str)
@pytest.mark.parametrize("name", IN_A_LARGE_SPACE)
def test_half_of_what_is_free_is_the_limit(name, shape):
    begin = time.monotonic()
    with pytest.raises(
        ParameterError, match=r"^Conv1d: takes up to [\d.,]+ [GTP]iB of memory, 1\.0 GiB are allowed \(use a smaller"
    ):
        IN_A_LARGE_SPACE[name](shape)
    assert time.monotonic() - begin < 1


@pytest.mark.usefixtures("two_gigabytes_free")
@pytest.mark.parametrize("make", [numeric.matrix, numeric.block_matrix])
def test_a_factored_matrix_is_named_where_it_is_allowed(make):
    with pytest.raises(ParameterError, match=r"more than 32,000,000 are not written out \(use a smaller input\)$"):
        make(CONV, HUGE[0], WEIGHTS)
    layer = cm.Conv2d(64, 64, 3, padding=1, bias=False)
    weights = {"weight": np.ones((64, 64, 3, 3), "float32")}
    with pytest.raises(
        ParameterError, match=r"are not written out \(use factored_matrix\(\), which takes 388\.8 KiB\)"
    ):
        make(layer, (1, 64, 56, 56), weights)
    with pytest.raises(ParameterError, match=r"95\.4 MiB are allowed \(use a smaller input, or factored_matrix\(\)"):
        make(layer, (1, 64, 16, 24), weights, memory="100MB")
    # Few nonzeros, but a row for every output.
    with pytest.raises(ParameterError, match=r"takes up to [\d.]+ GiB of memory, 1\.0 GiB are allowed"):
        make(cm.Conv1d(1, 1, 2, padding=10**9, bias=False), (1, 1, 3), WEIGHTS)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (cm.Conv1d(1, 1, 2, bias=False), (1, 1, 200_000)),
        (cm.Conv2d(3, 2, 3, padding=1, bias=False), (1, 3, 90, 100)),
        (cm.Conv2d(4, 8, (3, 5), padding=(1, 2), padding_mode="reflect", bias=False), (1, 4, 60, 70)),
        (cm.Conv1d(1, 1, 7, padding=60_000, bias=False), (1, 1, 5)),
        (cm.Conv3d(1, 1, 3, bias=False), (1, 1, 30, 25, 20)),
        (cm.Conv2d(1, 4, (9, 1), padding=(8, 0), bias=False), (1, 1, 4, 9000)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["matrix", "block_matrix", "factored_matrix"])
def test_no_matrix_takes_more_than_is_told(layer, shape, form):
    make, weights = getattr(numeric, form), {"weight": np.ones(layer.weights()["weight"], "float32")}
    make(layer, shape, weights)
    taken = traced(lambda: make(layer, shape, weights))
    with pytest.raises(ParameterError, match="are allowed"):
        make(layer, shape, weights, memory=taken - (1 << 14))


@pytest.mark.parametrize("name", TYPES)
def test_no_gradient_takes_more_than_is_told(name):
    for seed in range(3):
        layer, shapes = drawn(name, Random(f"{name} {seed}"))
        if "indices" in numeric.plan(layer, list(shapes)).weights:
            continue  # an unpooling has places beside its weights, which cannot be drawn
        xs = with_indices(layer, shapes, [np.ones(shape, "float32") for shape in shapes])
        net, arrays = received(layer, xs if len(xs) > 1 else xs[0])

        def work(layer=layer, arrays=arrays):
            numeric.gradients(layer, arrays)

        work()
        told = room_for_gradients(net, shapes_of(arrays), np.dtype("float32"))
        assert traced(work) <= told, (layer, shapes)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (cm.Conv2d(8, 16, 3, padding=1), (2, 8, 56, 48)),
        (cm.Conv2d(16, 16, 3, padding=1, groups=16), (1, 16, 96, 80)),
        (cm.ConvTranspose2d(8, 4, 4, stride=2, padding=1), (1, 8, 40, 48)),
        (cm.MaxPool2d(3, 2, 1), (1, 16, 96, 112)),
        (cm.AvgPool2d(3, 2, 1), (1, 16, 96, 112)),
        (cm.LPPool2d(2, 3), (1, 16, 96, 112)),
        (cm.Upsample(scale_factor=2, mode="bilinear"), (1, 8, 60, 50)),
        (cm.BatchNorm2d(16), (2, 16, 60, 50)),
        (cm.LayerNorm((60, 50)), (2, 16, 60, 50)),
        (cm.GELU(), (1, 16, 96, 112)),
        (cm.DeformConv2d(8, 8, 3, padding=1, mask=True), (1, 8, 40, 30)),
        (cm.Linear(2000, 500), (20, 2000)),
        (cm.zoo.lenet5(), (8, 1, 32, 32)),
    ],
)
def test_no_large_gradient_takes_more_than_is_told(layer, shape):
    net = as_network(layer, (cm.Shape(shape),))
    x = np.ones(shape, "float32")
    numeric.gradients(layer, x)
    taken = traced(lambda: numeric.gradients(layer, x))
    assert taken <= room_for_gradients(net, {"input": cm.Shape(shape)}, x.dtype)
    numeric.reached(layer, shape)
    assert traced(lambda: numeric.reached(layer, shape)) <= room_for_reaching(net.analyze(shape))


@pytest.mark.parametrize("shape", [(1, 1, 4), (0, 1, 4)])
def test_a_layer_by_itself_is_run_with_weights_by_its_own_names(shape):
    x = np.ones(shape)
    assert np.array_equal(numeric.run(CONV, x, {"weight": [[[2, 3]]]}), np.full((shape[0], 1, 3), 5.0))
    dx, dweights = numeric.gradients(CONV, x, weights={"weight": [[[2, 3]]]})
    assert np.array_equal(dx, np.array([[[2.0, 5.0, 5.0, 3.0]]])[: shape[0]])
    assert dweights["weight"].tolist() == [[[3.0 * shape[0]] * 2]]


def test_an_empty_batch_goes_through_a_network():
    assert numeric.run(cm.zoo.lenet5(), np.ones((0, 1, 32, 32), "float32")).shape == (0, 10)
    dx, dweights = numeric.gradients(cm.zoo.lenet5(), np.ones((0, 1, 32, 32), "float32"))
    assert dx.shape == (0, 1, 32, 32)
    assert not any(array.any() for array in dweights.values())
    with pytest.raises(ShapeError, match="is not an integer from 1"):
        numeric.matrix(CONV, (0, 1, 4), WEIGHTS)


def test_several_inputs_may_be_a_list():
    first, second = np.full((1, 2), 5), np.full((1, 2), 3)
    assert numeric.run(cm.Concat(), [first, second]).tolist() == [[5, 5, 3, 3]]
    assert len(numeric.run(cm.Chunk(2), np.ones((1, 4, 3)))) == 2
    net = cm.Network("two")
    net.output(net.add(cm.Concat(), net.input("a"), net.input("b")))
    assert numeric.run(net, [first, second]).tolist() == [[5, 5, 3, 3]]
    with pytest.raises(ShapeError, match="two: 1 arrays are given for 2 inputs: a, b"):
        numeric.run(net, [np.ones((1, 2))])
    with pytest.raises(ParameterError, match=r"the input 'b' is missing \(give a list of arrays, or a dict by name"):
        numeric.run(net, np.ones((1, 2)))


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint8"])
def test_whole_weights_are_drawn_for_integers(dtype):
    net = cm.Sequential(cm.Conv2d(3, 4, 3), cm.Conv2d(4, 2, 3))
    made = numeric.initial_weights({"weight": (50, 4, 3, 3)}, np.dtype(dtype), np.random.default_rng(0))["weight"]
    assert made.dtype == dtype
    assert set(made.reshape(-1).tolist()) == ({-2, -1, 0, 1, 2} if dtype[0] == "i" else {0, 1, 2})
    assert numeric.run(net, np.ones((1, 3, 7, 8), dtype)).any()
    assert any(array.any() for array in numeric.gradients(net, np.ones((1, 3, 7, 8), dtype))[1].values())


@pytest.fixture(scope="module")
def resnet():
    net = cm.zoo.resnet18()
    rows = net.analyze((1, 3, 32, 32)).rows
    stored = {
        f"{row.name}.{name}": shape
        for row in rows
        for name, shape in (row.layer.weights() | row.layer.buffers()).items()
    }
    return net, np.ones((1, 3, 32, 32), "float32"), {name: np.ones(shape, "float32") for name, shape in stored.items()}


def test_a_wrong_weight_is_named_in_full_before_anything_runs(resnet, monkeypatch):
    net, x, weights = resnet
    monkeypatch.setattr("convmath.numeric.networks.Pass._run", None)
    name = "layer3.0.conv1.weight"
    with pytest.raises(ShapeError, match=rf"^resnet18: {name} is 3x3, 256x128x3x3 is asked for$"):
        numeric.run(net, x, weights | {name: np.ones((3, 3), "float32")})
    with pytest.raises(ParameterError, match=rf"^resnet18: {name} is float64, which does not fit into float32"):
        numeric.run(net, x, weights | {name: np.ones((256, 128, 3, 3))})
    with pytest.raises(
        ParameterError, match=r"^resnet18: the weights lack conv1\.weight \(64x3x7x7\), .* and 98 more$"
    ):
        numeric.run(net, x, {})


def test_counters_of_batches_are_no_weights(resnet):
    net, x, weights = resnet
    wanted = numeric.run(net, x, weights)
    assert np.array_equal(numeric.run(net, x, weights | {"bn1.num_batches_tracked": np.array(3)}), wanted)
    with pytest.raises(UnknownNameError, match=r"conv1\.num_batches_tracked"):
        numeric.run(net, x, weights | {"conv1.num_batches_tracked": np.array(3)})
    stored = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), np.ones(2))
    ready = numeric.plan(cm.BatchNorm1d(2), (1, 2, 3), "float64")
    assert ready(np.ones((1, 2, 3)), stored | {"num_batches_tracked": np.array(3)}).tolist() == [[[1.0] * 3] * 2]


def test_what_is_handed_out_is_not_what_came_in():
    net = cm.Network("through")
    x = net.input("x")
    net.output(x, net.add(cm.ReLU(), x))
    given = np.ones((1, 2))
    assert not any(np.may_share_memory(y, given) for y in numeric.run(net, given))
    dy = np.ones((1, 2))
    both = cm.Network("both")
    both.output(both.add(cm.Add(), both.input("a"), both.input("b")))
    dx, _ = numeric.gradients(both, [given, given], dy)
    assert not np.may_share_memory(dx["a"], dy)
    assert not np.may_share_memory(dx["a"], dx["b"])


@pytest.mark.parametrize("seed", [-1, "a", 1.5, True, None])
def test_what_is_no_seed(seed):
    said = r"^seed=.* is not an integer from 0$"
    for work in (
        lambda: numeric.run(CONV, np.ones((1, 1, 4)), seed=seed),
        lambda: numeric.gradients(CONV, np.ones((1, 1, 4)), seed=seed),
        lambda: numeric.effective_field(CONV, (1, 1, 9), seed=seed),
        lambda: cm.verify(CONV, seed=seed),
    ):
        with pytest.raises(ParameterError, match=said):
            work()


@pytest.mark.parametrize("subject", ["Conv2d", cm.Conv2d, None, 3])
def test_what_is_nothing_to_run(subject):
    for work in (
        lambda: numeric.run(subject, np.ones((1, 2))),
        lambda: numeric.gradients(subject, np.ones((1, 2))),
        lambda: numeric.reached(subject),
        lambda: numeric.effective_field(subject, (1, 2, 3)),
        lambda: cm.verify(subject),
    ):
        with pytest.raises(ParameterError, match=r"is no layer and no network \(give one, such as Conv2d\(3, 8, 3\)"):
            work()


@pytest.mark.parametrize("subject", ["Conv2d", cm.Conv2d, cm.Sequential(CONV)])
@pytest.mark.parametrize("form", ["matrix", "block_matrix", "factored_matrix", "operator", "matrix_sizes"])
def test_what_has_no_matrix(subject, form):
    with pytest.raises(ParameterError, match="is no layer, so it has no matrix here"):
        getattr(numeric, form)(subject, (1, 1, 4), *([WEIGHTS] if form != "matrix_sizes" else []))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"weight": np.ones((1, 1, 2), bool)}, "^Conv1d: weight is bool, not numbers"),
        ({"weight": np.ones((1, 1, 2), "float16")}, "^Conv1d: weight's dtype float16 is none that layers run in"),
        ({}, r"^Conv1d: the weights lack weight \(1x1x2\)$"),
        (None, r"^Conv1d: the weights lack weight \(1x1x2\)$"),
        (3, "^Conv1d: weights are arrays by name, not 3"),
    ],
)
def test_weights_that_make_no_matrix(weights, said):
    with pytest.raises(ParameterError, match=said):
        numeric.matrix(CONV, (1, 1, 4), weights)


def test_an_empty_output_has_no_position():
    with pytest.raises(ShapeError, match=r"^Conv2d: the output is empty, 1x4x0x5, so it has no position"):
        numeric.reached(cm.Conv2d(2, 4, (3, 2), convention="jax"), (1, 2, 2, 6))


def test_a_layer_without_a_shape():
    with pytest.raises(
        ShapeError, match=r"^Conv1d: the shape of 'input' is not known \(give one, such as 1x3x224x224\)$"
    ):
        numeric.reached(CONV)
