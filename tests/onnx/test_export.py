"""Models that to_onnx writes: onnx.checker and shape inference accept them, and every number is read back."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convmath as cm
from convmath.core.errors import ParameterError
from convmath.report.frozen import Frozen, trained_params
from convmath.zoo import FILE_OF, builder
from tests.strategies import TYPES, layers_with_inputs

onnx = pytest.importorskip("onnx")

REFUSED = {
    *(f"LocallyConnected{rank}d" for rank in (1, 2, 3)), *(f"MaxUnpool{rank}d" for rank in (1, 2, 3)),
    "DeformConv1d", "DeformConv3d", "Unfold", "Scatter",
}  # fmt: skip
"""Types that to_onnx never writes."""


def attempt(export, net):
    """What is written, and the text of the error where it is refused."""
    try:
        return export(net), ""
    except ParameterError as error:
        return None, str(error)


def inferred(model):
    """Every value's shape by onnx's own inference, told nothing but inputs and weights."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    for output in bare.graph.output:
        output.type.tensor_type.ClearField("shape")
    found = onnx.shape_inference.infer_shapes(bare, strict_mode=True, data_prop=True).graph
    return {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in (*found.value_info, *found.output)
    }


def stated(model):
    return {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in (*model.graph.value_info, *model.graph.output)
    }


def reading(source):
    """A network that adds an array it holds."""
    net = cm.Network("net")
    net.add(cm.Add(), net.input("x", (2, 3, 50, 70)), net.add(source, name="held"), name="sum")
    return net


@pytest.mark.parametrize("name", FILE_OF)
def test_zoo(name):
    net = builder(name)()
    model = cm.to_onnx(net)
    onnx.checker.check_model(model, full_check=True)
    shapes = inferred(model)
    assert {name: shapes[name] for name in stated(model)} == stated(model)
    ours, theirs = net.analyze(), cm.from_onnx(model.SerializeToString()).analyze()
    assert theirs.totals.params == ours.totals.params
    assert theirs.totals.buffers == ours.totals.buffers
    assert theirs.totals.macs == ours.totals.macs
    read = {row.name: row for row in theirs.rows}
    for row in ours.rows:
        back = read.get(row.name)
        if back is None:  # a chain of layers is read back as its parts
            back = [part for part in theirs.rows if part.name.startswith(f"{row.name}.")][-1]
        assert (back.outputs, back.fields) == (row.outputs, row.fields), row.name
        if row.name in read:
            assert (back.cost.params, back.cost.macs, back.cost.macs_touching) == (
                row.cost.params, row.cost.macs, row.cost.macs_touching,
            )  # fmt: skip


@pytest.mark.parametrize("net", [
    cm.Sequential(("head", cm.Linear(3, 4)), shape=(2, 5, 3)),
    cm.Sequential(("head", cm.Linear(3, 2)), shape=(2, 7, 5, 3)),
    reading(cm.Parameter((1, 3, 1, 1))), reading(cm.Parameter((2, 3, 50, 70))),
], ids=str)  # fmt: skip
def test_what_is_trained_is_read_back_as_such(net):
    ours, theirs = net.analyze(), cm.from_onnx(cm.to_onnx(net)).analyze()
    assert [(row.op, row.cost.params) for row in theirs.rows] == [(row.op, row.cost.params) for row in ours.rows]


@pytest.mark.parametrize("layer", [cm.Softmax(), cm.LogSoftmax(), cm.Softmin()], ids=str)
@pytest.mark.parametrize(("shape", "axis"), [(cm.Shape((5,)), 0), ((5, 3), 1), ((5, 3, 4), 0), ((5, 3, 4, 2), 1)])
def test_the_axis_that_is_not_stated_is_pytorchs(layer, shape, axis):
    model = cm.to_onnx(cm.Sequential(("it", layer), shape=shape))
    onnx.checker.check_model(model, full_check=True)
    assert [one.i for part in model.graph.node for one in part.attribute if one.name == "axis"] == [axis]


def test_constants_are_refused():
    with pytest.raises(
        ParameterError, match=r"^held: Constant\(\(1, 3, 1, 1\)\): ONNX has no array whose numbers are left"
    ):
        cm.to_onnx(reading(cm.Constant((1, 3, 1, 1))))


def test_no_weight_is_stored():
    model = cm.to_onnx(cm.zoo.resnet50())
    assert max(np.prod(array.dims) for array in model.graph.initializer) <= 4
    assert not model.graph.initializer[0].external_data
    assert len(model.SerializeToString()) < 200_000


def test_it_runs_as_it_stands():
    onnxruntime = pytest.importorskip("onnxruntime")
    net = cm.zoo.resnet18(width=8)
    session = onnxruntime.InferenceSession(
        cm.to_onnx(net, (1, 3, 64, 80)).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (made,) = session.run(None, {"input": np.ones((1, 3, 64, 80), np.float32)})
    assert made.shape == (1, 1000)


def test_the_largest_and_where_they_lie_go_out_and_run():
    onnxruntime = pytest.importorskip("onnxruntime")
    net = cm.Network("ranked")
    x = net.input(shape=(2, 6, 5))
    best, where = net.add(cm.TopK(3, dim=1), x)
    net.output(net.add(cm.Add(), best, net.add(cm.GatherElements(1), x, where)), where)
    model = cm.to_onnx(net)
    onnx.checker.check_model(model, full_check=True)
    assert [row.op for row in cm.from_onnx(model).analyze()] == [row.op for row in net.analyze()]
    given = np.random.default_rng(3).permutation(60).reshape(2, 6, 5).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    twice, found = session.run(None, {"input": given})
    assert np.array_equal(found, np.argsort(-given, 1)[:, :3])
    assert np.array_equal(twice, 2 * -np.sort(-given, 1)[:, :3])


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_type(name, data):
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    net = cm.Network("one")
    net.add(layer, *(net.input(f"x{place}", shape) for place, shape in enumerate(inputs)), name="it")
    model, error = attempt(cm.to_onnx, net)
    if error:
        assert re.fullmatch(r"it\b.*: ONNX .* \(.*\)|it\b.*, which holds nothing \(.*\)", error)
        return
    assert name not in REFUSED
    onnx.checker.check_model(model, full_check=True)
    ours, theirs = net.analyze(), cm.from_onnx(model).analyze()
    assert (theirs.totals.params, theirs.totals.buffers, theirs.totals.macs) == (
        ours.totals.params, ours.totals.buffers, ours.totals.macs,
    )  # fmt: skip
    assert theirs.rows[-1].outputs == ours.rows[-1].outputs or len(ours.rows[-1].outputs) > 1
    if len(theirs.rows) == 1 and theirs.rows[0].op == ours.rows[0].op:
        assert theirs.rows[0].fields == ours.rows[0].fields


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (cm.GroupNorm(2, 4, affine=False), (1, 4, 5, 7), "normalises with a scale and a shift always"),
        (cm.AdaptiveAvgPool2d(3), (1, 4, 5, 7), "pools into bins of one size only"),
        (cm.MaxPool2d(2, return_indices=True), (1, 4, 5, 7), "counts the indices of maxima over the whole tensor"),
        (cm.Upsample(scale_factor=0.3), (1, 4, 7, 7), "is read by its sizes"),
        (cm.Threshold(0.5, 3), (1, 4), "puts zeros in the place of small numbers"),
        (cm.LSTM(3, 5, proj_size=2), (4, 2, 3), "has no projection of the state"),
        (cm.Unknown("Magic", ((1, 4),)), (1, 4), "is an operator that nobody knows"),
    ],
)
def test_what_is_refused(layer, shape, said):
    net = cm.Sequential(("the layer", layer), shape=shape)
    with pytest.raises(ParameterError, match=said) as caught:
        cm.to_onnx(net)
    assert str(caught.value).startswith("the layer: ")


def test_arrays_that_are_partly_shared_are_refused():
    shared = cm.Sequential(("a", cm.Linear(3, 3)), ("b", cm.Linear(3, 3)), shape=(1, 3))
    shared.stored["b"] = (3, 0)
    with pytest.raises(ParameterError, match=r"^b: Linear\(3, 3\) has 12 parameters, of which 3 are its own"):
        cm.to_onnx(shared)


def heads():
    """Layers with the arrays of others, some of them frozen, some buffers; and one that nothing reads."""
    net = cm.Network("heads")
    x, y = net.input("x", (2, 3, 8, 9)), net.input("y", (2, 3, 5, 7))
    first = net.add(cm.Conv2d(3, 6, 3, padding=1), x, name="conv")
    second = net.add(cm.Conv2d(3, 6, 3, dilation=2), y, name="wide")
    first = net.add(cm.BatchNorm2d(6), first, name="norm")
    second = net.add(cm.BatchNorm2d(6), second, name="norm_1")
    net.share("wide", "conv")
    net.share("norm_1", "norm")
    first = net.add(cm.Mean((2, 3)), net.add(cm.Linear(9, 4), first, name="lin"), name="mean")
    fixed = net.add(cm.Linear(6, 2), first, name="fixed")
    net.add(cm.Conv2d(3, 5, 1), x, name="dead")
    net.output(fixed, second)
    net.frozen |= {"conv": Frozen(("bias",), 6), "norm": Frozen(), "fixed": Frozen(("weight",), 0)}
    net.stored["fixed"] = (2, 12)
    return net


def test_shared_frozen_and_idle_arrays_are_read_back():
    net = heads()
    model = cm.to_onnx(net)
    onnx.checker.check_model(model, full_check=True)
    assert model.doc_string.startswith("Left out, as no output depends on it: dead (20 parameters; a spec file")
    back = cm.from_onnx(model)
    assert back.shares == net.shares
    ours, theirs = net.analyze(), back.analyze()
    assert (theirs.totals.params, theirs.totals.buffers) == (ours.totals.params - 20, ours.totals.buffers)
    assert trained_params(theirs) == trained_params(ours) - 20
    assert {name: back.frozen[name] for name in net.frozen} == net.frozen
    assert back.stored["fixed"] == (2, 12)


def test_a_property_with_another_value_means_nothing():
    model = cm.to_onnx(heads())
    for node in model.graph.node:
        for entry in node.metadata_props:
            entry.value = "x" * 1000
    back = cm.from_onnx(model)
    assert not back.frozen
    assert back.analyze().totals.params == heads().analyze().totals.params - 20 + 12


def test_inputs_handed_out_and_values_handed_out_twice():
    net = cm.Network("odd")
    x, y = net.input("x", (1, 4, 5)), net.input("y", (1, 4, 5))
    z = net.add(cm.Add(), x, y, name="z")
    net.output(z, x, z)
    model = cm.to_onnx(net)
    onnx.checker.check_model(model, full_check=True)
    assert [len(value.type.tensor_type.shape.dim) for value in model.graph.output] == [3, 3, 3]
    assert len({value.name for value in model.graph.output}) == 3


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_name_is_kept_or_made_printable(name):
    net = cm.Sequential((name, cm.Conv2d(3, 4, 3)), (f"{name}2", cm.ReLU()), shape=(1, 3, 8, 9), name=name)
    model = cm.to_onnx(net)
    onnx.checker.check_model(model, full_check=True)
    back = cm.from_onnx(model).analyze()
    assert back.totals.params == 112
    assert len(back.rows) == 2


# What is written by several nodes


@pytest.mark.parametrize("shape", [(6, 2, 3), (6, 3)], ids=str)
@pytest.mark.parametrize("how", [
    {}, {"num_layers": 3}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}, {"bias": False},
    {"batch_first": True, "num_layers": 2},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("kind", [cm.RNN, cm.GRU, cm.LSTM])
def test_recurrent_layers_run_elsewhere_as_here(kind, how, shape):
    pytest.importorskip("onnxruntime")
    net = cm.Sequential(("it", kind(3, 5, **how)), shape=shape)
    found = cm.verify(net, against="onnxruntime")
    (line,) = (line for _, line in found if line.what == "as onnxruntime, to rounding")
    assert line.verdict == "within", line
    ours, theirs = net.analyze().totals, cm.from_onnx(cm.to_onnx(net)).analyze().totals
    assert (theirs.params, theirs.macs) == (ours.params, ours.macs)


def test_states_to_begin_with_are_written():
    pytest.importorskip("onnxruntime")
    found = cm.verify(cm.LSTM(3, 5, num_layers=2), (6, 2, 3), (2, 2, 5), (2, 2, 5), against="onnxruntime")
    (line,) = (line for _, line in found if line.what == "as onnxruntime, to rounding")
    assert line.verdict == "within"


@pytest.mark.parametrize(
    "layer", [cm.RMSNorm((5, 7)), cm.RMSNorm(7, eps=0.5), cm.Var(1), cm.Var((1, 2), keepdim=True)], ids=str
)
def test_norms_and_variances_run_elsewhere_as_here(layer):
    pytest.importorskip("onnxruntime")
    found = cm.verify(layer, (2, 3, 5, 7), against="onnxruntime")
    (line,) = (line for _, line in found if line.what == "as onnxruntime, to rounding")
    assert line.verdict == "within"


def test_a_root_mean_square_norm_is_read_back_as_one():
    net = cm.Sequential(("norm", cm.RMSNorm((5, 7), eps=0.25)), shape=(2, 3, 5, 7))
    (row,) = cm.from_onnx(cm.to_onnx(net)).analyze().rows
    assert (row.layer, row.name) == (cm.RMSNorm((5, 7), eps=0.25), "norm")


# Open sizes

N, H, W = cm.symbols("N H W")


def opened(model):
    return [[dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in model.graph.input]


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "shufflenet_v2_x1_0", "deeplabv3_resnet50", "r3d_18"])
def test_an_open_batch_is_a_dynamic_size(name):
    net = builder(name)()
    (shape,) = net.input_shapes.values()
    model = cm.to_onnx(net, (N, *shape[1:]))
    onnx.checker.check_model(model, full_check=True)
    assert opened(model) == [["N", *shape[1:]]]
    ours, theirs = net.analyze((5, *shape[1:])), cm.from_onnx(model, {"N": 5}).analyze()
    assert (theirs.totals.params, theirs.totals.macs) == (ours.totals.params, ours.totals.macs)
    assert [row.outputs for row in theirs.rows][-1] == ours.rows[-1].outputs


def test_open_pictures_run_at_every_size():
    onnxruntime = pytest.importorskip("onnxruntime")
    net = cm.zoo.resnet18(width=8)
    model = cm.to_onnx(net, (N, 3, H, W))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for shape in ((1, 3, 64, 80), (3, 3, 97, 50)):
        (made,) = session.run(None, {"input": np.ones(shape, np.float32)})
        assert made.shape == net.analyze(shape).rows[-1].outputs[0]
    assert cm.from_onnx(model).analyze().totals.macs == net.analyze((N, 3, H, W)).totals.macs


@pytest.mark.parametrize(("layer", "shape", "said"), [
    (cm.MaxPool2d(3, 2, padding="same", convention="tensorflow"), (1, 3, H, W), "would hand out 1 × 3 × ⌊H/2⌋"),
    (cm.ChannelShuffle(2), (1, 4, H, W), r"it: its nodes hold sizes, which are open here \(give its symbols values\)"),
    (cm.Upsample(size=(9, 8)), (1, 4, H, W), ""),
    (cm.ReLU(), (1, 4, 2 * H, 5), "has a size of '2H'; ONNX has names for open sizes, no formulas"),
    (cm.Conv2d(4, cm.symbols("c"), 3), (N, 4, 9, 9), "is exported in numbers only"),
    (cm.Reshape((-1, 4)), (N, 4, 9, 9), "it: its nodes hold sizes"),
], ids=str)  # fmt: skip
def test_open_sizes_that_nodes_hold_are_refused(layer, shape, said):
    net = cm.Sequential(("it", layer))
    if said:
        with pytest.raises(ParameterError, match=said):
            cm.to_onnx(net, shape)
    else:
        onnx.checker.check_model(cm.to_onnx(net, shape), full_check=True)
