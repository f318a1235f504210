"""from_torch on small modules: names, shared arrays, open dimensions, what is unknown, and that nothing changes."""

import os
import re
import subprocess
import sys
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path

import pytest

import convmath as cm
from convmath.core.bound import is_known

torch = pytest.importorskip("torch")
nn = torch.nn
F = nn.functional


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, (3, 5), padding=(1, 2), groups=2, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn(self.conv(x)))
        return self.relu(y + x)


def of(forward, **parts):
    """A module with these parts and this forward."""
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)

    class Made(nn.Module):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

        def forward(self, x):
            return forward(self, x)

    return Made()


def outputs(net, *shapes):
    report = net.analyze(*shapes)
    return {row.name: row.outputs[0] for row in report.rows}


def test_paths_are_names_and_calls_are_numbered():
    net = cm.from_torch(nn.Sequential(nn.Conv2d(3, 4, 1), Block(4), Block(4)), (2, 3, 8, 9))
    assert [row.name for row in net.analyze().rows] == [
        "0", "1.conv", "1.bn", "1.relu", "1.add", "1.relu_1", "2.conv", "2.bn", "2.relu", "2.add", "2.relu_1",
    ]  # fmt: skip
    assert [row.name for row in net.analyze().fold(1).rows] == ["0", "1", "2"]
    assert net["1.conv"] == cm.Conv2d(4, 4, (3, 5), padding=(1, 2), groups=2, bias=False)
    assert net.input_shapes == {"input": (2, 3, 8, 9)}


class Shifted(nn.Module):
    """What EDSR does: a module is called `add`, and sums are taken beside it."""

    def __init__(self):
        super().__init__()
        self.head, self.add = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 1)
        self.concat = nn.Sequential(nn.Conv2d(5, 6, 1), nn.ReLU())

    def forward(self, x):
        y = self.head(x)
        return self.concat(self.add(y + y)) + torch.cat([x, x], 1)


def test_modules_keep_their_names_from_types():
    report = cm.from_torch(Shifted(), (2, 3, 8, 9)).analyze()
    names = ["head", "add_1", "add", "concat.0", "concat.1", "concat_1", "add_2"]
    assert [row.name for row in report.rows] == names
    assert report["add"].layer == cm.Conv2d(4, 5, 1)
    assert [row.name for row in report.fold(1).rows] == ["head", "add_1", "add", "concat", "concat_1", "add_2"]


@pytest.mark.parametrize(
    ("module", "layer", "shape"),
    [
        (nn.Conv1d(4, 6, 5, 2, "valid", 2, 2), cm.Conv1d(4, 6, 5, 2, "valid", 2, 2), (2, 4, 31)),
        (nn.Conv2d(4, 6, (2, 3), padding="same"), cm.Conv2d(4, 6, (2, 3), padding="same"), (2, 4, 8, 9)),
        (nn.Conv3d(2, 3, (1, 2, 3)), cm.Conv3d(2, 3, (1, 2, 3)), (1, 2, 4, 5, 6)),
        (nn.ConvTranspose2d(4, 6, 3, (2, 3), 1, (1, 2), 2), cm.ConvTranspose2d(4, 6, 3, (2, 3), 1, (1, 2), 2),
         (2, 4, 5, 6)),
        (nn.MaxPool2d((2, 3), ceil_mode=True), cm.MaxPool2d((2, 3), (2, 3), ceil_mode=True), (1, 2, 7, 8)),
        (nn.AvgPool1d(3, 2, 1, count_include_pad=False), cm.AvgPool1d(3, 2, 1, count_include_pad=False), (1, 2, 9)),
        (nn.AdaptiveAvgPool2d((3, 2)), cm.AdaptiveAvgPool2d((3, 2)), (1, 2, 7, 8)),
        (nn.Upsample(scale_factor=2, mode="bilinear"), cm.Upsample(scale_factor=2, mode="bilinear"),
         (1, 2, 7, 8)),
        (nn.Upsample(size=(9, 5)), cm.Upsample((9, 5)), (1, 2, 7, 8)),
        (nn.GroupNorm(2, 6), cm.GroupNorm(2, 6), (1, 6, 7, 8)),
        (nn.InstanceNorm1d(6, affine=True), cm.InstanceNorm1d(6, affine=True), (1, 6, 7)),
        (nn.BatchNorm3d(6, affine=False), cm.BatchNorm3d(6, affine=False), (1, 6, 2, 3, 4)),
        (nn.LayerNorm((7, 8), bias=False), cm.LayerNorm((7, 8), bias=False), (1, 6, 7, 8)),
        (nn.Linear(7, 3, bias=False), cm.Linear(7, 3, bias=False), (2, 5, 7)),
        (nn.PReLU(6), cm.PReLU(6), (1, 6, 7)),
        (nn.ReLU6(), cm.ReLU6(), (1, 6, 7)),
        (nn.LeakyReLU(0.3), cm.LeakyReLU(0.3), (1, 6, 7)),
        (nn.Softmax(1), cm.Softmax(1), (1, 6, 7)),
        (nn.Flatten(), cm.Flatten(1, 3), (2, 6, 7, 8)),
        (nn.Flatten(2), cm.Flatten(2, 3), (2, 6, 7, 8)),
        (nn.Unflatten(1, (2, 3)), cm.Unflatten(1, (2, 3)), (2, 6, 7, 8)),
        (nn.PixelShuffle(2), cm.PixelShuffle(2), (2, 8, 3, 5)),
        (nn.ZeroPad2d((1, 2, 3, 0)), cm.ZeroPad2d((1, 2, 3, 0)), (2, 3, 5, 6)),
        (nn.ConstantPad2d((1, 2, 3, 0), float("-inf")), cm.ConstantPad2d((1, 2, 3, 0), -3.4028234663852886e38),
         (2, 3, 5, 6)),
        (nn.ReflectionPad1d((1, 2)), cm.ReflectionPad1d((1, 2)), (2, 3, 5)),
        (nn.Unfold((2, 3), padding=1), cm.Unfold((2, 3), padding=1), (2, 3, 5, 6)),
        (nn.LSTM(5, 7, 2, batch_first=True, bidirectional=True), cm.LSTM(5, 7, 2, True, True, bidirectional=True),
         (2, 4, 5)),
        (nn.GRU(5, 7, bias=False), cm.GRU(5, 7, bias=False), (2, 4, 5)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)  # fmt: skip
def test_modules_are_layers(module, layer, shape):
    net = cm.from_torch(module, shape)
    assert [node.layer for node in net.nodes if node.layer is not None] == [layer]
    assert net.analyze().totals.params == sum(p.numel() for p in module.parameters())
    with torch.no_grad():
        made = module.eval()(torch.zeros(shape))
    made = made[0] if isinstance(made, tuple) else made
    assert net.analyze().rows[-1].outputs[0] == tuple(made.shape)


def test_a_module_called_twice_is_counted_once():
    net = cm.from_torch(of(lambda self, x: self.head(self.head(x)), head=nn.Conv2d(3, 3, 3)), (1, 3, 8, 9))
    report = net.analyze()
    assert [(row.name, row.cost.params, row.cost.macs) for row in report.rows] == [
        ("head", 84, 27 * 3 * 6 * 7), ("head_1", 0, 27 * 3 * 4 * 5),
    ]  # fmt: skip
    assert any("counted once: head." in remark for remark in report.remarks)
    assert cm.loads(cm.dumps(net)).analyze().totals == report.totals


def test_tied_arrays_and_those_of_other_names():
    def forward(self, x):
        return F.linear(self.embed(x), self.embed.weight) + self.scale

    module = of(forward, embed=nn.Embedding(11, 4), scale=nn.Parameter(torch.zeros(11)))
    report = cm.from_torch(module, torch.zeros(2, 5, dtype=torch.long)).analyze()
    assert report.totals.params == 11 * 4 + 11
    assert report.totals.macs == 2 * 5 * 4 * 11
    assert report["scale"].op == "Parameter"


@pytest.mark.parametrize("parametrised", [False, True])
def test_weights_computed_from_stored_arrays(parametrised):
    normalise = torch.nn.utils.parametrizations.weight_norm if parametrised else torch.nn.utils.weight_norm
    with pytest.warns(FutureWarning) if not parametrised else nullcontext():
        module = normalise(nn.Conv1d(4, 6, 3))
    report = cm.from_torch(module, (1, 4, 9)).analyze()
    assert report.totals.params == 6 * 4 * 3 + 6 + 6  # directions, lengths, bias
    assert report.totals.macs == 7 * 6 * 4 * 3
    assert any("computed from stored arrays" in remark for remark in report.remarks)


def test_parameters_that_take_no_part_are_told():
    module = of(lambda self, x: self.a(x), a=nn.Conv2d(3, 4, 1), spare=nn.Sequential(nn.Linear(5, 6)))
    net = cm.from_torch(module, (1, 3, 4, 5))
    assert net.analyze().totals.params == 16
    assert "36 parameters that take no part in predicting are not counted: spare." in net.remarks


def test_an_operator_nobody_knows_is_never_nothing():
    net = cm.from_torch(of(lambda self, x: torch.cumprod(self.c(x), 2), c=nn.Conv2d(3, 4, 1)), (1, 3, 4, 5))
    report = net.analyze()
    assert report.rows[-1].layer == cm.Unknown("cumprod", ((1, 4, 4, 5),), 0)
    assert report.rows[-1].outputs[0] == (1, 4, 4, 5)
    assert not is_known(report.totals.macs)
    assert report.totals.params == 16
    assert any("cumprod" in note for note in report.notes)


def test_numbers_that_several_arrays_of_places_name_are_an_operator_nobody_knows():
    class Corners(torch.nn.Module):
        def forward(self, x):
            return x[:, torch.tensor([0, 2]), torch.tensor([1, 3])]

    report = cm.from_torch(Corners(), (1, 3, 5, 7)).analyze()
    assert [(row.op, row.outputs) for row in report.rows if row.op != "Constant"] == [("Unknown", ((1, 2, 7),))]


def test_weights_that_depend_on_the_input_are_unknown():
    module = of(lambda self, x: F.conv2d(x, self.c(x).mean((0, 2, 3)).reshape(2, 3, 1, 1)), c=nn.Conv2d(3, 6, 1))
    report = cm.from_torch(module, (1, 3, 4, 5)).analyze()
    assert report.rows[-1].layer.name == "conv2d"
    assert not is_known(report.totals.macs)


def test_what_is_written_in_place_is_read_later():
    def forward(self, x):
        y = self.c(x)
        y[:, 1:] += self.d(x)
        return y

    report = cm.from_torch(of(forward, c=nn.Conv2d(3, 4, 1), d=nn.Conv2d(3, 3, 1)), (1, 3, 4, 5)).analyze()
    last = report.rows[-1]
    assert last.op == "Scatter"
    assert last.outputs[0] == (1, 4, 4, 5)
    read = {name for row in report.rows for name in row.reads}
    assert {"c", "d"} <= read
    assert is_known(report.totals.macs)


def test_code_under_another_setting_is_read_too():
    def forward(self, x):
        with torch.enable_grad():
            y = self.c(x)
        with torch.autocast("cpu"), torch.no_grad():
            return self.c(y) + self.p

    report = cm.from_torch(
        of(forward, c=nn.Conv2d(3, 3, 1), p=nn.Parameter(torch.zeros(3, 1, 1))), (1, 3, 4, 5)
    ).analyze()
    assert (report.totals.params, report.totals.macs) == (15, 2 * 9 * 20)
    assert report.rows[-1].op == "Add"


def declared_deform_conv2d():
    """torchvision's operator, declared here where no torchvision is: its schema (0.29), and its output's shape."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    if not hasattr(torch.ops.torchvision, "deform_conv2d"):
        sizes = ["stride_h", "stride_w", "pad_h", "pad_w", "dilation_h", "dilation_w", "groups", "offset_groups"]
        arrays = ", ".join(f"Tensor {name}" for name in ("input", "weight", "offset", "mask", "bias"))
        library.define(f"deform_conv2d({arrays}, {', '.join(f'SymInt {n}' for n in sizes)}, bool use_mask) -> Tensor")

        def shape(x, weight, offset, mask, bias, *rest):
            return x.new_empty((x.shape[0], weight.shape[0], *offset.shape[2:]))

        library.impl("deform_conv2d", shape, "CompositeExplicitAutograd")
    return library


@pytest.mark.parametrize(("masked", "biased"), [(True, True), (False, True), (True, False)])
def test_deformable_convolution_reads_its_offsets(masked, biased):
    library = declared_deform_conv2d()

    class Deformed(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(6, 2, 3, 2))
            if biased:
                self.bias = nn.Parameter(torch.zeros(6))

        def forward(self, x, offset, mask):
            bias = self.bias if biased else torch.zeros(6, device=x.device, dtype=x.dtype)
            if mask is None:
                mask = torch.zeros((x.shape[0], 1), device=x.device, dtype=x.dtype)
            return torch.ops.torchvision.deform_conv2d(
                x, self.weight, offset, mask, bias, 2, 1, 1, 0, 1, 2, 2, 2, masked
            )

    def forward(self, x):
        told = self.branch(x)
        return self.deformed(x, told[:, :24], told[:, 24:].sigmoid() if masked else None)

    module = of(forward, branch=nn.Conv2d(4, 36, 3, (2, 1), padding=(1, 0), bias=False), deformed=Deformed())
    report = cm.from_torch(module, (1, 4, 8, 9)).analyze()
    assert not report.unknown
    row = report["deformed"]
    assert row.layer == cm.OffsetConv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), groups=2, offset_groups=2, bias=biased)
    assert len(row.inputs) == 2 + masked
    assert row.outputs == ((1, 6, 4, 7),)
    assert report.totals.params == sum(p.numel() for p in module.parameters())
    assert library is not None


def test_unpooling_reads_the_maxima():
    def forward(self, x):
        y, places = self.pool(x)
        return self.back(y * 2, places)

    module = of(forward, pool=nn.MaxPool2d((2, 3), return_indices=True), back=nn.MaxUnpool2d((2, 3)))
    net = cm.from_torch(module, (1, 3, 4, 9))
    assert net["back"] == cm.MaxUnpool2d((2, 3), (2, 3))
    assert (net["pool"].output_count, net.analyze()["back"].ports) == (2, (0, 1))
    assert outputs(net)["back"] == (1, 3, 4, 9)


def test_other_results():
    class Strange(nn.Module):
        def __init__(self):
            super().__init__()
            self.p = nn.Parameter(torch.zeros(3, 4))

        def forward(self, x):
            return {"a": [x, 3, None]}, self.p

    net = cm.from_torch(Strange(), (1, 3, 4, 5))
    assert [net.nodes[ref.node].name for ref in net.outputs] == ["x", "p"]
    assert cm.from_torch(nn.Identity(), (1, 3)).analyze().totals.params == 0
    with pytest.raises(
        cm.GraphError, match=r"Made: nonzero: the size u\d+ is known only when the module runs \(import the part"
    ):
        cm.from_torch(of(lambda self, x: x.nonzero()), (1, 3))


def test_noise_is_left_out_and_told():
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(), nn.Identity(), nn.Dropout2d(), nn.ReLU())
    net = cm.from_torch(module, (1, 3, 4, 5))
    assert [row.name for row in net.analyze().rows] == ["0", "1", "3", "4"]
    assert [net[name].op for name in ("1", "3")] == ["Dropout", "Dropout2d"]
    net = cm.from_torch(nn.Sequential(nn.Conv2d(3, 4, 1), nn.AlphaDropout()), (1, 3, 4, 5))
    assert "Left out, as they compute nothing when the network predicts: alpha_dropout." in net.remarks
    assert net.untold == {"1": "idle"}


def test_attention():
    module = nn.TransformerEncoderLayer(12, 3, 20, batch_first=True)
    report = cm.from_torch(module, (2, 5, 12)).analyze()
    assert report.totals.params == sum(p.numel() for p in module.parameters())
    linear = 2 * 5 * (12 * 36 + 12 * 12 + 12 * 20 + 20 * 12)
    assert report.totals.macs == linear + 2 * 3 * 5 * 5 * (4 + 4)
    for p in module.parameters():
        p.requires_grad = False
    assert cm.from_torch(module, (2, 5, 12)).analyze().totals == report.totals


def test_open_dimensions_are_symbols():
    h, w = cm.symbols("H W")
    module = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1),
                           nn.Flatten(), nn.Linear(8, 5))  # fmt: skip
    for net in (
        cm.from_torch(module, (1, 3, h, w)),
        cm.from_torch(module, "1x3xHxW"),
        cm.from_torch(module, (1, 3, 64, 80), dynamic={"input": {2: "H", 3: "W"}}),
        cm.from_torch(module, torch.zeros(1, 3, 64, 80), dynamic={"input": {2: "H", -1: "W"}}),
    ):
        report = net.analyze()
        assert report["0"].outputs[0] == (1, 8, (h - 1) // 2 + 1, (w - 1) // 2 + 1)
        assert report.totals.macs.at(H=31, W=45) == net.analyze((1, 3, 31, 45)).totals.macs == 27 * 8 * 16 * 23 + 40


def test_open_batch_and_shapes_that_the_code_computes():
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c // 2, 2, h * w).transpose(1, 2).reshape(n, c, h, w)

    net = cm.from_torch(of(forward), "Nx6xHx9")
    assert outputs(net)["reshape_1"] == (cm.symbols("N"), 6, cm.symbols("H"), 9)


def test_sizes_that_must_be_multiples():
    def forward(self, x):
        n, c, h, w = x.shape
        return x.view(n, c, h // 2, 2, w // 2, 2).amax((3, 5))

    module, (h, w) = of(forward), cm.symbols("h w")
    net = cm.from_torch(module, (1, 3, 2 * h, 2 * w))
    assert outputs(net)["amax"] == (1, 3, h, w)
    with pytest.raises(cm.GraphError, match=r"is not provably at least 1 .* multiples, such as 32\*h"):
        cm.from_torch(module, (1, 3, h, w))


class Two(nn.Module):
    def forward(self, left, right, *, scale=None):
        y = torch.cat([left, right], 1)
        return y if scale is None else y * scale


def test_several_inputs():
    shapes = {"left": (1, 3, 4, 5), "right": (1, 2, 4, 5)}
    for net in (
        cm.from_torch(Two(), (1, 3, 4, 5), "1x2x4x5"),
        cm.from_torch(Two(), [(1, 3, 4, 5), (1, 2, 4, 5)]),
        cm.from_torch(Two(), (1, 3, 4, 5), right=(1, 2, 4, 5)),
        cm.from_torch(Two(), right=torch.zeros(1, 2, 4, 5), left="1x3x4x5"),
    ):
        assert net.input_shapes == shapes
        assert net.analyze().rows[-1].outputs[0] == (1, 5, 4, 5)
    net = cm.from_torch(Two(), (1, 3, 4, 5), (1, 2, 4, 5), scale=(1, 5, 1, 1))
    assert list(net.input_shapes) == ["left", "right", "scale"]


def test_a_dictionary_of_tensors():
    net = cm.from_torch(of(lambda self, x: x["a"] + x["b"]), {"b": (1, 3, 4, 5), "a": (1, 1, 4, 5)})
    assert net.input_shapes == {"x.b": (1, 3, 4, 5), "x.a": (1, 1, 4, 5)}
    assert net.analyze().rows[-1].outputs[0] == (1, 3, 4, 5)


def test_the_module_stays_as_it_is():
    class Greedy(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.drop, self.seen = nn.Conv2d(3, 4, 1), nn.Dropout(), []
            self.bn = nn.BatchNorm2d(4)

        def forward(self, x):
            self.seen.append(x)
            return self.drop(self.bn(self.conv(x)))

    module = Greedy().train()
    before = deepcopy(module.state_dict())
    identities = [id(p) for p in module.parameters()]
    cm.from_torch(module, (2, 3, 4, 5))
    assert module.training
    assert all(part.training for part in module.modules())
    assert module.seen == []
    assert [id(p) for p in module.parameters()] == identities
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert module(torch.ones(2, 3, 4, 5)).requires_grad


def test_nothing_is_allocated():
    with torch.device("meta"):
        module = nn.Sequential(nn.Linear(10**6, 10**6), nn.Linear(10**6, 10**6))
    assert cm.from_torch(module, (1, 10**6)).analyze().totals.params == 2 * (10**12 + 10**6)


@pytest.mark.parametrize(
    ("given", "inputs", "error", "said"),
    [
        (nn.ReLU, ((1, 3),), cm.ParameterError, "takes a module, not the class ReLU"),
        ("resnet", ((1, 3),), cm.ParameterError, "takes a torch.nn.Module, not 'resnet'"),
        (nn.LazyLinear(3), ((1, 3),), cm.ParameterError, "weight has no shape yet"),
        (nn.ReLU(), (), cm.ShapeError, "ReLU: the input input is missing"),
        (nn.ReLU(), ((1, 3), (1, 3)), cm.ShapeError, "2 inputs given, forward takes 1: input"),
        (nn.ReLU(), ((1, 0),), cm.ShapeError, "input: a size in the shape"),
        (nn.ReLU(), (3.5,), cm.ShapeError, "input: a shape is a tuple of sizes"),
        (nn.ReLU(), ((1, cm.symbols("H") * cm.symbols("W")),), cm.ShapeError, "made of one symbol"),
        (nn.ReLU(), ((1, cm.symbols("H") // 2),), cm.ShapeError, "is no multiple of H"),
        (nn.Conv2d(3, 4, 5), ((1, 4, 9, 9),), cm.GraphError, "expected input.* to have 3 channels, but got 4"),
        (of(lambda self, x: x if x.sum() > 0 else -x), ((1, 3),), cm.GraphError, "cannot trace it for x 1x3: Could"),
    ],
    ids=str,
)
def test_what_cannot_be_read(given, inputs, error, said):
    with pytest.raises(error, match=said) as caught:
        cm.from_torch(given, *inputs)
    assert "\n" not in str(caught.value)


def test_other_bad_input():
    with pytest.raises(cm.UnknownNameError, match="no input of ReLU is called 'x'"):
        cm.from_torch(nn.ReLU(), x=(1, 3))
    with pytest.raises(cm.UnknownNameError, match="no input is called 'y'"):
        cm.from_torch(nn.ReLU(), (1, 3), dynamic={"y": {1: "H"}})
    with pytest.raises(cm.ShapeError, match="dynamic names axis 4"):
        cm.from_torch(nn.ReLU(), (1, 3), dynamic={"input": {4: "H"}})
    with pytest.raises(cm.ShapeError, match="names no axes"):
        cm.from_torch(nn.ReLU(), (1, 3), dynamic={"input": "H"})
    with pytest.warns(DeprecationWarning, match="deprecated"):
        script = torch.jit.script(nn.ReLU())
    with pytest.raises(cm.ParameterError, match="TorchScript"):
        cm.from_torch(script, (1, 3))


CODE = """
import torch
from torch import nn
print("loaded")
def build(width=8):
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU())
ready = build(4)
def fails():
    raise ValueError("no such thing\\nat all")
"""


@pytest.fixture
def convmath(tmp_path):
    (tmp_path / "models_of_mine.py").write_text(CODE)

    def run(*words):
        command = [sys.executable, "-c", "import sys; from convmath.cli.main import main; sys.exit(main())", *words]
        path = {"PYTHONPATH": str(Path(cm.__file__).parent.parent)}
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | path, check=False, encoding="utf-8"
        )

    return run


def test_code_runs_only_when_it_is_allowed(convmath):
    refused = convmath("analyze", "models_of_mine:build", "-i", "1x3x8x9")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.search(r"would import models_of_mine, .* and call build \(if you trust it, add --allow", refused.stderr)
    allowed = convmath("analyze", "models_of_mine:build", "--allow-code", "-i", "1x3x8x9", "--given", "width=5")
    assert allowed.returncode == 0, allowed.stderr
    assert "Conv2d" in allowed.stdout
    assert "loaded" not in allowed.stdout
    assert "1x5x6x7" in allowed.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models_of_mine:build",), r"the shape of its input is not known \(give --input"),
        (("models_of_mine:fails", "-i", "1x3x8x9"), r"fails\(\) fails: ValueError: no such thing"),
        (("models_of_mine:nothing", "-i", "1x3x8x9"), "models_of_mine has no nothing"),
        (("models_of_theirs:build", "-i", "1x3x8x9"), "importing models_of_theirs fails: ModuleNotFoundError"),
        (("models_of_mine:ready", "-i", "1x3x8x9", "--given", "width=4"), "is no function, so it takes no width"),
        (("models_of_mine:CODE.x", "-i", "1x3x8x9"), "has no CODE"),
        (("weights.pt",), "is a pickle, which can run any code"),
        (("some/weights.pth",), "is a pickle, which can run any code"),
    ],
)  # fmt: skip
def test_errors_of_code(convmath, words, said):
    run = convmath("analyze", *words, "--allow-code")
    assert run.returncode == 2
    assert re.search(said, run.stderr)
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    (error,) = (line for line in run.stderr.splitlines() if line != "loaded")  # what the code itself prints
    assert error.startswith("error: ")


@pytest.mark.parametrize("reduction", [None, "add", "multiply", "sum", "amax"])
def test_scattering_along_an_axis(reduction):
    """Values are PyTorch's: at places that the network works out, with the numbers of another path."""

    def forward(self, x):
        places, values = x.argsort(2)[:, :, :2], x[:, :, 1:3] * 2
        if reduction is None:
            return x.scatter(2, places, values)
        if reduction == "add":
            return x.scatter_add(2, places, values)
        if reduction == "multiply":
            return x.scatter(2, places, values, reduce=reduction)
        return x.scatter_reduce(2, places, values, reduce=reduction)

    net = cm.from_torch(of(forward), (2, 3, 4))
    expected = {"add": "add", "multiply": "mul", "sum": "add", "amax": "max"}
    (layer,) = (row.layer for row in net.analyze().rows if row.op == "ScatterElements")
    assert layer == cm.ScatterElements(2, expected.get(reduction, "none"))


class Pillars(nn.Module):
    """What PointPillars does: rows are put into an empty map at the places that an input names."""

    def forward(self, x, places):
        return torch.zeros(4, 15).index_copy(1, places, x.t()).view(1, 4, 3, 5)


def test_numbers_at_places_that_an_input_names():
    report = cm.from_torch(Pillars(), (6, 4), torch.arange(6)).analyze()
    assert not report.unknown
    assert report.rows[-1].outputs == ((1, 4, 3, 5),)


class Rounded(nn.Module):
    def forward(self, x):
        values, places = x.max(2)
        return (
            torch.div(values, 2.0, rounding_mode="floor") + places,
            x.min(1).indices,
            torch.div(x, 3.0, rounding_mode="trunc"),
        )


def test_places_of_the_largest_and_rounded_quotients():
    net = cm.from_torch(Rounded(), (2, 3, 5))
    kinds = [row.op for row in net.analyze().rows]
    assert kinds == ["Amax", "Argmax", "Scale", "Floor", "Add", "Argmin", "Unknown"]


class Crossed(nn.Module):
    """Queries from one input, keys and values from the other: one array of 3·E rows is cut in two."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True)

    def forward(self, x, y):
        return self.attention(x, y, y, need_weights=False)[0]


def test_parts_of_one_array_are_no_repeated_use_of_it():
    net = cm.from_torch(Crossed(), (1, 5, 12), (1, 7, 12))
    assert not any("more than once" in one for one in net.remarks)
    assert net.analyze().totals.params == 4 * 12 * 12 + 4 * 12
