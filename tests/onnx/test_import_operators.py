"""Operators one by one: the node cases that come with the onnx package, and forms that they leave out."""

import os
import warnings
from collections import Counter
from functools import cache

import numpy as np
import pytest

import convmath as cm

onnx = pytest.importorskip("onnx")

from onnx import numpy_helper  # noqa: E402
from onnx.backend.test.case.node import collect_testcases  # noqa: E402
from onnx.backend.test.loader import DATA_DIR  # noqa: E402

from convmath.formats.onnx_in.deciding import DECIDING  # noqa: E402
from convmath.formats.onnx_in.rules import RULES  # noqa: E402
from tests.onnx.models import model, node, runs, whole, zeros  # noqa: E402

STATED = {**DECIDING, "Clip": (1, 2), "Col2Im": (1, 2), "MaxUnpool": (2,)}
"""Inputs that a real model stores, and that the cases hand in: they say how an operator works."""

EMPTY = ("empty", "zero_size", "zero_rank", "start_out_of_bounds", "allowzero", "ConstantOfShape")
"""Cases with arrays that hold nothing, which no layer makes."""


def stated_places(kind):
    return (1,) if kind.startswith("Reduce") else STATED.get(kind, ())


@cache
def cases():
    """(model, shapes of its outputs) of every case of one standard operator that is understood, by name."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generated = list(collect_testcases(None))
    for case in generated:
        (part, *others) = case.model.graph.node
        if others or part.op_type not in RULES or part.domain:
            continue
        ((inputs, outputs),) = case.data_sets
        if not all(isinstance(array, np.ndarray | np.generic) for array in (*inputs, *outputs)):
            continue  # numbers of four bits and the like, which NumPy has not
        made = onnx.ModelProto()
        made.CopyFrom(case.model)
        arrays = dict(zip([put.name for put in made.graph.input], inputs, strict=True))
        for place in stated_places(part.op_type):
            if 0 < place < len(part.input) and part.input[place]:
                made.graph.initializer.append(
                    numpy_helper.from_array(np.asarray(arrays[part.input[place]]), part.input[place])
                )
        found[case.name] = made, [np.shape(array) for array in outputs]
    for folder in ("pytorch-converted", "pytorch-operator"):
        for name in sorted(os.listdir(f"{DATA_DIR}/{folder}")):
            path = f"{DATA_DIR}/{folder}/{name}"
            data = sorted(file for file in os.listdir(f"{path}/test_data_set_0") if file.startswith("output"))
            shapes = [tuple(onnx.load_tensor(f"{path}/test_data_set_0/{file}").dims) for file in data]
            found[f"{folder}/{name}"] = onnx.load(f"{path}/model.onnx"), shapes
    return {name: case for name, case in found.items() if not any(word in name for word in EMPTY)}


def outputs_of(net):
    report = net.analyze()
    rows = {row.name: row.outputs for row in report.rows}
    return [tuple(rows[net.nodes[ref.node].name][ref.output]) for ref in net.outputs], report


@pytest.mark.parametrize("part", range(8))
def test_cases_have_the_shapes_of_their_outputs(part):
    wrong = []
    for name in sorted(cases())[part::8]:
        given, shapes = cases()[name]
        try:
            made, _ = outputs_of(cm.from_onnx(given))
        except cm.GraphError as error:
            if "depends on its inputs" not in str(error):  # a constant
                wrong.append((name, str(error)))
            continue
        except cm.ConvmathError as error:
            wrong.append((name, str(error)))
            continue
        if not set(made) <= set(map(tuple, shapes)):
            wrong.append((name, made, shapes))
    assert not wrong


def test_how_many_cases_there_are():
    kinds = Counter(part.op_type for made, _ in cases().values() for part in made.graph.node)
    assert len(cases()) > 700
    assert kinds["Conv"] > 30
    assert kinds["ConvTranspose"] >= 9
    assert kinds["MaxPool"] >= 20
    assert kinds["Resize"] >= 30


def test_rules_that_no_case_tries_are_few():
    tried = {part.op_type for made, _ in cases().values() for part in made.graph.node}
    assert set(RULES) - tried == {"Cast", "CastLike", "GlobalLpPool"}


def one(kind, shapes, y, stored=None, opset=17, **attributes):
    names = " ".join([*shapes, *(stored or {})])
    return model([node(kind, names, "y", **attributes)], shapes, {"y": y}, stored, opset)


@pytest.mark.parametrize("pad", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_auto_pad_is_as_in_a_run(pad, stride):
    for kind, kernel in (
        ("Conv", (6, 2, 3, 4)),
        ("ConvTranspose", (4, 3, 3, 4)),
        ("MaxPool", None),
        ("AveragePool", None),
    ):
        stored = {"w": zeros(*kernel)} if kernel else {}
        more = {} if kernel else {"kernel_shape": [3, 4]}
        more |= {"group": 2} if kind == "Conv" else {}
        given = one(kind, {"x": (1, 4, 11, 14)}, None, stored, auto_pad=pad, strides=[stride, stride + 1], **more)
        (made,), _ = outputs_of(cm.from_onnx(given))
        assert made == runs(given, zeros(1, 4, 11, 14))["y"].shape


@pytest.mark.parametrize("size", range(5, 14))
def test_rounding_up_and_uneven_pads_are_as_in_a_run(size):
    for pads in ([0, 1, 1, 0], [1, 0, 1, 1], [0, 0, 0, 0]):
        more = {"kernel_shape": [3, 2], "strides": [2, 3], "pads": pads, "ceil_mode": 1}
        for kind in ("MaxPool", "AveragePool"):
            given = one(kind, {"x": (1, 2, size, size + 3)}, None, **more)
            (made,), _ = outputs_of(cm.from_onnx(given))
            assert made == runs(given, zeros(1, 2, size, size + 3))["y"].shape


@pytest.mark.parametrize("stated", [[13, 17], [12, 16], [15, 20]])
@pytest.mark.parametrize("pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER"])
def test_a_stated_size_of_a_transposed_convolution(stated, pad):
    given = one(
        "ConvTranspose", {"x": (1, 4, 7, 9)}, None, {"w": zeros(4, 3, 3, 4)}, strides=[2, 2], output_shape=stated,
        auto_pad=pad,
    )  # fmt: skip
    (made,), report = outputs_of(cm.from_onnx(given))
    assert made == runs(given, zeros(1, 4, 7, 9))["y"].shape == (1, 3, *stated)
    assert report.totals.macs == 4 * 7 * 9 * 3 * 12


@pytest.mark.parametrize("scale", [0.5, 1.4, 2.0, 0.37, 3.3])
def test_scales_are_rounded_as_in_a_run(scale):
    for size in (7, 45, 110):
        stored = {"roi": zeros(0), "s": np.array([1, 1, scale, 2], np.float32)}
        given = one("Resize", {"x": (1, 2, size, 5)}, None, stored, mode="linear")
        (made,), _ = outputs_of(cm.from_onnx(given))
        assert made == runs(given, zeros(1, 2, size, 5))["y"].shape


def test_a_scale_of_a_dynamic_size_is_a_formula():
    stored = {"roi": zeros(0), "s": np.array([1, 1, 0.5, 1.5], np.float32)}
    (made,), _ = outputs_of(cm.from_onnx(one("Resize", {"x": (1, 2, "H", "W")}, None, stored)))
    assert [size.at(H=7) if size.names == {"H": 1} else size.at(W=7) for size in made[2:]] == [3, 10]


def test_recurrent_layers_have_their_matrices_counted():
    stored = {"w": zeros(2, 20, 6), "r": zeros(2, 20, 5), "b": zeros(2, 40)}
    given = model(
        [node("LSTM", "x w r b", "y h c", hidden_size=5, direction="bidirectional")], {"x": (7, 3, 6)},
        {"y": None, "h": None, "c": None}, stored,
    )  # fmt: skip
    made, report = outputs_of(cm.from_onnx(given))
    found = runs(given, zeros(7, 3, 6))
    assert made == [found["y"].shape, found["h"].shape, found["c"].shape]
    assert report.totals.macs == 7 * 3 * 2 * (20 * 6 + 20 * 5)
    assert report.totals.params == 2 * (20 * 6 + 20 * 5 + 40)


def test_deformable_convolution_takes_in_the_branch_that_predicts_its_offsets():
    stored = {"w": zeros(6, 4, 3, 3), "o": zeros(18, 4, 3, 3), "p": zeros(18)}
    slid = {"pads": [1, 1, 1, 1]}
    given = model(
        [node("Conv", "x o p", "offset", **slid), node("DeformConv", "x w offset", "y", **slid)],
        {"x": (1, 4, 8, 9)}, {"y": None}, stored, opset=19,
    )  # fmt: skip
    net = cm.from_onnx(given)
    report = net.analyze()
    assert [row.op for row in report.rows] == ["DeformConv2d"]
    assert report.totals.params == 6 * 4 * 9 + 18 * 4 * 9 + 18
    assert report.totals.macs == (6 + 18) * 8 * 9 * 4 * 9


def test_quantised_convolutions_are_costed():
    stored = {
        "xs": np.float32(0.1), "xz": np.uint8(1), "w": np.zeros((6, 2, 3, 3), np.uint8), "ws": np.float32(0.1),
        "wz": np.uint8(0), "ys": np.float32(0.1), "yz": np.uint8(0), "b": np.zeros(6, np.int32),
    }  # fmt: skip
    report = cm.from_onnx(one("QLinearConv", {"x": (1, 4, 8, 9)}, None, stored, group=2)).analyze()
    assert report.totals.macs == 6 * 6 * 7 * 2 * 9
    assert report.totals.params == 6 * 2 * 9 + 6


def test_weights_that_are_stored_quantised_are_weights():
    nodes = [node("DequantizeLinear", "q s", "w"), node("Conv", "x w", "y")]
    stored = {"q": np.zeros((6, 4, 3, 3), np.int8), "s": np.float32(0.1)}
    report = cm.from_onnx(model(nodes, {"x": (1, 4, 8, 9)}, {"y": None}, stored)).analyze()
    assert [row.op for row in report.rows] == ["Conv2d"]
    assert report.totals.params == 6 * 4 * 9


def test_slices_of_dynamic_sizes():
    stored = {"s": whole(1, -3), "e": whole(2**63 - 1, -1), "a": whole(2, 3), "p": whole(2, 1)}
    (made,), _ = outputs_of(cm.from_onnx(one("Slice", {"x": (1, 2, "H", "W")}, None, stored)))
    assert made[2].at(H=9) == 4
    assert made[3].at(W=9) == 2


def test_weights_that_the_network_computes_make_an_unknown_layer():
    nodes = [node("Relu", "v", "w"), node("Conv", "x w", "y")]
    net = cm.from_onnx(model(nodes, {"x": (1, 4, 8, 9), "v": (6, 4, 3, 3)}, {"y": (1, 6, 6, 7)}))
    report = net.analyze()
    assert report.unknown
    assert "Conv (operator 1)" in net.remarks[0]
    assert str(report.totals.macs) == "?"
