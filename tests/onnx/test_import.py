"""Networks read from ONNX: shapes as onnxruntime makes them, MACs and parameters counted independently."""

import glob
from math import prod

import numpy as np
import pytest

import convmath as cm
from convmath.formats.onnx_in.reading import Reading
from convmath.formats.onnx_in.sizes import Sizes
from convmath.formats.onnx_in.stated import StatedShapes
from convmath.formats.onnx_in.values import Array

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from onnx.backend.test.loader import DATA_DIR  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.onnx.models import counted, exported, model, node, runs, zeros  # noqa: E402
from tests.onnx.networks import NETWORKS, ResNet, UNet  # noqa: E402


def made(name, **how):
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    module = build().eval()
    return module, torch.randn(shape), exported(module, torch.randn(shape), **how)


@pytest.mark.parametrize("opset", [11, 17])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_macs_are_those_of_a_run(name, opset):
    module, x, model = made(name, opset=opset)
    report = cm.from_onnx(model).analyze()
    found = runs(model, x.numpy())
    shapes = {key: value.shape for key, value in found.items()} | {"x0": tuple(x.shape)}
    assert report.rows[-1].outputs[-1] == tuple(module(x).shape)
    assert not report.unknown
    recurrent = sum(row.cost.macs for row in report.rows if row.op in {"LSTM", "GRU"})
    assert report.totals.macs - recurrent == counted(model, shapes)


@pytest.mark.parametrize("name", sorted({*NETWORKS} - {"sequence"}))
def test_macs_are_those_that_pytorch_counts(name):
    module, x, model = made(name)
    with FlopCounterMode(display=False) as counter:
        module(x)
    assert 2 * cm.from_onnx(model).analyze().totals.macs == counter.get_total_flops()


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_buffers_are_the_modules(name):
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    module = build()
    for array in (*module.parameters(), *module.buffers()):
        if array.dim():  # arrays that are equal would be stored once
            array.data.uniform_(0.5, 1.5)
    net = cm.from_onnx(exported(module, torch.randn(shape), training=True))
    totals = net.analyze().totals
    assert totals.params == sum(array.numel() for array in module.parameters())
    # The exporter writes a group norm as an instance norm by ones and zeros of its own, 3 of each.
    said = "Ones and zeros that no module holds, and no parameters: 6."
    assert (said in net.remarks) == (name == "sequence")
    assert totals.buffers == sum(array.numel() for array in module.buffers() if array.dim())


def test_equal_arrays_that_the_exporter_stores_once_count_once():
    _, _, model = made("resnet", training=True)  # running means are the zeros of the shifts, variances the ones
    net = cm.from_onnx(model)
    stored = {tensor.name: prod(tensor.dims) for tensor in model.graph.initializer if tensor.data_type == 1}
    totals = net.analyze().totals
    assert totals.params + totals.buffers == sum(stored.values())
    assert any("share" in remark for remark in net.remarks)


def values_of(model, given=None):
    """Every value of a model as it is read, by its name in the file."""
    sizes = Sizes(given or {}, {})
    return Reading(model, "model", sizes, StatedShapes(model, sizes)).run({})


def at(size, given):
    """A size with values for its symbols."""
    return size if type(size) is int else size.at({name: given[name] for name in size.names})


def compare(values, found):
    """Every shape, and every number that is worked out in advance."""
    known = 0
    for name, array in found.items():
        assert tuple(values[name].shape) == array.shape
        numbers = values[name].numbers if isinstance(values[name], Array) else None
        if numbers is not None and array.dtype == np.int64:
            assert numbers.tolist() == array.tolist()
            known += 1
    return known


@pytest.mark.parametrize("opset", [11, 13, 17])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_value_has_the_shape_of_a_run(name, opset):
    _, x, model = made(name, opset=opset, training=True)
    compare(values_of(model), runs(model, x.numpy()))


@pytest.mark.parametrize("name", ["unet", "shuffle", "attention"])
def test_shape_arithmetic_gives_the_numbers_of_a_run(name):
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    dynamic = {0: "N"} if name == "attention" else {0: "N", 2: "H", 3: "W"}
    model = exported(build(), torch.randn(shape), dynamic=dynamic)
    x = torch.randn(3, *shape[1:])
    given = dict(zip("NHW", (3, *shape[2:]), strict=True))
    found = runs(model, x.numpy())
    assert compare(values_of(model, {key: given[key] for key in dynamic.values()}), found) > 3
    symbolic = values_of(model)
    for key, array in found.items():
        sizes = [at(size, given) for size in symbolic[key].shape]
        assert sizes == list(array.shape)


@pytest.mark.parametrize("sizes", [(1, 62, 74), (3, 96, 66)])
@pytest.mark.parametrize("name", ["resnet", "mobile", "unet", "shuffle"])
def test_dynamic_sizes_are_symbols_that_hold_for_every_size(name, sizes):
    torch.manual_seed(0)
    build, _ = NETWORKS[name]
    module = build()
    model = exported(module, torch.randn(2, 3, 34, 50), dynamic={0: "N", 2: "H", 3: "W"})
    net = cm.from_onnx(model)
    assert {str(size) for size in net.input_shapes["x0"] if type(size) is not int} == {"N", "H", "W"}
    given = dict(zip("NHW", sizes, strict=True))
    x = torch.randn(sizes[0], 3, *sizes[1:])
    found = runs(model, x.numpy())
    shapes = {key: value.shape for key, value in found.items()} | {"x0": tuple(x.shape)}
    fixed = cm.from_onnx(model, given).analyze()
    assert fixed.rows[-1].outputs[0] == tuple(module(x).shape)
    assert fixed.totals.macs == counted(model, shapes) == at(net.analyze().totals.macs, given)
    assert cm.from_onnx(model, shapes={0: tuple(x.shape)}).analyze().totals == fixed.totals


def test_sizes_that_a_run_refuses_are_refused():
    model = exported(UNet(), torch.randn(2, 3, 34, 50), dynamic={0: "N", 2: "H", 3: "W"})
    with pytest.raises(cm.ShapeError, match="axis 3"):
        cm.from_onnx(model, {"N": 1, "H": 96, "W": 65})


@pytest.mark.parametrize("path", sorted(glob.glob(f"{DATA_DIR}/light/*.onnx")))
def test_light_models_are_read_without_unknowns(path):
    net = cm.load(path)
    report = net.analyze()
    inferred = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
    shapes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*inferred.value_info, *inferred.output, *inferred.input)
    }
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in inferred.initializer}
    filled = {
        part.output[0]: tuple(map(int, stored[part.input[0]]))
        for part in inferred.node
        if part.op_type == "ConstantOfShape"
    }
    assert not report.unknown
    assert report.totals.macs == counted(inferred_model(inferred), shapes | filled)
    read = {name for part in inferred.node for name in part.input}
    floats = {name: array.shape for name, array in stored.items() if array.dtype == np.float32}
    weights = sum(prod(shape) for name, shape in (filled | floats).items() if name in read)
    assert report.totals.params + report.totals.buffers == weights
    last = {output.name: shapes[output.name] for output in inferred.output}
    assert tuple(report.rows[-1].outputs[0]) == next(iter(last.values()))


def inferred_model(graph):
    return onnx.helper.make_model(graph)


class Shifted(torch.nn.Module):
    """A module is called `add`, and sums are taken beside it."""

    def __init__(self):
        super().__init__()
        self.head, self.add = torch.nn.Conv2d(3, 3, 3, padding=1), torch.nn.Conv2d(3, 5, 1)

    def forward(self, x):
        return self.add(self.head(x) + x)


def test_modules_keep_their_names_from_types():
    report = cm.from_onnx(exported(Shifted(), torch.randn(1, 3, 8, 9))).analyze()
    assert [(row.name, row.op) for row in report.rows] == [("head", "Conv2d"), ("add_1", "Add"), ("add", "Conv2d")]


class Started(torch.nn.Module):
    """What StyleGAN does: convolutions of a trained map, which no input reaches, are added to what one does."""

    def __init__(self):
        super().__init__()
        self.start = torch.nn.Parameter(torch.randn(1, 4, 5, 6))
        self.first, self.last = torch.nn.Conv2d(4, 3, 3, padding=1), torch.nn.Conv2d(3, 2, 3, padding=1)

    def forward(self, x):
        return self.last(x + torch.relu(self.first(self.start)))


def test_what_multiplies_stored_arrays_is_a_layer_where_its_numbers_flow_on():
    report = cm.from_onnx(exported(Started(), torch.randn(1, 3, 5, 6))).analyze()
    assert [row.op for row in report.rows] == ["Parameter", "Conv2d", "ReLU", "Add", "Conv2d"]
    assert report.totals.macs == 30 * 9 * (3 * 4 + 2 * 3)
    assert report.totals.params == sum(p.numel() for p in Started().parameters())


def test_a_long_way_from_stored_arrays_is_walked():
    parts = [node("MatMul", f"w{place} w", f"w{place + 1}") for place in range(3000)]
    parts.append(node("Add", "x w3000", "y"))
    net = cm.from_onnx(model(parts, {"x": (2, 2)}, {"y": (2, 2)}, {"w0": zeros(2, 2), "w": zeros(2, 2)}))
    assert net.analyze().totals.macs == 3000 * 8


def test_the_names_are_the_modules():
    torch.manual_seed(0)
    net = cm.from_onnx(exported(ResNet(), torch.randn(1, 3, 61, 74), training=True))
    names = [node.name for node in net.nodes]
    modules = dict(ResNet().named_modules())
    assert {"conv1", "bn1", "layer1.0.conv1", "layer2.0.downsample.0", "fc"} <= set(names)
    assert all(name in modules for name in names if isinstance(net.nodes[names.index(name)].layer, cm.Conv2d))
    assert len(net.analyze().fold(1)) < len(net)
