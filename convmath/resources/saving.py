"""What a layer keeps of its forward pass because its gradient needs it, by family of layers.

The rules are those of PyTorch 2's automatic differentiation (derivatives.yaml and the functional forms that it takes
apart), without the layer's own parameters and buffers, which are there anyway. A dropout's mask is the one byte a
number of its fused kernel. Layers that PyTorch does not have keep what they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.size import product
from ..layers.composite import Composite
from ..layers.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..core.shape import Shape
    from ..core.size import Size
    from ..layers.base import Layer

    Rule = Callable[[Any, tuple[Shape, ...], tuple[Shape, ...]], "Kept"]


class Own(NamedTuple):
    """An array that is made to be kept: what it is, its numbers, the bytes of each where activations have so many."""

    what: str
    numbers: Size
    width: Callable[[int], int]


class Kept(NamedTuple):
    """What a layer keeps: which of its inputs, whether its output, and arrays of its own."""

    inputs: tuple[int, ...] = ()
    output: bool = False
    own: tuple[Own, ...] = ()


NOTHING = Kept()
READ = Kept((0,))
MADE = Kept(output=True)


def _like(what: str, numbers: Size) -> Own:
    """An array in the activations' dtype."""
    return Own(what, numbers, lambda width: width)


def _statistics(numbers: Size) -> Own:
    """Means and deviations, in float32 at least."""
    return Own("mean and deviation", numbers, lambda width: max(width, 4))


def _places(shape: Shape) -> Own:
    """Where the maxima were, in int64."""
    return Own("places", shape.elements, lambda width: 8)


def _mask(numbers: Size) -> Own:
    return Own("mask", numbers, lambda width: 1)


def _everything_read(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    return Kept(tuple(range(len(inputs))))


def _conv(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """The input; where padding copies its numbers the padded copy, which a mirror needs the input besides for."""
    mode = layer.padding_mode
    if mode == "zeros":
        return READ
    x = inputs[0]
    padded = product(window.low + size + window.high for window, size in zip(layer.windows(x), x.spatial, strict=True))
    copy = _like("padded input", x.batch * x.channels * padded)
    return Kept(() if mode == "circular" else (0,), own=(copy,))


def _multiply(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """All factors, and every product but the last."""
    products = tuple(_like("product", outputs[0].elements) for _ in inputs[2:])
    return Kept(tuple(range(len(inputs))), own=products)


def _max_pool(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    return Kept((0,), own=(_places(outputs[0]),))


def _lp_pool(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    steps = tuple(_like(what, outputs[0].elements) for what in ("mean", "sign", "magnitude", "sum"))
    return Kept((0,), own=(_like("power", inputs[0].elements), *steps))


def _adaptive(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """A mean over everything keeps nothing."""
    return NOTHING if all(type(size) is int and size == 1 for size in outputs[0].spatial) else READ


def _batch_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    return Kept((0,), own=(_statistics(2 * inputs[0].channels),))


def _instance_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """A batch norm of N·C channels, to which the weights are repeated."""
    each = inputs[0].batch * inputs[0].channels
    repeated = (_like("repeated weights", each),) if layer.weights() else ()
    return Kept((0,), own=(_statistics(2 * each), *repeated))


def _group_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    return Kept((0,), own=(_statistics(2 * inputs[0].batch * layer.num_groups),))


def _layer_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    over = len(layer.normalized_shape)
    return Kept((0,), own=(_statistics(2 * product(inputs[0][: len(inputs[0]) - over])),))


def _local_response_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    x = inputs[0]
    padded = x.batch * (x.channels + layer.size - 1) * product(x.spatial)
    return Kept((0,), own=(_like("squares", padded), _like("sum", x.elements), _like("divisor", x.elements)))


def _dropout_of_channels(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    return Kept(own=(_like("mask", inputs[0].batch * inputs[0].channels),))


def _scattered(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """The places; where numbers are joined otherwise than by a sum everything."""
    return Kept((1,)) if layer.reduction in {"none", "add"} else Kept((0, 1, 2), output=True)


RULES: dict[str, Rule] = {
    "Conv": _conv,
    "ConvTranspose": lambda layer, inputs, outputs: READ,
    "LocallyConnected": lambda layer, inputs, outputs: READ,
    "Linear": lambda layer, inputs, outputs: READ,
    "Deformable": _everything_read,
    "MaxPool": _max_pool,
    "AdaptiveMaxPool": _max_pool,
    "GlobalMaxPool": lambda layer, inputs, outputs: Kept((0,), output=True),
    "AvgPool": lambda layer, inputs, outputs: READ,
    "LPPool": _lp_pool,
    "AdaptiveAvgPool": _adaptive,
    "GlobalAvgPool": lambda layer, inputs, outputs: NOTHING,
    "MaxUnpool": lambda layer, inputs, outputs: NOTHING,  # the pooling keeps the places that both go by
    "BatchNorm": _batch_norm,
    "InstanceNorm": _instance_norm,
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "LocalResponseNorm": _local_response_norm,
    "Dropout1d": _dropout_of_channels,
    "Dropout2d": _dropout_of_channels,
    "Dropout3d": _dropout_of_channels,
    "Dropout": lambda layer, inputs, outputs: Kept(own=(_mask(inputs[0].elements),)),
    "ReLU": lambda layer, inputs, outputs: MADE,
    "Sigmoid": lambda layer, inputs, outputs: MADE,
    "Tanh": lambda layer, inputs, outputs: MADE,
    "Softmax": lambda layer, inputs, outputs: MADE,
    "LogSoftmax": lambda layer, inputs, outputs: MADE,
    "LogSigmoid": lambda layer, inputs, outputs: Kept((0,), own=(_like("exponential", inputs[0].elements),)),
    "Softsign": lambda layer, inputs, outputs: Kept((0,), own=(_like("divisor", inputs[0].elements),)),
    "Activation": lambda layer, inputs, outputs: READ,
    "Multiply": _multiply,
    "Elementwise": lambda layer, inputs, outputs: NOTHING,
    "Divide": _everything_read,
    "Maximum": _everything_read,
    "Minimum": _everything_read,
    "Power": lambda layer, inputs, outputs: Kept(tuple(range(len(inputs))), output=True),
    "Where": lambda layer, inputs, outputs: READ,
    "MatMul": _everything_read,
    "Einsum": _everything_read,
    "Embedding": lambda layer, inputs, outputs: READ,
    "Gather": _everything_read,
    **dict.fromkeys(("ScatterElements", "ScatterND"), _scattered),
    "GLU": lambda layer, inputs, outputs: READ,
    "RMSNorm": lambda layer, inputs, outputs: READ,
    "Exp": lambda layer, inputs, outputs: MADE,
    "Sqrt": lambda layer, inputs, outputs: MADE,
    "Rsqrt": lambda layer, inputs, outputs: MADE,
    "Reciprocal": lambda layer, inputs, outputs: MADE,
    "AlongAxis": lambda layer, inputs, outputs: MADE,
    **dict.fromkeys(
        ("Neg", "Scale", "Shift", "Ceil", "Round", "Sign", "Not", "Mean", "Sum", "Argmax", "Argmin"),
        lambda layer, inputs, outputs: NOTHING,
    ),
    "Reduction": lambda layer, inputs, outputs: Kept((0,), output=True),
    **dict.fromkeys(("Fold", "Moved", "Repeat", "Source"), lambda layer, inputs, outputs: NOTHING),
    "Concat": lambda layer, inputs, outputs: NOTHING,
    "View": lambda layer, inputs, outputs: NOTHING,
    "Upsample": lambda layer, inputs, outputs: NOTHING,
    "PixelShuffle": lambda layer, inputs, outputs: NOTHING,
    "PixelUnshuffle": lambda layer, inputs, outputs: NOTHING,
    "ChannelShuffle": lambda layer, inputs, outputs: NOTHING,
    "Unfold": lambda layer, inputs, outputs: NOTHING,
    "ReflectionPad": lambda layer, inputs, outputs: READ,
    "ReplicationPad": lambda layer, inputs, outputs: READ,
    "Pad": lambda layer, inputs, outputs: NOTHING,
}
"""What each family keeps; a type without its own entry keeps what the family does that it is of."""


def is_known(layer: Layer) -> bool:
    """Whether a rule tells what the layer keeps; of others it is assumed that they keep all they read and make.

    >>> from convmath.layers.activation import GELU
    >>> is_known(GELU())
    True
    """
    if isinstance(layer, Composite):
        return all(is_known(part) for _, part in layer.parts)
    return _rule(layer) is not None


def kept(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Kept:
    """What a layer keeps of a forward pass, beside its weights; of a chain of layers also what is between them.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.activation import GELU, ReLU
    >>> x = Shape((1, 8, 4, 5))
    >>> kept(ReLU(), (x,), (x,)), kept(GELU(), (x,), (x,))  # of ReLU the output tells where it passed
    (Kept(inputs=(), output=True, own=()), Kept(inputs=(0,), output=False, own=()))

    Source: PyTorch, tools/autograd/derivatives.yaml (2.13).
    """
    if isinstance(layer, Composite):
        return _chained(layer, inputs)
    rule = _rule(layer)
    return rule(layer, inputs, outputs) if rule else Kept(tuple(range(len(inputs))), output=True)


def _chained(layer: Composite, inputs: tuple[Shape, ...]) -> Kept:
    """What the parts of a chain keep; what one makes and the next one reads is there once."""
    steps = list(layer.steps(inputs))
    first, output = False, False
    own: list[Own] = []
    between = [False] * len(steps)
    for place, (_, part, x, y) in enumerate(steps):
        found = kept(part, x, y)
        own += found.own
        first = first or (place == 0 and bool(found.inputs))
        output = output or (place == len(steps) - 1 and found.output)
        if place and found.inputs:
            between[place - 1] = True
        if place < len(steps) - 1 and found.output:
            between[place] = True
    mids = (_like("between", y[0].elements) for (_, _, _, y), keeps in zip(steps, between, strict=True) if keeps)
    return Kept((0,) if first else (), output, (*mids, *own))


def is_view(layer: Layer) -> bool:
    """Whether the layer's outputs are the input's own memory while training; dropout is none then.

    >>> from convmath.layers.reshape import Dropout, Flatten
    >>> is_view(Flatten()), is_view(Dropout())
    (True, False)
    """
    return isinstance(layer, View) and _name(layer) == "View"


def _name(layer: Layer) -> str | None:
    return next((cls.__name__ for cls in type(layer).__mro__ if cls.__name__ in RULES), None)


def _rule(layer: Layer) -> Rule | None:
    name = _name(layer)
    return None if name is None else RULES[name]
