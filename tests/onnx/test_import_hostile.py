"""Files that are broken or mean harm: one clear error, no crash, nothing read beside the model, little time."""

import os
import resource
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest

import convmath as cm

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402

from convmath.formats.onnx_in.naming import input_names  # noqa: E402
from convmath.formats.onnx_in.sizes import Sizes  # noqa: E402
from tests.onnx.models import model, node, value, whole, zeros  # noqa: E402
from tests.onnx.mutations import plain  # noqa: E402


def refused(source, match, error=cm.GraphError):
    with pytest.raises(error, match=match) as caught:
        cm.from_onnx(source)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 40, b"PK\x03\x04 no model", b"layers: []", b"\x08\x08" * 9])
def test_what_is_no_model_is_refused(data):
    with pytest.raises((cm.FileError, cm.GraphError)):
        cm.from_onnx(data)


def test_every_truncation_ends_in_an_error_or_a_network():
    data = plain().SerializeToString()
    for end in range(0, len(data), 3):
        attempt(data[:end])


def attempt(source):
    """A network, or an error of ours in one line."""
    said = ""
    try:
        cm.from_onnx(source).analyze()
    except cm.ConvmathError as error:
        said = str(error)
    assert not said or said.isprintable()


def test_an_empty_graph_is_refused():
    refused(onnx.ModelProto(), "has no operators")
    bare = plain()
    del bare.opset_import[:]
    refused(bare, "states no operator set")


def test_a_cycle_is_named():
    nodes = [node("Add", "x b", "a", "first"), node("Relu", "a", "b", "second")]
    refused(model(nodes, {"x": (1, 2)}, {"b": (1, 2)}), r"Add first \(operator 0\) waits for itself")


def test_operators_in_another_order_are_sorted():
    nodes = [node("Relu", "a", "b"), node("Sigmoid", "x", "a")]
    net = cm.from_onnx(model(nodes, {"x": (1, 2)}, {"b": (1, 2)}))
    assert [row.op for row in net.analyze().rows] == ["Sigmoid", "ReLU"]


def test_what_is_made_twice_or_by_nothing_is_named():
    twice = [node("Relu", "x", "y", "one"), node("Sigmoid", "x", "y", "two")]
    refused(
        model(twice, {"x": (1, 2)}, {"y": (1, 2)}), r"'y' is made twice, by Relu one \(operator 0\) and by Sigmoid two"
    )
    refused(model([node("Add", "x gone", "y")], {"x": (1, 2)}, {"y": (1, 2)}), "reads 'gone', which nothing makes")
    refused(model([node("Relu", "x", "y")], {"x": (1, 2)}, {"z": (1, 2)}), "its output 'z' is made by nothing")


@pytest.mark.parametrize("kind", ["Loop", "Scan"])
def test_loops_are_refused_by_name(kind):
    body = helper.make_graph([node("Relu", "a", "b")], "body", [value("a", (1,))], [value("b", (1,))])
    part = helper.make_node(kind, ["", "", "x"], ["y"], "again", body=body)
    refused(model([part], {"x": (1, 2)}, {"y": (1, 2)}), rf"{kind} again \(operator 0\): loops are not unrolled")


def branching(condition, stored):
    graphs = {
        name: helper.make_graph([node(kind, "x", "out")], name, [], [value("out", (1, 2))])
        for name, kind in (("then_branch", "Relu"), ("else_branch", "Sigmoid"))
    }
    return model(
        [*condition, helper.make_node("If", ["c"], ["y"], "choice", **graphs)], {"x": (1, 2)}, {"y": (1, 2)}, stored
    )


def test_a_branch_is_taken_where_its_condition_is_known():
    for chosen, op in ((True, "ReLU"), (False, "Sigmoid")):
        net = cm.from_onnx(branching([], {"c": np.array(chosen)}))
        assert [row.op for row in net.analyze().rows] == [op]
        assert f"Decided in advance: If choice (operator 0): {'then' if chosen else 'else'}." in net.remarks


def test_a_branch_that_data_decide_is_refused_by_name():
    nodes = [node("ReduceSum", "x", "s", keepdims=0), helper.make_node("Cast", ["s"], ["c"], to=TensorProto.BOOL)]
    refused(branching(nodes, {}), r"If choice \(operator 2\): which branch runs is not known beforehand")


def field(number, payload):
    """A field of a message as it is written: its number, its length, its bytes."""
    size, words = len(payload), []
    while size > 127:
        words.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *words, size]) + payload


def nested(depth):
    """A model of Ifs inside each other, as bytes: no writer makes one that deep."""
    graph = field(1, field(1, b"x") + field(2, b"y") + field(4, b"Relu"))
    for _ in range(depth):
        branch = field(5, field(1, b"then_branch") + bytes([0xA0, 1, 5]) + field(6, graph))
        graph = field(1, field(1, b"c") + field(2, b"y") + field(4, b"If") + branch)
    return field(7, graph) + field(8, bytes([2 << 3, 17]))


@pytest.mark.parametrize(("depth", "error"), [(31, cm.GraphError), (500, cm.GraphError), (2000, cm.GraphError)])
def test_nested_graphs_are_refused(depth, error):
    with pytest.raises(error, match=r"nested more than 32 deep|no ONNX model|has no two branches|nothing makes"):
        cm.from_onnx(nested(depth))


def test_graphs_nested_deeper_than_any_network_are_refused(monkeypatch):
    monkeypatch.setattr("convmath.formats.onnx_in.opening.MOST_DEPTH", 10)
    refused(nested(20), "nested more than 10 deep")


def test_functions_that_call_each_other_are_refused():
    given = model([helper.make_node("f", ["x"], ["y"], domain="own")], {"x": (1, 2)}, {"y": (1, 2)})
    given.opset_import.append(helper.make_opsetid("own", 1))
    for name, other in (("f", "g"), ("g", "f")):
        body = [helper.make_node(other, ["a"], ["b"], domain="own")]
        given.functions.append(helper.make_function("own", name, ["a"], ["b"], body, given.opset_import))
    refused(given, "a function calls itself")


def test_functions_are_written_out():
    given = model([helper.make_node("f", ["x"], ["y"], domain="own")], {"x": (1, 2)}, {"y": (1, 2)})
    given.opset_import.append(helper.make_opsetid("own", 1))
    body = [node("Relu", "a", "m"), node("Sigmoid", "m", "b")]
    given.functions.append(helper.make_function("own", "f", ["a"], ["b"], body, given.opset_import))
    assert [row.op for row in cm.from_onnx(given).analyze().rows] == ["ReLU", "Sigmoid"]


def calling(calls, nodes):
    """A chain of so many calls of a function of so many operators."""
    steps = [f"a{place}" for place in range(nodes)] + ["b"]
    body = [node("Relu", before, after) for before, after in pairwise(steps)]
    values = ["x", *(f"v{place}" for place in range(1, calls)), "y"]
    chain = [helper.make_node("f", [a], [b], domain="own") for a, b in pairwise(values)]
    given = model(chain, {"x": (1, 2)}, {"y": (1, 2)})
    given.opset_import.append(helper.make_opsetid("own", 1))
    given.functions.append(helper.make_function("own", "f", ["a0"], ["b"], body, given.opset_import))
    return given


def test_functions_that_would_grow_are_refused_before_they_are_written_out(monkeypatch):
    monkeypatch.setattr("onnx.inliner.inline_local_functions", lambda model: pytest.fail("it is written out"))
    refused(calling(1000, 1000), "100,000 operators, the most that is read, with its functions written out")


def test_calls_in_branches_count_too(monkeypatch):
    monkeypatch.setattr("convmath.formats.onnx_in.opening.MOST_OPERATORS", 50)
    given = calling(1, 40)
    inner = [helper.make_node("f", ["x"], ["z"], domain="own"), helper.make_node("f", ["z"], ["o"], domain="own")]
    branch = helper.make_graph(inner, "branch", [], [value("o", None)])
    given.graph.node.append(helper.make_node("If", ["yes"], ["w"], then_branch=branch, else_branch=branch))
    refused(given, "with its functions written out")


def test_names_that_are_shown_alike_take_no_longer_each():
    """Each is looked up among those before it, not counted up past them."""
    names = ["a" * 130 + f"{place}" for place in range(5000)]
    begin = time.process_time()
    shown = input_names(names)
    assert list(shown.values())[:3] == ["a" * 120, "a" * 120 + "_1", "a" * 120 + "_2"]
    sizes = Sizes({}, {})
    assert [sizes.symbol(name) for name in names][1:3] == ["a" * 28 + "_2", "a" * 28 + "_3"]
    assert len(set(shown.values())) == len(set(sizes.names.values())) == 5000
    assert time.process_time() - begin < 2


PATHS = ["../../../../etc/passwd", "/etc/passwd", "/dev/zero", "canary.bin", "a" * 300, "x\x00y"]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_data_beside_the_model_are_never_read(path, tmp_path, monkeypatch):
    given = plain()
    for tensor in given.graph.initializer:
        if len(tensor.dims) > 1 or tensor.name == "b":
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.append(onnx.StringStringEntryProto(key="location", value=path))
    file = tmp_path / "net.onnx"
    file.write_bytes(given.SerializeToString())
    opened = []
    real = open
    monkeypatch.setattr(
        "builtins.open", lambda name, *rest, **more: opened.append(str(name)) or real(name, *rest, **more)
    )
    net = cm.load(file)
    assert opened == [str(file)]
    assert net.analyze().totals == cm.from_onnx(plain()).analyze().totals


def test_numbers_of_a_shape_that_lie_beside_the_model_are_unknown():
    given = model([node("Reshape", "x s", "y")], {"x": (2, 6)}, {"y": (3, 4)}, {"s": whole(3, 4)})
    given.graph.initializer[0].ClearField("raw_data")
    given.graph.initializer[0].data_location = TensorProto.EXTERNAL
    net = cm.from_onnx(given)
    assert net.analyze().unknown
    assert net.analyze().rows[-1].outputs == ((3, 4),)


NAMES = [
    "\x1b[31mred\x1b[0m",
    "<script>alert(1)</script>",
    'a"]; b [label="x',
    "line\nbreak",
    "x" * 5000,
    "..",
    "=cmd()",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_with_markup_stay_text(name):
    nodes = [node("Relu", "x", "m", name), node("Foo", "m", "y", f"/{name}/{name}/Foo")]
    nodes[1].domain = name
    given = model(nodes, {"x": ("N", 2)}, {"y": (1, 2)})
    given.graph.input[0].name = given.graph.node[0].input[0] = name
    given.graph.input[0].type.tensor_type.shape.dim[0].dim_param = f"H{name}"
    net = cm.from_onnx(given)
    text = str(net.analyze())
    assert all(line.isprintable() for line in text.split("\n"))
    assert "<script>" not in net.analyze()._repr_html_()
    assert max(map(len, (part.name for part in net.nodes))) < 300


def test_a_tensor_that_declares_two_gigabytes_takes_none():
    given = plain()
    given.graph.initializer[0].dims[0] = 2**40
    given.graph.initializer[0].ClearField("raw_data")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attempt(given)
    attempt(
        model(
            [node("ConstantOfShape", "s", "f"), node("Add", "x f", "y")],
            {"x": (1, 2)},
            {"y": None},
            {"s": whole(2**40, 2)},
        )
    )
    attempt(model([node("Range", "a b c", "f"), node("Cast", "f", "g", to=1), node("Add", "x g", "y")], {"x": (1, 2)},
                  {"y": None}, {"a": np.int64(0), "b": np.int64(2**50), "c": np.int64(1)}))  # fmt: skip
    attempt(
        model(
            [node("Expand", "a s", "f"), node("Add", "x f", "y")],
            {"x": (1, 2)},
            {"y": None},
            {"a": zeros(1), "s": whole(2**40)},
        )
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_a_length_that_is_not_there_is_refused():
    refused(b"\x08\x08\x3a\xff\xff\xff\xff\x07", "is no ONNX model", cm.GraphError)  # a graph of 2 GB, says its head


@pytest.mark.parametrize(("make", "match"), [(os.mkfifo, "is a pipe"), (os.mkdir, "is a directory")])
def test_what_is_no_file_is_refused(make, match, tmp_path):
    path = tmp_path / "net.onnx"
    make(path)
    with pytest.raises(cm.FileError, match=match):
        cm.load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(cm.FileError, match="does not exist"):
        cm.load(tmp_path / "net.onnx")
    with pytest.raises(cm.FileError, match="is no model"):
        cm.from_onnx(3)


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        cm.FileError, match=r"the package onnx, which is missing: .* \(pip install 'convmath\[onnx\]'\)"
    ):
        cm.from_onnx(b"")


def test_the_command_line_says_it_in_one_line(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\xff\xfe")
    run = subprocess.run(
        [sys.executable, "-m", "convmath", "analyze", str(path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "is no ONNX model" in run.stderr
