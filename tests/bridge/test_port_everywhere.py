"""Ports over several axes, with channels, groups and biases, from every framework to every other."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from tests.bridge.frameworks import run
from tests.bridge.own_layers import FRAMEWORKS, drawn

KINDS = ("conv", "transposed", "max", "average")


def ported_weights(ported, weights):
    """The weights that `port` says to take: (weight, bias) for each layer."""
    carried = []
    arrays = [array for array in ported.arrays if array.name != "x"]
    for (w, b), (name, _, after, how) in zip(weights, [a for a in arrays if a.name.endswith("weight")], strict=True):
        made = eval(how, {name: w})
        assert made.shape == after
        carried.append((made, b))
    return carried


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", FRAMEWORKS)
def test_ports_from_every_framework_to_every_other(source, kind):
    rng = random.Random(f"{source} {kind}")
    written, refused = dict.fromkeys(FRAMEWORKS, 0), set()
    for _ in range(60):
        layer, rows, weights, x = drawn(rng, source, kind)
        wanted = in_framework(source, rows, x, weights)
        for target in FRAMEWORKS:
            for shape in (None, x.shape):
                try:
                    ported = cm.port(layer, to=target, shape=shape)
                except ParameterError as error:
                    refused.add(re.search(r"Keras|give the input's shape", str(error))[0])
                    continue
                y = in_framework(target, ported.code, x, ported_weights(ported, weights))
                assert y.shape == wanted.shape, (layer, target, ported.code)
                assert np.allclose(y, wanted, rtol=1e-12, atol=1e-9), (layer, target, ported.code)
                written[target] += 1
    assert min(written.values()) >= 20, written


def in_framework(framework, rows, x, weights):
    """What rows make of x; in Keras with the channels last meanwhile."""
    y = run(framework, rows, np.moveaxis(x, 1, -1) if framework == "keras" else x, weights)
    return np.moveaxis(y, -1, 1) if framework == "keras" else y


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.parametrize(
    ("layer", "rows", "shapes"),
    [
        (cm.DepthwiseConv2d(4, 3, 2, padding=1), ["nn.Conv2d(4, 8, 3, padding=1, groups=4)"], [(8, 1, 3, 3)]),
        (cm.DepthwiseConv3d(4, 2, 2), ["nn.Conv3d(4, 8, 2, groups=4)"], [(8, 1, 2, 2, 2)]),
        (cm.PointwiseConv1d(4, 6, groups=2), ["nn.Conv1d(4, 6, 1, groups=2)"], [(6, 2, 1)]),
        (cm.GroupedConv2d(4, 6, 3, 2, stride=2), ["nn.Conv2d(4, 6, 3, stride=2, groups=2)"], [(6, 2, 3, 3)]),
        (cm.DilatedConv1d(4, 6, 3, 2, padding=2), ["nn.Conv1d(4, 6, 3, padding=2, dilation=2)"], [(6, 4, 3)]),
        (
            cm.CausalConv1d(4, 6, 3, stride=2, dilation=2),
            ["nn.ZeroPad1d((4, 0))", "nn.Conv1d(4, 6, 3, stride=2, dilation=2)"], [(6, 4, 3)],
        ),
        (
            cm.DepthwiseSeparableConv2d(4, 6, 3, 2, stride=2, padding=1),
            ["nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=4, bias=False)", "nn.Conv2d(8, 6, 1)"],
            [(8, 1, 3, 3), (6, 8, 1, 1)],
        ),
    ],
    ids=lambda value: getattr(value, "op", None),
)  # fmt: skip
def test_chains_of_convolutions(layer, rows, shapes, target):
    values = np.random.default_rng(0)
    weights = [(values.integers(-9, 10, shape), values.integers(-9, 10, shape[0])) for shape in shapes]
    x = values.integers(-99, 100, (2, 4, *(9, 7, 8)[: layer.rank]))
    for shape in (None, x.shape):
        ported = cm.port(layer, to=target, shape=shape)
        y = in_framework(target, ported.code, x, ported_weights(ported, weights))
        assert (y == in_framework("pytorch", rows, x, weights)).all()


@pytest.mark.parametrize("target", FRAMEWORKS)
def test_a_shuffle_of_pixels(target):
    x = np.arange(2 * 18 * 2 * 5).reshape(2, 18, 2, 5)
    wanted = run("pytorch", ["nn.PixelShuffle(3)"], x)
    ported = cm.port(cm.PixelShuffle(3), to=target)
    assert (in_framework(target, ported.code, x, []) == wanted).all()
    assert ported.arrays == cm.port(cm.AvgPool2d(2), to=target).arrays
    assert len(ported.notes) == (target == "keras")


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_that_copies(mode, target):
    values = np.random.default_rng(0)
    weights = [(values.integers(-9, 10, (6, 4, 3, 5)), values.integers(-9, 10, 6))]
    x = values.integers(-99, 100, (2, 4, 8, 9))
    for padding in ((1, 2), ((0, 2), (2, 1))):
        layer = cm.Conv2d(4, 6, (3, 5), stride=(1, 2), padding=padding, padding_mode=mode)
        if target == "keras" and mode != "reflect":
            text = f"Conv2d: Keras pads with zeros or by reflection, not with padding_mode={mode!r} (use "
            with pytest.raises(ParameterError, match=f"^{re.escape(text)}"):
                cm.port(layer, to=target)
            continue
        ported = cm.port(layer, to=target)
        sides = [(0, 0), (0, 0), *((side, side) if isinstance(side, int) else side for side in padding)]
        copied = np.pad(x, sides, mode={"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode])
        wanted = in_framework("pytorch", ["nn.Conv2d(4, 6, (3, 5), stride=(1, 2))"], copied, weights)
        assert (in_framework(target, ported.code, x, ported_weights(ported, weights)) == wanted).all()
        assert ported.names == ()
        assert ported.notes[-1] == "Every name of padding pads with zeros, not by copying."


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.parametrize("rank", [1, 2])
def test_a_divisor_of_ones_own(rank, target):
    x = np.random.default_rng(0).integers(-99, 100, (2, 3, *(8, 9)[:rank])) * 1.0
    kernel = (3, 3) if rank == 2 else (3, 1)
    for padding, divisor in ((0, 4), (1, 4), (0, 3**rank), (1, 3**rank)):
        layer = {1: cm.AvgPool1d, 2: cm.AvgPool2d}[rank](3, 2, padding, ceil_mode=True, divisor_override=divisor)
        row = f"nn.AvgPool2d({kernel}, 2, {(padding, padding if rank == 2 else 0)}, True, divisor_override={divisor})"
        wanted = run("pytorch", [row], x if rank == 2 else x[..., None])
        y = in_framework(target, cm.port(layer, to=target).code, x, [])
        assert np.allclose(y if rank == 2 else y[..., None], wanted)


def test_a_lazy_layer_is_ported_as_what_it_becomes():
    ported = cm.port(cm.LazyConv2d(8, 3), to="onnx", shape=(1, 3, 9, 9))
    assert ported.layer == cm.Conv2d(3, 8, 3)
    assert ported.shape == (1, 3, 9, 9)


def told(layer, target, shape=None):
    return dict(cm.port(layer, to=target, shape=shape).table().rows)


def test_what_is_said_of_a_resnet():
    """T2: 7×7 with stride 2 on 224."""
    layer = cm.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
    shifted = "the sizes agree, the values are shifted by 1 position"
    assert told(layer, "keras", "1x3x224x224")['padding="same"'] == shifted
    assert told(layer, "keras", "1x3x225x225")['padding="same"'] == "the same values"
    assert told(layer, "keras", "1x3x224x225")['padding="same"'] == f"axis 0: {shifted}; axis 1: the same values"
    assert told(layer, "keras")['padding="same"'] == f"the same values where i ≡ 1 (mod 2); where i ≡ 0 {shifted}"
    assert told(layer, "keras")['padding="valid"'] == "the sizes differ: 3 outputs fewer"
    assert told(layer, "onnx")['auto_pad="SAME_LOWER"'] == "the same values at every size"
    assert told(layer, "pytorch")['padding="same"'] == "refused together with this stride or dilation"


def test_what_is_said_of_averages():
    """T19: Keras does not count its padding, and has no other."""
    divided = "the sizes agree, averages at the border are divided by other numbers"
    assert told(cm.AvgPool2d(3, 1, 1), "keras")['padding="same"'].startswith(divided)
    assert (
        told(cm.AvgPool2d(3, 1, 1, count_include_pad=False), "keras")['padding="same"']
        == "the same values at every size"
    )


def test_residues_in_runs():
    said = told(cm.Conv1d(1, 1, 9, stride=7, padding=2), "jax")['padding="SAME"']
    assert said == (
        "the same values where i ≡ 5 (mod 7); where i ≡ 0, 6 the sizes agree, the values are shifted by 1 position;"
        " where i ≡ 1…4 the sizes differ: 1 output more"
    )  # fmt: skip


def test_a_stride_of_too_many_residues():
    ported = cm.port(cm.Conv1d(1, 1, 3, stride=10**12), to="onnx")
    assert ported.names == ()
    assert ported.notes == (
        "A stride of 1000000000000 has too many residues to tell what names of padding do; give an input.",
    )
    assert (
        cm.port(cm.Conv1d(1, 1, 3, stride=10**12), to="onnx", shape=(1, 1, 10**18)).names[2][1].axes[0].size == 10**18
    )


@pytest.mark.parametrize(
    ("layer", "target", "note"),
    [
        (
            cm.Conv2d(3, 8, 3, stride=2, padding="same", convention="keras"), "jax",
            None,
        ),
        (
            cm.Conv2d(3, 8, 3, stride=(1, 2), dilation=2), "keras",
            ("Keras takes no stride above 1 with a dilation above 1: every position is computed and those of stride"
            " (1, 2) kept, 2 times the work."),
        ),
        (
            cm.ConvTranspose1d(3, 8, 3), "jax",
            "JAX's transposed convolution does not flip its kernel, the others' does: hence [::-1].",
        ),
        (
            cm.ConvTranspose1d(3, 8, 3, 2, 1, output_padding=1), "keras",
            "output_padding=1 means another crop elsewhere; it is written by what it adds at the end.",
        ),
        (cm.MaxPool1d(3, padding=1), "keras", "Padding is −inf: zeros would win over negative numbers."),
        (
            cm.AvgPool1d(3, 2, 1, count_include_pad=False), "keras",
            "Keras never counts padding, and names alone say where it is: hence the quotient of two averages.",
        ),
        (cm.MaxPool1d(3, return_indices=True), "onnx", "return_indices is not carried over."),
        (
            cm.ConvTranspose1d(3, 8, 2, 3), "onnx",
            "ONNX's implementations disagree on SAME_UPPER and SAME_LOWER of such a kernel, stride and dilation.",
        ),
    ],
)  # fmt: skip
def test_notes(layer, target, note):
    assert cm.port(layer, to=target).notes == (() if note is None else (note,))


def test_padding_of_one_size_only():
    layer = cm.Conv2d(3, 8, 3, stride=2, padding="same", convention="keras")
    ported = cm.port(layer, to="pytorch", shape="1x3x6x7")
    assert ported.code == ("nn.ZeroPad2d((1, 1, 0, 1))", "nn.Conv2d(3, 8, 3, stride=2)")
    assert ported.notes == ("The padding is that of inputs of 6x7; other sizes are padded otherwise.",)


@pytest.mark.parametrize(
    ("layer", "target", "text"),
    [
        (
            cm.Upsample(scale_factor=2), "jax",
            ("Upsample: cannot be ported (use Conv, ConvTranspose, MaxPool or AvgPool in 1 to 3 dimensions, a chain of"
            " convolutions such as DepthwiseConv2d, or PixelShuffle)"),
        ),
        (
            cm.Conv2d(3, 8, 3, stride=2, padding="same", convention="keras"), "pytorch",
            ("Conv2d: axis 0: padding='same' pads (0, 1) where i ≡ 0 (mod 2) and (1, 1) where i ≡ 1; pytorch writes one"
            " padding for all sizes (give the input's shape)"),
        ),
        (
            cm.ConvTranspose2d(4, 8, 3, groups=2), "keras",
            ("ConvTranspose2d: Keras' transposed convolution has no groups, here groups=2 (part the channels, port a"
            " layer of 2 to 4 channels for each part, and concatenate)"),
        ),
        (
            cm.ConvTranspose2d(4, 8, 3, stride=2, dilation=3), "keras",
            ("ConvTranspose2d: Keras takes no stride above 1 together with a dilation above 1, here stride=2 with"
            " dilation=3 (write the zeros between the taps into a kernel of 7)"),
        ),
        (
            cm.AvgPool2d(3, dilation=(1, 2)), "onnx",
            ("AvgPool2d: only ONNX averages with a dilation, here (1, 2) (pool by a convolution of 1/9 in each"
            " channel)"),
        ),
        (
            cm.MaxPool2d(3, dilation=2), "keras",
            "MaxPool2d: Keras pools without dilation, not with 2 (use jax, onnx, or tf.nn.pool with dilations)",
        ),
    ],
)  # fmt: skip
def test_refusals(layer, target, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        cm.port(layer, to=target)


def test_a_layer_of_symbols():
    text = "Conv2d: only a layer in numbers can be ported (give its symbols values)"
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        cm.port(cm.Conv2d(3, 8, np.array([3, 5])), to="onnx")


def test_who_is_unknown_and_what_does_not_fit():
    with pytest.raises(UnknownNameError, match=r"^no convention is called 'kera'; did you mean keras\?$"):
        cm.port(cm.Conv1d(1, 1, 3), to="kera")
    with pytest.raises(ShapeError, match=r"^Conv1d: axis 0 of size 2: "):
        cm.port(cm.Conv1d(1, 1, 3), to="keras", shape=(1, 1, 2))
