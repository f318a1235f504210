"""Floor 1: the layer types, one file for each kind; nothing is imported before it is asked for.

A new type is one new file and its names in `FILES`; everything else walks this table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..core.errors import unknown_name

if TYPE_CHECKING:
    from .base import Layer


def _ranks(family: str, *ranks: int) -> tuple[str, ...]:
    return tuple(f"{family}{rank}d" for rank in ranks or (1, 2, 3))


FILES = {
    "conv": _ranks("Conv"),
    "pointwise": _ranks("PointwiseConv"),
    "grouped": _ranks("GroupedConv"),
    "depthwise": _ranks("DepthwiseConv"),
    "separable": _ranks("DepthwiseSeparableConv"),
    "spatial": _ranks("SpatiallySeparableConv", 2, 3),
    "dilated": _ranks("DilatedConv"),
    "causal": _ranks("CausalConv", 1),
    "transposed": _ranks("ConvTranspose"),
    "deformable": (*_ranks("DeformConv"), *_ranks("OffsetConv")),
    "locally_connected": _ranks("LocallyConnected"),
    "pool": (*_ranks("MaxPool"), *_ranks("AvgPool"), *_ranks("LPPool")),
    "adaptive_pool": (*_ranks("AdaptiveAvgPool"), *_ranks("AdaptiveMaxPool"), "GlobalAvgPool", "GlobalMaxPool"),
    "unpool": _ranks("MaxUnpool"),
    "upsample": ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"),
    "shuffle": ("PixelShuffle", "PixelUnshuffle", "ChannelShuffle"),
    "unfold": ("Unfold",),
    "fold": ("Fold",),
    "pad": (
        *_ranks("ZeroPad"), *_ranks("ConstantPad"), *_ranks("ReflectionPad"), *_ranks("CircularPad"),
        *_ranks("ReplicationPad"), *_ranks("Cropping"),
    ),
    "linear": ("Linear",),
    "reshape": ("Flatten", "Unflatten", "Identity", "Dropout", *_ranks("Dropout")),
    "norm": (*_ranks("BatchNorm"), *_ranks("InstanceNorm"), "GroupNorm", "LayerNorm", "RMSNorm", "LocalResponseNorm"),
    "activation": (
        "ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "CELU", "SELU", "GELU", "Sigmoid", "LogSigmoid", "SiLU", "Mish",
        "Tanh", "Softplus", "Softsign", "Hardsigmoid", "Hardswish", "Hardtanh", "Softmax", "LogSoftmax",
    ),
    "function": (
        "Abs", "Neg", "Sign", "Sqrt", "Rsqrt", "Square", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor",
        "Ceil", "Round", "Not", "Scale", "Shift", "Pow", "Clip",
    ),
    "shrink": ("Threshold", "Hardshrink", "Softshrink", "Tanhshrink", "RReLU", "Softmin", "Softmax2d", "GLU"),
    "reduction": ("Mean", "Sum", "Prod", "Amax", "Amin", "Argmax", "Argmin", "Var", "VectorNorm"),
    "merge": (
        "Add", "Subtract", "Multiply", "Divide", "Power", "Maximum", "Minimum", "Where", "Concat", "Split", "Chunk",
    ),
    "comparison": ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual", "And", "Or"),
    "matmul": ("MatMul",),
    "einsum": ("Einsum",),
    "attention": ("ScaledDotProductAttention",),
    "recurrent": ("RNN", "GRU", "LSTM"),
    "lookup": ("Embedding", "Gather", "GatherElements"),
    "grid_sample": ("GridSample",),
    "ranking": ("TopK",),
    "cumulative": ("CumSum",),
    "axes": ("Permute", "Squeeze", "Unsqueeze", "Reshape"),
    "roll": ("Roll", "Flip"),
    "scatter": ("Scatter", "ScatterElements", "ScatterND"),
    "slice": ("Slice", "Select"),
    "repeat": ("Expand", "Repeat"),
    "source": ("Parameter", "Constant"),
    "unknown": ("Unknown",),
    "lazy": (*_ranks("LazyConv"), *_ranks("LazyConvTranspose"), *_ranks("LazyBatchNorm"), "LazyLinear"),
}  # fmt: skip
"""The types that each file of this folder holds."""

FILE_OF = {name: file for file, names in FILES.items() for name in names}
"""The file that holds each type."""


def layer_type(name: str) -> type[Layer]:
    """The layer type of this name; UnknownNameError with the nearest names if there is none.

    >>> layer_type("Conv2d").signature()[:40]
    'Conv2d(in_channels, out_channels, kernel'
    """
    if name not in FILE_OF:
        raise unknown_name("layer type", name, list(FILE_OF))
    return getattr(import_module(f"{__name__}.{FILE_OF[name]}"), name)  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    if name in FILE_OF:
        return layer_type(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
