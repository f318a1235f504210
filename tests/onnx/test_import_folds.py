"""What is put together again, what is worked out in advance, and what is said about it."""

import numpy as np
import pytest

import convmath as cm

onnx = pytest.importorskip("onnx")

from convmath.formats.onnx_in import fractional  # noqa: E402
from convmath.formats.onnx_in.drafts import Draft, Held  # noqa: E402
from convmath.formats.onnx_in.naming import path_of  # noqa: E402
from convmath.formats.onnx_in.operators import Operator  # noqa: E402
from convmath.formats.onnx_in.values import FLOAT, Array  # noqa: E402
from tests.onnx.models import model, node, whole, zeros  # noqa: E402


def number(value):
    return np.array(value, np.float32)


def chain(*steps, stored=None, x=("N", 6, 8, 9), y=None):
    """A model of (operator, inputs, output) from x to the last output."""
    nodes = [node(kind, names, made) for kind, names, made in steps]
    return cm.from_onnx(model(nodes, {"x": x}, {steps[-1][2]: y}, stored))


def ops(net):
    return [row.op for row in net.analyze().rows]


RELU6 = {"three": number(3), "zero": number(0), "six": number(6)}
ERF = [("Div", "x root", "a"), ("Erf", "a", "b"), ("Add", "b one", "c")]
GELU = {"root": number(2**0.5), "one": number(1), "half": number(0.5)}


@pytest.mark.parametrize(
    ("steps", "stored", "op"),
    [
        ([("Sigmoid", "x", "a"), ("Mul", "x a", "y")], {}, "SiLU"),
        ([("Sigmoid", "x", "a"), ("Mul", "a x", "y")], {}, "SiLU"),
        ([("Softplus", "x", "a"), ("Tanh", "a", "b"), ("Mul", "x b", "y")], {}, "Mish"),
        (
            [("Add", "x three", "a"), ("Clip", "a zero six", "b"), ("Mul", "x b", "c"), ("Div", "c six", "y")],
            RELU6, "Hardswish",
        ),
        (
            [("Add", "x three", "a"), ("Clip", "a zero six", "b"), ("Div", "b six", "c"), ("Mul", "x c", "y")],
            RELU6, "Hardswish",
        ),
        ([("Add", "three x", "a"), ("Clip", "a zero six", "b"), ("Div", "b six", "y")], RELU6, "Hardsigmoid"),
        (
            [*ERF, ("Mul", "x c", "d"), ("Mul", "d half", "y")],
            GELU, "GELU",
        ),
        (
            [*ERF, ("Mul", "half x", "d"), ("Mul", "d c", "y")],
            GELU, "GELU",
        ),
    ],
)  # fmt: skip
def test_activations_are_put_together(steps, stored, op):
    net = chain(*steps, stored=stored)
    assert ops(net) == [op]
    assert any(remark.startswith("Folded: ") for remark in net.remarks)


def test_what_is_read_elsewhere_stays_apart():
    net = chain(("Sigmoid", "x", "a"), ("Mul", "x a", "b"), ("Add", "a b", "y"))
    assert ops(net) == ["Sigmoid", "Multiply", "Add"]
    assert net.remarks == []


def test_numbers_that_differ_are_no_activation():
    stored = RELU6 | {"three": number(2)}
    steps = [("Add", "x three", "a"), ("Clip", "a zero six", "b"), ("Mul", "x b", "c"), ("Div", "c six", "y")]
    assert "Hardswish" not in ops(chain(*steps, stored=stored))


@pytest.mark.parametrize("shape", [(4, 1, 1), (1, 4, 1, 1)])
def test_a_bias_that_is_added_is_the_convolutions(shape):
    net = chain(("Conv", "x w", "a"), ("Add", "a b", "y"), stored={"w": zeros(4, 6, 3, 3), "b": zeros(*shape)})
    report = net.analyze()
    assert ops(net) == ["Conv2d"]
    assert report.rows[0].layer.bias
    assert report.totals.params == 4 * 6 * 9 + 4


@pytest.mark.parametrize("shape", [(6, 7), (4, 6, 7), (7,), (1, 4, 6, 7)])
def test_what_is_no_bias_stays_an_array(shape):
    net = chain(("Conv", "x w", "a"), ("Add", "a b", "y"), stored={"w": zeros(4, 6, 3, 3), "b": zeros(*shape)})
    assert ops(net) == ["Conv2d", "Parameter", "Add"]
    assert net.analyze().totals.params == 4 * 6 * 9 + int(np.prod(shape))


def test_the_bias_of_a_product_of_matrices():
    stored = {"w": zeros(9, 5), "b": zeros(5)}
    assert ops(chain(("MatMul", "x w", "a"), ("Add", "b a", "y"), stored=stored)) == ["Linear"]


def test_what_is_not_folded_is_not_told():
    net = chain(("Reshape", "x rows", "r"), ("MatMul", "r w", "a"), ("Add", "a b", "y"),
                stored={"rows": whole(-1, 9), "w": zeros(9, 5), "b": zeros(1, 1, 5)})  # fmt: skip
    assert ops(net)[-2:] == ["Parameter", "Add"]
    assert not any(remark.startswith("Folded: ") for remark in net.remarks)


def test_layer_norm_is_put_together():
    stored = {"two": number(2), "eps": number(1e-5), "g": zeros(9), "b": zeros(9)}
    nodes = [
        node("ReduceMean", "x", "m", axes=[-1]), node("Sub", "x m", "d"), node("Pow", "d two", "s"),
        node("ReduceMean", "s", "v", axes=[-1]), node("Add", "v eps", "e"), node("Sqrt", "e", "r"),
        node("Div", "d r", "n"), node("Mul", "n g", "o"), node("Add", "o b", "y"),
    ]  # fmt: skip
    net = cm.from_onnx(model(nodes, {"x": ("N", 7, 9)}, {"y": None}, stored))
    assert ops(net) == ["LayerNorm"]
    assert net.analyze().totals.params == 18
    nodes[0].attribute[0].ints[:] = nodes[3].attribute[0].ints[:] = [1]  # over another axis than the weights'
    assert "LayerNorm" not in ops(cm.from_onnx(model(nodes, {"x": ("N", 7, 9)}, {"y": None}, stored)))


def test_a_channel_shuffle_keeps_the_receptive_field():
    stored = {"w": zeros(6, 6, 3, 3), "parts": whole(0, 3, 2, 8, 9), "back": whole(0, 6, 8, 9)}
    nodes = [
        node("Conv", "x w", "c", pads=[1, 1, 1, 1]), node("Reshape", "c parts", "a"),
        node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]), node("Reshape", "b back", "y"),
    ]  # fmt: skip
    net = cm.from_onnx(model(nodes, {"x": (1, 6, 8, 9)}, {"y": None}, stored))
    assert ops(net) == ["Conv2d", "ChannelShuffle"]
    assert [field.size for field in net.analyze().rows[-1].fields] == [3, 3]


def test_dynamic_sizes_of_one_name_are_one_symbol():
    nodes = [node("Add", "a b", "y")]
    net = cm.from_onnx(model(nodes, {"a": ("batch size", 3, None), "b": ("batch size", 3, "H")}, {"y": None}))
    assert [str(size) for size in net.input_shapes["a"]] == ["batch_size", "3", "a_2"]
    assert net.input_shapes["b"][0] == net.input_shapes["a"][0]
    assert "Sizes by other names than the file's: batch_size is 'batch size'." in net.remarks
    fixed = cm.from_onnx(model(nodes, {"a": ("batch size", 3, None), "b": ("batch size", 3, "H")}, {"y": None}),
                         {"batch_size": 2, "H": 7, "a_2": 7})  # fmt: skip
    assert fixed.analyze().rows[0].outputs == ((2, 3, 7),)


def test_names_that_would_be_code_are_called_otherwise():
    net = cm.from_onnx(model([node("Relu", "x", "y")], {"x": ("lambda", "max", "1", "a-b", "a b")}, {"y": None}))
    assert [str(size) for size in net.input_shapes["x"]] == ["n_lambda", "n_max", "x_2", "a_b", "a_b_2"]


def test_values_for_sizes_are_checked():
    given = model([node("Relu", "x", "y")], {"x": ("N", 3)}, {"y": None})
    with pytest.raises(cm.UnknownNameError, match="no size of the model is called 'M'"):
        cm.from_onnx(given, {"M": 3})
    with pytest.raises(cm.ParameterError, match="N must be an integer"):
        cm.from_onnx(given, {"N": 1.5})
    with pytest.raises(cm.ShapeError, match="has 3 sizes, the model's input has 2"):
        cm.from_onnx(given, shapes={"x": (1, 2, 3)})
    with pytest.raises(cm.UnknownNameError, match="no input is called 'z'"):
        cm.from_onnx(given, shapes={"z": (1, 2, 3)})


def test_shapes_worked_out_for_one_input_are_not_used_for_another():
    stored = {"w": zeros(4, 6, 3, 3), "i": whole(2, 3)}
    nodes = [
        node("Shape", "x", "s"), node("Gather", "s i", "hw"), node("Concat", "lead hw", "wanted", axis=0),
        node("Resize", "x   wanted", "y"),
    ]  # fmt: skip
    nodes[3].input[:] = ["x", "", "", "wanted"]
    net = cm.from_onnx(model(nodes, {"x": (1, 6, 8, 9)}, {"y": None}, stored | {"lead": whole(1, 6)}))
    with pytest.raises(cm.ShapeError, match="built for inputs of 8x9"):
        net.analyze((1, 6, 10, 12))


def test_unknown_operators_are_named_and_never_nothing():
    nodes = [node("Relu", "x", "a"), node("Swirl", "a w", "b", "twist"), node("Relu", "b", "y")]
    nodes[1].domain = "org.example"
    given = model(nodes, {"x": (1, 3, 8)}, {"y": None}, {"w": zeros(5, 2)}, infos=[])
    given.opset_import.append(onnx.helper.make_opsetid("org.example", 1))
    with pytest.raises(cm.GraphError, match=r"org\.example\.Swirl twist .* the file states no shape"):
        cm.from_onnx(given)
    given.graph.value_info.append(onnx.helper.make_tensor_value_info("b", 1, (1, 5, 4)))
    net = cm.from_onnx(given)
    totals = net.analyze().totals
    assert net.remarks == ["Unknown operators, counted as at least 0: org.example.Swirl twist (operator 1): no rule."]
    assert str(totals.macs) == "?"
    assert totals.params == 10


def test_another_shape_than_the_file_states_is_told():
    net = cm.from_onnx(model([node("Relu", "x", "y")], {"x": (1, 3)}, {"y": (1, 4)}))
    assert net.remarks == ["The file states other shapes: y 1x4, not 1x3."]


def test_what_nobody_reads_is_left_out():
    nodes = [node("Relu", "x", "y"), node("Sigmoid", "z", "unused")]
    net = cm.from_onnx(model(nodes, {"x": (1, 3), "z": (1, 3)}, {"y": None}))
    assert ops(net) == ["ReLU"]
    assert list(net.input_shapes) == ["x"]
    assert net.remarks == ["Inputs that nothing reads: z."]


@pytest.mark.parametrize(
    ("name", "kind", "scopes", "root", "path"),
    [
        ("/layer1/layer1.0/conv1/Conv", "Conv", (), "", "layer1.0.conv1"),
        ("/layer1/layer1.0/Add_1", "Add", (), "", "layer1.0"),
        ("/Reshape_2", "Reshape", (), "", ""),
        ("Conv_12", "Conv", (), "backbone.stem.weight", "backbone.stem"),
        ("Conv_12", "Conv", (), "497", ""),
        ("node_conv2d_3", "Conv", ("", "layer1", "layer1.0", "layer1.0.conv1"), "", "layer1.0.conv1"),
        ("node_view", "Reshape", ("",), "", ""),
        ("model/block1/conv/Conv2D;model/block1/bn", "Conv", (), "", "model.block1.conv.Conv2D"),
        ("stem", "Conv", (), "", "stem"),
        ("", "Conv", (), "", ""),
    ],
)
def test_paths(name, kind, scopes, root, path):
    operator = Operator(kind, "", 17, name, 0, scopes, (), (), {})
    held = Held((Array((1,), FLOAT, ((root, 1),)),) if root else ())
    assert path_of(Draft(cm.ReLU(), (), (), operator, "", held)) == path


H = cm.symbols("H")


@pytest.mark.parametrize("size", [1, 2, 7, 32, 33])
def test_fractions_of_formulas_are_exact(size):
    half = fractional.multiply(H, 0.5)
    for made, want in (
        (fractional.floor(half), size // 2), (fractional.ceiling(half), -(-size // 2)),
        (fractional.add(half, half), size), (fractional.truncate(fractional.add(half, 0.25)), int(size / 2 + 0.25)),
        (fractional.divide(fractional.multiply(H, 6), 4), size * 1.5), (fractional.divide(H, H), 1),
        (fractional.maximum(H, 4), max(size, 4)), (fractional.remainder(H, 5), size % 5),
    ):  # fmt: skip
        over = made if isinstance(made, fractional.Over) else fractional.Over(made, 1)
        above = over.above if isinstance(over.above, int) else over.above.at(H=size)
        assert above == want * over.below


def test_what_is_not_certain_is_none():
    assert fractional.equal(H, 3) is None
    assert fractional.equal(H, -1) is False
    assert fractional.equal(H, H) is True
    assert fractional.above(H, 0) is True
    assert fractional.above(H, 5) is None
    assert fractional.divide(H, 0) is None
    assert fractional.divide_whole(H - 5, 2) is None
    assert fractional.divide_whole(-7, 2) == -3
    assert fractional.add(None, 1) is None
    assert fractional.chosen(None, H, H) == H
    assert fractional.chosen(None, 1, 2) is None


def test_root_mean_square_norms_are_put_together():
    stored = {"two": np.float32(2), "eps": np.float32(1e-6), "one": np.float32(1), "w": zeros(5), "axes": whole(-1)}
    squares = [
        node("Pow", "x two", "s"),
        node("ReduceMean", "s axes", "m"),
        node("Add", "m eps", "e"),
        node("Sqrt", "e", "r"),
    ]
    for ending in (
        [node("Div", "x r", "n"), node("Mul", "n w", "y")],
        [node("Div", "one r", "i"), node("Mul", "x i", "n"), node("Mul", "w n", "y")],
    ):
        net = cm.from_onnx(model([*squares, *ending], {"x": (2, 3, 5)}, {"y": None}, stored, 18))
        (row,) = net.analyze().rows
        assert (row.layer, row.cost.params) == (cm.RMSNorm(5, eps=1e-6), 5)
        assert "Folded: RMS norm, 1 time." in net.remarks
