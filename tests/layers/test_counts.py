"""Multiply-accumulates counted one by one, parameters by the formulas of the literature."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convmath as cm
from convmath.core.padding import NamedPads
from convmath.layers import layer_type
from tests.strategies import TYPES, layers_with_inputs

example = settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])

Axes = tuple[int, ...]


def of_ranks(*families: str) -> list[str]:
    return [name for name in TYPES if name[:-2] in families and name[-1] == "d"]


# Definitions: an array of ones where there is input, zeros where there is none.


def extent(kernel: Axes, dilation: Axes) -> Axes:
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def pads_of(spec: object, i: int, k: int, s: int, d: int) -> tuple[int, int]:
    """(low, high) of one axis, from the meaning of the names."""
    if not isinstance(spec, NamedPads):
        return tuple(spec)
    span = d * (k - 1)
    if spec.name in ("valid", "causal", "full"):
        return {"valid": (0, 0), "causal": (span, 0), "full": (span, span)}[spec.name]
    total = 0
    while len(range(0, i + total - span, s)) < len(range(0, i, s)):
        total += 1
    less, more = total // 2, total - total // 2
    return (less, more) if spec.name == "same" else (more, less)


def padded(sizes: Axes, pads: list[tuple[int, int]]) -> np.ndarray:
    """Ones for the input, zeros for the padding; negative pads cut away."""
    ones = np.pad(np.ones(sizes, dtype=np.int64), [(max(low, 0), max(high, 0)) for low, high in pads])
    return ones[tuple(slice(-min(low, 0), n + min(high, 0)) for (low, high), n in zip(pads, ones.shape, strict=True))]


def slides(
    sizes: Axes, kernel: Axes, stride: Axes, dilation: Axes, pads: list[tuple[int, int]]
) -> tuple[int, int, int]:
    """Outputs, (output, tap) pairs, and those pairs that read input, of a kernel that slides over padded input."""
    x = padded(sizes, pads)
    span = extent(kernel, dilation)
    begins = [range(0, n - e + 1, s) for n, e, s in zip(x.shape, span, stride, strict=True)]
    outputs = prod(map(len, begins))
    dense = touching = 0
    for taps in product(*map(range, kernel)):
        read = x
        for axis, (tap, d, begin) in enumerate(zip(taps, dilation, begins, strict=True)):
            read = read.take([b + tap * d for b in begin], axis=axis)
        dense += read.size
        touching += int(read.sum())
    return outputs, dense, touching


def lands(sizes: Axes, kernel: Axes, stride: Axes, dilation: Axes, crop: list[tuple[int, int]], extra: Axes) -> tuple:
    """Outputs, (input, tap) pairs, and those pairs that land on the output, of a transposed convolution."""
    full = [(i - 1) * s + e for i, s, e in zip(sizes, stride, extent(kernel, dilation), strict=True)]
    kept = padded(tuple(full), [(0, a) for a in extra])
    kept[...] = 0
    inner = tuple(slice(low, n + a - high) for n, a, (low, high) in zip(full, extra, crop, strict=True))
    kept[inner] = 1
    dense = touching = 0
    for taps in product(*map(range, kernel)):
        hit = kept
        for axis, (i, s, d, tap) in enumerate(zip(sizes, stride, dilation, taps, strict=True)):
            hit = hit.take([a * s + tap * d for a in range(i)], axis=axis)
        dense += hit.size
        touching += int(hit.sum())
    return int(kept.sum()), dense, touching


def channel_pairs(inputs: int, outputs: int, groups: int) -> int:
    """How many pairs of channels see each other: those in the same share."""
    return sum(c * groups // inputs == n * groups // outputs for c in range(inputs) for n in range(outputs))


def conv_macs(batch: int, sizes: Axes, pairs: int, kernel: Axes, stride: Axes, dilation: Axes, padding: tuple) -> tuple:
    pads = [pads_of(*axis) for axis in zip(padding, sizes, kernel, stride, dilation, strict=True)]
    outputs, dense, touching = slides(sizes, kernel, stride, dilation, pads)
    return outputs, batch * pairs * dense, batch * pairs * touching


def drawn(data: st.DataObject, name: str):
    layer, ((x,),) = data.draw(layers_with_inputs(name))
    assume(x.elements * prod(getattr(layer, "kernel_size", (1,))) < 30_000)
    return layer, x, layer.cost(x)


ALIKE = (
    "Conv", "GroupedConv", "DilatedConv", "CausalConv", "PointwiseConv", "DepthwiseConv", "LocallyConnected",
    "LazyConv",
)  # fmt: skip


@pytest.mark.parametrize("name", of_ranks(*ALIKE))
@example
@given(st.data())
def test_macs_of_layers_that_slide_one_kernel(name: str, data: st.DataObject) -> None:
    layer, x, cost = drawn(data, name)
    axes = len(x.spatial)
    inputs = x.channels
    outputs = getattr(layer, "out_channels", inputs * getattr(layer, "multiplier", 1))
    groups = inputs if name.startswith("Depthwise") else getattr(layer, "groups", 1)
    causal = (NamedPads("causal"),) * axes
    unpadded = causal if name.startswith("Causal") else ((0, 0),) * axes
    places, dense, touching = conv_macs(
        x.batch, x.spatial, channel_pairs(inputs, outputs, groups), getattr(layer, "kernel_size", (1,) * axes),
        layer.stride, getattr(layer, "dilation", (1,) * axes), getattr(layer, "padding", unpadded),
    )  # fmt: skip
    # Copied padding is real input: every tap reads some.
    copied = getattr(layer, "padding_mode", "zeros") != "zeros"
    assert (cost.macs, cost.macs_touching) == (dense, dense if copied else touching)
    assert prod(layer.output_shape(x).spatial) == places
    assert cost.operations == (x.batch * outputs * places if layer.bias else 0)


@pytest.mark.parametrize("name", of_ranks("DepthwiseSeparableConv"))
@example
@given(st.data())
def test_macs_of_space_and_channels_apart(name: str, data: st.DataObject) -> None:
    layer, x, cost = drawn(data, name)
    middle = x.channels * layer.multiplier
    places, dense, touching = conv_macs(
        x.batch, x.spatial, channel_pairs(x.channels, middle, x.channels), layer.kernel_size, layer.stride,
        layer.dilation, layer.padding,
    )  # fmt: skip
    mixing = x.batch * places * channel_pairs(middle, layer.out_channels, 1)
    assert (cost.macs, cost.macs_touching) == (dense + mixing, touching + mixing)


@pytest.mark.parametrize("name", of_ranks("SpatiallySeparableConv"))
@example
@given(st.data())
def test_macs_of_one_axis_after_the_other(name: str, data: st.DataObject) -> None:
    layer, x, cost = drawn(data, name)
    middle = layer.mid_channels or layer.out_channels
    axes = len(x.spatial)
    sizes, inputs, dense, touching = list(x.spatial), x.channels, 0, 0
    for axis in range(axes):
        outputs = layer.out_channels if axis == axes - 1 else middle
        spec = (layer.kernel_size[axis], layer.stride[axis], layer.dilation[axis])
        pads = pads_of(layer.padding[axis], sizes[axis], *spec)
        one = [[value if other == axis else 1 for other in range(axes)] for value in spec]
        around = [pads if other == axis else (0, 0) for other in range(axes)]
        places, pairs, real = slides(tuple(sizes), *map(tuple, one), around)
        dense += x.batch * channel_pairs(inputs, outputs, 1) * pairs
        touching += x.batch * channel_pairs(inputs, outputs, 1) * real
        sizes[axis] = places // prod(size for other, size in enumerate(sizes) if other != axis)
        inputs = outputs
    assert (cost.macs, cost.macs_touching) == (dense, touching)
    assert layer.output_shape(x) == (x.batch, layer.out_channels, *sizes)


@pytest.mark.parametrize("name", of_ranks("DeformConv"))
@example
@given(st.data())
def test_macs_of_moved_taps(name: str, data: st.DataObject) -> None:
    """The convolution at every sample, and the branch that predicts where they lie."""
    layer, x, cost = drawn(data, name)
    axes, taps = len(x.spatial), prod(layer.kernel_size)
    fields = (layer.kernel_size, layer.stride, layer.dilation, layer.padding)
    main = channel_pairs(x.channels, layer.out_channels, layer.groups)
    places, dense, _ = conv_macs(x.batch, x.spatial, main, *fields)
    predicted = (axes + layer.mask) * taps * layer.offset_groups
    _, dense_branch, touching_branch = conv_macs(x.batch, x.spatial, x.channels * predicted, *fields)
    assert (cost.macs, cost.macs_touching) == (dense + dense_branch, dense + touching_branch)
    # An n-linear sample of 2ⁿ numbers takes 2ⁿ products and 2ⁿ − 1 sums, and a product more with a mask.
    sampling = places * taps * (layer.in_channels * (2**axes + 2**axes - 1 + layer.mask))
    weighing = places * taps * layer.offset_groups * (2**axes + 3 * axes)
    biases = places * (predicted + (layer.out_channels if layer.bias else 0))
    assert cost.operations == x.batch * (sampling + weighing + biases)


@pytest.mark.parametrize("name", of_ranks("OffsetConv"))
@example
@given(st.data())
def test_macs_of_taps_that_are_moved_from_outside(name: str, data: st.DataObject) -> None:
    """What the layer with a branch of its own counts, less its branch."""
    layer, ((x, offset, *mask),) = data.draw(layers_with_inputs(name))
    cost, axes, count = layer.cost(x, offset, *mask), len(x.spatial), prod(layer.kernel_size)
    fields = (layer.kernel_size, layer.stride, layer.dilation, layer.padding)
    main = channel_pairs(x.channels, layer.out_channels, layer.groups)
    places, dense, _ = conv_macs(x.batch, x.spatial, main, *fields)
    assert prod(offset) == x.batch * places * axes * count * layer.offset_groups
    assert all(prod(one) == x.batch * places * count * layer.offset_groups for one in mask)
    assert (cost.macs, cost.macs_touching) == (dense, dense)
    sampling = places * count * layer.in_channels * (2 ** (axes + 1) - 1 + len(mask))
    weighing = places * count * layer.offset_groups * (2**axes + 3 * axes)
    assert cost.operations == x.batch * (sampling + weighing + places * layer.bias * layer.out_channels)
    assert cost.moved == sum(map(prod, (x, offset, *mask, layer.output_shape(x, offset, *mask)))) + cost.params


@pytest.mark.parametrize("name", of_ranks("ConvTranspose", "LazyConvTranspose"))
@example
@given(st.data())
def test_macs_of_transposed_convolutions(name: str, data: st.DataObject) -> None:
    layer, x, cost = drawn(data, name)
    assume(layer.convention.name == "pytorch")
    crop = [(0, 0) if isinstance(pads, NamedPads) else tuple(pads) for pads in layer.padding]
    extra = layer.output_padding or (0,) * len(x.spatial)
    places, dense, touching = lands(x.spatial, layer.kernel_size, layer.stride, layer.dilation, crop, extra)
    pairs = x.batch * channel_pairs(x.channels, layer.out_channels, layer.groups)
    assert (cost.macs, cost.macs_touching) == (pairs * dense, pairs * touching)
    assert prod(layer.output_shape(x).spatial) == places


@example
@given(st.data())
def test_macs_of_vectors(data: st.DataObject) -> None:
    layer, x, cost = drawn(data, "Linear")
    vectors = len(list(product(*map(range, x[:-1]))))
    assert cost.macs == cost.macs_touching == vectors * channel_pairs(layer.in_features, layer.out_features, 1)


def pairs_of_matrices(shape: Axes, inner: int) -> int:
    """One by one: a multiplication for each number made and each number of the row it is made of."""
    return sum(1 for _ in product(*map(range, shape), range(inner)))


@example
@given(st.data())
def test_macs_of_products(data: st.DataObject) -> None:
    layer, ((x, y),) = data.draw(layers_with_inputs("MatMul"))
    assert layer.macs(x, y) == pairs_of_matrices((*x[:-1], y[-1]), x[-1])
    layer, (inputs,) = data.draw(layers_with_inputs("ScaledDotProductAttention"))
    q, k, v = inputs[:3]
    assert layer.macs(*inputs) == pairs_of_matrices((*q[:-1], k[-2]), q[-1]) + pairs_of_matrices(
        (*q[:-1], v[-1]), k[-2]
    )
    layer, (inputs,) = data.draw(layers_with_inputs("Einsum"))
    sizes = {
        letter: n for word, x in zip(layer.operands, inputs, strict=True) for letter, n in zip(word, x, strict=True)
    }
    assert layer.macs(*inputs) == (len(list(product(*map(range, sizes.values())))) if len(inputs) == 2 else 0)


@pytest.mark.parametrize(("name", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
@example
@given(st.data())
def test_macs_of_sequences(name: str, gates: int, data: st.DataObject) -> None:
    """Step by step, layer by layer: every gate's number is a row times what is read and the state before."""
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    proj = layer.proj_size if name == "LSTM" else 0
    macs, reads, state = 0, layer.input_size, proj or layer.hidden_size
    for _ in range(layer.num_layers):
        for _ in range(1 + layer.bidirectional):
            for _ in product(*map(range, inputs[0][:-1])):
                macs += sum(reads + state for _ in range(gates * layer.hidden_size)) + proj * layer.hidden_size
        reads = state * (1 + layer.bidirectional)
    assert layer.macs(*inputs) == macs


NO_MACS = [
    name
    for name in TYPES
    if not any(word in name for word in ("Conv", "Linear", "LocallyConnected"))
    and name not in ("MatMul", "Einsum", "ScaledDotProductAttention", "RNN", "GRU", "LSTM")
]  # fmt: skip


@pytest.mark.parametrize("name", NO_MACS)
@settings(example, max_examples=5)
@given(st.data())
def test_layers_that_multiply_no_weights_take_no_macs(name: str, data: st.DataObject) -> None:
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    assert layer.cost(*inputs)[2:4] == (0, 0)


# Parameters


def taps(layer) -> int:
    return prod(layer.kernel_size)


def affine(layer) -> int:
    return 2 * layer.num_features if layer.affine else 0


def recurrent(c, gates: int, width: int) -> int:
    directions = 1 + c.bidirectional
    reads = c.input_size + (c.num_layers - 1) * directions * width
    return gates * c.hidden_size * directions * (reads + c.num_layers * (width + 2 * c.bias))


PARAMS = {
    "Conv": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "GroupedConv": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "DilatedConv": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "CausalConv": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "ConvTranspose": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "PointwiseConv": lambda c: c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "DepthwiseConv": lambda c: c.in_channels * c.multiplier * (taps(c) + c.bias),
    "DepthwiseSeparableConv": lambda c: (
        c.in_channels * c.multiplier * (taps(c) + c.out_channels) + c.bias * c.out_channels
    ),
    "SpatiallySeparableConv": lambda c: (
        c.kernel_size[0] * c.in_channels * (c.mid_channels or c.out_channels)
        + sum(c.kernel_size[1:-1]) * (c.mid_channels or c.out_channels) ** 2
        + c.kernel_size[-1] * (c.mid_channels or c.out_channels) * c.out_channels
        + c.bias * c.out_channels
    ),
    "DeformConv": lambda c: (
        taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels
        + (taps(c) * c.in_channels + 1) * (len(c.kernel_size) + c.mask) * taps(c) * c.offset_groups
    ),
    "OffsetConv": lambda c: taps(c) * c.in_channels * c.out_channels // c.groups + c.bias * c.out_channels,
    "LocallyConnected": lambda c: (
        prod(c.output_shape((1, c.in_channels, *c.input_size)).spatial)
        * c.out_channels * (taps(c) * c.in_channels + c.bias)
    ),
    "Linear": lambda c: (c.in_features + c.bias) * c.out_features,
    "BatchNorm": affine,
    "InstanceNorm": affine,
    "GroupNorm": lambda c: 2 * c.num_channels if c.affine else 0,
    "LayerNorm": lambda c: (1 + c.bias) * prod(c.normalized_shape) if c.elementwise_affine else 0,
    "PReLU": lambda c: c.num_parameters,
    "RMSNorm": lambda c: prod(c.normalized_shape) * c.elementwise_affine,
    "Embedding": lambda c: c.num_embeddings * c.embedding_dim,
    "RNN": lambda c: recurrent(c, 1, c.hidden_size),
    "GRU": lambda c: recurrent(c, 3, c.hidden_size),
    "LSTM": lambda c: recurrent(c, 4, c.proj_size or c.hidden_size)
    + c.proj_size * c.hidden_size * c.num_layers * (1 + c.bidirectional),
}  # fmt: skip
"""The textbook's number of parameters; every other type has none."""


def family(name: str) -> str:
    stem = name.removeprefix("Lazy")
    return stem[:-2] if stem[-2:] in ("1d", "2d", "3d") else stem


@pytest.mark.parametrize("name", TYPES)
@settings(example, max_examples=12)
@given(st.data())
def test_params(name: str, data: st.DataObject) -> None:
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    facts = layer.facts(*inputs)
    formula = PARAMS.get(family(name))
    assert facts.cost.params == (formula(facts.layer) if formula else 0)
    arrays = [np.empty(shape, dtype=bool) for shape in facts.layer.weights().values()]
    assert facts.cost.params == sum(array.size for array in arrays)
    stored = [np.empty(shape, dtype=bool) for shape in facts.layer.buffers().values()]
    assert facts.cost.buffers == sum(array.size for array in stored)


def test_every_formula_is_of_a_type() -> None:
    assert set(PARAMS) <= {family(name) for name in TYPES}
    assert all(layer_type(name).weights is not None for name in TYPES)


# Numbers that were measured with other tools


def test_probes() -> None:
    """A 3×3 convolution and a transposed one, 16 → 32 channels over 10×10, as other tools count them."""
    conv = cm.Conv2d(16, 32, 3, padding=1)
    x = (1, 16, 10, 10)
    assert conv.macs(x) == 460_800
    assert conv.cost(x).operations == 464_000 - 460_800  # with the bias, as torchinfo and ptflops count
    assert conv.flops(x) == 924_800  # TensorFlow's profiler
    assert 2 * conv.macs_touching(x) == 802_816  # XLA's cost analysis
    assert cm.ConvTranspose2d(16, 32, 4, stride=2, padding=1).macs(x) == 819_200
    same = cm.ConvTranspose2d(16, 32, 3, stride=2, padding="same", convention="jax")
    assert 2 * same.macs(x) == 921_600
    assert 2 * same.macs_touching(x) == 861_184  # XLA's cost analysis


def test_mobilenet_table_3() -> None:
    """Howard et al. (2017): 14×14×512, M multiply-adds and M parameters."""
    x, bare = (1, 512, 14, 14), {"padding": 1, "bias": False}
    conv, apart = cm.Conv2d(512, 512, 3, **bare), cm.DepthwiseSeparableConv2d(512, 512, 3, **bare)
    assert (conv.macs(x), conv.params) == (462_422_016, 2_359_296)
    assert (apart.macs(x), apart.params) == (52_283_392, 266_752)
    assert Fraction(apart.macs(x), conv.macs(x)) == Fraction(1, 512) + Fraction(1, 9)
    thin = cm.DepthwiseSeparableConv2d(384, 384, 3, **bare)
    assert (thin.macs((1, 384, 14, 14)), thin.params) == (29_578_752, 150_912)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "per_mille"),
    [(224, 7, 2, 3, 1, 985), (56, 3, 1, 1, 1, 976), (14, 3, 1, 6, 6, 510)],
)
def test_the_share_of_taps_on_real_input(
    size: int, kernel: int, stride: int, padding: int, dilation: int, per_mille: int
) -> None:
    layer = cm.Conv2d(1, 1, kernel, stride=stride, padding=padding, dilation=dilation)
    x = (1, 1, size, size)
    assert (2000 * layer.macs_touching(x) + layer.macs(x)) // (2 * layer.macs(x)) == per_mille


def test_deformable_offset_branches() -> None:
    """Dai et al. (2017), Zhu et al. (2019): 3×3, 512 channels."""
    layers = (
        cm.DeformConv2d(512, 512, 3), cm.DeformConv2d(512, 512, 3, offset_groups=4),
        cm.DeformConv2d(512, 512, 3, mask=True),
    )  # fmt: skip
    branches = [sum(prod(shape) for name, shape in c.weights().items() if name.startswith("offset")) for c in layers]
    assert branches == [82_962, 331_848, 124_443]


def test_pixel_shuffle_after_a_convolution_is_a_transposed_convolution() -> None:
    """Shi et al. (2016): a kernel of r·k in place of k and r² times the channels, at the same cost."""
    conv = cm.Conv2d(8, 4 * 9, 3, padding=1, bias=False)
    transposed = cm.ConvTranspose2d(8, 4, 9, stride=3, padding=3, bias=False)
    x = (1, 8, 10, 12)
    assert cm.PixelShuffle(3).output_shape(conv.output_shape(x)) == transposed.output_shape(x) == (1, 4, 30, 36)
    assert conv.params == transposed.params
    assert conv.macs(x) == transposed.macs(x)


@pytest.mark.parametrize(
    ("layer", "operations"),
    [
        (cm.MaxPool2d((2, 3)), 8 * 5 * 4 * (6 - 1)),
        (cm.AvgPool2d((2, 3)), 8 * 5 * 4 * 6),
        (cm.LPPool2d(2, (2, 3)), 8 * 5 * 4 * 12),
        (cm.BatchNorm2d(8), 2 * 8 * 120),
        (cm.GlobalAvgPool(), 8 * 120),
        (cm.GlobalMaxPool(), 8 * 119),
        (cm.AdaptiveAvgPool2d((5, 4)), 8 * 120),
        (cm.AdaptiveMaxPool2d((5, 4)), 8 * 100),
        (cm.AdaptiveAvgPool2d((4, 5)), 8 * (3 + 3 + 3 + 3) * (3 + 3 + 4 + 3 + 3)),
        (cm.InstanceNorm2d(8), 5 * 8 * 120),
        (cm.GroupNorm(2, 8), 7 * 8 * 120),
        (cm.LayerNorm((10, 12), bias=False), 6 * 8 * 120),
        (cm.LayerNorm(12), 7 * 8 * 120),
        (cm.LayerNorm(12, elementwise_affine=False), 5 * 8 * 120),
        (cm.LocalResponseNorm(3), 7 * 8 * 120),
        (cm.Upsample(scale_factor=2), 0),
        (cm.Upsample(scale_factor=2, mode="nearest-exact"), 0),
        (cm.Upsample(scale_factor=2, mode="bilinear"), 9 * 8 * 480),
        (cm.Upsample(scale_factor=2, mode="bicubic"), 31 * 8 * 480),
        (cm.Upsample(scale_factor=0.5, mode="area"), 8 * 120),
        (cm.Dropout(), 0),
        (cm.Identity(), 0),
        (cm.Flatten(), 0),
        (cm.ZeroPad2d(1), 0),
        (cm.PixelUnshuffle(2), 0),
        (cm.ReLU(), 8 * 120),
        (cm.GELU(), 5 * 8 * 120),
        (cm.GELU(approximate="tanh"), 9 * 8 * 120),
        (cm.Tanh(), 8 * 120),
        (cm.Softmax(), 5 * 8 * 120),
        (cm.RMSNorm(12), (3 + 1) * 8 * 120),
        (cm.Mean((2, 3)), 8 * (119 + 1)),
        (cm.Sum((2, 3)), 8 * 119),
        (cm.Amax(1, keepdim=True), 7 * 120),
        (cm.Prod(), 8 * 120 - 1),
        (cm.Argmin(3), 80 * 11),
        (cm.Var((2, 3)), 8 * ((119 + 1) + 120 + 120 + (119 + 1))),
        (cm.VectorNorm(1), 120 * (8 + 7 + 1)),
        (cm.Rsqrt(), 2 * 8 * 120),
        (cm.Clip(0), 8 * 120),
        (cm.Clip(0, 6), 2 * 8 * 120),
        (cm.Clip(), 0),
        (cm.Scale(0.5), 8 * 120),
        (cm.GLU(1), 4 * 120 * (4 + 1)),
        (cm.Hardshrink(), 2 * 8 * 120),
        (cm.Einsum("nchw->nc"), 8 * 119),
        (cm.Permute((0, 2, 3, 1)), 0),
        (cm.Slice(2, 1, -1), 0),
        (cm.Repeat((1, 1, 2, 2)), 0),
        (cm.Roll(1, 2), 0),
        (cm.CumSum(2), 8 * 12 * 9),
        (cm.CumSum(0), 0),
        (cm.CumSum(3, exclusive=True), 8 * 10 * 10),
        (cm.CumSum(0, exclusive=True), 0),
        (cm.TopK(3, 1), 120 * 7),
    ],
    ids=repr,
)
def test_operations(layer, operations: int) -> None:
    """Everything that is no multiply-accumulate, over (1, 8, 10, 12)."""
    cost = layer.cost((1, 8, 10, 12))
    assert cost.operations == operations
    assert cost.flops == operations


def test_operations_beside_products() -> None:
    """What stands beside MACs: softmax, scale and mask of each weight; biases and gates of each step, one by one."""
    q, k, v, mask = (2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7), (4, 6)
    x, grid = (2, 3, 10, 12), (2, 7, 9, 2)
    # To scale and to shift, twice; floor and two shares, twice; the corners' products; and 4 products, 3 sums each.
    assert cm.GridSample().cost(x, grid).operations == 2 * 7 * 9 * (4 + 6 + 4) + 2 * 3 * 7 * 9 * (4 + 3)
    assert cm.GridSample("nearest").cost(x, grid).operations == 2 * 7 * 9 * (4 + 2)
    weights = 2 * 3 * 4 * 6
    assert cm.ScaledDotProductAttention().cost(q, k, v).operations == weights * (5 + 1)
    assert cm.ScaledDotProductAttention().cost(q, k, v, mask).operations == weights * (5 + 1 + 1)
    sigmoid, steps, hidden = 4, 7 * 2, 5
    each = {
        "RNN": (1, 1),  # tanh
        "GRU": (3, 2 * sigmoid + 3 + 4),  # r, z; a product, a sum and tanh for n; 1 − z, two products and a sum for h
        "LSTM": (4, 3 * sigmoid + 1 + 3 + 2),  # i, f, o; g; two products and a sum for c; tanh and a product for h
    }
    for name, (gates, state) in each.items():
        layer = getattr(cm, name)(3, hidden)
        assert layer.cost((7, 2, 3)).operations == steps * hidden * (2 * gates + state)
        assert getattr(cm, name)(3, hidden, bias=False).cost((7, 2, 3)).operations == steps * hidden * state
    assert cm.Fold((4, 5), (2, 3)).cost((2, 12, 9)).operations == 2 * 12 * 9


def test_operations_of_merges() -> None:
    x, gate = (2, 8, 10, 12), (2, 8, 1, 1)
    assert cm.Add().flops(x, x, x) == 2 * 2 * 8 * 120
    assert cm.Multiply().flops(x, gate) == cm.Multiply().flops(gate, x) == 2 * 8 * 120
    assert cm.Concat().flops(x, x) == cm.Split((3, 5)).flops(x) == cm.Chunk(2).flops(x) == 0
