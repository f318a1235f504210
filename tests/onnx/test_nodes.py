"""Convolutions, poolings, resizes, shuffles, pads and scatterings against onnxruntime, on the onnx package's own cases.

Equal where all numbers are such that float32 holds every sum; otherwise as near as float32's rounding lets two orders
of the same sum be. Where the numbers are random, the case is run once more on whole numbers, and then equal.
"""

from __future__ import annotations

from collections import Counter
from math import prod

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from tests.onnx.cases import cases  # noqa: E402
from tests.onnx.nodes import NODES, NoLayerError  # noqa: E402

onnxruntime.set_default_logger_severity(4)

COUNTS = {
    "AveragePool": 27, "Conv": 33, "ConvInteger": 2, "ConvTranspose": 14, "DeformConv": 4, "DepthToSpace": 2,
    "GlobalAveragePool": 2, "GlobalMaxPool": 2, "LpPool": 8, "MaxPool": 28, "MaxUnpool": 2, "Pad": 11,
    "QLinearConv": 1, "Resize": 39, "Scatter": 2, "ScatterElements": 7, "ScatterND": 7, "SpaceToDepth": 4,
    "Upsample": 1,
}  # fmt: skip
"""How many cases there are of each operator."""

CROPS = "resizes a region of interest; a layer resizes all of its input"
ANTIALIAS = "widens the kernel to what is left out; Upsample reads as many inputs whatever the scale"
HALF = "another rounding or origin of positions than PyTorch's: Upsample has half_pixel, align_corners and j·i/o"

LEFT_OUT = {
    "test_qlinearconv": "scales and rounds to 8 bits; no layer here is quantised",
    "test_resize_tf_crop_and_resize": CROPS,
    "test_resize_tf_crop_and_resize_extrapolation_value": CROPS,
    "test_resize_tf_crop_and_resize_axes_2_3": CROPS,
    "test_resize_tf_crop_and_resize_axes_3_2": CROPS,
    "test_resize_downsample_scales_linear_antialias": ANTIALIAS,
    "test_resize_downsample_sizes_linear_antialias": ANTIALIAS,
    "test_resize_downsample_scales_cubic_antialias": ANTIALIAS,
    "test_resize_downsample_sizes_cubic_antialias": ANTIALIAS,
    "test_resize_upsample_scales_cubic_A_n0p5_exclude_outside": "Keys' kernel of slope −0.5; PyTorch's has −0.75",
    "test_resize_downsample_scales_cubic_A_n0p5_exclude_outside": "the same slope of −0.5",
    "test_resize_upsample_scales_cubic_asymmetric": HALF,
    "test_resize_downsample_sizes_linear_pytorch_half_pixel": HALF,
    "test_resize_upsample_sizes_nearest_floor_align_corners": HALF,
    "test_resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric": HALF,
    "test_resize_upsample_sizes_nearest_ceil_half_pixel": HALF,
    "test_resize_downsample_scales_linear_half_pixel_symmetric": HALF,
    "test_resize_upsample_scales_linear_half_pixel_symmetric": HALF,
}
"""What no layer does, and why."""

REFUSES = "onnxruntime has no kernel for "

BY_THE_CASE = {
    "test_convinteger_with_padding": f"{REFUSES}a zero point for each filter",
    "test_maxunpool_export_with_output_shape": "onnxruntime counts places in another shape than the case does",
    **{
        f"pytorch-converted/test_AvgPool{name}": f"{REFUSES}the first version of the operator"
        for name in ("1d", "1d_stride", "2d", "2d_stride", "3d", "3d_stride", "3d_stride1_pad0_gpu_input")
    },
}
"""Where onnxruntime refuses a case or misses what it expects: compared with the outputs that come with it."""

ROUNDED = {"Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool", "LpPool", "Resize"}
"""Operators that add up products."""


def run_there(case):
    session = onnxruntime.InferenceSession(case.model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    return session.run(None, dict(zip(names, case.inputs, strict=True)))


def test_how_many_cases_there_are():
    assert Counter(case.op for case in cases().values()) == COUNTS
    assert set(COUNTS) == {*NODES, "QLinearConv"}
    assert {*LEFT_OUT, *BY_THE_CASE} <= set(cases())
    assert not set(LEFT_OUT) & set(BY_THE_CASE)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out_has_no_layer(name):
    case = cases()[name]
    if case.op in NODES:
        with pytest.raises(NoLayerError):
            case.run_here()


@pytest.mark.parametrize("name", sorted(BY_THE_CASE))
def test_what_onnxruntime_cannot_be_asked(name):
    case = cases()[name]
    if BY_THE_CASE[name].startswith(REFUSES):
        with pytest.raises(Exception, match=r"NOT_IMPLEMENTED|Non per-tensor quantization is not supported"):
            run_there(case)
    else:
        assert any(not np.array_equal(theirs, own) for theirs, own in zip(run_there(case), case.outputs, strict=True))
    compare(case, case.outputs)


ASKED = sorted(set(cases()) - set(LEFT_OUT) - set(BY_THE_CASE))


@pytest.mark.parametrize("name", ASKED)
def test_onnxruntime_computes_the_same(name):
    case = cases()[name]
    compare(case, run_there(case))


@pytest.mark.parametrize("name", [name for name in ASKED if cases()[name].op in ROUNDED - {"LpPool", "Resize"}])
def test_on_whole_numbers_the_values_are_equal(name):
    case = cases()[name].changed(whole)
    for ours, theirs in zip(case.run_here(), run_there(case), strict=True):
        assert np.array_equal(ours, theirs)


def whole(array):
    return np.rint(4 * array).astype(array.dtype) if array.dtype.kind == "f" else array


def compare(case, expected):
    made = case.run_here()
    assert len(made) >= len(expected)
    for ours, theirs in zip(made, expected, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        if is_exact(case):
            assert np.array_equal(ours, theirs)
        else:
            assert (abs(ours.astype(float) - theirs) <= rounding(case)).all()


def is_exact(case):
    """Whether no sum is rounded: whole numbers, or nothing but comparisons and copies."""
    arrays = [*case.inputs, *case.stored.values()]
    return case.op not in ROUNDED or (
        case.op not in {"LpPool", "Resize"} and all((array == np.rint(array)).all() for array in arrays)
    )


def rounding(case):
    """How far two float32 sums of the same n products may lie apart: 2·n steps at the size of the absolute values' sum.

    A p-th power and its root take some more steps; a resize rounds the positions too, so that each share is off by some
    steps at the size of the axis.
    """
    steps = 2 * np.finfo(np.float32).eps
    if case.op == "Resize":
        sizes = [*case.inputs[0].shape[2:], *case.outputs[0].shape[2:]]
        return steps * 8 * max(sizes) * abs(case.inputs[0]).max()
    (scale,) = case.run_here(lambda array: abs(array).astype(float) if array.dtype.kind == "f" else array)
    weight = next((array for array in case.stored.values() if array.ndim > 1), None)
    pooled = case.how.get("kernel_shape", case.inputs[0].shape[2:])
    return steps * ((prod(pooled) if weight is None else prod(weight.shape[1:])) + 8) * scale
