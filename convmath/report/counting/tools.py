"""The conventions themselves: a row for each tool, held against its own results by tests/report/test_counting.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import unknown_name
from ...core.size import exact_div, product
from ...layers.activation import (
    ELU,
    GELU,
    LeakyReLU,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from ...layers.adaptive_pool import AdaptiveAvgPool, AdaptiveAvgPool2d, AdaptiveMaxPool, GlobalAvgPool
from ...layers.base import Layer
from ...layers.conv import Conv
from ...layers.deformable import DeformConv, OffsetConv
from ...layers.linear import Linear
from ...layers.merge import Add, Multiply
from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from ...layers.pool import AvgPool, LPPool, MaxPool
from ...layers.transposed import ConvTranspose
from ...layers.upsample import Upsample, UpsamplingBilinear2d, UpsamplingNearest2d
from .convention import Convention, Rule
from .words import (
    AT_EVERY_OUTPUT,
    BIAS,
    NAMED_PADDING,
    NEIGHBOURS,
    OPERATIONS,
    POWERS,
    SAMPLED,
    TOUCHING,
    TWICE,
    as_function,
    by_mode,
    for_each_input,
    for_each_output,
    for_whole_batch,
    norm,
    norm_by_statistics,
    parameters_for_each_sample,
    seen_twice,
)

if TYPE_CHECKING:
    from ...core.cost import Cost
    from ...core.shape import Shape
    from ...core.size import Size

PAPER = Convention(
    "paper",
    "what papers print as FLOPs or mult-adds: He et al. (2016), Howard et al. (2017), Tan and Le (2019)",
    "MACs",
    {Layer: ()},
)

TORCHVISION = Convention(
    "torchvision",
    "torchvision 0.29.2, the _ops of its weights: FlopCounterMode, halved",
    "MACs",
    {Conv: (), ConvTranspose: (), Linear: (), DeformConv: (SAMPLED,)},
)

PYTORCH = Convention(
    "pytorch",
    "PyTorch 2.13.0, torch.utils.flop_counter.FlopCounterMode",
    "FLOPs",
    {
        Conv: (TWICE,),
        ConvTranspose: (TWICE,),
        Linear: (TWICE,),
        DeformConv: (
            SAMPLED,
            Rule(TWICE.says, lambda layer, x, y, cost: cost.macs + SAMPLED.amount(layer, x, y, cost)),
        ),
    },
)

FVCORE = Convention(
    "fvcore",
    "fvcore 0.1.5.post20221221, FlopCountAnalysis",
    "MACs",
    {
        Conv: (NAMED_PADDING,),
        ConvTranspose: (),
        Linear: (),
        DeformConv: (SAMPLED,),
        BatchNorm: (norm_by_statistics("batch norm", (2, 1), (5, 4)),),
        InstanceNorm: (norm("instance norm", 5, 4),),
        GroupNorm: (norm("group norm", 5, 4),),
        LayerNorm: (norm("layer norm", 5, 4),),
        AdaptiveAvgPool2d: (for_each_input("adaptive average pooling in 2-D"),),
        Upsample: (
            Rule(
                "upsampling in 2-D: 1 for each output of nearest, 4 of bilinear, 1 for each input of area",
                lambda layer, x, y, cost: (
                    product(x[0])
                    if (layer.mode, x[0].rank) == ("area", 2)
                    else {("nearest", 2): 1, ("bilinear", 2): 4}.get((layer.mode, x[0].rank), 0) * product(y[0])
                ),
            ),
        ),
    },
)

THOP = Convention(
    "thop",
    "thop 0.1.1.post2209072238, profile",
    "MACs",
    {
        Conv: (),
        ConvTranspose: (AT_EVERY_OUTPUT,),
        Linear: (),
        DeformConv: (SAMPLED,),
        BatchNorm: (norm("batch norm", 4, 2),),
        InstanceNorm: (norm("instance norm", 4, 2),),
        LayerNorm: (norm("layer norm", 4, 2),),
        PReLU: (for_each_input("PReLU"),),
        Softmax: (
            Rule(
                "softmax: 3n − 1 for each n numbers",
                lambda layer, x, y, cost: 3 * product(x[0]) - exact_div(product(x[0]), x[0][layer.along(len(x[0]))]),
            ),
        ),
        AvgPool: (for_each_output("average pooling"),),
        AdaptiveAvgPool: (
            Rule(
                "adaptive average pooling: 1 for each input and output",
                lambda layer, x, y, cost: product(x[0]) + product(y[0]),
            ),
        ),
        Upsample: (
            by_mode(
                "upsampling",
                {
                    (mode, rank): times
                    for mode, times in {"nearest": 1, "linear": 5, "bilinear": 11, "bicubic": 259}.items()
                    for rank in (1, 2, 3)
                },
            ),
        ),
    },
)

TORCHINFO = Convention(
    "torchinfo",
    "torchinfo 1.8.0, summary: total mult-adds",
    "MACs",
    {
        Conv: (BIAS,),
        ConvTranspose: (AT_EVERY_OUTPUT, BIAS),
        DeformConv: (
            Rule(
                BIAS.says, lambda layer, x, y, cost: layer.offset.infer(*x)[0].elements + BIAS.amount(layer, x, y, cost)
            ),
        ),
        OffsetConv: (BIAS,),
        Linear: (parameters_for_each_sample("linear layers"),),
        BatchNorm: (parameters_for_each_sample("norms"),),
        InstanceNorm: (parameters_for_each_sample("norms"),),
        GroupNorm: (parameters_for_each_sample("norms"),),
        LayerNorm: (parameters_for_each_sample("norms"),),
        PReLU: (parameters_for_each_sample("PReLU"),),
    },
)

EACH_TAP = Rule(
    "deformed samples: 24 for each tap, 25 with a mask",
    lambda layer, x, y, cost: (
        (25 if layer.is_masked(x) else 24) * product(layer.kernel_size) * y[0].batch * product(y[0].spatial)
    ),
)

PTFLOPS = Convention(
    "ptflops",
    "ptflops 0.7.5, get_model_complexity_info with its backend 'pytorch', for one sample of the batch",
    "MACs",
    {
        Conv: (BIAS,),
        ConvTranspose: (BIAS,),
        Linear: (BIAS,),
        DeformConv: (
            EACH_TAP,
            Rule(
                BIAS.says, lambda layer, x, y, cost: layer.offset.infer(*x)[0].elements + BIAS.amount(layer, x, y, cost)
            ),
        ),
        OffsetConv: (EACH_TAP, BIAS),
        BatchNorm: (norm("batch norm", 2, 1),),
        InstanceNorm: (norm("instance norm", 2, 1),),
        GroupNorm: (norm("group norm", 2, 1),),
        LayerNorm: (norm("layer norm", 1, 1),),
        LocalResponseNorm: (for_whole_batch(NEIGHBOURS),),
        ReLU: (seen_twice("ReLU, PReLU, ELU, GELU"),),
        PReLU: (seen_twice("ReLU, PReLU, ELU, GELU"),),
        ELU: (seen_twice("ReLU, PReLU, ELU, GELU"),),
        GELU: (seen_twice("ReLU, PReLU, ELU, GELU"),),
        ReLU6: (for_each_input("ReLU6, LeakyReLU"),),
        LeakyReLU: (for_each_input("ReLU6, LeakyReLU"),),
        SiLU: (as_function("SiLU, softmax"),),
        Softmax: (as_function("SiLU, softmax"),),
        MaxPool: (seen_twice("pooling"),),
        AvgPool: (seen_twice("pooling"),),
        AdaptiveAvgPool: (seen_twice("pooling"),),
        AdaptiveMaxPool: (seen_twice("pooling"),),
        LPPool: (for_whole_batch(POWERS),),
        UpsamplingNearest2d: (for_whole_batch(for_each_output("upsampling as a function")),),
        UpsamplingBilinear2d: (for_whole_batch(for_each_output("upsampling as a function")),),
        Upsample: (
            for_whole_batch(for_each_output("upsampling as a function")),
            Rule(
                "upsampling as a module: 1 for each output of one sample",
                lambda layer, x, y, cost: product(y[0][1:]),
            ),
            Rule(
                "upsampling by areas: 1 for each input",
                lambda layer, x, y, cost: x[0].batch * product(x[0]) if layer.mode == "area" else 0,
            ),
        ),
    },
    shares=True,
)

PTFLOPS_ATEN = Convention(
    "ptflops-aten",
    "ptflops 0.7.5, get_model_complexity_info with its backend 'aten'",
    "MACs",
    {
        Conv: (BIAS,),
        ConvTranspose: (BIAS,),
        Linear: (BIAS,),
        DeformConv: (SAMPLED, Rule(BIAS.says, lambda layer, x, y, cost: layer.offset.infer(*x)[0].elements)),
    },
)


def _grouped_again(layer: Any, x: tuple[Shape, ...], y: tuple[Shape, ...], cost: Cost) -> Size:
    """What is lost where the channels of a filter, which are of one group already, are divided by the groups."""
    filters = exact_div(layer.out_channels, layer.groups) // layer.groups
    return x[0].elements * filters * product(layer.kernel_size) - cost.macs


GROUPED_AGAIN = Rule("grouped transposed convolutions are divided by their groups twice", _grouped_again)


def _convolved_bias(layer: Any, x: tuple[Shape, ...], y: tuple[Shape, ...], cost: Cost) -> Size:
    """A bias for each output that a convolution, not a transposed one, of one group would have."""
    sides = zip(x[0].spatial, layer.padding, layer.kernel_size, layer.stride, layer.dilation, strict=True)
    sizes = (
        (i + sum(pads.pads(i, k, s, d)) - d * (k - 1) - 1) // s + 1 for i, pads, k, s, d in sides
    )  # fmt: skip
    return x[0].batch * exact_div(layer.out_channels, layer.groups) * product(sizes) if layer.bias else 0


CALFLOPS = Convention(
    "calflops",
    "calflops 0.3.2, calculate_flops: its FLOPs",
    "FLOPs",
    {
        Conv: (TWICE, BIAS),
        ConvTranspose: (
            TWICE,
            Rule(GROUPED_AGAIN.says, lambda layer, x, y, cost: 2 * _grouped_again(layer, x, y, cost)),
            Rule("a bias of transposed convolutions is 1 for each output of the convolution", _convolved_bias),
        ),
        Linear: (TWICE,),
        DeformConv: (
            SAMPLED,
            Rule(TWICE.says, lambda layer, x, y, cost: cost.macs + SAMPLED.amount(layer, x, y, cost)),
            Rule(BIAS.says, lambda layer, x, y, cost: layer.offset.infer(*x)[0].elements),
        ),
        BatchNorm: (norm_by_statistics("batch norm", (2, 1), (5, 4)),),
        InstanceNorm: (norm("instance norm", 5, 4),),
        GroupNorm: (norm("group norm", 5, 4),),
        LayerNorm: (norm("layer norm", 5, 4),),
        LocalResponseNorm: (NEIGHBOURS,),
        **dict.fromkeys((ReLU, LeakyReLU, PReLU, ELU, GELU, SiLU, Softmax), (for_each_input("activations"),)),
        **dict.fromkeys((MaxPool, AvgPool, AdaptiveAvgPool, AdaptiveMaxPool), (for_each_input("pooling"),)),
        LPPool: (POWERS,),
        Upsample: (
            Rule(
                "upsampling: 1 for each input, or for each position of a stated size",
                lambda layer, x, y, cost: product(x[0]) if layer.size is None else product(y[0].spatial),
            ),
            Rule(
                "upsampling by areas: 1 for each input more",
                lambda layer, x, y, cost: product(x[0]) if layer.mode == "area" else 0,
            ),
        ),
    },
)

CALFLOPS_MACS = Convention(
    "calflops-macs",
    "calflops 0.3.2, calculate_flops: its MACs",
    "MACs",
    {Conv: (), ConvTranspose: (GROUPED_AGAIN,), Linear: (), DeformConv: (SAMPLED,)},
)

ELEMENTARY = Rule(
    "exponentials and tanh are counted apart, as transcendentals", lambda layer, x, y, cost: -product(x[0])
)  # fmt: skip

XLA = Convention(
    "xla",
    "XLA's cost analysis, jax 0.10.2, before it optimises; batch norm folded; of other layers nothing is told here",
    "FLOPs",
    {
        Conv: (TWICE, TOUCHING, OPERATIONS),
        ConvTranspose: (TWICE, TOUCHING, OPERATIONS),
        Linear: (TWICE, OPERATIONS),
        **dict.fromkeys((Sigmoid, SiLU, Tanh), (OPERATIONS, ELEMENTARY)),
        **dict.fromkeys(
            (BatchNorm, MaxPool, AvgPool, AdaptiveAvgPool, GlobalAvgPool, ReLU, ReLU6, Add, Multiply), (OPERATIONS,)
        ),
    },
)

CONVENTIONS = {
    convention.name: convention
    for convention in (
        PAPER, TORCHVISION, PYTORCH, FVCORE, PTFLOPS, PTFLOPS_ATEN, THOP, TORCHINFO, CALFLOPS, CALFLOPS_MACS, XLA,
    )
}  # fmt: skip
"""Every convention by its name."""


def convention(name: str) -> Convention:
    """The convention of this name; UnknownNameError with the nearest names if there is none.

    >>> convention("xla").unit
    'FLOPs'
    """
    if name not in CONVENTIONS:
        raise unknown_name("convention", name, list(CONVENTIONS))
    return CONVENTIONS[name]
