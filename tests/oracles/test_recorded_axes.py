"""Every different axis of all recorded problems: (input, kernel, stride, pads, dilation) → output."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from convmath.core.padding import NamedPads
from convmath.core.window import Window
from convmath.layers.conv import Conv1d
from convmath.layers.transposed import ConvTranspose1d
from tests.oracles.records import LINES, columns, rows


class Axis(NamedTuple):
    """One axis as it is recorded."""

    size: int
    kernel: int
    stride: int
    low: int
    high: int
    dilation: int
    out: int
    output_padding: int


def axes(kind: str, source: str = "") -> list[Axis]:
    names = ("in", "kernel", "stride", "pad_l", "pad_r", "dilation", "out", "output_padding")
    return [
        Axis(*(int(row[name]) for name in names))
        for row in rows("axis_tuples")
        if row["kind"] == kind and source in row["sources"]
    ]


def test_kinds_and_sources() -> None:
    """All of them are convolutions and their transposes; the library has a layer for each."""
    kinds = Counter(row["kind"] for row in rows("axis_tuples"))
    assert kinds == {"conv": 10_654, "deconv": 4_130}
    assert kinds.total() == LINES["axis_tuples"]
    sources = {source for row in rows("axis_tuples") for source in row["sources"].split("+")}
    assert sources == {"onednn", "miopen", "stablehlo", "tf", "torch", "onnx"}


def test_all_at_once() -> None:
    i, k, s, low, high, d, out, _ = columns(axes("conv"))
    assert np.array_equal(Window(k, s, d, low, high).output_size(i), out)
    convolutions = len(out)
    i, k, s, low, high, d, out, extra = columns(axes("deconv"))
    reach = d * (k - 1)
    assert np.array_equal(Window(k, 1, d, reach - low, reach - high + extra, s).output_size(i), out)
    assert convolutions + len(out) == LINES["axis_tuples"]


def test_convolution_layers() -> None:
    """Negative pads and empty outputs are JAX's alone."""
    for axis in axes("conv"):
        i, k, s, low, high, d, out, _ = axis
        convention = "jax" if min(low, high) < 0 or out == 0 else "pytorch"
        layer = Conv1d(2, 3, k, stride=s, padding=((low, high),), dilation=d, convention=convention)
        assert layer.output_shape((5, 2, i)) == (5, 3, out), axis


def test_transposed_layers() -> None:
    """PyTorch counts the pads it crops; JAX those of the stretched input: d(k − 1) less the crop."""
    written_as_in_pytorch = 0
    for axis in axes("deconv"):
        i, k, s, low, high, d, out, extra = axis
        reach = d * (k - 1)
        layer = ConvTranspose1d(
            2, 3, k, stride=s, padding=((reach - low, reach - high + extra),), dilation=d, convention="jax"
        )
        assert layer.output_shape((5, 2, i)) == (5, 3, out), axis
        if min(low, high) >= 0:
            written_as_in_pytorch += 1
            layer = ConvTranspose1d(2, 3, k, stride=s, padding=((low, high),), output_padding=extra, dilation=d)
            assert layer.output_shape((5, 2, i)) == (5, 3, out), axis
    assert written_as_in_pytorch > 3_000


def test_tensorflow_pads_are_same_or_valid() -> None:
    """What TensorFlow ran is one of its two named paddings, down to the side of the odd pad."""
    checked = 0
    for axis in axes("conv", "tf"):
        i, k, s, low, high, d, _, _ = axis
        assert (low, high) in {NamedPads(name).pads(i, k, s, d) for name in ("same", "valid")}, axis
        checked += 1
    assert checked == 1_735


def test_tensorflow_crops_are_same_or_valid() -> None:
    """The transposed ones too; Keras refuses stride with dilation, JAX, whose rule is the same, does not."""
    checked = 0
    for axis in axes("deconv", "tf"):
        i, k, s, low, high, d, out, extra = axis
        reach = d * (k - 1)
        pads = set()
        for name in ("same", "valid"):
            convention = "tensorflow" if 1 in (s, d) else "jax"
            window = ConvTranspose1d(2, 3, k, stride=s, padding=name, dilation=d, convention=convention).window(0, i)
            pads.add((window.low, window.high, window.output_size(i)))
        assert (reach - low, reach - high + extra, out) in pads, axis
        checked += 1
    assert checked == 1_789
