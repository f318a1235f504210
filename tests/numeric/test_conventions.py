"""Where frameworks disagree about values: what each was observed to make of a line of numbers, made here too.

T1 … T27 number observed disagreements, as in tests/layers/test_conventions.py, which has their sizes and pads, and in
tests/bridge/test_port.py, which executes each framework's own words. Unless a line says otherwise, weights are 1, 10,
100 … and inputs 1, 2, 3 or 0 … 5.
"""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError
from convmath.numeric.kernels.deformable import Deformed

X, W2, W3, W4 = [1, 2, 3], [1, 10], [1, 10, 100], [1, 10, 100, 1000]

SIX, FIRST = range(6), [1, 0, 0]
"""A line that says where it is read, and a kernel that reads there."""

IMPULSE, FIVE = [0, 0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0]

START, END = [10, 102, 20, 203, 30, 300], [1, 10, 102, 20, 203, 30]
"""A transposed convolution that doubles the size, cropped at its start, and at its end."""


def conv(k, s=1, p=0, framework="pytorch", d=1):
    return cm.Conv1d(1, 1, k, s, p, d, bias=False, convention=framework)


def transposed(k, s, p=0, a=None, framework="pytorch"):
    return cm.ConvTranspose1d(1, 1, k, s, p, a, bias=False, convention=framework)


LINES = [
    # SAME with stride 2 on an even size: the same shape, values shifted.
    *(("T1", conv(3, 2, "same", who), SIX, FIRST, [0, 2, 4]) for who in ("tensorflow", "jax", "onnx")),
    *(("T1", conv(3, 2, "same_lower", who), SIX, FIRST, [0, 1, 3]) for who in ("jax", "onnx")),
    ("T1", conv(3, 2, 1), SIX, FIRST, [0, 1, 3]),
    *(("T1", conv(3, 2, name, "onnx"), range(7), FIRST, [0, 1, 3, 5]) for name in ("same", "same_lower", 1)),
    # SAME with an even kernel.
    *(("T3", conv(4, 1, "same", who), IMPULSE, [1, 2, 3, 4], [0, 4, 3, 2, 1, 0, 0])
      for who in ("pytorch", "tensorflow", "jax", "onnx")),
    *(("T3", conv(4, 1, "same_lower", who), IMPULSE, [1, 2, 3, 4], [0, 0, 4, 3, 2, 1, 0]) for who in ("jax", "onnx")),
    # To double the size.
    *(("T4", transposed(3, 2, "same", framework=who), X, W3, END) for who in ("tensorflow", "jax", "onnx")),
    ("T4", transposed(3, 2, 1, 1), X, W3, START),
    ("T4", transposed(3, 2, 1, 1, "onnx"), X, W3, START),
    ("T4", transposed(3, 2, "same_lower", framework="onnx"), X, W3, START),
    ("T5", transposed(3, 2, "same", 1, "tensorflow"), X, W3, END),
    ("T5", transposed(3, 2, 1, 1), X, W3, START),
    *(("T6", transposed(4, 2, "same", framework=who), X, W4, [10, 102, 1020, 203, 2030, 300])
      for who in ("tensorflow", "onnx")),
    ("T6", transposed(4, 2, 1), X, W4, [10, 102, 1020, 203, 2030, 300]),
    # A kernel below the stride.
    *(("T7", transposed(2, 3, framework=who), X, W2, [1, 10, 0, 2, 20, 0, 3, 30]) for who in ("pytorch", "onnx")),
    *(("T7", transposed(2, 3, "valid", framework=who), X, W2, [1, 10, 0, 2, 20, 0, 3, 30, 0])
      for who in ("tensorflow", "jax")),
    *(("T8", transposed(2, 3, "same", framework=who), X, W2, [1, 10, 0, 2, 20, 0, 3, 30, 0])
      for who in ("tensorflow", "jax")),
    ("T8", transposed(2, 3, "same", framework="onnx"), X, W2, [0, 1, 10, 0, 2, 20, 0, 3, 30]),
    # Paddle's SAME is padding by numbers here.
    ("T9", transposed(3, 2, 1), X, W3, [10, 102, 20, 203, 30]),
    ("T9", transposed(3, 2, "same", framework="tensorflow"), X, W3, END),
    ("T10", transposed(4, 2, "same", 0, "tensorflow"), X, W4, [102, 1020, 203, 2030]),
    # tf.nn.conv_transpose is told which of the consistent sizes it shall make: 5 or 6, 7 or 8.
    ("T11", transposed(3, 2, 1), X, W3, [10, 102, 20, 203, 30]),
    ("T11", transposed(3, 2, "same", framework="tensorflow"), X, W3, END),
    ("T11", transposed(3, 2), X, W3, [1, 10, 102, 20, 203, 30, 300]),
    ("T11", transposed(3, 2, 0, 1), X, W3, [1, 10, 102, 20, 203, 30, 300, 0]),
    # A dilation of 1 is dense.
    ("T12", conv(2, d=1), SIX, W2, [10, 21, 32, 43, 54]),
    ("T12", conv(2, d=2), SIX, W2, [20, 31, 42, 53]),
    # Convolutions do not flip their kernels, transposed ones put them down as they are.
    *(("T13", conv(3, 1, 1, who), FIVE, [1, 2, 3], [0, 3, 2, 1, 0])
      for who in ("pytorch", "tensorflow", "onnx", "jax")),
    *(("T13", transposed(3, 1, 1, framework=who), FIVE, [1, 2, 3], [0, 1, 2, 3, 0])
      for who in ("pytorch", "tensorflow", "onnx", "jax")),
    # Rounding up, clipped wherever the last window would start in the padding.
    ("T14", cm.MaxPool1d(1, 2), [5, 6], None, [5]),
    *(("T14", cm.MaxPool1d(1, 2, ceil_mode=True, convention=who), [5, 6], None, [5]) for who in ("pytorch", "onnx")),
    ("T15", cm.MaxPool1d(2, 3, 1, ceil_mode=True), [5, 6], None, [5]),
    ("T17", cm.MaxPool1d(3, 2, "valid", ceil_mode=True, convention="onnx"), SIX, None, [2, 4]),
    ("T17", cm.MaxPool1d(3, 2, 0, ceil_mode=True, convention="onnx"), SIX, None, [2, 4, 5]),
    ("T18", cm.MaxPool1d(3, 1, 2, convention="onnx"), SIX, None, [0, 1, 2, 3, 4, 5, 5, 5]),
    # What an average divides by.
    ("T19", cm.AvgPool1d(3, 1, 1), [1, 1, 1], None, [2 / 3, 1, 2 / 3]),
    ("T19", cm.AvgPool1d(3, 1, 1, count_include_pad=False, convention="onnx"), [1, 1, 1], None, [1, 1, 1]),
    ("T19", cm.AvgPool1d(3, 1, "same", convention="tensorflow"), [1, 1, 1], None, [1, 1, 1]),
    *(("T20", cm.AvgPool1d(3, 2, 1, ceil_mode=True, convention=who), [1] * 6, None, [2 / 3, 1, 1, 1 / 2])
      for who in ("pytorch", "onnx")),
    ("T21", cm.LPPool1d(2, 2, ceil_mode=True), [1] * 5, None, [2**0.5, 2**0.5, 2**0.5]),
    ("T21", cm.LPPool1d(2, 2, ceil_mode=True, convention="onnx"), [1] * 5, None, [2**0.5, 2**0.5, 1]),
    # Where a resize reads.
    ("T23", cm.Upsample(scale_factor=2, mode="linear"), range(4), None, [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]),
    ("T23", cm.Upsample(8, mode="linear", align_corners=True), range(4), None, [3 * j / 7 for j in range(8)]),
    ("T23", cm.Upsample(3), range(5), None, [0, 1, 3]),
    ("T23", cm.Upsample(3, mode="nearest-exact"), range(5), None, [0, 2, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "layer", "x", "w", "wanted"), LINES)
def test_a_line(case, layer, x, w, wanted):
    weights = {} if w is None else {"weight": np.array([[w]], float)}
    made = numeric.plan(layer, (1, 1, len(x)), "float64")(np.array([[[*x]]], float), weights)
    assert made.shape == (1, 1, len(wanted))
    # Whole numbers are equal; thirds, sevenths and roots are to the last bits.
    exact = all(float(number).is_integer() for number in wanted)
    assert np.array_equal(made[0, 0], wanted) if exact else made[0, 0] == pytest.approx(wanted, rel=4e-16)


def test_t2_the_first_layer_of_a_resnet():
    """A picture that says which column it is: of two paddings with 112 outputs, one reads a pixel further on."""
    x = np.broadcast_to(np.arange(224), (1, 1, 224, 224))
    first = np.zeros((1, 1, 7, 7), int)
    first[..., 0, 0] = 1
    same, numbered = (
        numeric.plan(cm.Conv2d(1, 1, 7, 2, p, bias=False, convention=who), x.shape, "int64")(x, {"weight": first})
        for p, who in (("same", "tensorflow"), (3, "pytorch"))
    )
    assert same.shape == numbered.shape == (1, 1, 112, 112)
    assert same[0, 0, 50, 2:].tolist() == [2 * o - 2 for o in range(2, 112)]
    assert numbered[0, 0, 50, 2:].tolist() == [2 * o - 3 for o in range(2, 112)]


def test_t12_a_dilation_of_0_is_none():
    with pytest.raises(ParameterError, match="dilation must be an integer from 1"):
        conv(2, d=0)


def test_t13_what_flips():
    x, w = np.arange(6), np.array([1, 10, 100])
    (made,) = numeric.plan(conv(3, 1, 2), (1, 1, 6), "int64")(x[None, None], {"weight": w[None, None, ::-1]})[0]
    assert made.tolist() == np.convolve(x, w).tolist()


def test_t18_half_the_kernel_is_pytorchs_limit():
    with pytest.raises(ParameterError, match="padding=2 is more than half the kernel, 1"):
        cm.MaxPool1d(3, 1, 2)


def test_t22_the_channels_of_a_block():
    x = np.arange(8).reshape(1, 8, 1, 1)
    shuffle = numeric.plan(cm.PixelShuffle(2), x.shape, "int64")
    assert shuffle(x)[0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    # TensorFlow's depth_to_space and ONNX's mode DCR: blocks lie in groups of channels.
    dealt = numeric.plan(cm.ChannelShuffle(4), x.shape, "int64")(x)
    assert shuffle(dealt)[0].tolist() == [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]


def moved(layer, shape, offset):
    """A deformable convolution with these offsets and weights of 1."""
    y = layer.output_shape(shape)
    made = Deformed(layer, cm.Shape(shape), y, np.dtype(float))
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    ones = np.ones(layer.convolution.weights()["weight"])
    return x, made(
        x, np.broadcast_to(np.reshape(offset, (1, -1, 1, 1)), (1, len(offset), *y.spatial)), None, {"weight": ones}
    )


def test_t24_offsets_are_y_then_x_tap_by_tap_group_by_group():
    layer = cm.DeformConv2d(2, 1, (1, 2), offset_groups=2, bias=False)
    # Of group 0, tap 0 goes a row down, tap 1 two columns right; of group 1, tap 0 a column right, tap 1 stays.
    x, made = moved(layer, (1, 2, 3, 6), [1, 0, 0, 2, 0, 1, 0, 0])
    first, second = x[0]
    for row, column in ((0, 0), (1, 2)):
        read = first[row + 1, column] + first[row, column + 3] + second[row, column + 1] + second[row, column + 1]
        assert made[0, 0, row, column] == read


@pytest.mark.parametrize(("y", "first_row"), [(-0.5, 0.5), (-0.75, 0.25), (-1, 0), (-1.5, 0), (0, 1)])
def test_t25_the_border_of_a_sample(y, first_row):
    layer = cm.DeformConv2d(1, 1, 1, bias=False)
    sampled = Deformed(layer, cm.Shape((1, 1, 3, 4)), cm.Shape((1, 1, 3, 4)), np.dtype(float))
    offset = np.stack([np.full((3, 4), y), np.zeros((3, 4))])[None]
    made = sampled(np.ones((1, 1, 3, 4)), offset, None, {"weight": np.ones((1, 1, 1, 1))})
    assert made[0, 0, 0].tolist() == [first_row] * 4


def test_t26_biases_of_a_resnet():
    """Keras' have them, torchvision's do not: what a bias for each convolution's channel would add."""
    rows = cm.zoo.resnet50().analyze((1, 3, 224, 224)).rows
    assert sum(row.layer.out_channels for row in rows if isinstance(row.layer, cm.Conv2d)) == 26_560
    assert 25_557_032 + 26_560 == 25_583_592
    assert set(numeric.plan(cm.Conv2d(3, 64, 7), (1, 3, 9, 9)).weights) == {"weight", "bias"}
    assert set(numeric.plan(cm.Conv2d(3, 64, 7, bias=False), (1, 3, 9, 9)).weights) == {"weight"}


@pytest.mark.parametrize(
    ("layer", "shape", "place", "reads", "makes"),
    [
        # Filter 4 of six in two groups: its kernel 1 reads channel 2·1 + 1 of four.
        (cm.Conv2d(4, 6, (1, 2), groups=2, bias=False), (6, 2, 1, 2), (4, 1, 0, 0), 3, 4),
        # Input channel 3 of four in two groups: its kernel 2 makes channel 3·1 + 2 of six.
        (cm.ConvTranspose2d(4, 6, (1, 2), groups=2, bias=False), (4, 3, 1, 2), (3, 2, 0, 0), 3, 5),
        # The multiplier counts fastest: filter 2·2 + 1 is the second of channel 2.
        (cm.DepthwiseConv2d(4, (1, 2), multiplier=2, bias=False), (8, 1, 1, 2), (5, 0, 0, 0), 2, 5),
    ],
)
def test_t27_layouts_of_weights(layer, shape, place, reads, makes):
    weight = np.zeros(shape, int)
    weight[place] = 7
    ready = numeric.plan(layer, (1, 4, 3, 5), "int64")
    for channel in range(4):
        x = np.zeros((1, 4, 3, 5), int)
        x[0, channel] = 1
        made = ready(x, {"weight": weight})
        assert sorted(set(np.nonzero(made)[1].tolist())) == ([makes] if channel == reads else [])
        assert made.max() == (7 if channel == reads else 0)


ELSEWHERE = {
    "T16": "the sizes that ONNX's shape inference told before opset 22; no layer has values of those",
}
"""What has no values."""


def test_every_case_is_here():
    tested = {case for case, *_ in LINES} | {
        name.split("_")[1].upper() for name in globals() if name.startswith("test_t")
    }
    assert tested.isdisjoint(ELSEWHERE)
    assert tested | set(ELSEWHERE) == {f"T{number}" for number in range(1, 28)}


def test_slopes_of_power_averages_in_onnx_is_that_of_absolute_values():
    # y = (|x₀|³ + |x₁|³)^(1/3) at (−3, 4): dy/dx = sign(x)·x²/y², of y = 91^(1/3).
    ready = numeric.plan(cm.LPPool1d(3, 2, convention="onnx"), (1, 1, 2), "float64")
    dx, _ = ready.backward(np.array([[[-3.0, 4.0]]]), np.ones((1, 1, 1)))
    np.testing.assert_allclose(dx, np.array([[[-9.0, 16.0]]]) / 91 ** (2 / 3), 1e-14)
