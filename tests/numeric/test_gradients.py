"""Gradients of layers: by definition and by differences, both of which are exact on integers."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError
from convmath.numeric import reference, weighing
from convmath.numeric.kernels import conv, deformable
from convmath.numeric.routes import by_column, by_line
from tests.numeric.drawn import CONV, DTYPES, TRANSPOSED, configuration, crops_within, integers


@pytest.mark.parametrize("seed", range(300))
def test_convolution(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, low, high, sizes = zip(*axes, strict=True)
    pads, dtype = tuple(zip(low, high, strict=True)), DTYPES[seed % len(DTYPES)]
    layer = CONV[rank](channels, filters, k, s, pads, d, groups, bias=seed % 2 == 0)
    x = integers(seed, (2, channels, *sizes), dtype)
    weights = {name: integers(seed + 7, shape, dtype) for name, shape in layer.weights().items()}
    ready = numeric.plan(layer, x.shape, dtype)
    dy = integers(seed + 3, ready.outputs[0], dtype)
    dx, dweights = ready.backward(x, dy, weights)
    assert dweights.keys() == weights.keys()
    assert all(array.dtype == dtype for array in (dx, *dweights.values()))
    assert np.array_equal(dx, reference.input_gradient(dy, weights["weight"], sizes, s, pads, d, groups))
    assert np.array_equal(dweights["weight"], reference.weight_gradient(x, dy, k, s, pads, d, groups))
    assert "bias" not in weights or dweights["bias"].tolist() == [dy[:, m].sum() for m in range(filters)]
    without = {**weights, **({"bias": np.zeros(filters, dtype)} if "bias" in weights else {})}
    assert (ready(x, without) * dy.conj()).sum() == (x * dx.conj()).sum()


@pytest.mark.parametrize("seed", range(300))
def test_transposed_convolution(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, _, _, sizes = zip(*axes, strict=True)
    crops, dtype = crops_within(seed, axes), DTYPES[seed % len(DTYPES)]
    layer = TRANSPOSED[rank](channels, filters, k, s, tuple(crops), 0, groups, seed % 2 == 0, d)
    x = integers(seed, (2, channels, *sizes), dtype)
    weights = {name: integers(seed + 7, shape, dtype) for name, shape in layer.weights().items()}
    ready = numeric.plan(layer, x.shape, dtype)
    dy = integers(seed + 3, ready.outputs[0], dtype)
    dx, dweights = ready.backward(x, dy, weights)
    expected = reference.convolution(dy, weights["weight"].conj(), None, s, crops, d, groups)
    assert np.array_equal(dx, expected)
    # The convolution that is transposed reads dy; what it is multiplied by is the conjugate of x.
    expected = reference.weight_gradient(dy, x, k, s, crops, d, groups).conj()
    assert np.array_equal(dweights["weight"], expected)
    assert "bias" not in weights or dweights["bias"].tolist() == [dy[:, m].sum() for m in range(filters)]


POLYNOMIALS = [
    ("Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)", (2, 4, 9, 12)),
    ("Conv2d(4, 6, 3, padding=((-1, 2), (1, -1)), convention='jax')", (2, 4, 6, 7)),
    ("Conv2d(3, 4, 3, padding=(1, 2), padding_mode='reflect')", (2, 3, 5, 7)),
    ("Conv3d(2, 3, 3, padding=(1, 0, 2), padding_mode='circular')", (2, 2, 4, 5, 6)),
    ("Conv1d(3, 4, 5, padding='same', dilation=2, padding_mode='replicate')", (2, 3, 19)),
    ("DepthwiseConv2d(4, 3, padding=1)", (2, 4, 5, 7)),
    ("DepthwiseSeparableConv2d(3, 4, 3, padding=1)", (2, 3, 5, 7)),
    ("SpatiallySeparableConv2d(3, 4, 3)", (2, 3, 5, 7)),
    ("CausalConv1d(3, 4, 3, dilation=2)", (2, 3, 9)),
    ("ConvTranspose2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 0), 2, True, (1, 2))", (2, 4, 5, 7)),
    ("LocallyConnected2d(3, 4, (2, 3), input_size=(5, 7), stride=(2, 1), padding=(1, 0))", (2, 3, 5, 7)),
    ("Linear(6, 7)", (2, 3, 6)),
    ("Upsample(size=(7, 9))", (2, 3, 4, 5)),
    ("ReflectionPad2d((1, 2, 3, 0))", (2, 3, 6, 8)),
    ("CircularPad2d((3, -1, -2, 2))", (2, 3, 6, 8)),
    ("ReplicationPad1d((-1, 4))", (2, 3, 6)),
    ("ConstantPad2d((1, -1, 2, 0), 3)", (2, 3, 5, 6)),
    ("PixelShuffle(3)", (2, 18, 5, 7)),
    ("PixelUnshuffle(2)", (2, 3, 6, 8)),
    ("ChannelShuffle(3)", (2, 12, 6, 8)),
    ("Flatten()", (2, 3, 4, 5)),
    ("Unflatten(1, (2, 3))", (2, 6, 4)),
    ("Add()", [(2, 3, 4, 5), (2, 3, 1, 5), (1, 1, 4, 1)]),
    ("Subtract()", [(2, 3, 1, 5), (2, 3, 4, 5), (2, 1, 4, 1)]),
    ("Concat(-1)", [(2, 3, 4), (2, 3, 5), (2, 3, 1)]),
    ("Split((2, 3, 1))", (2, 6, 4)),
    ("Chunk(2, 2)", (2, 6, 5)),
]
"""Layers linear in every input and in every weight."""


def tuples(*values):
    return tuple(value if isinstance(value, tuple) else (value,) for value in values)


@pytest.mark.parametrize(
    ("call", "shape"), [*POLYNOMIALS, ("Multiply()", [(2, 3, 4), (2, 1, 4), (1, 3, 1), (2, 3, 4)])]
)
def test_every_derivative_is_the_difference(call, shape):
    """What is linear in a number changes as much when it goes up by 1 as its gradient says: the test takes each."""
    layer = eval(f"cm.{call}", {"cm": cm})
    ready = numeric.plan(layer, shape, "int64")
    xs = tuple(integers(place, own) for place, own in enumerate(ready.inputs))
    weights = {name: integers(9, sizes) for name, sizes in layer.weights().items()}
    dys = tuple(integers(20 + place, own) for place, own in enumerate(ready.outputs))
    one = lambda values: values if len(values) > 1 else values[0]  # noqa: E731
    dxs, dweights = ready.backward(one(xs), one(dys), weights)
    total = lambda: sum((y * dy).sum() for y, dy in zip(*tuples(ready(one(xs), weights)), dys, strict=True))  # noqa: E731
    before = total()
    given = [*xs, *weights.values()]
    made = [*tuples(dxs)[0], *dweights.values()]
    for array, gradient in zip(given, made, strict=True):
        assert array.shape == gradient.shape
        for place in np.random.default_rng(0).permutation(array.size)[:40]:
            array.reshape(-1)[place] += 1
            assert total() - before == gradient.reshape(-1)[place]
            array.reshape(-1)[place] -= 1


def test_the_largest_number_has_the_gradient_and_of_equals_the_first():
    x = np.array([[[[1, 5, 2, 0], [5, 5, 0, 0], [0, 7, 0, 7]]]])
    dy = np.array([[[[1, 10, 100], [1000, 10000, 100000]]]])
    made = numeric.plan(cm.MaxPool2d(2, 1), x.shape, "int64").backward(x, dy)[0]
    assert made.tolist() == [[[[0, 11, 100, 0], [0, 0, 0, 0], [0, 11000, 0, 100000]]]]
    made = numeric.plan(cm.GlobalMaxPool(), x.shape, "int64").backward(x, [[[[3]]]])[0]
    assert (made.sum(), made[0, 0, 2, 1]) == (3, 3)
    made = numeric.plan(cm.AdaptiveMaxPool2d((1, 2)), x.shape, "int64").backward(x, [[[[3, 4]]]])[0]
    assert made.tolist() == [[[[0, 0, 0, 0], [0, 0, 0, 0], [0, 3, 0, 4]]]]


def test_what_was_found_in_the_padding_alone_goes_nowhere():
    ready = numeric.plan(cm.MaxPool1d(2, 1, ((3, 0),), convention="jax"), (1, 2, 3), "int64")
    x, dy = np.array([[[4, 2, 5], [1, 7, 2]]]), np.array([[[1, 10, 100, 1000, 10000], [2, 20, 200, 2000, 20000]]])
    assert ready.backward(x, dy)[0].tolist() == [[[1100, 0, 10000], [200, 22000, 0]]]


def test_of_several_numbers_put_to_one_place_the_last_has_the_gradient():
    x, indices = np.array([[[5, 6, 7]]]), np.array([[[1, 4, 1]]])
    ready = numeric.plan(cm.MaxUnpool1d(2), x.shape, "int64")
    assert ready(x, {"indices": indices}).tolist() == [[[0, 7, 0, 0, 6, 0]]]
    assert ready.backward(x, np.arange(6).reshape(1, 1, 6), {"indices": indices})[0].tolist() == [[[0, 4, 1]]]


@pytest.mark.parametrize(
    "call",
    [
        "Conv2d(6, 4, 3, padding=1, groups=2)", "Conv2d(6, 6, 3, stride=2, groups=6)", "Conv2d(6, 8, 1)",
        "Conv2d(6, 4, (5, 1), dilation=(1, 2), padding_mode='circular', padding=2)",
        "ConvTranspose2d(6, 4, 3, stride=2, groups=2)", "DeformConv2d(6, 4, 3, offset_groups=3, mask=True)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("tile", [1, 700, 5000])
def test_tiles_of_any_size_make_the_same(call, tile, monkeypatch):
    layer = eval(f"cm.{call}", {"cm": cm})
    x = integers(1, (2, 6, 9, 11), "float64")
    weights = {
        name: integers(2, sizes, "float64") / (1 + 127 * name.startswith("offset"))
        for name, sizes in layer.weights().items()
    }
    ready = numeric.plan(layer, x.shape, "float64")
    dy = integers(3, ready.outputs[0], "float64")
    dx, dweights = ready.backward(x, dy, weights)
    for module in (weighing, by_column, by_line, deformable):
        monkeypatch.setattr(module, "TILE", tile)
    again, others = numeric.plan(layer, x.shape, "float64").backward(x, dy, weights)
    same = np.allclose if "Deform" in call else np.array_equal
    assert same(dx, again)
    assert all(same(dweights[name], others[name]) for name in weights)


def test_the_workspace_stays_within_a_tile():
    """A convolution whose columns would take 151 MB, and 27 MB in the product that its transpose adds up."""
    import tracemalloc

    layer = cm.Conv2d(64, 8, 3, padding=1, bias=False)
    ready = numeric.plan(layer, (1, 64, 256, 256))
    x, dy = np.ones((1, 64, 256, 256), "float32"), np.ones((1, 8, 256, 256), "float32")
    weights = {"weight": np.ones(layer.weights()["weight"], "float32")}
    ready.backward(x, dy, weights)
    tracemalloc.start()
    ready.backward(x, dy, weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    padded = 4 * 64 * 258 * 258  # the input or its gradient, beside the gradient itself
    assert peak <= padded + x.nbytes + 3 * by_column.TILE


def test_nothing_comes_out_and_nothing_goes_back():
    layer = cm.Conv1d(2, 3, 5, convention="jax")
    x, weights = np.ones((1, 2, 3)), {name: np.ones(sizes) for name, sizes in layer.weights().items()}
    dx, dweights = numeric.plan(layer, x.shape, "float64").backward(x, np.ones((1, 3, 0)), weights)
    assert not dx.any()
    assert (dweights["weight"].shape, dweights["weight"].any(), dweights["bias"].tolist()) == (
        (3, 2, 5),
        False,
        [0] * 3,
    )


def test_inputs_are_left_as_they_are():
    layer = cm.Conv2d(3, 4, 3, padding=1)
    x, weights = integers(1, (2, 3, 5, 7)), {name: integers(2, sizes) for name, sizes in layer.weights().items()}
    dy = integers(3, (2, 4, 5, 7))
    for array in (x, dy, *weights.values()):
        array.flags.writeable = False
    dx, _ = numeric.plan(layer, x.shape, "int64").backward(x, dy, weights)
    strided = np.zeros((2, 4, 10, 14), int)[:, :, ::2, ::-2]
    strided[...] = dy
    assert np.array_equal(numeric.plan(layer, x.shape, "int64").backward(np.asfortranarray(x), strided, weights)[0], dx)


@pytest.mark.parametrize(
    ("call", "shape", "dtype", "error", "said"),
    [
        ("Conv2d(3, 4, 3, bias=False)", (2, 3, 5, 7), "float32", ShapeError, "the gradient is 1x4x3x5, 2x4x3x5"),
        ("Split((2, 1))", (2, 3, 5), "float32", ShapeError, "Split: the plan takes 2 gradients, got 1"),
        ("AvgPool1d(2)", (2, 3, 5), "int64", ParameterError, "AvgPool1d: takes float32 or float64, not int"),
        ("GlobalAvgPool()", (2, 3, 5), "int64", ParameterError, "GlobalAvgPool: takes float32 or float64"),
        ("MaxPool1d(2)", (2, 3, 5), "complex128", ParameterError, "MaxPool1d: compares numbers, and complex128"),
        ("ReLU()", (2, 3, 5), "complex64", ParameterError, "ReLU: compares numbers, and complex64 has no order"),
    ],
)  # fmt: skip
def test_refusals(call, shape, dtype, error, said):
    layer = eval(f"cm.{call}", {"cm": cm})
    weights = {name: np.ones(sizes, dtype) for name, sizes in layer.weights().items()}
    sizes = layer.facts(shape).outputs[0]
    dy = np.ones((1, *sizes[1:]) if error is ShapeError else sizes, dtype)
    with pytest.raises(error, match=said):
        numeric.plan(layer, shape, dtype).backward(np.ones(shape, dtype), dy, weights)


def test_a_type_without_a_gradient_is_named(monkeypatch):
    monkeypatch.delattr(conv, "backward")
    ready = numeric.plan(cm.DepthwiseSeparableConv1d(2, 3, 3, bias=False), (1, 2, 5))
    weights = {name: np.ones(sizes, "float32") for name, sizes in ready.layer.weights().items()}
    assert ready(np.ones((1, 2, 5), "float32"), weights).tolist() == [[[6.0] * 3] * 3]
    with pytest.raises(
        ParameterError, match=r"^Conv1d: nothing takes this type's gradient \(give convmath.numeric.kernels"
    ):
        ready.backward(np.ones((1, 2, 5), "float32"), np.ones((1, 3, 3), "float32"), weights)
