"""The source that to_torch writes, executed: parameters, shapes, MACs and values are the network's."""

from __future__ import annotations

import ast
import re
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError
from convmath.formats.torch_out.reserved import RESERVED
from convmath.zoo import FILE_OF, builder
from tests.strategies import TYPES, layers_with_inputs

torch = pytest.importorskip("torch")

REFUSED = {
    *(f"{family}{rank}d" for family in ("DeformConv", "OffsetConv", "LocallyConnected") for rank in (1, 2, 3)),
    "Scatter",
}  # fmt: skip
"""Types that to_torch never writes."""

WHERE = {"Embedding": 0, "Gather": 1, "GatherElements": 1, "ScatterElements": 1, "ScatterND": 1}
"""Which input of a type holds places, where it is not left out."""


def module_of(source):
    """The last class of a source, made; nothing but torch may be imported."""
    tree = ast.parse(source)
    imports = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert imports <= {"torch"}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    last = [node.name for node in tree.body if isinstance(node, ast.ClassDef)][-1]
    space = {}
    exec(compile(tree, "exported", "exec"), space)
    return space[last]().eval()


def outputs_of(net, report):
    return [tuple(report[net.nodes[ref.node].name].outputs[ref.output]) for ref in net.outputs]


def weights_of(report):
    """An array for every name, none of them all zeros or ones."""
    random = np.random.default_rng(3)
    made = {}
    for row in report.rows:
        for key, shape in (row.layer.weights() | row.layer.buffers()).items():
            array = random.normal(size=shape) / max(1.0, np.prod(shape[1:])) ** 0.5
            made[f"{row.name}.{key}"] = (np.abs(array) + 0.5 if "var" in key else array).astype(np.float32)
    return made


def as_tuple(made):
    found = []
    for value in made if isinstance(made, tuple) else (made,):
        found += as_tuple(value) if isinstance(value, tuple) else [value]
    return found


def load(module, net, weights):
    """Puts our weights into a module: its arrays have our names, and come in our order where names had to change."""
    own = {
        name: array
        for name, array in (*module.named_parameters(), *module.named_buffers())
        if not name.endswith("num_batches_tracked")
    }
    assert len(own) == len(weights)
    ours = {
        name.removesuffix(".weight")
        if name.removesuffix(".weight") in own
        else name.removesuffix(".value")
        if name.removesuffix(".value") in own
        else name: array
        for name, array in weights.items()
    }
    assert set(own) == set(ours)
    with torch.no_grad():
        for name, array in ours.items():
            own[name].copy_(torch.from_numpy(array))


@pytest.mark.parametrize("name", FILE_OF)
def test_zoo(name):
    from torch.utils.flop_counter import FlopCounterMode

    net = builder(name)()
    report = net.analyze()
    with torch.device("meta"):
        module = module_of(cm.to_torch(net))
        with FlopCounterMode(display=False) as counter:
            made = module(*(torch.empty(tuple(shape)) for shape in report.inputs.values()))
    assert sum(array.numel() for array in module.parameters()) == report.totals.params
    assert [tuple(y.shape) for y in as_tuple(made)] == outputs_of(net, report)
    assert counter.get_total_flops() == 2 * report.totals.macs


@pytest.mark.parametrize(
    ("name", "arguments", "shape"),
    [
        ("lenet5", {}, None),
        ("resnet18", {"width": 8, "classes": 5}, (2, 3, 40, 33)),
        ("densenet121", {"classes": 5}, (1, 3, 32, 40)),
        ("shufflenet_v2_x1_0", {"classes": 7}, (1, 3, 40, 33)),
        ("efficientnet_b0", {"classes": 7}, (1, 3, 33, 40)),
        ("unet_padded", {"width": 4}, (1, 1, 32, 48)),
        ("dcgan_generator", {"width": 4}, None),
        ("wavenet", {}, (1, 256, 600)),
    ],
)
def test_values(name, arguments, shape):
    net = builder(name)(**arguments)
    shapes = () if shape is None else (shape,)
    random = np.random.default_rng(4)
    x = random.normal(size=tuple(next(iter(net.settled(shapes, {})[1].values())))).astype(np.float32)
    weights = weights_of(net.analyze(*shapes))
    module = module_of(cm.to_torch(net, *shapes))
    load(module, net, weights)
    ours = numeric.run(net, x, weights)
    with torch.no_grad():
        theirs = module(torch.from_numpy(x.copy()))
    for our, their in zip(as_tuple(ours), as_tuple(theirs), strict=True):
        scale = np.abs(our).max()
        assert scale > 0
        np.testing.assert_allclose(their.numpy(), our, atol=2e-4 * scale, rtol=1e-3)


def attempt(net):
    """The source, and the text of the error where it is refused."""
    try:
        return cm.to_torch(net), ""
    except ParameterError as error:
        return "", str(error)


def test_long_lines_that_are_no_single_call_stay_whole():
    layer = cm.AvgPool3d(2, padding="causal", count_include_pad=False)
    source = cm.to_torch(cm.Sequential(("it", layer), shape=(1, 1, 2, 2, 2)))
    assert module_of(source)(torch.ones(1, 1, 2, 2, 2)).flatten().tolist() == [1.0]


def test_places_of_a_pooling_are_handed_to_the_unpooling():
    net = cm.Network("segment")
    x = net.input("x", (2, 3, 9, 7))
    pooled = net.add(cm.MaxPool2d(2, return_indices=True), x, name="pool")
    net.add(cm.MaxUnpool2d(2, output_size=(9, 7)), pooled[0], pooled[1], name="unpool")
    x = torch.randn(2, 3, 9, 7)
    y = torch.nn.functional.max_unpool2d(
        *torch.nn.functional.max_pool2d(x, 2, return_indices=True), 2, output_size=(9, 7)
    )
    assert torch.equal(module_of(cm.to_torch(net))(x), y)


@pytest.mark.parametrize(("layer", "shapes"), [
    (cm.OffsetConv2d(4, 2, 3), ((1, 4, 9, 9), (1, 18, 7, 7))),
    (cm.ScatterND("mul"), ((4, 5), (3, 1), (3, 5))),
], ids=str)  # fmt: skip
def test_what_torch_has_not_is_refused(layer, shapes):
    net = cm.Network("net")
    net.add(layer, *(net.input(f"x{place}", shape) for place, shape in enumerate(shapes)), name="it")
    with pytest.raises(ParameterError, match=r"^it: .*: PyTorch "):
        cm.to_torch(net)


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_type(name, data):
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    net = cm.Network("one")
    net.add(layer, *(net.input(f"x{place}", shape) for place, shape in enumerate(inputs)), name="it")
    source, error = attempt(net)
    if error:
        assert re.fullmatch(r"it\b.*: PyTorch .* \(.*\)|it\b.*, which holds nothing \(.*\)", error, re.DOTALL)
        return
    assert name not in REFUSED
    report = net.analyze()
    random = np.random.default_rng(1)
    xs = [
        random.integers(0, 1, shape).astype(np.float32) if place == WHERE.get(name)
        else random.normal(size=tuple(shape)).astype(np.float32) + 0.25
        for place, shape in enumerate(inputs)
    ]  # fmt: skip
    weights = weights_of(report)
    module = module_of(source)
    load(module, net, weights)
    assert sum(array.numel() for array in module.parameters()) == report.totals.params
    ours = as_tuple(numeric.run(net, xs if len(xs) > 1 else xs[0], weights))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = as_tuple(module(*map(torch.from_numpy, xs)))
    for our, their in zip(ours, theirs, strict=True):
        assert tuple(their.shape) == our.shape
        np.testing.assert_allclose(their.numpy(), our, atol=1e-4, rtol=1e-3)


def test_reserved_names_are_those_of_a_module():
    public = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert public <= RESERVED
