"""Gradients against PyTorch's autograd: bit for bit on integers, to rounding where a function is no polynomial."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.numeric.kernels.deformable import Deformed
from tests.torch.test_numeric import EXACT, ROUNDED

torch = pytest.importorskip("torch")

ALL_DIVISORS = 2520
"""A multiple of every divisor that averages below have, so that what they divide stays whole."""

WHOLE = [
    *(case for case in EXACT if "3.5" not in case[0]),
    ("ConstantPad2d((1, -1, 2, 0), 3.5)", (1, 2, 5, 6)),
    ("AdaptiveAvgPool2d((3, None))", (2, 3, 7, 9)),
    ("LeakyReLU(0.25)", (2, 3, 4)),
    ("PReLU()", (2, 3, 4)),
    ("PReLU(3)", (2, 3, 4)),
    ("Upsample(size=(7, 9), mode='area')", (2, 3, 4, 5)),
    ("Upsample(scale_factor=2, mode='bilinear')", (2, 3, 4, 5)),
]
"""Those of polynomials of the numbers that they take, with divisors of 2520 or powers of 2."""

INEXACT = [case for case in ROUNDED if case not in WHOLE and "LPPool" not in case[0]]


def draw(seed, shape, dtype):
    values = np.random.default_rng(seed).integers(-9, 10, shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * np.random.default_rng(seed + 1).integers(-9, 10, shape)
    return values.astype(dtype)


def both(call, shape, dtype, x=None):
    """The gradients of the input and of all weights, by the layer itself and by PyTorch."""
    layer = eval(f"cm.{call}", {"cm": cm})
    theirs = eval(f"torch.nn.{call}", {"torch": torch}).eval()
    weights = {
        name: draw(place, sizes, dtype)
        for place, (name, sizes) in enumerate({**layer.weights(), **layer.buffers()}.items())
    }
    if "running_var" in weights:
        weights["running_var"] = abs(weights["running_var"]) + 1
    x = draw(len(call), shape, dtype) if x is None else x
    ready = numeric.plan(layer, shape, dtype)
    dy = draw(5, ready.outputs[0], dtype) * ALL_DIVISORS
    # Of places, the second output, there is no gradient to give.
    given = [dy, *(np.zeros(shape, dtype) for shape in ready.outputs[1:])]
    dx, dweights = ready.backward(x, given if len(given) > 1 else dy, weights)
    theirs = theirs.to(torch.from_numpy(x).dtype)
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()}, strict=False)
    given = torch.from_numpy(x).requires_grad_()
    y = theirs(given)
    (y[0] if isinstance(y, tuple) else y).backward(torch.from_numpy(dy))
    expected = {"x": given.grad, **{name: weight.grad for name, weight in theirs.named_parameters()}}
    return {"x": dx, **dweights}, {name: array.numpy() for name, array in expected.items()}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("call", "shape"), WHOLE)
def test_bit_for_bit(call, shape, dtype):
    made, expected = both(call, shape, dtype)
    assert made.keys() == expected.keys()
    for name, array in made.items():
        assert array.dtype == dtype
        assert np.array_equal(array, expected[name]), name


@pytest.mark.filterwarnings("ignore:Complex modules are a new feature:UserWarning")
@pytest.mark.parametrize(("call", "shape"), [case for case in EXACT if case[0].startswith(("Conv", "Linear"))])
def test_complex_gradients_are_conjugate(call, shape):
    made, expected = both(call, shape, "complex128")
    for name, array in made.items():
        assert np.array_equal(array, expected[name]), name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("call", "shape"), INEXACT)
def test_to_rounding(call, shape, dtype):
    made, expected = both(call, shape, dtype)
    assert made.keys() == expected.keys()
    for name, array in made.items():
        assert array.dtype == dtype
        assert steps_apart(array, expected[name], "float32" if call in FLOAT32_CONSTANTS else dtype) <= 64, name


FLOAT32_CONSTANTS = {"Hardsigmoid()"}
"""PyTorch's slope is 1/6 in float32, whatever the dtype."""


def steps_apart(made, expected, dtype="float64"):
    """How far arrays are apart, in steps of the dtype at the size of what was added up."""
    return float(abs(made - expected).max() / (np.finfo(dtype).eps * abs(expected).max()))


KINKS = np.array([-6, -3, -1.5, -1, 0, 1, 1.5, 3, 6, 20, 21])


@pytest.mark.parametrize("call", [case[0] for case in EXACT + ROUNDED if case[0].startswith((
    "ReLU", "LeakyReLU", "PReLU", "ELU", "CELU", "SELU", "Softplus", "Softsign", "Hard",
))])  # fmt: skip
def test_slopes_where_a_function_has_a_kink(call):
    x = KINKS.reshape(1, 1, -1)
    made, expected = both(call, x.shape, "float64", x)
    assert steps_apart(made["x"], expected["x"], "float32" if call in FLOAT32_CONSTANTS else "float64") <= 2


@pytest.mark.parametrize("p", [1, 2, 2.5, 3])
def test_power_averages_of_positive_numbers(p):
    x = abs(draw(1, (2, 3, 8, 9), "float64")) + 0.5
    made, expected = both(f"LPPool2d({p}, (3, 2), stride=2, ceil_mode=True)", x.shape, "float64", x)
    assert steps_apart(made["x"], expected["x"]) <= 16


@pytest.mark.parametrize("p", [1, 2, 3, 2.5, 4, 0.5, -1])
@pytest.mark.parametrize(
    "x",
    [[1, -2, 0, 3], [0, 0, 0, 0], [1, -1, 2, -2], [0.3, -1.7, 2.2, -0.4, 5.1, 0, 0]],
    ids=["mixed", "zeros", "sums of 0", "odd"],
)
@pytest.mark.parametrize("words", ["1", "2, 2, True", "3, 2, True"])
def test_power_averages_have_no_root_and_no_slope_where_pytorch_has_none(p, x, words):
    x = np.array([[x]], "float64")
    call = f"LPPool1d({p}, {words})"
    made, expected = both(call, x.shape, "float64", x)
    np.testing.assert_allclose(made["x"], expected["x"], 1e-12)
    theirs = eval(f"torch.nn.{call}", {"torch": torch})(torch.from_numpy(x)).numpy()
    ours = numeric.plan(eval(f"cm.{call}", {"cm": cm}), x.shape, "float64")(x)
    np.testing.assert_allclose(ours, theirs, 1e-15)


def test_the_root_of_a_cube_is_whole():
    x = np.array([[[1.0, -2.0, 0.0, 3.0]]])
    np.testing.assert_array_equal(numeric.plan(cm.LPPool1d(3, 1), x.shape, "float64")(x), [[[1, np.nan, 0, 3]]])


@pytest.mark.parametrize("size", [2, 3])
def test_max_unpooling(size):
    x = draw(0, (2, 3, 8, 6), "float64")
    y, places = numeric.plan(cm.MaxPool2d(size, return_indices=True), x.shape, "float64")(x)
    ready = numeric.plan(cm.MaxUnpool2d(size), y.shape, "float64")
    dy = draw(1, ready.outputs[0], "float64")
    given = torch.from_numpy(y).requires_grad_()
    torch.nn.functional.max_unpool2d(given, torch.from_numpy(places), size).backward(torch.from_numpy(dy))
    assert np.array_equal(ready.backward(y, dy, {"indices": places})[0], given.grad)


def deformed(layer, x, offset, mask, weight, bias):
    """Deformable convolution in PyTorch's words: each tap's sample gathered from its corners, autograd for the rest."""
    rank, taps, groups = x.dim() - 2, list(product(*map(range, layer.kernel_size))), layer.offset_groups
    sizes, outputs = x.shape[2:], offset.shape[2:]
    offset = offset.reshape(len(x), groups, len(taps), rank, *outputs)
    flat = x.reshape(len(x), groups, x.shape[1] // groups, -1)
    reads = []
    for number, tap in enumerate(taps):
        places = []
        for axis in range(rank):
            start = torch.arange(outputs[axis], dtype=x.dtype) * layer.stride[axis] - layer.padding[axis].low
            form = [1] * rank
            form[axis] = -1
            place = (start + tap[axis] * layer.dilation[axis]).reshape(form)
            places.append(place + offset[:, :, number, axis])
        total = 0
        for sides in product((0, 1), repeat=rank):
            index, share = 0, 1
            for place, side, size in zip(places, sides, sizes, strict=True):
                corner = place.detach().floor() + side
                share = share * (1 - (place - corner).abs()) * ((corner >= 0) & (corner < size))
                index = index * size + corner.clamp(0, size - 1).long()
            index = index.reshape(len(x), groups, 1, -1).expand(-1, -1, flat.shape[2], -1)
            total = total + flat.gather(3, index).reshape(*index.shape[:3], *outputs) * share[:, :, None]
        if mask is not None:
            total = total * mask.reshape(len(x), groups, len(taps), 1, *outputs)[:, :, number]
        reads.append(total.reshape(len(x), -1, *outputs))
    read = torch.stack(reads, 2)  # (N, C, taps, *o)
    share = x.shape[1] // layer.groups
    pieces = [
        torch.einsum("nct...,mct->nm...", read[:, g * share : (g + 1) * share], part.flatten(2))
        for g, part in enumerate(weight.chunk(layer.groups))
    ]
    return torch.cat(pieces, 1) + bias.reshape(-1, *(1,) * rank)


def deformable(rank, groups, offset_groups, masked):
    return getattr(cm, f"DeformConv{rank}d")(
        4, 6, (3, 2, 2)[:rank], stride=(2, 1, 1)[:rank], padding=(1, 2, 0)[:rank], dilation=(1, 2, 1)[:rank],
        groups=groups, offset_groups=offset_groups, mask=masked,
    )  # fmt: skip


CASES = [(2, g, og, m) for g, og, m in product((1, 2), (1, 2), (False, True))] + [(1, 2, 2, True), (3, 1, 2, True)]


@pytest.mark.parametrize(("rank", "groups", "offset_groups", "masked"), CASES)
def test_deformable_sampling_with_given_offsets(rank, groups, offset_groups, masked):
    """Bit for bit: offsets in odd eighths, so that no place is whole and all products are exact."""
    layer, taps = deformable(rank, groups, offset_groups, masked), 2 ** (rank - 1) * 3
    x = draw(0, (2, 4, 6, 7, 5)[: rank + 2], "float64")
    shape = layer.output_shape(x.shape)
    dice = np.random.default_rng(rank)
    offset = (2 * dice.integers(-10, 10, (2, rank * taps * offset_groups, *shape.spatial)) + 1) / 8
    mask = dice.integers(0, 5, (2, taps * offset_groups, *shape.spatial)) / 4 if masked else None
    weights = {name: draw(place, layer.weights()[name], "float64") for place, name in enumerate(("weight", "bias"))}
    dy = draw(3, shape, "float64")
    made = Deformed(layer, cm.Shape(x.shape), shape, np.dtype(float)).backward(x, offset, mask, weights, dy)
    given = [
        None if one is None else torch.from_numpy(one).requires_grad_()
        for one in (x, offset, mask, weights["weight"], weights["bias"])
    ]
    deformed(layer, *given).backward(torch.from_numpy(dy))
    for one, theirs in zip((*made[:3], made[3]["weight"], made[3]["bias"]), given, strict=True):
        assert one is None if theirs is None else np.array_equal(one, theirs.grad)


@pytest.mark.parametrize(("rank", "groups", "offset_groups", "masked"), CASES)
def test_deformable_layers_with_their_offsets_branch(rank, groups, offset_groups, masked):
    layer = deformable(rank, groups, offset_groups, masked)
    dice = np.random.default_rng(rank)
    x = dice.standard_normal((2, 4, 6, 7, 5)[: rank + 2])
    weights = {name: dice.standard_normal(sizes) for name, sizes in layer.weights().items()}
    ready = numeric.plan(layer, x.shape, "float64")
    dy = dice.standard_normal(ready.outputs[0])
    dx, dweights = ready.backward(x, dy, weights)
    given = {name: torch.from_numpy(array).requires_grad_() for name, array in {"x": x, **weights}.items()}
    convolution = getattr(torch.nn.functional, f"conv{rank}d")
    pads = tuple(side.low for side in layer.padding)
    told = convolution(
        given["x"], given["offset.weight"], given["offset.bias"], layer.stride, pads, layer.dilation
    )  # fmt: skip
    moved = rank * 2 ** (rank - 1) * 3 * offset_groups
    mask = torch.sigmoid(told[:, moved:]) if masked else None
    deformed(layer, given["x"], told[:, :moved], mask, given["weight"], given["bias"]).backward(torch.from_numpy(dy))
    for name, array in {"x": dx, **dweights}.items():
        assert steps_apart(array, given[name].grad.numpy()) <= 64, name


@pytest.mark.parametrize(("rank", "groups", "offset_groups", "masked"), CASES)
def test_offsets_that_another_layer_makes(rank, groups, offset_groups, masked):
    """A network whose offsets (and masks) come of a path of their own: values, and every gradient."""
    own = deformable(rank, groups, offset_groups, masked)
    moved = own.offset.out_channels - (own.offset.out_channels // (rank + 1) if masked else 0)
    net = cm.Network()
    x = net.input()
    told = net.add(own.offset, x, name="branch")
    kept = {name: value for name, value in own.__dict__.items() if name in cm.OffsetConv2d.fields}
    layer = getattr(cm, f"OffsetConv{rank}d")(**kept)
    if masked:
        offset, mask = net.add(cm.Split((moved, own.offset.out_channels - moved)), told)
        net.add(layer, x, offset, net.add(cm.Sigmoid(), mask), name="deformed")
    else:
        net.add(layer, x, told, name="deformed")
    dice = np.random.default_rng(rank)
    array = dice.standard_normal((2, 4, 6, 7, 5)[: rank + 2])
    weights = {name: dice.standard_normal(sizes) for name, sizes in own.weights().items()}
    named = {
        f"branch.{name.removeprefix('offset.')}" if name.startswith("offset") else f"deformed.{name}": weight
        for name, weight in weights.items()
    }
    y = numeric.run(own, array, weights)
    assert steps_apart(numeric.run(net, array, named), y) <= 64
    dy = dice.standard_normal(y.shape)
    dx, dweights = numeric.gradients(own, array, dy, weights)
    dx_there, dnamed = numeric.gradients(net, array, dy, named)
    assert steps_apart(dx_there, dx) <= 64
    assert all(steps_apart(dnamed[there], dweights[name]) <= 64 for name, there in zip(weights, named, strict=True))
    report = net.analyze(array.shape)
    assert report.totals.params == own.params
    assert report.totals.macs == own.macs(array.shape)
    assert report["deformed"].cost.macs == own.convolution.macs(array.shape)
