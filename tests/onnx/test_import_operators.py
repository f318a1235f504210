"""Operators one by one: the node cases that come with the onnx package, and forms that they leave out."""

import os
from collections import Counter
from functools import cache

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

onnx = pytest.importorskip("onnx")

from onnx import helper, numpy_helper  # noqa: E402
from onnx.backend.test.loader import DATA_DIR  # noqa: E402

from convmath.formats.onnx_in.deciding import DECIDING  # noqa: E402
from convmath.formats.onnx_in.rules import RULES  # noqa: E402
from tests.onnx.generated import generated  # noqa: E402
from tests.onnx.models import model, node, runs, value, whole, zeros  # noqa: E402

STATED = {**DECIDING, "Clip": (1, 2), "Col2Im": (1, 2), "MaxUnpool": (2,)}
"""Inputs that a real model stores, and that the cases hand in: they say how an operator works."""

EMPTY = ("empty", "zero_size", "zero_rank", "start_out_of_bounds", "allowzero", "ConstantOfShape")
"""Cases with arrays that hold nothing, which no layer makes."""


def stated_indices(kind):
    return (1,) if kind.startswith("Reduce") else STATED.get(kind, ())


@cache
def cases():
    """(model, shapes of its outputs) of every case of one standard operator that is understood, by name."""
    found = {}
    for case in generated():
        (part, *others) = case.model.graph.node
        if others or part.op_type not in RULES or part.domain:
            continue
        ((inputs, outputs),) = case.data_sets
        if not all(isinstance(array, np.ndarray | np.generic) for array in (*inputs, *outputs)):
            continue  # numbers of four bits and the like, which NumPy has not
        made = onnx.ModelProto()
        made.CopyFrom(case.model)
        arrays = dict(zip([put.name for put in made.graph.input], inputs, strict=True))
        for place in stated_indices(part.op_type):
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


@pytest.mark.parametrize("masked", [False, True])
def test_deformable_convolution_reads_offsets_that_come_from_elsewhere(masked):
    """Offsets through a scale, masks through a sigmoid; parameters, MACs, sizes, and the values of onnxruntime."""
    dice = np.random.default_rng(1)
    stored = {
        "w": dice.standard_normal((6, 2, 3, 2)).astype("f"), "b": dice.standard_normal(6).astype("f"),
        "o": dice.standard_normal((36, 4, 3, 3)).astype("f"), "s": np.float32(0.25), "n": whole(24, 12),
    }  # fmt: skip
    slid = {"pads": [1, 0, 1, 1], "strides": [2, 1]}
    nodes = [
        node("Conv", "x o", "told", name="told", pads=[1, 1, 1, 1], strides=[2, 1]),
        node("Split", "told n", "moved raw", axis=1),
        node("Mul", "moved s", "offset"), node("Sigmoid", "raw", "mask"),
        node("DeformConv", f"x w offset b{' mask' * masked}", "y", name="y", group=2, offset_group=2, **slid),
    ]  # fmt: skip
    given = model(nodes, {"x": (1, 4, 8, 9)}, {"y": None}, stored, opset=19)
    net = cm.from_onnx(given)
    report = net.analyze()
    assert report["y"].op == "OffsetConv2d"
    assert len(report["y"].inputs) == 2 + masked
    assert report["y"].outputs == ((1, 6, 4, 9),)
    assert report["y"].cost.params == 6 * 2 * 6 + 6
    assert report["y"].cost.macs == 6 * 4 * 9 * 2 * 6
    assert not report.unknown
    assert [(field.size, field.jump) for field in report["y"].fields] == [
        (3, 2),
        (3, 1),
    ]  # taps 0 … 1 and −1 … 1 along W
    x = dice.standard_normal((1, 4, 8, 9)).astype("f")
    weights = {"told.weight": stored["o"], "y.weight": stored["w"], "y.bias": stored["b"]}
    made = numeric.run(net, x, weights)
    assert np.allclose(made[0] if isinstance(made, tuple) else made, runs(given, x)["y"], atol=1e-4)


SIZED = {"regular": ((1, 2, 8, 9), None), "stated": ((1, 2, 9, 10), (1, 2, 9, 10))}


@pytest.mark.parametrize("name", SIZED)
def test_unpooling_reads_the_places_of_its_pooling(name):
    """Values, with several channels, against onnxruntime, which counts places over the whole tensor."""
    shape, stated = SIZED[name]
    how = {"kernel_shape": [2, 3], "strides": [2, 3]}
    stored = {} if stated is None else {"size": whole(*stated)}
    nodes = [
        node("MaxPool", "x", "y places", name="pool", **how), node("Neg", "y", "z", name="neg"),
        node("MaxUnpool", "z places" + " size" * bool(stored), "u", name="up", **how),
    ]  # fmt: skip
    given = model(nodes, {"x": shape}, {"u": None}, stored)
    net = cm.from_onnx(given)
    report = net.analyze()
    assert [row.op for row in report.rows] == ["MaxPool2d", "Neg", "MaxUnpool2d"]
    assert report["up"].outputs == (shape,)
    x = np.random.default_rng(2).permutation(np.prod(shape)).reshape(shape).astype("f")
    assert np.array_equal(numeric.run(net, x), runs(given, x)["u"])


def test_unpooling_of_places_that_come_from_elsewhere():
    """ONNX's own case: places count in the regular map of 4 × 4, which is padded at its end."""
    stored = {"size": whole(1, 1, 5, 5)}
    nodes = [node("MaxUnpool", "x places size", "y", kernel_shape=[2, 2], strides=[2, 2])]
    net = cm.from_onnx(model(nodes, {"x": (1, 1, 2, 2), "places": ("int64", 1, 1, 2, 2)}, {"y": None}, stored))
    x, places = np.array([[[[5, 6], [7, 8]]]], "f"), np.array([[[[5, 7], [13, 15]]]])
    made = numeric.run(net, {"x": x, "places": places})
    assert [tuple(place) for place in np.argwhere(made[0, 0])] == [(1, 1), (1, 3), (3, 1), (3, 3)]
    assert made.shape == (1, 1, 5, 5)


@pytest.mark.parametrize("reduction", ["none", "add", "mul", "max", "min"])
def test_scattering_in_a_network(reduction):
    """Blocks and single numbers, at places that come in and at stored ones; values of onnxruntime, and FLOPs."""
    dice = np.random.default_rng(4)
    stored = {"at": np.array([[0, 1], [1, 2], [0, 1]]), "v": dice.standard_normal((3, 5)).astype("f")}
    nodes = [
        node("ScatterND", "x at v", "blocks", name="blocks", reduction=reduction),
        node("ScatterElements", "blocks places w", "y", name="y", axis=-1, reduction=reduction),
    ]
    shapes = {"x": (2, 3, 5), "places": ("int64", 2, 3, 2), "w": (2, 3, 2)}
    given = model(nodes, shapes, {"y": None}, stored, opset=18)
    net = cm.from_onnx(given)
    report = net.analyze()
    assert [row.op for row in report.rows if row.layer.arity[0]] == ["ScatterND", "ScatterElements"]
    assert report.totals.operations == (0 if reduction == "none" else 15 + 12)
    x, w = (dice.standard_normal(shape).astype("f") for shape in ((2, 3, 5), (2, 3, 2)))
    places = np.array([[[0, -1], [1, 4], [2, 2]], [[3, 0], [-5, 1], [4, 0]]])
    sources = {row.name: row.layer for row in report.rows if not row.layer.arity[0]}
    weights = {
        f"{name}.{own}": stored["v"] if own == "weight" else stored["at"].astype("f")
        for name, layer in sources.items() for own in (*layer.weights(), *layer.buffers())
    }  # fmt: skip
    made = numeric.run(net, {"x": x, "places": places, "w": w}, weights)
    expected = runs(given, x, places, w)["y"]
    if reduction == "none":  # which of several numbers stays is open but for the last, and here none meet but blocks
        assert made.shape == expected.shape
    assert np.allclose(made, expected, atol=1e-6)


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


def test_zeros_that_a_state_begins_with_are_no_parameters():
    parts = [node("ConstantOfShape", "size", "start"), node("Concat", "x start", "y", axis=0)]
    report = cm.from_onnx(model(parts, {"x": (2, 3)}, {"y": (7, 3)}, {"size": whole(5, 3)})).analyze()
    assert [(row.op, row.outputs) for row in report.rows] == [("Constant", ((5, 3),)), ("Concat", ((7, 3),))]
    assert (report.totals.params, report.totals.buffers) == (0, 0)


def test_places_that_are_formulas_are_looked_up():
    parts = [
        node("Shape", "x", "size", start=2, end=3), node("Sub", "size one", "last"),
        node("Gather", "x last", "y", axis=2),
    ]  # fmt: skip
    report = cm.from_onnx(model(parts, {"x": (1, 4, "H", 5)}, {"y": None}, {"one": whole(1)})).analyze()
    assert [(row.op, row.outputs[0]) for row in report.rows] == [("Constant", (1,)), ("Gather", (1, 4, 1, 5))]


def test_a_state_that_the_network_makes_is_read_beside_one_that_is_stored():
    stored = {"W": zeros(1, 16, 3), "R": zeros(1, 16, 4), "c": zeros(1, 2, 4)}
    parts = [node("Relu", "h", "begin"), helper.make_node("LSTM", ["x", "W", "R", "", "", "begin", "c"], ["y"])]
    report = cm.from_onnx(model(parts, {"x": (5, 2, 3), "h": (1, 2, 4)}, {"y": None}, stored)).analyze()
    assert [row.op for row in report.rows] == ["ReLU", "Parameter", "LSTM", "Reshape"]


@pytest.mark.parametrize(("slopes", "opset", "op"), [
    ((4, 1, 1), 17, "PReLU"), ((1, 4, 1, 1), 17, "PReLU"), ((1,), 17, "PReLU"), ((4,), 6, "PReLU"),
    ((4,), 17, "Subtract"), ((4, 1), 17, "Subtract"),
])  # fmt: skip
def test_slopes_of_channels_are_told_from_those_of_other_axes_that_are_as_long(slopes, opset, op):
    given = model([node("PRelu", "x s", "y")], {"x": (1, 4, 4, 4)}, {"y": (1, 4, 4, 4)}, {"s": zeros(*slopes)}, opset)
    report = cm.from_onnx(given).analyze()
    assert report.rows[-1].op == op
    assert report.totals.params == int(np.prod(slopes))


@pytest.mark.parametrize(("opset", "fields"), [(11, (None, None)), (13, (1, 1))])
def test_softmax_was_along_all_axes_from_one_on(opset, fields):
    given = model([node("Softmax", "x", "y", axis=1)], {"x": (2, 3, 4, 5)}, {"y": None}, opset=opset)
    report = cm.from_onnx(given).analyze()
    assert report.rows[-1].outputs == ((2, 3, 4, 5),)
    assert tuple(field and field.size for field in report.rows[-1].fields) == fields


def test_arrays_of_branches_that_are_gone_are_not_taken_for_later_ones():
    """Each If works out an array of another shape than the one before, and lets it go."""

    def branch(place):
        parts = [node("Shape", "x", "s"), node("Cast", "s", "c0", to=1)]
        parts += [node("Unsqueeze", f"c{depth} zero", f"c{depth + 1}") for depth in range(place % 3)]
        parts.append(node("Mul", f"v{place} c{place % 3}", "o"))
        return helper.make_graph(parts, "branch", [], [value("o", None)])

    parts = [node("Relu", "x", "v0")]
    parts += [
        node("If", "yes", f"v{place + 1}", then_branch=branch(place), else_branch=branch(place)) for place in range(60)
    ]
    stored = {"yes": np.array(True), "zero": whole(0)}
    report = cm.from_onnx(model(parts, {"x": (4, 4, 4, 4)}, {"v60": None}, stored)).analyze()
    made = [len(row.outputs[0]) for row in report.rows if row.op == "Constant"]
    assert made == [1, 2, 3] * 20


def test_parts_of_one_array_are_several_arrays():
    """Two rows of a table: what they are multiplied into is not the same twice."""
    parts = [
        node("Slice", "table zero one zero", "a"), node("Slice", "table one two zero", "b"), node("Mul", "x a", "p"),
        node("Mul", "x b", "q"), node("Concat", "p q", "y", axis=1),
    ]  # fmt: skip
    stored = {"table": zeros(2, 4), "zero": whole(0), "one": whole(1), "two": whole(2)}
    net = cm.from_onnx(model(parts, {"x": (1, 4)}, {"y": None}, stored))
    read = [row.reads[1] for row in net.analyze().rows if row.op == "Multiply"]
    assert len(set(read)) == 2
    assert net.analyze().totals.params == 8
    assert cm.lint(net.analyze(), "CM503") == []


@pytest.mark.parametrize("place", [-1, 1])
def test_a_shape_for_an_input_that_is_not_there(place):
    with pytest.raises(cm.ShapeError, match=f"for input {place}, the model has 1: x"):
        cm.from_onnx(one("Relu", {"x": (1, 2)}, None, {}), shapes={place: (1, 2)})


def anchors(high, pace=1.0):
    """What YOLOv8 does: places counted in real numbers, from a size that was read, beside what flows."""
    parts = [
        node("Shape", "x", "sizes"), node("Gather", "sizes two", "size", axis=0), node("Cast", "size", "real", to=1),
        node("Range", "zero real one", "places"), node("Add", "x places", "y"),
    ]  # fmt: skip
    stored = {"two": np.array(2), "zero": np.array(0, np.float32), "one": np.array(pace, np.float32)}
    return model(parts, {"x": (1, 3, high, 1)}, {"y": None}, stored)


def test_places_counted_in_real_numbers():
    for high, pace, count in ((5, 1.0, 5), (9000, 1.0, 9000), (7, 2.0, 4), (3, 0.5, 6)):
        report = cm.from_onnx(anchors(high, pace)).analyze()
        assert [row.outputs[0] for row in report.rows] == [(count,), (1, 3, high, count)]
        assert (report.unknown, report.totals.buffers) == ((), 0)
    report = cm.from_onnx(anchors("H")).analyze()
    assert report.unknown == ()
    assert [size.at(H=9) for size in report.rows[-1].outputs[0][2:]] == [9, 9]


def test_what_is_added_to_a_product_is_scaled():
    parts = [node("Relu", "c", "d"), node("Gemm", "x w d", "y", beta=0.5)]
    net = cm.from_onnx(model(parts, {"x": (2, 3), "c": (2, 4)}, {"y": (2, 4)}, {"w": np.ones((3, 4), np.float32)}))
    x, c = np.array([[1, 2, 3], [4, 5, 6]], "float32"), np.array([[2, 4, 6, 8], [-2, 0, 2, 4]], "float32")
    weight = next(f"{row.name}.weight" for row in net.analyze().rows if row.op == "Linear")
    made = numeric.run(net, {"x": x, "c": c}, {weight: np.ones((4, 3), "float32")})
    assert made.tolist() == [[7, 8, 9, 10], [15, 15, 16, 17]]


def test_one_of_two_first_states_is_not_taken_for_the_other():
    stored = {"w": zeros(1, 16, 3), "r": zeros(1, 16, 4)}
    lstm = node("LSTM", "x w r b s h c", "y", hidden_size=4)
    lstm.input[3] = lstm.input[4] = lstm.input[5] = ""
    net = cm.from_onnx(model([lstm], {"x": (5, 2, 3), "c": (1, 2, 4)}, {"y": (5, 1, 2, 4)}, stored))
    assert any("one of two first states" in remark for remark in net.remarks)


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool", "LpPool"])
def test_rounding_up_leaves_out_what_begins_in_the_padding(kind):
    """The sizes are onnxruntime's: (9 + 6 − 4)/2 = 5.5, and a seventh window would begin behind 9 + 3 positions."""
    how = {"kernel_shape": [4, 3], "strides": [2, 3], "pads": [3, 1, 3, 1], "ceil_mode": 1, "dilations": [1, 2]}
    pool = model([node(kind, "x", "y", **how)], {"x": (1, 1, 9, 12)}, {"y": (1, 1, "h", "w")}, opset=19)
    assert cm.from_onnx(pool).analyze().rows[-1].outputs == ((1, 1, 6, 4),)


# What is stored and no parameter


def test_settings_of_an_unknown_operator_are_no_parameters():
    how = {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}
    stored = {"roi": np.array([0, 0, 0.1, 0.2, 1, 1, 0.9, 0.8], np.float32), "sizes": whole(1, 3, 5, 6)}
    parts = [helper.make_node("Resize", ["x", "roi", "", "sizes"], ["y"], **how)]
    report = cm.from_onnx(model(parts, {"x": (1, 3, 9, 8)}, {"y": (1, 3, 5, 6)}, stored, 19)).analyze()
    assert [row.op for row in report.rows] == ["Unknown"]
    assert report.totals.params == 0


def test_constants_that_an_unknown_operator_reads_are_buffers():
    parts = [
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.ones((2, 3), np.float32))),
        node("Nobody", "x c w", "y", domain="nobody"),
    ]
    report = cm.from_onnx(model(parts, {"x": (2, 3)}, {"y": (2, 3)}, {"w": zeros(2, 3)})).analyze()
    assert (report.totals.params, report.totals.buffers) == (6, 6)


@pytest.mark.parametrize("name", ["norm.weight", "ones"])
def test_ones_and_zeros_are_parameters_by_a_module_s_name(name):
    stored = {name: np.ones(3, np.float32), "zeros": zeros(3)}
    net = cm.from_onnx(
        model([node("InstanceNormalization", f"x {name} zeros", "y")], {"x": (2, 3, 5)}, {"y": None}, stored)
    )
    assert net.analyze().totals.params == (6 if "weight" in name else 0)
    assert any("Ones and zeros that no module holds" in remark for remark in net.remarks) == ("weight" not in name)


def test_scales_of_groups_until_opset_21():
    stored = {"s": np.arange(1.0, 3.0, dtype=np.float32), "b": zeros(2)}
    parts = [node("GroupNormalization", "x s b", "y", num_groups=2)]
    report = cm.from_onnx(model(parts, {"x": (2, 6, 5)}, {"y": None}, stored, 18)).analyze()
    assert report.totals.params == 4


@pytest.mark.parametrize(("onesided", "bins"), [(0, 16), (1, 9)])
def test_spectra_of_frames(onesided, bins):
    stored = {"step": np.array(8, np.int64), "window": zeros(16)}
    parts = [node("STFT", "x step window", "y", onesided=onesided)]
    made = model(parts, {"x": (2, 128, 1)}, {"y": None}, stored)
    report = cm.from_onnx(made).analyze()
    assert report.rows[-1].outputs == ((2, 15, bins, 2),)
    assert runs(made, zeros(2, 128, 1))["y"].shape == (2, 15, bins, 2)


@pytest.mark.parametrize(("a", "b", "fmod", "left"), [(-7, 3, 0, 2), (-7, 3, 1, -1), (7, -3, 1, 1), (7, -3, 0, -2)])
def test_what_is_left_over_is_worked_out(a, b, fmod, left):
    """A size that follows from it: left + 4."""
    parts = [
        node("Mod", "a b", "c", fmod=fmod), node("Add", "c four", "d"), node("Concat", "one d", "sizes", axis=0),
        node("Expand", "x sizes", "y"),
    ]  # fmt: skip
    stored = {"a": whole(a), "b": whole(b), "four": whole(4), "one": whole(1)}
    report = cm.from_onnx(model(parts, {"x": (1, 1)}, {"y": None}, stored)).analyze()
    assert report.rows[-1].outputs[0] == (1, left + 4)


def test_a_reduction_over_no_axes_leaves_what_is_known():
    parts = [node("ReduceProd", "a none", "sizes", noop_with_empty_axes=1), node("Expand", "x sizes", "y")]
    made = model(parts, {"x": (1, 1)}, {"y": None}, {"a": whole(2, 3), "none": whole()}, 18)
    assert cm.from_onnx(made).analyze().rows[-1].outputs[0] == (2, 3)
