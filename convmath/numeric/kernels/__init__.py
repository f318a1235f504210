"""What runs each layer type, one file for each kind; a type without its own entry runs as the family it is of.

A kernel is `prepare(layer, inputs, outputs, dtype)`, which does once what does not depend on values and returns what
runs: a function of the inputs and the weights by name that gives the outputs. `operands(layer, inputs)` may ask for
arrays beside the weights, with their shapes and dtypes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ...core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from ...layers.base import Layer
    from ..arrays import Array, Weights

    Run = Callable[[tuple[Array, ...], Weights], tuple[Array, ...]]

KERNELS = {
    "Composite": "chain",
    "Conv": "conv",
    "ConvTranspose": "transposed",
    "LocallyConnected": "locally_connected",
    "DeformConv": "deformable",
    "MaxPool": "max_pool",
    "AvgPool": "avg_pool",
    "LPPool": "lp_pool",
    "AdaptivePool": "adaptive_pool",
    "GlobalPool": "adaptive_pool",
    "MaxUnpool": "unpool",
    "Upsample": "upsample",
    "PixelShuffle": "shuffle",
    "PixelUnshuffle": "shuffle",
    "ChannelShuffle": "shuffle",
    "Pad": "pad",
    "Linear": "linear",
    "Flatten": "reshape",
    "Unflatten": "reshape",
    "Identity": "reshape",
    "Dropout": "reshape",
    "BatchNorm": "norm",
    "InstanceNorm": "norm",
    "GroupNorm": "norm",
    "LayerNorm": "norm",
    "LocalResponseNorm": "norm",
    "Activation": "activation",
    "Elementwise": "elementwise",
    "Concat": "pieces",
    "Split": "pieces",
    "Chunk": "pieces",
}


def kernel(layer: Layer) -> ModuleType:
    """What prepares a layer; ParameterError if nothing runs it.

    >>> from convmath.layers.dilated import DilatedConv2d
    >>> kernel(DilatedConv2d(3, 8, 3, dilation=2)).__name__
    'convmath.numeric.kernels.chain'
    """
    for cls in type(layer).__mro__:
        if cls.__name__ in KERNELS:
            return import_module(f"{__name__}.{KERNELS[cls.__name__]}")
    raise ParameterError(f"{layer.op}: nothing runs this type (register its family in KERNELS)")
