"""What runs each layer type, one file for each kind; a type without its own entry runs as the family it is of.

A kernel is `prepare(layer, inputs, outputs, dtype)`, which does once what does not depend on values and returns what
runs: a function of the inputs and the weights by name that gives the outputs. `operands(layer, inputs)` may ask for
arrays beside the weights, with their shapes and dtypes; `indices(layer, inputs)` tells which inputs are indices, and
below which number these stay. `room(ask)` tells, before anything runs, what that takes in memory beside inputs, weights
and outputs.

`backward(layer, inputs, outputs, dtype)` returns what takes gradients: a function of the inputs, the weights and the
gradients of the outputs that gives those of the inputs and, by name, of the weights. `reads(layer, inputs, outputs)`
tells which inputs are read where the gradient for inputs and weights of 1 does not. `exact(layer)` says whether all it
does is to add, multiply, compare and move numbers; a kernel without it rounds; `carries(layer)`, whether all it does is
to move them, so that indices stay indices. `cancelling(layer, xs)` gives the numbers that are added up on the way to
each output and may cancel, so that more is rounded than what comes out. What a file leaves out is as `Hooks` has it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import ParameterError, show
from ...layers.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import numpy as np

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ..arrays import Array, Weights

    Run = Callable[[tuple[Array, ...], Weights], tuple[Array, ...]]
    Gradients = tuple[tuple[Array, ...], Weights]
    Back = Callable[[tuple[Array, ...], Weights, tuple[Array, ...]], Gradients]
    Reads = Callable[[tuple[Array, ...]], tuple[Array, ...]]
    Bound = int | tuple[int, ...]
    """What indices stay below; where an axis of the array has several to name one, each of them."""

KERNELS = {
    "Composite": "chain",
    "Conv": "conv",
    "ConvTranspose": "transposed",
    "LocallyConnected": "locally_connected",
    "DeformConv": "deformable",
    "OffsetConv": "offset_conv",
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
    "Unfold": "unfold",
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
    "Reshape": "reshape",
    "Squeeze": "reshape",
    "Unsqueeze": "reshape",
    "Permute": "moves",
    "Slice": "moves",
    "Select": "moves",
    "Expand": "moves",
    "Repeat": "moves",
    "Roll": "moves",
    "Flip": "moves",
    "Function": "function",
    "Reduction": "reduction",
    "MatMul": "matmul",
    "Einsum": "einsum",
    "ScaledDotProductAttention": "attention",
    "Recurrent": "recurrent",
    "RMSNorm": "rms_norm",
    "Embedding": "lookup",
    "Gather": "lookup",
    "GatherElements": "gather_elements",
    "GridSample": "grid_sample",
    "TopK": "top_k",
    "CumSum": "cumsum",
    "GLU": "glu",
    "Fold": "fold",
    "Scattering": "scatter",
    "Source": "source",
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
    if isinstance(layer, Unknown):
        raise ParameterError(
            f"{show(layer.name)}: nothing runs an operator that nobody knows (run what comes before it)"
        )
    raise ParameterError(f"{layer.op}: nothing runs this type (register its family in KERNELS)")


class Hooks(NamedTuple):
    """What a kernel may state beside `prepare` and `room`, and what holds where it does not."""

    operands: Callable[[Any, tuple[Shape, ...]], dict[str, Any]] = lambda layer, inputs: {}
    indices: Callable[[Any, tuple[Shape, ...]], tuple[Bound | None, ...]] = lambda layer, inputs: (None,) * len(inputs)
    exact: Callable[[Any], bool] = lambda layer: False
    carries: Callable[[Any], bool] = lambda layer: False
    cancelling: Callable[[Any, tuple[Array, ...]], Array | float] = lambda layer, xs: 0.0
    backward: Callable[..., Back] | None = None
    reads: Callable[..., Reads] | None = None


def hooks(layer: Layer) -> Hooks:
    """What the kernel of a layer states.

    >>> from convmath.layers.conv import Conv2d
    >>> hooks(Conv2d(3, 8, 3)).cancelling(None, ()), hooks(Conv2d(3, 8, 3)).operands(None, ())
    (0.0, {})
    """
    stated = vars(kernel(layer))
    return Hooks(**{name: stated[name] for name in Hooks._fields if name in stated})


def operands(layer: Layer, inputs: tuple[Shape, ...]) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """The arrays that a layer runs with beside its weights: their shapes and dtypes by name."""
    return hooks(layer).operands(layer, inputs)


def sums_exactly(layer: Layer) -> bool:
    """Whether outputs are sums of products of a layer's numbers, or some of them: in any order exact on whole numbers.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.layers.activation import GELU
    >>> sums_exactly(Conv2d(3, 8, 3)), sums_exactly(GELU())
    (True, False)
    """
    return hooks(layer).exact(layer)


def cancelling(layer: Layer, xs: tuple[Array, ...]) -> Array | float:
    """The numbers that are added up on the way to each output and may cancel: an array like it, or one for all."""
    return hooks(layer).cancelling(layer, xs)


def states_reads(layer: Layer) -> bool:
    """Whether a kernel states which inputs it reads, so that its gradient does not tell."""
    return hooks(layer).reads is not None


def indices(layer: Layer, inputs: tuple[Shape, ...]) -> tuple[Bound | None, ...]:
    """For every input None, or, where its numbers are indices, what they stay below.

    >>> from convmath.layers.lookup import Gather
    >>> from convmath.core.shape import Shape
    >>> indices(Gather(0), (Shape((4, 5)), Shape((3,))))
    (None, 4)
    """
    settled = layer.facts(*inputs).layer
    return hooks(settled).indices(settled, inputs)


def read_as(layer: Layer, inputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> tuple[np.dtype[Any], ...]:
    """The dtype of every input: that in which the layer runs, and of indices int64."""
    import numpy as np

    return tuple(dtype if bound is None else np.dtype(np.int64) for bound in indices(layer, inputs))


def gradient(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """What takes a layer's gradients; ParameterError if nothing does."""
    backward = hooks(layer).backward
    if backward is None:
        name = kernel(layer).__name__
        raise ParameterError(f"{layer.op}: nothing takes this type's gradient (give {name} a `backward`)")
    return backward(layer, inputs, outputs, dtype)


def reading(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Which numbers of the inputs the marked numbers of the outputs depend on: booleans to booleans.

    Where a kernel does not say it, it is where the gradient for inputs and weights of 1 is not 0.
    """
    stated = hooks(layer).reads
    if stated is not None:
        return stated(layer, inputs, outputs)
    import numpy as np

    back = gradient(layer, inputs, outputs, np.dtype(np.float32))
    ones = {name: np.ones(sizes, np.float32) for name, sizes in {**layer.weights(), **layer.buffers()}.items()}

    def reads(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        xs = tuple(np.ones(shape, np.float32) for shape in inputs)
        return tuple(dx != 0 for dx in back(xs, ones, tuple(dy.astype(np.float32) for dy in marked))[0])

    return reads
