"""`verify` against the file itself: what is read wrongly is seen, and what is read rightly agrees layer by layer."""

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

from onnx import helper  # noqa: E402

import convmath as cm  # noqa: E402
from convmath.cli.group import run  # noqa: E402
from convmath.core.errors import FileError, ParameterError  # noqa: E402
from convmath.formats.onnx_in.load import read_model  # noqa: E402
from convmath.formats.onnx_in.rules import convolution as reading  # noqa: E402
from convmath.verification.comparing import Compared  # noqa: E402
from convmath.verification.files import FromFile  # noqa: E402
from convmath.verification.peers import onnxruntime_peer  # noqa: E402
from tests.onnx.models import exported, model, node  # noqa: E402
from tests.onnx.networks import NETWORKS  # noqa: E402


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def lines(found, what="as the file"):
    return {who: line for who, line in found if line.what.startswith(what)}


@pytest.mark.parametrize("name", NETWORKS)
def test_exported_networks_are_their_files(name):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    found = cm.verify_file(exported(build().eval(), torch.randn(shape)))
    assert found.agrees, found.disagreements
    assert sum(any(line.what.startswith("as the file") for line in row.lines) for row in found.rows) > 1
    assert lines(found, "as the file, end to end")


def convolution(**how):
    nodes = [node("Conv", "x w b", "c", "/conv/Conv", **how), node("Relu", "c", "y", "/act/Relu")]
    arrays = {"w": drawn(6, 2, 3, 2), "b": drawn(6, seed=1)}
    return model(nodes, {"x": (2, 4, 9, 8)}, {"y": None}, arrays)


def test_a_wrong_rule_is_seen_where_it_stands(monkeypatch):
    file, right = convolution(group=2, pads=[1, 0, 0, 1]), reading.sliding
    assert cm.verify_file(file).agrees

    def mirrored(step, rank):
        """The pads on the wrong sides: every shape stays what it was."""
        how = right(step, rank)
        return how | {"padding": tuple((high, low) for low, high in how["padding"])}

    monkeypatch.setattr(reading, "sliding", mirrored)
    found = cm.verify_file(file)
    assert cm.verify(cm.from_onnx(file), against="onnxruntime").agrees  # which runs what was read
    assert [who for who, line in found if line.verdict == "differs"] == ["conv", found.title]


def test_a_model_without_weights_gets_drawn_ones_and_stays_as_it_is():
    net = cm.Sequential(cm.Conv2d(3, 5, 3), cm.BatchNorm2d(5), cm.ReLU(), cm.Flatten(), cm.Linear(100, 7))
    file = cm.to_onnx(net, "2x3x7x6")
    before = file.SerializeToString()
    found = cm.verify_file(file)
    assert found.agrees, found.disagreements
    assert file.SerializeToString() == before
    assert {who for who, _ in found if who in "01234"} == set("01234")


@pytest.mark.parametrize(
    "how",
    [
        {"transB": 1}, {"transB": 0}, {"transB": 1, "alpha": 0.5, "beta": 3.0}, {"transA": 1, "transB": 0, "beta": 0.5},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("bias", [(7,), (1, 7), (1,), (3, 1)], ids=str)
def test_general_products_by_their_attributes(how, bias):
    x = (4, 3) if how.get("transA") else (3, 4)
    w = drawn(7, 4) if how["transB"] else drawn(4, 7)
    file = model([node("Gemm", "x w b", "y", **how)], {"x": x}, {"y": None}, {"w": w, "b": drawn(*bias, seed=2)})
    found = cm.verify_file(file)
    assert found.agrees, found.disagreements


@pytest.mark.parametrize("way", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(("kind", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
def test_recurrent_operators_by_their_gates(kind, gates, way):
    both, hidden = (2 if way == "bidirectional" else 1), 5
    arrays = {"w": drawn(both, gates * hidden, 3), "r": drawn(both, gates * hidden, hidden, seed=1),
              "b": drawn(both, 2 * gates * hidden, seed=2)}  # fmt: skip
    for more in ({}, {"linear_before_reset": 1}) if kind == "GRU" else ({},):
        nodes = [node(kind, "x w r b", "y h", hidden_size=hidden, direction=way, **more)]
        file = model(nodes, {"x": (6, 2, 3)}, {"y": None, "h": None}, arrays)
        found = cm.verify_file(file)
        assert found.agrees, found.disagreements
        assert {line.verdict for line in lines(found).values()} == {"within"}
        assert not any("Other numbers" in remark for remark in cm.from_onnx(file).remarks)


@pytest.mark.parametrize(
    ("kind", "gates", "how", "said"),
    [
        ("LSTM", 4, {"input_forget": 1}, "coupled"),
        ("LSTM", 4, {"clip": 0.5}, "clipped to 0.5"),
        ("LSTM", 4, {"activations": ["Sigmoid", "Relu", "Tanh"]}, "Sigmoid, Relu, Tanh"),
        ("RNN", 1, {"activations": ["Sigmoid"]}, "activations are Sigmoid"),
    ],
)
def test_recurrent_operators_that_no_layer_equals_are_remarked(kind, gates, how, said):
    arrays = {"w": drawn(1, gates * 5, 3), "r": drawn(1, gates * 5, 5, seed=1)}
    file = model([node(kind, "x w r", "y", hidden_size=5, **how)], {"x": (6, 2, 3)}, {"y": None}, arrays)
    assert any(said in remark for remark in cm.from_onnx(file).remarks)
    not_compared(cm.verify_file(file), said)


def not_compared(found, said):
    """What a file computes otherwise is neither right nor wrong: nothing else differs."""
    assert found.disagreements == ()
    told = [line for line in lines(found).values() if line.verdict == "not compared"]
    assert told
    assert all(said in line.how for line in told)
    assert any(f"– not compared: {told[0].how}" in note for note in found.table().notes)


def test_relu_of_a_recurrent_layer_is_its_own():
    arrays = {"w": drawn(1, 5, 3), "r": drawn(1, 5, 5, seed=1) / 4}
    nodes = [node("RNN", "x w r", "y", hidden_size=5, activations=["Relu"])]
    assert cm.verify_file(model(nodes, {"x": (6, 2, 3)}, {"y": None}, arrays)).agrees


def test_places_and_tables():
    nodes = [node("Gather", "t i", "e"), node("ReduceSum", "e a", "y", keepdims=0)]
    file = model(nodes, {"i": (2, 3)}, {"y": None}, {"t": drawn(9, 5), "a": np.array([1])})
    file.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    net, shapes = read_model(file), {"i": cm.Shape((2, 3))}
    there = FromFile(net, None, shapes, 0)
    peer = Compared(onnxruntime_peer, onnxruntime_peer.start())
    made = there.lines(peer, net.network.analyze(), np.random.default_rng(0))
    assert {line.verdict for line in made.values()} <= {"within", "equal"}
    assert len(made) == 2
    assert set(np.unique(there.arrays["i"])) <= set(range(9))
    assert there.arrays["i"].dtype == np.int64
    assert cm.verify_file(file).agrees


def test_places_of_two_tables():
    """Each row of the larger table below the smaller one's length may be drawn, and is."""
    nodes = [
        node("Unsqueeze", "i a", "u"),
        node("Gather", "t u", "e"),
        node("Gather", "s u", "f"),
        node("Add", "e f", "y"),
    ]
    file = model(nodes, {"i": (2, 40)}, {"y": None}, {"t": drawn(9, 5), "s": drawn(4, 5, seed=2), "a": np.array([1])})
    file.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    there = FromFile(read_model(file), None, {"i": cm.Shape((2, 40))}, 0)
    assert set(np.unique(there.arrays["i"])) == set(range(4))
    assert cm.verify_file(file).agrees


# Arrays beside the model


def beside(path, location="weights.bin"):
    file = convolution(group=2)
    onnx.save(file, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    if location != "weights.bin":
        file = onnx.load(path, load_external_data=False)
        for tensor in file.graph.initializer:
            next(entry for entry in tensor.external_data if entry.key == "location").value = location
        path.write_bytes(file.SerializeToString())
    return path


def test_arrays_beside_the_model_are_read_to_verify(tmp_path):
    assert cm.verify_file(beside(tmp_path / "net.onnx")).agrees


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname", "missing.bin"])
def test_arrays_elsewhere_are_refused(tmp_path, location):
    (tmp_path / "weights.bin").write_bytes(bytes(10_000))
    (tmp_path / "in").mkdir()
    with pytest.raises(FileError, match="in its own folder alone, cannot be read"):
        cm.verify_file(beside(tmp_path / "in" / "net.onnx", location))


def test_arrays_of_a_model_without_a_folder_are_refused(tmp_path):
    data = beside(tmp_path / "net.onnx").read_bytes()
    with pytest.raises(FileError, match="it has no folder"):
        cm.verify_file(data)


def test_half_precision_is_refused():
    file = model([node("Cast", "x", "h", to=10), node("Cast", "h", "y", to=1)], {"x": (1, 2)}, {"y": None}, {})
    with pytest.raises(ParameterError, match="computes in float16"):
        cm.verify_file(file)


def test_the_command_runs_the_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file = convolution(group=2)
    file.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "H"
    onnx.save(file, "net.onnx")
    assert run(("verify", "net.onnx", "--against", "onnxruntime", "--given", "H=9")) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "as the file" in out
    assert "as the file, end to end" in out
    assert run(("verify", "net.onnx", "--against", "onnxruntime")) == 2
    assert "only numbers can be run" in capsys.readouterr().err


def test_what_onnxruntime_does_not_run_is_said(tmp_path):
    file = convolution(group=2)
    file.graph.node.append(helper.make_node("Nothing", ["c"], ["z"], domain="nobody"))
    file.graph.value_info.append(helper.make_tensor_value_info("z", 1, [1]))
    file.opset_import.append(helper.make_opsetid("nobody", 1))
    with pytest.raises(ParameterError, match="onnxruntime does not run the file"):
        cm.verify_file(file)


# Operators in forms that only a run of the file tells apart


@pytest.mark.parametrize("rounded", [0, 1])
@pytest.mark.parametrize("auto_pad", ["VALID", "SAME_UPPER", "SAME_LOWER", "NOTSET"])
@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
def test_poolings_round_as_they_run(kind, auto_pad, rounded):
    for size in (6, 7, 8, 9):
        how = {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": auto_pad, "ceil_mode": rounded}
        file = model([node(kind, "x", "y", **how)], {"x": (1, 2, size, size + 3)}, {"y": None}, opset=19)
        assert agrees(file), (size, how)


def agrees(file):
    found = lines(cm.verify_file(file))
    return bool(found) and all(line.verdict in {"within", "equal"} for line in found.values())


def test_batch_statistics_while_training():
    arrays = {name: abs(drawn(3, seed=place)) + 0.5 for place, name in enumerate("sbmv")}
    file = model(
        [node("BatchNormalization", "x s b m v", "y m2 v2", training_mode=1)], {"x": (4, 3, 5, 6)}, {"y": None}, arrays
    )
    assert agrees(file)
    assert cm.from_onnx(file).analyze().totals.buffers == 0


def resize(how, x, stored):
    inputs = ["x", "", "scales" if "scales" in stored else "", *(name for name in stored if name == "sizes")]
    nodes = [helper.make_node("Resize", inputs, ["y"], **how)]
    return model(nodes, {"x": x}, {"y": None}, stored, 19)


MODES = ("linear", "cubic")
PLACES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric")


PARTS = {(0.5, 1.4), (0.25, 1)}
"""Scales that give no whole size of an axis."""


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scale", [(2, 3), (0.6, 2.0), (0.5, 1.4), (0.25, 1)])
def test_resizes_by_scales_are_the_file_s_or_say_why_not(mode, places, scale):
    how = {"mode": mode, "coordinate_transformation_mode": places}
    file = resize(how, (1, 2, 10, 7), {"scales": np.array([1, 1, *scale], np.float32)})
    told = [remark for remark in cm.from_onnx(file).remarks if "Other numbers" in remark]
    assert agrees(file) != bool(told)
    assert bool(told) == (places == "asymmetric" or (places == "half_pixel_symmetric" and scale in PARTS))


@pytest.mark.parametrize(("how", "said"), [
    ({"mode": "cubic", "cubic_coeff_a": -0.5}, "cubic_coeff_a=-0.5"),
    ({"mode": "cubic", "exclude_outside": 1}, "exclude_outside=1"),
    ({"mode": "linear", "coordinate_transformation_mode": "asymmetric"}, "other positions than asymmetric"),
])  # fmt: skip
def test_what_a_resize_does_otherwise_is_named(how, said):
    file = resize(how, (1, 2, 10, 8), {"scales": np.array([1, 1, 2, 2], np.float32)})
    (told,) = (remark for remark in cm.from_onnx(file).remarks if "Other numbers" in remark)
    assert said in told
    not_compared(cm.verify_file(file), said)


@pytest.mark.parametrize(("policy", "made"), [("not_larger", (15, 12)), ("not_smaller", (20, 16))])
def test_resizes_that_keep_the_aspect_ratio(policy, made):
    how = {"keep_aspect_ratio_policy": policy, "axes": [2, 3], "mode": "linear"}
    file = resize(how, (1, 2, 10, 8), {"sizes": np.array([15, 16])})
    assert cm.from_onnx(file).analyze().rows[-1].outputs[0].spatial == made
    assert agrees(file)


@pytest.mark.parametrize("heads", [6, 2])
@pytest.mark.parametrize("flat", [True, False])
def test_attention_by_heads(heads, flat):
    """Queries of 6 heads; keys and values of as many, or each for 3 of them."""
    q, k, v = (2, 6, 4, 5), (2, heads, 7, 5), (2, heads, 7, 3)
    how = {"q_num_heads": 6, "kv_num_heads": heads} if flat else {}
    if flat:
        q, k, v = ((n, length, h * e) for n, h, length, e in (q, k, v))
    file = model([node("Attention", "q k v", "y", **how)], {"q": q, "k": k, "v": v}, {"y": None}, opset=23)
    report = cm.from_onnx(file).analyze()
    assert report.totals.macs == 2 * 6 * 4 * 7 * (5 + 3)
    assert agrees(file)


def test_files_beside_that_are_too_large_are_refused(tmp_path):
    path = beside(tmp_path / "net.onnx")
    with open(tmp_path / "weights.bin", "r+b") as file:
        file.truncate(3 << 30)  # which takes no room on the disk
    with pytest.raises(FileError, match="more than 2 GiB"):
        cm.verify_file(path)


def test_a_fifo_beside_is_not_waited_for(tmp_path):
    os = pytest.importorskip("os")
    path = beside(tmp_path / "net.onnx")
    (tmp_path / "weights.bin").unlink()
    os.mkfifo(tmp_path / "weights.bin")
    with pytest.raises(FileError, match="cannot be read"):
        cm.verify_file(path)
