"""The conventions of tools that look at PyTorch's modules one by one: thop, torchinfo, ptflops."""

from __future__ import annotations

from ...core.size import exact_div, product
from ...layers.activation import (
    ELU,
    GELU,
    LeakyReLU,
    PReLU,
    ReLU,
    ReLU6,
    SiLU,
    Softmax,
)
from ...layers.adaptive_pool import AdaptiveAvgPool, AdaptiveMaxPool
from ...layers.conv import Conv
from ...layers.deformable import DeformConv, OffsetConv
from ...layers.einsum import Einsum
from ...layers.linear import Linear
from ...layers.matmul import MatMul
from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, RMSNorm
from ...layers.pool import AvgPool, LPPool, MaxPool
from ...layers.recurrent import GRU, LSTM, RNN, Recurrent
from ...layers.transposed import ConvTranspose
from ...layers.upsample import Upsample, UpsamplingBilinear2d, UpsamplingNearest2d
from .convention import Convention, Rule
from .words import (
    AT_EVERY_OUTPUT,
    BIAS,
    BIAS_OF_GATES,
    FUSED,
    GATES,
    NEIGHBOURS,
    POWERS,
    SAMPLED,
    as_function,
    by_mode,
    for_each_input,
    for_each_output,
    for_whole_batch,
    norm,
    parameters_for_each_sample,
    parameters_for_each_step,
    recurrent,
    seen_twice,
    unless_fused,
)

THOP = Convention(
    "thop",
    "thop 0.1.1.post2209072238, profile",
    "MACs",
    {
        Conv: (),
        ConvTranspose: (AT_EVERY_OUTPUT,),
        Linear: (),
        Recurrent: (
            recurrent(
                "recurrent layers: of each state 1 in an RNN, 7 in a GRU, 8 in an LSTM more, and 1 for each bias",
                lambda layer, products, rows, states: (
                    products + {"RNN": 1, "GRU": 7, "LSTM": 8}[layer.op] * states + (2 * rows if layer.bias else 0)
                ),
                "hidden_size",
            ),
        ),
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
        RMSNorm: (parameters_for_each_sample("norms"),),
        Recurrent: (parameters_for_each_step("recurrent layers"),),
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
        MatMul: (
            Rule(
                "matrix products are functions, whose count is not shared out over the batch",
                lambda layer, x, y, cost: (x[0].batch - 1) * cost.macs,
            ),
        ),
        Recurrent: (
            recurrent(
                "recurrent layers: of each state 1 in an RNN, 7 in a GRU, 10 in an LSTM more, and 1 for each bias",
                lambda layer, products, rows, states: (
                    products + GATES[layer.op] * states + (2 * rows if layer.bias else 0)
                ),
            ),
        ),
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
        MatMul: (),
        Einsum: (),
        RNN: (BIAS_OF_GATES,),
        GRU: (BIAS_OF_GATES,),
        LSTM: (FUSED, unless_fused(BIAS_OF_GATES)),
        DeformConv: (SAMPLED, Rule(BIAS.says, lambda layer, x, y, cost: layer.offset.infer(*x)[0].elements)),
    },
)
