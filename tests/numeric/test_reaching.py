"""Which inputs are reached: against changing every input number by itself, and against the receptive field's claim."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from convmath.layers import FILES
from convmath.numeric.indices import some_indices
from tests.numeric.drawn import with_indices
from tests.strategies import TYPES, layers_with_inputs
from tests.symbolic.networks import grow

NETWORKS = 200

CHUNKS = 20

DRAWS = 40
"""A number that loses every maximum, or is cut off by every ReLU, is drawn again this often."""


def random_network(seed):
    """A network that accepts the shape drawn for it, its shape and its report."""
    dice = Random(f"reached {seed}")
    while True:
        net, channels, rank = grow(dice)
        shape = (1, channels, *((dice.randint(8, 40),) if rank == 1 else (dice.randint(5, 9), dice.randint(5, 9))))
        try:
            report = net.analyze(shape)
        except cm.ShapeError:
            continue
        if report.rows[-1].outputs[0].elements and all(row.outputs[0].elements <= 3000 for row in report.rows):
            return net, shape, report


def changed(net, shape, at, draw):
    """By definition: which inputs, given another number, change the output at a position; for one draw of numbers."""
    generator = np.random.default_rng(draw)
    x = generator.standard_normal(shape)
    batch = np.repeat(x, x.size + 1, 0)
    batch.reshape(len(batch), -1)[np.arange(x.size) + 1, np.arange(x.size)] += 1000 * generator.standard_normal(x.size)
    y = numeric.run(net, batch, seed=draw)
    y = (y[-1] if isinstance(y, tuple) else y)[(slice(None), slice(None), *at)]
    return (y[1:] != y[0]).reshape(x.size, -1).any(1).reshape(shape[1:])


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_reached_is_what_changes_the_output(chunk):
    for seed in range(chunk, NETWORKS, CHUNKS):
        net, shape, report = random_network(seed)
        dice = Random(f"position {seed}")
        at = tuple(dice.randrange(size) for size in report.rows[-1].outputs[0].spatial)
        claimed, seen = numeric.reached(net, shape, at), np.zeros(shape[1:], bool)
        for draw in range(DRAWS):
            seen |= changed(net, shape, at, draw)
            assert not (seen & ~claimed).any(), (seed, at)
            if np.array_equal(seen, claimed):
                break
        assert np.array_equal(seen, claimed), (seed, at)


DEGENERATE = {
    *FILES["activation"], *FILES["norm"], "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d",
    *FILES["unpool"], *FILES["deformable"], *FILES["shrink"], *FILES["function"], *FILES["comparison"],
    "Where", "Power", "Argmax", "Argmin", "Var", "VectorNorm", "ScaledDotProductAttention",
    "Scatter", "ScatterElements", "ScatterND", "Gather", "GatherElements", "GridSample",
}  # fmt: skip
"""Where parameters or places may be such that something that is read changes nothing: slopes of 0, moments of one."""


@pytest.mark.parametrize("name", [name for name in TYPES if name not in FILES["unpool"]])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_what_every_layer_type_reads(name, data):
    layer, several = data.draw(layers_with_inputs(name))
    inputs = several[0]
    assume(inputs[0].elements <= 400 and inputs[0].elements // inputs[0].batch <= 150)
    ready = numeric.plan(layer, list(inputs), "float64")
    assume(all(0 < shape.elements <= 2000 for shape in ready.outputs))
    at = tuple(size // 2 for size in ready.outputs[-1].spatial)
    # Of a window of one number the place is known beforehand.
    is_degenerate = name in DEGENERATE or layer.__dict__.get("num_embeddings") == 1 or layer.makes_indices
    try:
        claimed, seen = numeric.reached(layer, list(inputs)), np.zeros(inputs[0][1:], bool)
    except ShapeError:  # what is cropped on one side does not come round on the other
        assume(not name.startswith("CircularPad"))
        raise
    for draw in range(DRAWS):
        generator = np.random.default_rng(draw)
        xs = tuple(generator.standard_normal(shape) for shape in inputs)
        xs = with_indices(layer, inputs, tuple(map(abs, xs)) if name.startswith("LPPool") else xs, draw)
        if name.startswith("OffsetConv"):
            xs = (xs[0], np.zeros_like(xs[1]), *xs[2:])
        weights = {
            own: some_indices(layer, inputs, generator) if kind.kind == "i" else generator.uniform(0.5, 1.5, sizes)
            for own, (sizes, kind) in ready.weights.items()
        }
        weights = {own: array * (not own.startswith("offset")) for own, array in weights.items()}

        def made(xs=xs, weights=weights):
            with np.errstate(all="ignore"):
                y = ready(xs if len(xs) > 1 else xs[0], weights)
            return (y[len(ready.outputs) - 1] if isinstance(y, tuple) else y)[
                (0, slice(None), *at)[: len(ready.outputs[-1])]
            ].copy()

        before = made()
        assume(np.isfinite(before).all())
        for place in range(seen.size):
            kept = xs[0].reshape(-1)[place]
            xs[0].reshape(-1)[place] = (
                (kept + 1) % layer.num_embeddings
                if name == "Embedding"
                else kept + 1000 * (1 - 2 * (draw % 2) * (not name.startswith("LPPool")))
            )
            seen.reshape(-1)[place] |= bool((made() != before).any())
            xs[0].reshape(-1)[place] = kept
        assert not (seen & ~claimed).any()
        if is_degenerate or np.array_equal(seen, claimed):
            break
    assert is_degenerate or np.array_equal(seen, claimed)


def bounds(found, axis):
    """The first and last position along a spatial axis that anything is reached at."""
    places = found.any(tuple(other for other in range(found.ndim) if other != axis + 1)).nonzero()[0]
    return (int(places[0]), int(places[-1])) if len(places) else None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_bounds_are_the_receptive_field_s(chunk):
    """Wherever it lies within the input: beyond the border, padding may stand for what the field claims."""
    compared = 0
    for seed in range(chunk, 3 * NETWORKS, CHUNKS):
        net, shape, report = random_network(seed)
        y = report.rows[-1].outputs[0]
        at = tuple(size // 2 for size in y.spatial)
        fields = report.rows[-1].fields
        intervals = [None if field is None else field.interval(o) for field, o in zip(fields, at, strict=True)]
        if all(i and 0 <= i[0] <= i[1] < size for i, size in zip(intervals, shape[2:], strict=True)):
            found = numeric.reached(net, shape)
            assert [bounds(found, axis) for axis in range(len(at))] == intervals, seed
            compared += 1
    assert compared >= 3


def test_holes():
    stack = cm.Sequential(cm.Conv1d(1, 1, 3, dilation=2), cm.Conv1d(1, 1, 2, stride=5), cm.Conv1d(1, 1, 2))
    # Outputs 0 and 1 of the second layer read 0, 1 and 5, 6; each of them three taps two apart.
    found = numeric.reached(stack, (1, 1, 24), (0,))
    assert found[0].nonzero()[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    alone = numeric.reached(cm.Sequential(*[stack[str(place)] for place in (0, 1)]), (1, 1, 24), (1,))
    assert alone[0].nonzero()[0].tolist() == [5, 6, 7, 8, 9, 10]
    skipping = numeric.reached(cm.MaxPool2d((1, 2), stride=(3, 4)), (1, 2, 7, 11), (1, 1))
    assert np.argwhere(skipping).tolist() == [[c, 3, w] for c in (0, 1) for w in (4, 5)]


def test_channels_are_told_apart():
    net = cm.Network()
    left, right = net.add(cm.Chunk(2), net.input())
    net.output(net.add(cm.DepthwiseConv1d(2, 3), right), left)
    assert numeric.reached(net, (1, 4, 7)).tolist() == [[o == 3 for o in range(7)]] * 2 + [[False] * 7] * 2
    net.output(left, net.add(cm.Conv1d(2, 1, 3), right))
    assert numeric.reached(net, (1, 4, 7)).tolist() == [[False] * 7] * 2 + [[o in (2, 3, 4) for o in range(7)]] * 2


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (cm.LocalResponseNorm(2), [(0, 1), (1, 1)]),  # of two neighbours the one before
        (cm.LocalResponseNorm(3), [(0, 1), (1, 1), (2, 1)]),
        (cm.BatchNorm1d(3), [(1, 1)]),
        (cm.GroupNorm(3, 3), [(1, 0), (1, 1), (1, 2)]),
        (cm.BatchNorm1d(3, track_running_stats=False), [(1, 0), (1, 1), (1, 2)]),
        (cm.DeformConv1d(3, 3, 1, groups=3), [(0, 1), (1, 1), (2, 1)]),
        (cm.GroupedConv1d(3, 3, 1, 3), [(1, 1)]),
        (cm.ChannelShuffle(3), [(1, 1)]),
        (cm.MaxPool1d(3, 1, 1), [(1, 0), (1, 1), (1, 2)]),
    ],
    ids=repr,
)
def test_what_one_channel_of_three_reads(layer, expected):
    net = cm.Network()
    _, middle, _ = net.add(cm.Split((1, 1, 1)), net.add(layer, net.input(shape=(1, 3, 3))))
    net.output(middle)
    assert [tuple(place) for place in np.argwhere(numeric.reached(net))] == expected


@pytest.mark.parametrize(
    ("layer", "shape", "at", "expected"),
    [
        (cm.ReLU(), (1, 2, 5), (1,), [(0, 1), (1, 1)]),
        (cm.Softmax(2), (1, 1, 3), (1,), [(0, 0), (0, 1), (0, 2)]),
        (cm.Softmax(1), (1, 2, 3), (1,), [(0, 1), (1, 1)]),
        (cm.BatchNorm1d(2), (1, 2, 3), (1,), [(0, 1), (1, 1)]),
        (cm.InstanceNorm1d(1), (1, 1, 3), (0,), [(0, 0), (0, 1), (0, 2)]),
        (cm.LayerNorm(2), (1, 2, 3, 2), (0, 1), [(c, 0, w) for c in (0, 1) for w in (0, 1)]),
        (cm.LocalResponseNorm(3), (1, 2, 3), (2,), [(0, 2), (1, 2)]),
        (cm.Upsample(6, mode="linear", align_corners=True), (1, 1, 11), (2,), [(0, 4)]),
        (cm.Upsample(8, mode="linear"), (1, 1, 4), (3,), [(0, 1), (0, 2)]),
        (cm.Upsample((2, 8), mode="bicubic"), (1, 1, 2, 8), (1, 3), [(0, 1, 3)]),
        (cm.Upsample((1, 16), mode="bicubic"), (1, 1, 1, 8), (0, 8), [(0, 0, w) for w in (2, 3, 4, 5)]),
        (cm.AdaptiveMaxPool1d(3), (1, 1, 7), (1,), [(0, 2), (0, 3), (0, 4)]),
        (cm.GlobalAvgPool(), (1, 1, 3), (0,), [(0, 0), (0, 1), (0, 2)]),
        (cm.MaxUnpool1d(2), (1, 1, 3), (3,), [(0, 1)]),
        (cm.MaxUnpool1d(3, 2), (1, 1, 3), (4,), [(0, 1), (0, 2)]),
        (cm.ReflectionPad1d(2), (1, 1, 4), (0,), [(0, 2)]),
        (cm.CircularPad1d(2), (1, 1, 4), (0,), [(0, 2)]),
        (cm.DeformConv1d(2, 2, 3, groups=2, dilation=2), (1, 2, 7), (1,), [(c, o) for c in (0, 1) for o in (1, 3, 5)]),
        (cm.Flatten(), (1, 1, 2, 2), (), [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]),
        (cm.DepthwiseSeparableConv1d(2, 3, 3, padding=1), (1, 2, 4), (0,), [(c, o) for c in (0, 1) for o in (0, 1)]),
    ],
    ids=repr,
)
def test_layers_by_hand(layer, shape, at, expected):
    assert [tuple(place) for place in np.argwhere(numeric.reached(layer, shape, at))] == expected


def test_factors_read_both_inputs_and_each_is_told_by_its_name():
    shapes = [(1, 2, 3, 5), (1, 2, 1, 1)]
    assert np.argwhere(numeric.reached(cm.Multiply(), shapes, (2, 1))).tolist() == [[0, 2, 1], [1, 2, 1]]
    assert numeric.reached(cm.Multiply(), shapes, (2, 1), "input_1").tolist() == [[[True]], [[True]]]
    net = cm.Network()
    x, y = net.input("x"), net.input("y")
    net.add(cm.Subtract(), net.add(cm.Conv1d(1, 1, 3, padding=1), x), y)
    named = {"y": (1, 1, 5), "x": (1, 1, 5)}
    assert numeric.reached(net, named).tolist() == [[False, True, True, True, False]]
    assert numeric.reached(net, named, input="y").tolist() == [[False, False, True, False, False]]
    unread = cm.Network()
    unread.output(unread.add(cm.ReLU(), unread.input("x", (1, 1, 3))))
    unread.input("y", (1, 2, 3))
    assert not numeric.reached(unread, input="y").any()


@pytest.mark.parametrize(("name", "shape"), [("resnet18", (1, 3, 70, 64)), ("unet_padded", (1, 1, 48, 64))])
def test_published_networks(name, shape):
    net = getattr(cm.zoo, name)()
    found = numeric.reached(net, shape)
    assert found.shape == shape[1:]
    assert found.all()


def test_a_network_s_field_at_its_middle():
    """ResNet-18 up to its last block has a receptive field of 435 (facts of its layers), and no holes in it."""
    whole = cm.zoo.resnet18()
    trunk = cm.Network("trunk")
    tensors = {}
    for index, (name, layer, refs, _) in enumerate(whole.nodes):
        if layer is None:
            tensors[index] = trunk.input(name)
        elif not name.startswith(("avgpool", "flatten", "fc")):
            tensors[index] = trunk.add(layer, *(tensors[ref.node] for ref in refs), name=name)
    found = numeric.reached(trunk, (1, 3, 480, 96))
    low, high = trunk.analyze((1, 3, 480, 96)).rows[-1].fields[0].interval(7)
    assert (high - low + 1, bounds(found, 0)) == (435, (low, high))
    assert found[:, low : high + 1].all()


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (
            lambda net: numeric.reached(net, (1, 2, 5), (3,)),
            ShapeError,
            r"sequential: \(3,\) is no position of .* has 3",
        ),
        (lambda net: numeric.reached(net, (1, 2, 5), (0, 0)), ShapeError, r"one number for each axis"),
        (lambda net: numeric.reached(net, (1, 2, 5), 1), ShapeError, r"1 is no position"),
        (lambda net: numeric.reached(net, (1, 2, 5), input="x"), UnknownNameError, "no input is called 'x'"),
        (numeric.reached, ShapeError, "the shape of 'input' is not known"),
        (lambda net: numeric.reached(net, (1, 2, cm.symbols("L"))), ParameterError, "only numbers can be run"),
        (lambda net: numeric.reached(net, (1, 3, 5)), ShapeError, "0: Conv1d: the input has 3 channels"),
        (lambda net: numeric.reached(cm.Flatten(), (1, 2, 5), (0,)), ShapeError, "the output, which has none"),
    ],
)
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask(cm.Sequential(cm.Conv1d(2, 3, 3)))


@pytest.mark.parametrize("masked", [False, True])
def test_moved_taps_read_the_offsets_of_their_own_groups(masked):
    """Two groups of one channel, each with offsets of its own: (place of an input, channels that are read) by port."""
    layer = cm.OffsetConv1d(2, 2, 3, groups=2, offset_groups=2, dilation=2, stride=2)
    shapes = [(1, 2, 9), (1, 6, 3), (1, 6, 3)][: 3 if masked else 2]
    net = cm.Network()
    y = net.add(layer, *(net.input(name, shape) for name, shape in zip("xab", shapes, strict=False)))
    _, second = net.add(cm.Split((1, 1)), y)
    net.output(second)
    expected = {"x": [(1, 2), (1, 4), (1, 6)], "a": [(3, 1), (4, 1), (5, 1)], "b": [(3, 1), (4, 1), (5, 1)]}
    for name in list(net.input_shapes):
        found = [tuple(place) for place in np.argwhere(numeric.reached(net, at=(1,), input=name))]
        assert found == expected[name], name
