"""Output sizes that other projects recorded, line by line, against Window and against the layers."""

from __future__ import annotations

import numpy as np
import pytest

from convmath.core.errors import ShapeError
from convmath.core.window import Window
from convmath.layers.rank import CONV
from convmath.layers.transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from tests.oracles.records import LINES, Problem, columns, distinct, problems

TRANSPOSED = {1: ConvTranspose1d, 2: ConvTranspose2d, 3: ConvTranspose3d}

CONV_FILES = ("onednn_conv", "miopen_conv", "deepbench_conv")
DECONV_FILES = ("onednn_deconv", "miopen_deconv")


@pytest.mark.parametrize("name", [name for name in LINES if name != "axis_tuples"])
def test_every_line_is_there(name: str) -> None:
    assert len(problems(name)) == LINES[name]


def test_the_rules_are_these() -> None:
    rules = {name: {problem.rule for problem in problems(name)} for name in (*CONV_FILES, *DECONV_FILES)}
    assert rules == {
        "onednn_conv": {"sym", "same"},
        "miopen_conv": {"sym", "same", "clamped"},
        "deepbench_conv": {"sym"},
        "onednn_deconv": {"sym", "sym+output_padding"},
        "miopen_deconv": {""},
    }


# All lines at once, through Window with arrays for sizes.


@pytest.mark.parametrize("name", CONV_FILES)
def test_windows_of_convolutions(name: str) -> None:
    lines = [
        (line, *axis)
        for line, p in enumerate(problems(name))
        for axis in zip(p.in_spatial, p.kernel, p.stride, p.dilation, p.pad_l, p.pad_r, p.out_spatial, strict=True)
    ]
    line, i, k, s, d, low, high, out = columns(lines)
    assert np.array_equal(Window(k, s, d, low, high).output_size(i), out)
    assert len(np.unique(line)) == LINES[name]


@pytest.mark.parametrize("name", DECONV_FILES)
def test_windows_of_transposed_convolutions(name: str) -> None:
    lines = [
        (line, *axis)
        for line, p in enumerate(problems(name))
        for axis in zip(
            p.in_spatial, p.kernel, p.stride, p.dilation, p.pad_l, p.pad_r, p.output_padding, p.out_spatial, strict=True
        )
    ]
    line, i, k, s, d, low, high, extra, out = columns(lines)
    reach = d * (k - 1)
    window = Window(k, 1, d, reach - low, reach - high + extra, s)
    assert np.array_equal(window.output_size(i), out)
    assert len(np.unique(line)) == LINES[name]


# Every different problem, through the layer that a user would write.


@pytest.mark.parametrize("name", CONV_FILES)
def test_convolutions(name: str) -> None:
    checked = 0
    for problem, lines in distinct(name).items():
        RULES[problem.rule](problem)
        checked += lines
    assert checked == LINES[name]


def check_explicit(p: Problem) -> None:
    """Pads in numbers, here the same on both sides, mean the same in every framework."""
    assert p.pad_l == p.pad_r
    layer = CONV[p.rank](
        p.ic, p.oc, p.kernel, stride=p.stride, padding=p.pad_l, dilation=p.dilation, groups=p.g, bias=False
    )
    assert layer.output_shape(p.x) == p.y, p


def check_same(p: Problem) -> None:
    """TensorFlow's SAME: the layer finds the recorded pads by itself."""
    layer = CONV[p.rank](
        p.ic, p.oc, p.kernel, stride=p.stride, padding="same", dilation=p.dilation, groups=p.g, convention="onnx"
    )
    assert layer.output_shape(p.x) == p.y, p
    assert (
        tuple((layer.window(axis, i).low, layer.window(axis, i).high) for axis, i in enumerate(p.in_spatial)) == p.pads
    )


def check_clamped(p: Problem) -> None:
    """MIOpen answers 1 where the kernel does not fit; PyTorch raises, JAX answers 0. The recorded pads just fit."""
    axes = list(zip(p.in_spatial, p.kernel, p.stride, p.dilation, p.pad_l, p.out_spatial, strict=True))
    sizes = [Window(k, s, d, low, low).output_size(i) for i, k, s, d, low, _ in axes]
    assert min(sizes) < 1
    assert [max(1, size) for size in sizes] == list(p.out_spatial)
    stated = {"stride": p.stride, "padding": p.pad_l, "dilation": p.dilation, "groups": p.g}
    conv = CONV[p.rank]
    with pytest.raises(ShapeError, match="the kernel spans"):
        conv(p.ic, p.oc, p.kernel, **stated).output_shape(p.x)
    empty = conv(p.ic, p.oc, p.kernel, **stated, convention="jax")
    assert empty.output_shape(p.x) == (p.mb, p.oc, *(max(0, size) for size in sizes))
    assert empty.macs(p.x) == empty.macs_touching(p.x) == 0
    fitted = conv(p.ic, p.oc, p.kernel, **{**stated, "padding": p.pads})
    assert fitted.output_shape(p.x) == p.y


RULES = {"sym": check_explicit, "same": check_same, "clamped": check_clamped}


@pytest.mark.parametrize("name", DECONV_FILES)
def test_transposed_convolutions(name: str) -> None:
    checked = 0
    for p, lines in distinct(name).items():
        # oneDNN writes output_padding as a high pad below the low one.
        extra = tuple(
            a + low - high for a, low, high in zip(p.output_padding, p.pad_l, p.pad_r, strict=True)
        )  # fmt: skip
        layer = TRANSPOSED[p.rank](
            p.ic,
            p.oc,
            p.kernel,
            stride=p.stride,
            padding=p.pad_l,
            output_padding=extra,
            groups=p.g,
            dilation=p.dilation,
        )
        assert layer.output_shape(p.x) == p.y, p
        checked += lines
    assert checked == LINES[name]


def test_stablehlo() -> None:
    """Negative pads, strides over stretched inputs, batch groups, empty outputs."""
    checked = 0
    for p in problems("stablehlo_conv"):
        for i, k, s, d, low, high, stretch, out in zip(
            p.in_spatial, p.kernel, p.stride, p.dilation, p.pad_l, p.pad_r, p.lhs_dilation, p.out_spatial, strict=True
        ):
            assert max(0, Window(k, s, d, low, high, stretch).output_size(i)) == out, p
        # No layer both strides and stretches; Window alone answers those three.
        if set(p.lhs_dilation) == {1}:
            layer = CONV[p.rank](
                p.ic, p.oc, p.kernel, stride=p.stride, padding=p.pads, dilation=p.dilation, groups=p.g, convention="jax"
            )
        elif set(p.stride) == {1}:
            layer = TRANSPOSED[p.rank](
                p.ic, p.oc, p.kernel, stride=p.lhs_dilation, padding=p.pads, dilation=p.dilation, groups=p.g,
                convention="jax",
            )  # fmt: skip
        else:
            assert p.stride == (4, 4)
            assert p.lhs_dilation == (2, 2)
            checked += 1
            continue
        # Batch groups share out the batch; sizes know nothing of it.
        batch, channels, *spatial = layer.output_shape(p.x)
        assert (batch // p.batch_groups, channels, *spatial) == p.y, p
        checked += 1
    assert checked == LINES["stablehlo_conv"]
