"""What a layer keeps of its forward pass because its gradient needs it, by family of layers.

The rules are those of PyTorch 2's automatic differentiation (derivatives.yaml and the functional forms that it takes
apart), without the layer's own parameters and buffers, which are there anyway. Where kernels differ, the rules are
those of the CPU, and `backend` says so. Layers that PyTorch does not have keep what they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import product
from ..layers.composite import Composite
from .families import of_family
from .keeping import MADE, NOTHING, READ, Kept, Needs, indices, like, statistics
from .layout import is_view
from .products import einsum, linear, product_of_matrices
from .sequences import attention, recurrent

if TYPE_CHECKING:
    from typing import Any

    from ..core.shape import Shape
    from ..layers.base import Layer
    from .keeping import Own, Rule

ALL = Needs()
"""Every gradient is asked for."""


def _everything_read(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept(tuple(range(len(inputs))))


def _conv(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The input; where padding copies its numbers the padded copy, which a mirror needs the input besides for."""
    mode = layer.padding_mode
    if mode == "zeros":
        return READ
    x = inputs[0]
    padded = product(window.low + size + window.high for window, size in zip(layer.windows(x), x.spatial, strict=True))
    copy = like("padded input", x.batch * x.channels * padded)
    return Kept(() if mode == "circular" else (0,), own=(copy,))


def _multiply(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The factors of what has a gradient, and every product but the last."""
    products = tuple(like("product", outputs[0].elements) for _ in inputs[2:])
    return Kept(needs.factors(len(inputs)), own=products)


def _divide(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """Both gradients ask for the divisor, its own for the dividend too."""
    return Kept((0, 1) if needs.of(1) else (1,))


def _rms_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """What the scale multiplies; for the input's own gradient that, and the root of each mean."""
    trained = bool(layer.weights()) and "weight" not in needs.frozen
    scaled = (like("normalised", inputs[0].elements),) if trained else ()
    if not needs.of(0):
        return Kept(own=scaled)
    roots = product(inputs[0][: len(inputs[0]) - len(layer.normalized_shape)])
    return Kept((0,), own=(like("reciprocal roots", roots), *scaled))


def _max_pool(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept((0,), own=(indices(outputs[0]),))


def _lp_pool(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    steps = tuple(like(what, outputs[0].elements) for what in ("mean", "sign", "magnitude", "sum"))
    return Kept((0,), own=(like("power", inputs[0].elements), *steps))


def _adaptive(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """A mean over everything keeps nothing."""
    return NOTHING if all(type(size) is int and size == 1 for size in outputs[0].spatial) else READ


def _batch_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept((0,), own=(statistics(2 * inputs[0].channels),))


def _instance_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """A batch norm of N·C channels, to which the weights are repeated."""
    each = inputs[0].batch * inputs[0].channels
    repeated = (like("repeated weights", each),) if layer.weights() else ()
    return Kept((0,), own=(statistics(2 * each), *repeated))


def _group_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept((0,), own=(statistics(2 * inputs[0].batch * layer.num_groups),))


def _layer_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    over = len(layer.normalized_shape)
    return Kept((0,), own=(statistics(2 * product(inputs[0][: len(inputs[0]) - over])),))


def _local_response_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    x = inputs[0]
    padded = x.batch * (x.channels + layer.size - 1) * product(x.spatial)
    return Kept((0,), own=(like("squares", padded), like("sum", x.elements), like("divisor", x.elements)))


def _dropout_of_channels(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept(own=(like("mask", inputs[0].batch * inputs[0].channels),)) if layer.p else NOTHING


def _dropout(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """What each number is multiplied by; nothing where nothing is left out, as what is read is handed on then."""
    return Kept(own=(like("mask", inputs[0].elements),)) if layer.p else NOTHING


def _by_result(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """What tells the slope: the input, or in its place the result, which has the same sign."""
    return MADE if layer.inplace else READ


def _scattered(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The indices; where numbers are joined otherwise than by a sum everything."""
    return Kept((1,)) if layer.reduction in {"none", "add"} else Kept((0, 1, 2), output=True)


RULES: dict[str, Rule] = {
    "Conv": _conv,
    "ConvTranspose": lambda layer, inputs, outputs, needs: READ,
    "LocallyConnected": lambda layer, inputs, outputs, needs: READ,
    "Linear": linear,
    "Deformable": _everything_read,
    "MaxPool": _max_pool,
    "AdaptiveMaxPool": _max_pool,
    "GlobalMaxPool": lambda layer, inputs, outputs, needs: Kept((0,), output=True),
    "AvgPool": lambda layer, inputs, outputs, needs: READ,
    "LPPool": _lp_pool,
    "AdaptiveAvgPool": _adaptive,
    "GlobalAvgPool": lambda layer, inputs, outputs, needs: NOTHING,
    "MaxUnpool": lambda layer, inputs, outputs, needs: NOTHING,  # the pooling keeps the indices that both go by
    "BatchNorm": _batch_norm,
    "InstanceNorm": _instance_norm,
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "LocalResponseNorm": _local_response_norm,
    "Dropout1d": _dropout_of_channels,
    "Dropout2d": _dropout_of_channels,
    "Dropout3d": _dropout_of_channels,
    "Dropout": _dropout,
    "ReLU": lambda layer, inputs, outputs, needs: MADE,
    "Sigmoid": lambda layer, inputs, outputs, needs: MADE,
    "Tanh": lambda layer, inputs, outputs, needs: MADE,
    "Softmax": lambda layer, inputs, outputs, needs: MADE,
    "LogSoftmax": lambda layer, inputs, outputs, needs: MADE,
    "LogSigmoid": lambda layer, inputs, outputs, needs: Kept((0,), own=(like("exponential", inputs[0].elements),)),
    "Softsign": lambda layer, inputs, outputs, needs: Kept((0,), own=(like("divisor", inputs[0].elements),)),
    **dict.fromkeys(("LeakyReLU", "ELU", "CELU", "SELU"), _by_result),
    "Activation": lambda layer, inputs, outputs, needs: READ,
    "Multiply": _multiply,
    "Elementwise": lambda layer, inputs, outputs, needs: NOTHING,
    "Divide": _divide,
    "Maximum": _everything_read,
    "Minimum": _everything_read,
    "Power": lambda layer, inputs, outputs, needs: Kept(tuple(range(len(inputs))), output=True),
    "Where": lambda layer, inputs, outputs, needs: READ,
    "MatMul": product_of_matrices,
    "Einsum": einsum,
    "Recurrent": recurrent,
    "ScaledDotProductAttention": attention,
    "Embedding": lambda layer, inputs, outputs, needs: READ,
    "Gather": lambda layer, inputs, outputs, needs: Kept((1,)),
    "GatherElements": lambda layer, inputs, outputs, needs: Kept((1,)),
    "GridSample": _everything_read,
    "TopK": lambda layer, inputs, outputs, needs: Kept(own=(indices(outputs[0]),)),
    "CumSum": lambda layer, inputs, outputs, needs: NOTHING,
    **dict.fromkeys(("ScatterElements", "ScatterND"), _scattered),
    "GLU": lambda layer, inputs, outputs, needs: READ,
    "RMSNorm": _rms_norm,
    "Exp": lambda layer, inputs, outputs, needs: MADE,
    "Sqrt": lambda layer, inputs, outputs, needs: MADE,
    "Rsqrt": lambda layer, inputs, outputs, needs: MADE,
    "Reciprocal": lambda layer, inputs, outputs, needs: MADE,
    "AlongAxis": lambda layer, inputs, outputs, needs: MADE,
    **dict.fromkeys(
        ("Neg", "Scale", "Shift", "Ceil", "Round", "Sign", "Not", "Mean", "Sum", "Argmax", "Argmin"),
        lambda layer, inputs, outputs, needs: NOTHING,
    ),
    "Var": lambda layer, inputs, outputs, needs: READ,
    "Reduction": lambda layer, inputs, outputs, needs: Kept((0,), output=True),
    **dict.fromkeys(("Fold", "Moved", "Repeat", "Source"), lambda layer, inputs, outputs, needs: NOTHING),
    "Concat": lambda layer, inputs, outputs, needs: NOTHING,
    "View": lambda layer, inputs, outputs, needs: NOTHING,
    "Upsample": lambda layer, inputs, outputs, needs: NOTHING,
    "PixelShuffle": lambda layer, inputs, outputs, needs: NOTHING,
    "PixelUnshuffle": lambda layer, inputs, outputs, needs: NOTHING,
    "ChannelShuffle": lambda layer, inputs, outputs, needs: NOTHING,
    "Unfold": lambda layer, inputs, outputs, needs: NOTHING,
    "ReflectionPad": lambda layer, inputs, outputs, needs: READ,
    "ReplicationPad": lambda layer, inputs, outputs, needs: READ,
    "Pad": lambda layer, inputs, outputs, needs: NOTHING,
}
"""What each family keeps; a type without its own entry keeps what the family does that it is of."""


BACKENDS = {
    "Recurrent": "PyTorch's own steps; it is assumed of cuDNN, and of oneDNN's LSTM on a CPU, that they keep as much",
    "ScaledDotProductAttention": "fused kernels (flash attention); it is assumed of others that they keep as much",
    "Dropout": "PyTorch on a CPU, a mask in the activations' dtype; CUDA's fused kernel keeps one byte a number",
    **dict.fromkeys(("Dropout1d", "Dropout2d", "Dropout3d"), ""),
}
"""Of which kernels a rule tells, where it is not of all.

Source: PyTorch 2.13, aten/src/ATen/native/Dropout.cpp (is_fused_kernel_acceptable asks for another device than a CPU;
channels are dropped by a product everywhere) and native/cuda/Dropout.cu (a mask of bool).
"""


def backend(layer: Layer) -> str:
    """Of which kernels it is told what a layer keeps; empty where it is of all.

    >>> from convmath.layers.recurrent import LSTM
    >>> backend(LSTM(8, 5))
    "PyTorch's own steps; it is assumed of cuDNN, and of oneDNN's LSTM on a CPU, that they keep as much"
    """
    return "" if is_view(layer) else of_family(layer, BACKENDS, "")


def is_known(layer: Layer) -> bool:
    """Whether a rule tells what the layer keeps; of others it is assumed that they keep all they read and make.

    >>> from convmath.layers.activation import GELU
    >>> is_known(GELU())
    True
    """
    if isinstance(layer, Composite):
        return all(is_known(part) for _, part in layer.parts)
    return _rule(layer) is not None


def kept(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs = ALL) -> Kept:
    """What a layer keeps of a forward pass, beside its weights; of a chain of layers also what is between them.

    `needs` says which gradients are asked for; all, without it.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.activation import GELU, ReLU
    >>> x = Shape((1, 8, 4, 5))
    >>> kept(ReLU(), (x,), (x,)).output, kept(GELU(), (x,), (x,)).inputs  # of ReLU the output tells where it passed
    (True, (0,))

    Source: PyTorch, tools/autograd/derivatives.yaml (2.13).
    """
    if isinstance(layer, Composite):
        return _chained(layer, inputs, needs)
    rule = _rule(layer)
    return rule(layer, inputs, outputs, needs) if rule else Kept(tuple(range(len(inputs))), output=True)


def _chained(layer: Composite, inputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """What the parts of a chain keep; what one makes and the next one reads is there once."""
    steps = list(layer.steps(inputs))
    first, output = False, False
    own: list[Own] = []
    between = [False] * len(steps)
    for place, (name, part, x, y) in enumerate(steps):
        found = kept(part, x, y, _within(name, needs))
        own += found.own
        first = first or (place == 0 and found.reads)
        output = output or (place == len(steps) - 1 and found.output)
        if place and found.reads:
            between[place - 1] = True
        if place < len(steps) - 1 and found.output:
            between[place] = True
    mids = (like("between", y[0].elements) for (_, _, _, y), keeps in zip(steps, between, strict=True) if keeps)
    return Kept((0,) if first else (), output, (*mids, *own))


def _within(part: str, needs: Needs) -> Needs:
    """The arrays of one part, by the names that it has for them; what parts read has a gradient."""
    start = f"{part}." if part else ""
    return Needs((), frozenset(name.removeprefix(start) for name in needs.frozen if name.startswith(start)))


def _rule(layer: Layer) -> Rule | None:
    return of_family(layer, RULES, None)
