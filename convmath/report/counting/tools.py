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
from ...layers.deformable import DeformConv
from ...layers.einsum import Einsum
from ...layers.linear import Linear
from ...layers.matmul import MatMul
from ...layers.merge import Add, Multiply
from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from ...layers.pool import AvgPool, LPPool, MaxPool
from ...layers.recurrent import GRU, LSTM, RNN, Recurrent
from ...layers.transposed import ConvTranspose
from ...layers.upsample import Upsample
from .convention import Convention, Rule
from .modules import PTFLOPS, PTFLOPS_ATEN, THOP, TORCHINFO
from .words import (
    BIAS,
    FUSED,
    GATES,
    NAMED_PADDING,
    NEIGHBOURS,
    OPERATIONS,
    POWERS,
    SAMPLED,
    TOUCHING,
    TWICE,
    by_path,
    for_each_input,
    norm,
    norm_by_statistics,
    recurrent,
    unless_fused,
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
    {
        Conv: (),
        ConvTranspose: (),
        Linear: (),
        MatMul: (),
        Einsum: (),
        RNN: (),
        GRU: (),
        LSTM: (FUSED,),
        DeformConv: (SAMPLED,),
    },
)

PYTORCH = Convention(
    "pytorch",
    "PyTorch 2.13.0, torch.utils.flop_counter.FlopCounterMode",
    "FLOPs",
    {
        Conv: (TWICE,),
        ConvTranspose: (TWICE,),
        **dict.fromkeys((Linear, MatMul, Einsum, RNN, GRU), (TWICE,)),
        LSTM: (FUSED, unless_fused(TWICE)),
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
        MatMul: (),
        Einsum: (by_path(1),),
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
        MatMul: (TWICE,),
        Einsum: (by_path(2),),
        Recurrent: (
            recurrent(
                "recurrent layers: 2 for each MAC, of each state 1 in an RNN, 7 in a GRU, 10 in an LSTM, without a bias"
                " 2 less for each row",
                lambda layer, products, rows, states: (
                    2 * products + GATES[layer.op] * states - (0 if layer.bias else 2 * rows)
                ),
            ),
        ),
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
    {Conv: (), ConvTranspose: (GROUPED_AGAIN,), Linear: (), MatMul: (), DeformConv: (SAMPLED,)},
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
