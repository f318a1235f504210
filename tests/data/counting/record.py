"""Records what other tools count of single layers and of whole networks: `python record.py` writes counts.json.

Wants torch, torchvision (installed with --no-deps, so that it leaves torch alone), fvcore, ptflops, thop, torchinfo,
calflops and jax, and runs from the root of the repository. The layers are built from the very text that convmath reads;
the networks are torchvision's own, and a U-Net and a DCGAN that are written here.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.machinery
import importlib.metadata
import io
import json
import logging
import sys
import types
import warnings
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent

LAYERS = [
    ("Conv2d(4, 6, 3, stride=2, padding=1)", "2x4x9x12"),
    ("Conv2d(4, 6, (3, 5), padding=(1, 2), groups=2, bias=False)", "1x4x9x12"),
    ("Conv2d(4, 8, 3, groups=4, dilation=2)", "2x4x9x12"),
    ("Conv2d(4, 6, 3, padding='same')", "1x4x9x12"),
    ("Conv2d(4, 6, 3, padding=1, padding_mode='circular')", "1x4x9x12"),
    ("Conv1d(4, 6, 3, padding=1)", "2x4x13"),
    ("Conv3d(2, 6, (1, 3, 3), padding=(0, 1, 1))", "1x2x5x6x7"),
    ("ConvTranspose2d(4, 6, 4, stride=2, padding=1)", "2x4x9x12"),
    ("ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, bias=False)", "1x4x9x12"),
    ("ConvTranspose2d(4, 6, 3, stride=2, groups=2, bias=False)", "1x4x9x12"),
    ("ConvTranspose2d(4, 8, 3, stride=3, groups=4, dilation=2)", "2x4x9x12"),
    ("ConvTranspose1d(4, 6, 3, stride=2)", "2x4x13"),
    ("ConvTranspose3d(2, 6, (1, 2, 2), stride=(1, 2, 2))", "1x2x5x6x7"),
    ("Linear(12, 7)", "2x12"),
    ("Linear(12, 7, bias=False)", "1x12"),
    ("Linear(12, 7)", "2x5x12"),
    ("BatchNorm2d(4)", "2x4x9x12"),
    ("BatchNorm2d(4, affine=False)", "2x4x9x12"),
    ("BatchNorm2d(4, track_running_stats=False)", "2x4x9x12"),
    ("BatchNorm1d(4)", "2x4x13"),
    ("BatchNorm3d(2)", "1x2x5x6x7"),
    ("InstanceNorm2d(4)", "2x4x9x12"),
    ("InstanceNorm2d(4, affine=True)", "2x4x9x12"),
    ("GroupNorm(2, 4)", "2x4x9x12"),
    ("GroupNorm(2, 4, affine=False)", "2x4x9x12"),
    ("LayerNorm((9, 12))", "2x4x9x12"),
    ("LayerNorm((9, 12), elementwise_affine=False)", "2x4x9x12"),
    ("LocalResponseNorm(3)", "2x4x9x12"),
    ("ReLU()", "2x4x9x12"),
    ("ReLU6()", "2x4x9x12"),
    ("LeakyReLU()", "2x4x9x12"),
    ("PReLU(4)", "2x4x9x12"),
    ("PReLU()", "2x4x9x12"),
    ("ELU()", "2x4x9x12"),
    ("CELU()", "2x4x9x12"),
    ("SELU()", "2x4x9x12"),
    ("GELU()", "2x4x9x12"),
    ("Sigmoid()", "2x4x9x12"),
    ("LogSigmoid()", "2x4x9x12"),
    ("SiLU()", "2x4x9x12"),
    ("Mish()", "2x4x9x12"),
    ("Tanh()", "2x4x9x12"),
    ("Softplus()", "2x4x9x12"),
    ("Softsign()", "2x4x9x12"),
    ("Hardsigmoid()", "2x4x9x12"),
    ("Hardswish()", "2x4x9x12"),
    ("Hardtanh()", "2x4x9x12"),
    ("Softmax(dim=1)", "2x4x9x12"),
    ("LogSoftmax(dim=1)", "2x4x9x12"),
    ("MaxPool2d(3, stride=2, padding=1)", "2x4x9x12"),
    ("MaxPool1d(2)", "2x4x13"),
    ("MaxPool3d(2)", "1x2x5x6x7"),
    ("AvgPool2d(3, stride=2, padding=1)", "2x4x9x12"),
    ("AvgPool1d(2)", "2x4x13"),
    ("AvgPool3d(2)", "1x2x5x6x7"),
    ("LPPool2d(2, 3)", "2x4x9x12"),
    ("AdaptiveAvgPool2d(1)", "2x4x9x12"),
    ("AdaptiveAvgPool2d((4, 5))", "2x4x9x12"),
    ("AdaptiveAvgPool1d(4)", "2x4x13"),
    ("AdaptiveAvgPool3d(2)", "1x2x5x6x7"),
    ("AdaptiveMaxPool2d(2)", "2x4x9x12"),
    ("AdaptiveMaxPool1d(4)", "2x4x13"),
    ("Upsample(scale_factor=2)", "2x4x9x12"),
    ("Upsample(size=(14, 15), mode='bilinear')", "2x4x9x12"),
    ("Upsample(scale_factor=2, mode='bicubic')", "2x4x9x12"),
    ("Upsample(scale_factor=2, mode='linear')", "2x4x13"),
    ("Upsample(scale_factor=2, mode='trilinear')", "1x2x5x6x7"),
    ("Upsample(scale_factor=2, mode='nearest-exact')", "2x4x9x12"),
    ("Upsample(size=(14, 15), mode='area')", "2x4x9x12"),
    ("UpsamplingNearest2d(scale_factor=2)", "2x4x9x12"),
    ("UpsamplingBilinear2d(scale_factor=2)", "2x4x9x12"),
    ("PixelShuffle(2)", "2x4x9x12"),
    ("PixelUnshuffle(3)", "2x4x9x12"),
    ("ChannelShuffle(2)", "2x4x9x12"),
    ("Unfold(3)", "2x4x9x12"),
    ("ZeroPad2d(1)", "2x4x9x12"),
    ("ReflectionPad2d(1)", "2x4x9x12"),
    ("Flatten()", "2x4x9x12"),
    ("Identity()", "2x4x9x12"),
    ("Dropout(0.5)", "2x4x9x12"),
    ("RMSNorm(12)", "2x4x9x12"),
    ("Conv3d(4, 6, 3, padding=1)", "2x4x5x6x7"),
    ("ConvTranspose3d(6, 9, (2, 3, 4), stride=(1, 2, 3), groups=3)", "2x6x5x6x7"),
    ("RNN(12, 7)", "5x2x12"),
    ("RNN(12, 7, bias=False)", "5x2x12"),
    ("GRU(12, 7)", "5x2x12"),
    ("GRU(12, 7, 2, bias=False, batch_first=True, bidirectional=True)", "2x5x12"),
    ("LSTM(12, 7)", "5x2x12"),
    ("LSTM(12, 7, bias=False)", "5x2x12"),
    ("LSTM(12, 7, proj_size=3)", "5x2x12"),
    ("LSTM(12, 7, 2, batch_first=True, bidirectional=True)", "2x5x12"),
]
"""Layers and inputs, as PyTorch and convmath both write them; every dimension differs where that is possible."""


PRODUCTS = [
    ("MatMul()", lambda x, y: torch.matmul(x, y), ["2x4x9x12", "2x4x12x7"]),  # noqa: PLW0108 (tools replace torch.matmul)
    ("Einsum(equation='bqd,bkd->bqk')", lambda x, y: torch.einsum("bqd,bkd->bqk", x, y), ["2x9x12", "2x7x12"]),
    (
        "Einsum(equation='bhqd,bhkd->bhqk')",
        lambda x, y: torch.einsum("bhqd,bhkd->bhqk", x, y),
        ["2x4x9x12", "2x4x7x12"],
    ),
    ("ScaledDotProductAttention()", nn.functional.scaled_dot_product_attention, ["2x4x9x12", "2x4x7x12", "2x4x7x12"]),
]
"""Products of several inputs: as convmath writes them, as PyTorch's functions, and the inputs."""


class Alone(nn.Module):
    """A layer inside a module, which some tools ask instead of it, with a parameter, which calflops wants to find."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.layer(x)


class Product(nn.Module):
    """A function of several inputs, of which the first is given and the others are held."""

    def __init__(self, function, others):
        super().__init__()
        self.function, self.others = function, others
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.function(x, *self.others)


class DoubleConv(nn.Sequential):
    def __init__(self, channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.relu2 = nn.ReLU(inplace=True)


class UNet(nn.Module):
    """U-Net with padded convolutions, after Ronneberger, Fischer and Brox (2015); named as the zoo's unet_padded."""

    def __init__(self):
        super().__init__()
        self.down0 = DoubleConv(1, 64)
        for level in range(1, 5):
            setattr(self, f"pool{level}", nn.MaxPool2d(2))
            setattr(self, f"down{level}", DoubleConv(32 * 2**level, 64 * 2**level))
        for level in range(4):
            channels = 64 * 2**level
            setattr(self, f"upconv{level}", nn.ConvTranspose2d(2 * channels, channels, 2, 2))
            setattr(self, f"up{level}", DoubleConv(2 * channels, channels))
        self.out = nn.Conv2d(64, 2, 1)

    def forward(self, x):
        skipped = []
        for level in range(5):
            x = getattr(self, f"down{level}")(getattr(self, f"pool{level}")(x) if level else x)
            skipped.append(x)
        for level in reversed(range(4)):
            x = getattr(self, f"upconv{level}")(x)
            x = getattr(self, f"up{level}")(torch.cat([skipped[level], x], 1))
        return self.out(x)


class Generator(nn.Sequential):
    """The generator of DCGAN, after Radford, Metz and Chintala (2016): its transposed windows overlap."""

    def __init__(self):
        layers = []
        channels = 100
        for out_channels, stride, padding in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
            layers += [nn.ConvTranspose2d(channels, out_channels, 4, stride, padding, bias=False)]
            layers += [nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]
            channels = out_channels
        super().__init__(*layers, nn.ConvTranspose2d(channels, 3, 4, 2, 1, bias=False), nn.Tanh())


def torchvision_model(name):
    import torchvision

    return getattr(torchvision.models, name)(weights=None)


def declare_operators():
    """torchvision's operators do not load beside a torch without CUDA; to be imported it needs only these schemas."""
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


NETWORKS = {
    "resnet50": (lambda: torchvision_model("resnet50"), "1x3x224x224"),
    "mobilenet_v2": (lambda: torchvision_model("mobilenet_v2"), "1x3x224x224"),
    "efficientnet_b0": (lambda: torchvision_model("efficientnet_b0"), "1x3x224x224"),
    "unet_padded": (UNet, "1x1x64x96"),
    "dcgan_generator": (Generator, "1x100x1x1"),
}
"""Networks as their authors call them, with the input that they are counted for."""


def of_pytorch(module, x):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(x)
    return counter.get_total_flops()


def of_torchvision(module, x):
    return of_pytorch(module, x) // 2  # as torchvision's own weights' metadata were made


def of_fvcore(module, x):
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(module, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return analysis.total()


def of_ptflops(module, x, backend="pytorch"):
    from ptflops import get_model_complexity_info

    counted, _ = get_model_complexity_info(
        module, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False, backend=backend,
        input_constructor=lambda _: x,
    )  # fmt: skip
    return counted


def of_ptflops_aten(module, x):
    return of_ptflops(module, x, "aten")


def of_thop(module, x):
    import thop

    return thop.profile(module, (x,), verbose=False)[0]


def of_torchinfo(module, x):
    import torchinfo

    return torchinfo.summary(module, input_data=x, verbose=0, col_names=()).total_mult_adds


def of_calflops(module, x):
    return _calflops(module, x)[0]


def of_calflops_macs(module, x):
    return _calflops(module, x)[1]


def without_transformers():
    """Something in place of transformers, which calflops imports for language models alone."""
    stub = types.ModuleType("transformers")
    stub.__spec__ = importlib.machinery.ModuleSpec("transformers", None)
    stub.AutoTokenizer = stub.AutoModel = stub.AutoConfig = None
    sys.modules.setdefault("transformers", stub)


def _calflops(module, x):
    without_transformers()
    from calflops import calculate_flops

    return calculate_flops(
        module, args=[x], print_results=False, print_detailed=False, output_as_string=False
    )[:2]  # fmt: skip


TOOLS = {
    "torchvision": of_torchvision,
    "pytorch": of_pytorch,
    "fvcore": of_fvcore,
    "ptflops": of_ptflops,
    "ptflops-aten": of_ptflops_aten,
    "thop": of_thop,
    "torchinfo": of_torchinfo,
    "calflops": of_calflops,
    "calflops-macs": of_calflops_macs,
}

PACKAGES = ("torch", "torchvision", "fvcore", "ptflops", "thop", "torchinfo", "calflops", "jax", "jaxlib")


def layer_of(text):
    """The module of a text such as "Conv2d(3, 8, 3)", whose arguments are literals."""
    call = ast.parse(text, mode="eval").body
    args = [ast.literal_eval(arg) for arg in call.args]
    given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    return Alone(getattr(nn, call.func.id)(*args, **given))


def product_of(function, shapes):
    """The module of a function of several inputs, all but the first of which it holds."""
    return Product(function, [torch.zeros(sizes(shape)) for shape in shapes[1:]])


def counted(tool, module, shape):
    """The number a tool gives, or the error it fails with."""
    x = torch.zeros(sizes(shape))
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            answer = TOOLS[tool](module.eval(), x)
    except Exception as error:  # noqa: BLE001 (tools fail in many ways, and that is a result)
        return f"{type(error).__name__}: {error}"[:200]
    return None if answer is None else int(answer) if answer == int(answer) else float(answer)


def sizes(shape):
    return tuple(map(int, shape.split("x")))


def record_of(kind, name, shape, build, of_xla):
    counts = {tool: counted(tool, build(), shape) for tool in TOOLS}
    flops = of_xla(name, sizes(shape))
    return {kind: name, "input": shape, "counts": counts | ({} if flops is None else {"xla": int(flops)})}


def main():
    """Writes counts.json beside this file."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_grad_enabled(False)
    kept = declare_operators()  # an operator lives as long as its library
    import in_jax

    layers = [
        record_of("layer", text, shape, lambda text=text: layer_of(text), in_jax.of_layer) for text, shape in LAYERS
    ]
    products = [
        {
            "layer": text,
            "inputs": shapes,
            "counts": {tool: counted(tool, product_of(made, shapes), shapes[0]) for tool in TOOLS},
        }
        for text, made, shapes in PRODUCTS
    ]
    networks = [
        record_of("network", name, shape, build, in_jax.of_network) for name, (build, shape) in NETWORKS.items()
    ]
    del kept
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    record = {"versions": versions, "layers": layers, "products": products, "networks": networks}
    (HERE / "counts.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
