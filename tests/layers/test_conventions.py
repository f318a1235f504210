"""Where frameworks disagree about sizes and pads, case by case as they were observed.

T1 … T31 and R1 … R5 number observed disagreements. Named here are all that concern sizes, pads, layouts and
acceptance. Left to the backend that executes layers, since only values differ: T13 (kernel flips), T19 and T20
(what an average divides by), T21 (the last window of an Lᵖ pooling), T23 (where an interpolation samples), T25
(the border of deformable sampling). T9 and T31 are Paddle's, T11's free sizes TensorFlow's raw operation, T16 the
inference of old ONNX opsets: the library follows none of these, and the tests say what it answers. T24's order of
offset channels, T27's layouts in TensorFlow and T30 (a reference that is no oracle) concern no number here.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ShapeError
from convmath.core.padding import NamedPads
from convmath.layers import layer_type

FRAMEWORKS = ("pytorch", "tensorflow", "onnx", "jax")

NO_SAME_STRIDES = "pytorch takes padding='same(_lower)?' only with stride 1"


def size(layer, i: int, channels: int = 1) -> int:
    return layer.output_shape((1, channels, i))[2]


def pads(layer, i: int) -> tuple[int, int]:
    window = layer.window(0, i)
    return window.low, window.high


def conv(k: int, s: int = 1, padding: object = 0, d: int = 1, convention: str = "pytorch"):
    return cm.Conv1d(1, 1, k, stride=s, padding=padding, dilation=d, bias=False, convention=convention)


def transposed(k: int, s: int, padding: object = 0, a: int | None = None, convention: str = "pytorch", d: int = 1):
    return cm.ConvTranspose1d(
        1, 1, k, stride=s, padding=padding, output_padding=a, bias=False, dilation=d, convention=convention
    )


def scattered(layer, x: list[int], w: list[int]) -> list[int]:
    """What a transposed convolution makes of x, read through its window: tap t of the flipped kernel at o − low + t."""
    window = layer.window(0, len(x))
    stretched = np.zeros((len(x) - 1) * window.input_dilation + 1, dtype=int)
    stretched[:: window.input_dilation] = x
    flipped = w[::-1]
    values = []
    for o in range(window.output_size(len(x))):
        places = [o - window.low + t * window.dilation for t in range(len(w))]
        values.append(sum(f * stretched[p] for f, p in zip(flipped, places, strict=True) if 0 <= p < len(stretched)))
    return values


X, W2, W3, W4 = [1, 2, 3], [1, 10], [1, 10, 100], [1, 10, 100, 1000]


def test_t1_same_with_stride_2_on_an_even_size() -> None:
    for convention in ("tensorflow", "onnx", "jax"):
        upper, lower = (conv(3, 2, name, convention=convention) for name in ("same", "same_lower"))
        assert (pads(upper, 6), pads(lower, 6)) == ((0, 1), (1, 0))
        assert pads(upper, 7) == pads(lower, 7) == (1, 1)
        assert size(upper, 6) == size(lower, 6) == 3
    assert size(conv(3, 2, 1), 6) == 3
    assert pads(conv(3, 2, 1), 6) == (1, 1)


def test_t2_the_first_layer_of_a_resnet() -> None:
    assert pads(conv(7, 2, "same", convention="tensorflow"), 224) == (2, 3)
    assert pads(conv(7, 2, 3), 224) == (3, 3)
    assert size(conv(7, 2, "same", convention="tensorflow"), 224) == size(conv(7, 2, 3), 224) == 112


def test_t3_same_of_an_even_kernel() -> None:
    for convention in FRAMEWORKS:
        assert pads(conv(4, 1, "same", convention=convention), 7) == (1, 2)
        assert size(conv(4, 1, "same", convention=convention), 7) == 7
        assert pads(conv(4, 1, "same_lower", convention=convention), 7) == (2, 1)


def test_t4_doubling_crops_the_end_or_the_start() -> None:
    at_the_end, at_the_start = [1, 10, 102, 20, 203, 30], [10, 102, 20, 203, 30, 300]
    for convention in ("tensorflow", "jax", "onnx"):
        assert scattered(transposed(3, 2, "same", convention=convention), X, W3) == at_the_end
    assert scattered(transposed(3, 2, 1, 1), X, W3) == at_the_start
    assert scattered(transposed(3, 2, "same_lower", convention="onnx"), X, W3) == at_the_start


def test_t5_output_padding_is_not_portable() -> None:
    assert scattered(transposed(3, 2, "same", 1, "tensorflow"), X, W3) == [1, 10, 102, 20, 203, 30]
    assert scattered(transposed(3, 2, 1, 1), X, W3) == [10, 102, 20, 203, 30, 300]


def test_t6_doubling_with_kernel_4_is_portable() -> None:
    wanted = [10, 102, 1020, 203, 2030, 300]
    assert scattered(transposed(4, 2, 1), X, W4) == wanted
    for convention in ("tensorflow", "jax", "onnx"):
        assert scattered(transposed(4, 2, "same", convention=convention), X, W4) == wanted


def test_t7_a_kernel_below_the_stride() -> None:
    for convention in ("pytorch", "onnx"):
        assert scattered(transposed(2, 3, convention=convention), X, W2) == [1, 10, 0, 2, 20, 0, 3, 30]
    for convention in ("tensorflow", "jax"):
        assert scattered(transposed(2, 3, "valid", convention=convention), X, W2) == [1, 10, 0, 2, 20, 0, 3, 30, 0]


def test_t8_same_of_a_kernel_below_the_stride() -> None:
    for convention in ("tensorflow", "jax"):
        assert scattered(transposed(2, 3, "same", convention=convention), X, W2) == [1, 10, 0, 2, 20, 0, 3, 30, 0]
    # The ONNX specification, whose reference shifts the values too; ONNX Runtime and shape inference say 8.
    assert scattered(transposed(2, 3, "same", convention="onnx"), X, W2) == [0, 1, 10, 0, 2, 20, 0, 3, 30]


def test_t9_same_is_not_what_paddle_makes_of_it() -> None:
    """Paddle: 5, cropped on both sides. Numbers say the same everywhere."""
    assert size(transposed(3, 2, "same", convention="tensorflow"), 3) == 6
    assert scattered(transposed(3, 2, 1), X, W3) == [10, 102, 20, 203, 30]


def test_t10_same_with_output_padding_0() -> None:
    assert scattered(transposed(4, 2, "same", 0, "tensorflow"), X, W4) == [102, 1020, 203, 2030]
    assert size(transposed(4, 2, "same", None, "tensorflow"), 3) == 6


def test_t11_one_of_the_sizes_that_tensorflow_accepts() -> None:
    """tf.nn.conv_transpose is told its size; the library, like Keras and JAX, states one of those consistent."""
    assert size(transposed(3, 2, "same", convention="tensorflow"), 3) in {5, 6}
    assert size(transposed(3, 2, "valid", convention="tensorflow"), 3) in {7, 8}
    assert size(transposed(2, 3, "same", convention="tensorflow"), 3) in {7, 8, 9}


def test_t12_dilation_1_is_dense() -> None:
    for convention in FRAMEWORKS:
        assert size(conv(3, d=1, convention=convention), 9) == 7
        assert size(conv(3, d=2, convention=convention), 9) == 5
        with pytest.raises(ParameterError, match="dilation must be an integer from 1 "):
            conv(3, d=0, convention=convention)


def pool(k: int, s: int, padding: object = 0, *, ceil_mode: bool = True, convention: str = "pytorch"):
    return cm.MaxPool1d(k, stride=s, padding=padding, ceil_mode=ceil_mode, convention=convention)


def test_t14_ceil_drops_a_window_that_starts_past_the_input() -> None:
    assert size(pool(1, 2, ceil_mode=False), 2) == 1
    for convention in ("pytorch", "onnx"):  # PyTorch and ONNX Runtime; Paddle, MXNet and Caffe say 2
        assert size(pool(1, 2, convention=convention), 2) == 1


def test_t15_ceil_drops_a_window_that_starts_in_the_padding() -> None:
    assert size(pool(2, 3, 1), 2) == 1  # PyTorch and Caffe; Paddle and MXNet say 2


def test_t16_ceil_clips_in_onnx_as_its_runtime_does() -> None:
    """Every small case equals PyTorch's: opset 22. Shape inference of opsets 11 and 12 did not clip."""
    clipped = 0
    for i in range(1, 9):
        for k in range(1, 5):
            for s in range(1, 5):
                for p in range(k // 2 + 1):
                    if i + 2 * p < k:
                        continue
                    answer = size(pool(k, s, p, convention="onnx"), i)
                    assert answer == size(pool(k, s, p), i)
                    unclipped = -((k - i - 2 * p) // s) + 1
                    assert answer in (unclipped, unclipped - 1)
                    clipped += answer < unclipped
    assert clipped > 20


def test_t17_ceil_with_auto_pad() -> None:
    """ONNX's formula for auto_pad=VALID takes no notice of ceil_mode; ONNX Runtime says 3."""
    assert size(pool(3, 2, "valid", convention="onnx"), 6) == 2
    assert size(pool(3, 2, 0, convention="onnx"), 6) == 3
    assert size(pool(3, 2, "valid"), 6) == 3


def test_t18_how_much_a_pooling_may_pad() -> None:
    assert size(pool(3, 1, 2, convention="onnx"), 6) == 8
    text = (
        "MaxPool1d: axis 0: padding=2 is more than half the kernel, 1 (pad by at most 1, or put a padding layer before)"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        pool(3, 1, 2)


def test_t20_sizes_of_averages_follow_the_same_clip() -> None:
    assert cm.AvgPool1d(3, stride=2, padding=1, ceil_mode=True).output_shape((1, 1, 6)) == (1, 1, 4)


def test_t22_every_order_of_channels_shuffles_to_the_same_shape() -> None:
    assert cm.PixelShuffle(2).output_shape((1, 8, 1, 1)) == (1, 2, 2, 2)


def test_t24_offsets_have_two_numbers_for_each_tap_and_masks_one() -> None:
    plain = cm.DeformConv2d(4, 6, (3, 2), offset_groups=2)
    masked = cm.DeformConv2d(4, 6, (3, 2), offset_groups=2, mask=True)
    assert plain.weights()["offset.weight"] == (2 * 6 * 2, 4, 3, 2)
    assert masked.weights()["offset.weight"] == (3 * 6 * 2, 4, 3, 2)


def test_t26_a_convolution_has_a_bias_unless_told() -> None:
    """As in PyTorch and Keras; that Keras' ResNets keep them and torchvision's do not, makes 26,560 parameters."""
    assert cm.Conv2d(3, 64, 7).params - cm.Conv2d(3, 64, 7, bias=False).params == 64


def test_t27_weights_are_laid_out_as_in_pytorch() -> None:
    assert cm.Conv2d(4, 6, (3, 5), groups=2).weights() == {"weight": (6, 2, 3, 5), "bias": (6,)}
    assert cm.ConvTranspose2d(4, 6, (3, 5), groups=2).weights() == {"weight": (4, 3, 3, 5), "bias": (6,)}
    assert cm.DepthwiseConv2d(4, (3, 5), multiplier=2).weights() == {"weight": (8, 1, 3, 5), "bias": (8,)}
    assert cm.Linear(4, 6).weights() == {"weight": (6, 4), "bias": (6,)}


def test_t28_layers_that_only_some_frameworks_have() -> None:
    assert layer_type("LocallyConnected2d")
    separable = cm.DepthwiseSeparableConv2d(4, 6, 3)
    assert set(separable.weights()) == {"depthwise.weight", "pointwise.weight", "pointwise.bias"}


def test_t29_a_kernel_larger_than_its_padded_input() -> None:
    for convention in ("pytorch", "tensorflow", "onnx"):
        with pytest.raises(ShapeError, match="the kernel spans 5 positions, the padded input has 2"):
            size(conv(5, convention=convention), 2)
    assert size(conv(5, convention="jax"), 2) == 0


def test_t31_same_keeps_the_dilation() -> None:
    """Paddle resets it to 1."""
    for convention in FRAMEWORKS:
        assert pads(conv(3, 1, "same", 2, convention), 9) == (2, 2)


# The larger disagreements


def test_r1_what_does_not_fit() -> None:
    """Errors, empty outputs, or, in the records of oneDNN and MIOpen, an output of 1."""
    for k, i in ((3, 2), (7, 1), (4, 3)):
        for convention in ("pytorch", "tensorflow", "onnx"):
            with pytest.raises(ShapeError):
                size(conv(k, convention=convention), i)
        empty = conv(k, convention="jax")
        assert size(empty, i) == 0
        assert empty.cost((1, 1, i))[2:6] == (0, 0, 0, 0)
        assert max(1, empty.window(0, i).output_size(i)) == 1


def test_r3_how_much_output_padding_may_be() -> None:
    """PyTorch: below stride or dilation. ONNX Runtime and Keras: below the stride."""
    text = "ConvTranspose1d: axis 0: output_padding=2 is more than {} (keep output_padding below stride or dilation)"
    assert size(transposed(3, 2, 0, 2, d=3), 4) == 15
    assert size(transposed(3, 1, 0, 2, d=3), 4) == 12
    for convention in ("onnx", "tensorflow"):
        with pytest.raises(ParameterError, match=f"^{re.escape(text.format(0))}$"):
            transposed(3, 1, 0, 2, convention, d=3)
    for convention in FRAMEWORKS:
        with pytest.raises(ParameterError, match=f"^{re.escape(text.format(1))}$"):
            transposed(3, 2, 0, 2, convention)


def test_r4_same_with_a_stride() -> None:
    for name in ("same", "same_lower", "half", "SAME_UPPER"):
        with pytest.raises(ParameterError, match=NO_SAME_STRIDES):
            conv(3, 2, name)
        with pytest.raises(ParameterError, match=NO_SAME_STRIDES):
            pool(3, 2, name)
        for convention in ("tensorflow", "onnx", "jax"):
            assert size(conv(3, 2, name, convention=convention), 7) == 4


def test_r5_valid_of_keras_and_jax_is_no_less_than_the_stride() -> None:
    """(i − 1)·s + max(k̂, s), where PyTorch has (i − 1)·s + k̂."""
    for i in range(1, 7):
        for k in range(1, 6):
            for s in range(1, 6):
                for d in (1, 2, 3):
                    extent = d * (k - 1) + 1
                    assert size(transposed(k, s, 0, d=d), i) == (i - 1) * s + extent
                    for convention in ("tensorflow", "jax") if 1 in (s, d) else ("jax",):
                        layer = transposed(k, s, "valid", convention=convention, d=d)
                        assert size(layer, i) == (i - 1) * s + max(extent, s)
                        same = transposed(k, s, "same", convention=convention, d=d)
                        assert size(same, i) == i * s


def test_keras_output_padding() -> None:
    """(i − 1)·s + k̂ − 2P + a with P = ⌊k̂/2⌋ for 'same' and 0 for 'valid'."""
    for i in range(2, 6):
        for k in range(1, 6):
            for s in range(2, 5):
                for a in range(s):
                    assert size(transposed(k, s, "valid", a, "tensorflow"), i) == (i - 1) * s + k + a
                    wanted = (i - 1) * s + k - 2 * (k // 2) + a
                    assert size(transposed(k, s, "same", a, "tensorflow"), i) == wanted


def test_onnx_auto_pad_of_transposed_convolutions() -> None:
    """Output i·s; the surplus s(i − 1) + a + k̂ − i·s is cropped half and half, the odd one at the end or the start."""
    for i in range(1, 6):
        for k in range(1, 6):
            for s in range(1, 5):
                for a in range(s):
                    surplus = s * (i - 1) + a + k - i * s
                    for name, low in (("same", surplus // 2), ("same_lower", surplus - surplus // 2)):
                        layer = transposed(k, s, name, a, "onnx")
                        assert size(layer, i) == i * s
                        assert layer.window(0, i).low == k - 1 - low


def test_jax_pads_the_stretched_input() -> None:
    """Its explicit pads are Dumoulin and Visin's p′, not PyTorch's p."""
    assert size(transposed(3, 2, 1, convention="jax"), 3) == 5
    assert size(transposed(4, 2, 1, convention="jax"), 4) == 6
    for k in range(1, 5):
        for s in range(1, 4):
            for p in range(k):
                assert size(transposed(k, s, k - 1 - p, convention="jax"), 5) == size(transposed(k, s, p), 5)


def test_keras_takes_stride_or_dilation_wherever_they_are() -> None:
    """Any stride above 1 with any dilation above 1, on the same axis or not, for convolutions and their transposes."""
    for stride, dilation in ((2, 2), ((2, 1), (1, 2)), ((1, 2), 3)):
        for kind in (cm.Conv2d, cm.ConvTranspose2d):
            with pytest.raises(
                ParameterError, match="tensorflow takes no stride above 1 together with a dilation above 1"
            ):
                kind(1, 1, 3, stride=stride, dilation=dilation, convention="keras")
            for convention in ("pytorch", "onnx", "jax"):
                assert kind(1, 1, 3, stride=stride, dilation=dilation, convention=convention)
    for stride, dilation in (((1, 1), (3, 2)), ((2, 3), (1, 1))):
        assert cm.Conv2d(1, 1, 3, stride=stride, dilation=dilation, convention="keras")


def test_negative_padding_is_jax_alone() -> None:
    for convention in ("pytorch", "tensorflow", "onnx"):
        for make in (conv, lambda k, s, p, d, c: transposed(k, s, p, None, c, d)):
            with pytest.raises(ParameterError, match="padding=-1 is negative"):
                make(3, 1, -1, 1, convention)
        with pytest.raises(ParameterError, match="padding=-1 is negative"):
            pool(3, 1, ((0, -1),), convention=convention)
    assert size(conv(3, 1, ((0, -1),), 1, "jax"), 7) == 4
    assert size(conv(3, 1, ((-2, 4),), 1, "jax"), 7) == 7


def test_tensorflow_same_is_the_ceiling() -> None:
    for i in range(1, 12):
        for k in range(1, 6):
            for s in range(1, 5):
                assert size(conv(k, s, "same", convention="tensorflow"), i) == -(-i // s)
                low, high = NamedPads("same").pads(i, k, s, 1)
                assert high - low in (0, 1)
