"""Layers that are run, against PyTorch: bit for bit on integers, to rounding where a function is no polynomial."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")

EXACT = [
    ("Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)", (2, 4, 9, 12)),
    ("Conv2d(4, 6, 3, padding=1, padding_mode='reflect')", (2, 4, 9, 12)),
    ("Conv2d(4, 4, 3, padding=1, groups=4)", (2, 4, 9, 12)),
    ("Conv2d(4, 8, 3, padding=1, groups=4)", (2, 4, 9, 12)),
    ("Conv3d(4, 6, 3, padding=(1, 0, 2), padding_mode='circular')", (2, 4, 5, 9, 12)),
    ("Conv1d(4, 6, 5, padding='same', dilation=2, padding_mode='replicate')", (2, 4, 19)),
    ("Conv2d(4, 6, 1, stride=2, groups=2)", (2, 4, 9, 12)),
    ("ConvTranspose2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 0), 2, True, (1, 2))", (2, 4, 5, 7)),
    ("ConvTranspose1d(4, 6, 2, stride=3, bias=False)", (2, 4, 9)),
    ("ConvTranspose3d(2, 3, 3, stride=2, padding=1, output_padding=1)", (2, 2, 3, 4, 5)),
    ("MaxPool2d(3, stride=2, padding=1, ceil_mode=True)", (2, 3, 9, 12)),
    ("MaxPool2d((3, 2), dilation=2, padding=1, return_indices=True)", (2, 3, 9, 12)),
    ("MaxPool3d(2, return_indices=True)", (2, 3, 5, 6, 7)),
    ("MaxPool1d(4, 3, 1)", (2, 3, 17)),
    ("AvgPool2d(3, stride=2, padding=1, ceil_mode=True)", (2, 3, 6, 9)),
    ("AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)", (2, 3, 6, 9)),
    ("AvgPool3d(2, divisor_override=4)", (1, 2, 5, 6, 7)),
    ("AdaptiveMaxPool2d((3, 5), return_indices=True)", (2, 3, 8, 9)),
    ("PixelShuffle(3)", (2, 18, 5, 7)),
    ("PixelUnshuffle(2)", (2, 3, 6, 8)),
    ("ChannelShuffle(3)", (2, 12, 6, 8)),
    ("ReflectionPad2d((1, 2, 3, 0))", (2, 3, 6, 8)),
    ("CircularPad1d((2, -1))", (2, 3, 6)),
    ("ReplicationPad3d(2)", (1, 2, 3, 4, 5)),
    ("ConstantPad2d((1, -1, 2, 0), 3.5)", (1, 2, 5, 6)),
    ("ZeroPad2d(-1)", (1, 2, 5, 6)),
    ("Linear(6, 7)", (2, 3, 6)),
    ("Flatten()", (2, 3, 4, 5)),
    ("ReLU()", (2, 3, 4)),
    ("ReLU6()", (2, 3, 4)),
    ("Hardtanh()", (2, 3, 4)),
    ("Upsample(scale_factor=2)", (2, 3, 4, 5)),
    ("Upsample(size=(7, 9), mode='nearest-exact')", (2, 3, 4, 5)),
]

ROUNDED = [
    ("LPPool2d(2, (3, 2), stride=2, ceil_mode=True)", (2, 3, 8, 9)),
    ("AdaptiveAvgPool2d((3, None))", (2, 3, 8, 9)),
    ("BatchNorm2d(3)", (2, 3, 4, 5)),
    ("InstanceNorm2d(3, affine=True)", (2, 3, 4, 5)),
    ("GroupNorm(2, 4)", (2, 4, 4, 5)),
    ("LayerNorm((4, 5))", (2, 3, 4, 5)),
    ("LocalResponseNorm(3)", (2, 5, 4, 5)),
    ("LocalResponseNorm(4)", (2, 5, 4, 5)),
    ("GELU('tanh')", (2, 3, 4)),
    ("Softmax(1)", (2, 3, 4)),
    ("LogSoftmax(1)", (2, 3, 4)),
    *((f"{name}()", (2, 3, 4, 5)) for name in (
        "LeakyReLU", "PReLU", "ELU", "CELU", "SELU", "GELU", "Sigmoid", "LogSigmoid", "SiLU", "Mish", "Tanh",
        "Softplus", "Softsign", "Hardsigmoid", "Hardswish",
    )),
    *((f"Upsample({size}, mode='{mode}'{corners})", (2, 3, 8, 6))
      for size in ("size=(7, 9)", "scale_factor=(2, 3)", "scale_factor=1.5", "scale_factor=0.6", "size=(1, 1)")
      for mode in ("bilinear", "bicubic", "area")
      for corners in (("", ", align_corners=True") if mode != "area" else ("",))),
]  # fmt: skip


def both(call, shape, dtype):
    """What the layer makes by itself and by PyTorch, as tuples of arrays."""
    generator = np.random.default_rng(len(call))
    draw = lambda sizes: generator.integers(-9, 10, sizes).astype(dtype)  # noqa: E731
    layer = eval(f"cm.{call}", {"cm": cm})
    theirs = eval(f"torch.nn.{call}", {"torch": torch}).eval()
    weights = {name: draw(sizes) for name, sizes in {**layer.weights(), **layer.buffers()}.items()}
    if "running_var" in weights:
        weights["running_var"] = abs(weights["running_var"]) + 1
    x = draw(shape)
    theirs = theirs.to(torch.from_numpy(x).dtype)
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()}, strict=False)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x))
    made = numeric.plan(layer, shape, dtype)(x, weights)
    expected = expected if isinstance(expected, tuple) else (expected,)
    return made if isinstance(made, tuple) else (made,), tuple(one.numpy() for one in expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("call", "shape"), EXACT)
def test_bit_for_bit(call, shape, dtype):
    made, expected = both(call, shape, dtype)
    for a, b in zip(made, expected, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("call", "shape"), ROUNDED)
def test_to_rounding(call, shape, dtype):
    made, expected = both(call, shape, dtype)
    for a, b in zip(made, expected, strict=True):
        assert a.dtype == b.dtype
        # Errors are measured in steps of the dtype at the size of what was added up.
        step = np.finfo(dtype).eps * max(1, abs(b).max())
        assert abs(a - b).max() <= 16 * step, (abs(a - b).max(), step)


def test_max_unpooling():
    x = np.random.default_rng(0).integers(-9, 10, (2, 3, 8, 6)).astype("float32")
    y, places = numeric.plan(cm.MaxPool2d(2, return_indices=True), x.shape)(x)
    made = numeric.plan(cm.MaxUnpool2d(2), y.shape)(y, {"indices": places})
    expected = torch.nn.functional.max_unpool2d(torch.from_numpy(y), torch.from_numpy(places), 2)
    assert np.array_equal(made, expected.numpy())
