"""What a layer keeps of its forward pass because its gradient needs it, by family of layers.

The rules are those of PyTorch 2's automatic differentiation (derivatives.yaml and the functional forms that it takes
apart), without the layer's own parameters and buffers, which are there anyway. A dropout's mask is the one byte a
number of its fused kernel. Layers that PyTorch does not have keep what they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import product
from ..layers.composite import Composite
from ..layers.reshape import Dropout
from ..layers.view import View
from .keeping import MADE, NOTHING, READ, Kept, Needs, like, mask, places, statistics
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
    return Kept(_factors(inputs, needs), own=products)


def _factors(inputs: tuple[Shape, ...], needs: Needs) -> tuple[int, ...]:
    return tuple(place for place in range(len(inputs)) if needs.others(place, len(inputs)))


def _divide(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """Both gradients ask for the divisor, its own for the dividend too."""
    return Kept((0, 1) if needs.of(1) else (1,))


def _product(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept(_factors(inputs, needs))


def _linear(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The input, for the matrix alone."""
    return NOTHING if "weight" in needs.frozen else READ


def _rms_norm(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """What the scale multiplies; for the input's own gradient that, and the root of each mean."""
    trained = bool(layer.weights()) and "weight" not in needs.frozen
    scaled = (like("normalised", inputs[0].elements),) if trained else ()
    if not needs.of(0):
        return Kept(own=scaled)
    roots = product(inputs[0][: len(inputs[0]) - len(layer.normalized_shape)])
    return Kept((0,), own=(like("reciprocal roots", roots), *scaled))


def _max_pool(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    return Kept((0,), own=(places(outputs[0]),))


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
    """Nothing where nothing is left out: what is read is handed on then."""
    return Kept(own=(mask(inputs[0].elements),)) if layer.p else NOTHING


def _scattered(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The places; where numbers are joined otherwise than by a sum everything."""
    return Kept((1,)) if layer.reduction in {"none", "add"} else Kept((0, 1, 2), output=True)


RULES: dict[str, Rule] = {
    "Conv": _conv,
    "ConvTranspose": lambda layer, inputs, outputs, needs: READ,
    "LocallyConnected": lambda layer, inputs, outputs, needs: READ,
    "Linear": _linear,
    "Deformable": _everything_read,
    "MaxPool": _max_pool,
    "AdaptiveMaxPool": _max_pool,
    "GlobalMaxPool": lambda layer, inputs, outputs, needs: Kept((0,), output=True),
    "AvgPool": lambda layer, inputs, outputs, needs: READ,
    "LPPool": _lp_pool,
    "AdaptiveAvgPool": _adaptive,
    "GlobalAvgPool": lambda layer, inputs, outputs, needs: NOTHING,
    "MaxUnpool": lambda layer, inputs, outputs, needs: NOTHING,  # the pooling keeps the places that both go by
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
    "Activation": lambda layer, inputs, outputs, needs: READ,
    "Multiply": _multiply,
    "Elementwise": lambda layer, inputs, outputs, needs: NOTHING,
    "Divide": _divide,
    "Maximum": _everything_read,
    "Minimum": _everything_read,
    "Power": lambda layer, inputs, outputs, needs: Kept(tuple(range(len(inputs))), output=True),
    "Where": lambda layer, inputs, outputs, needs: READ,
    "MatMul": _product,
    "Einsum": _product,
    "Recurrent": recurrent,
    "ScaledDotProductAttention": attention,
    "Embedding": lambda layer, inputs, outputs, needs: READ,
    "Gather": _everything_read,
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
    >>> kept(ReLU(), (x,), (x,)), kept(GELU(), (x,), (x,))  # of ReLU the output tells where it passed
    (Kept(inputs=(), output=True, own=()), Kept(inputs=(0,), output=False, own=()))

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
        first = first or (place == 0 and bool(found.inputs))
        output = output or (place == len(steps) - 1 and found.output)
        if place and found.inputs:
            between[place - 1] = True
        if place < len(steps) - 1 and found.output:
            between[place] = True
    mids = (like("between", y[0].elements) for (_, _, _, y), keeps in zip(steps, between, strict=True) if keeps)
    return Kept((0,) if first else (), output, (*mids, *own))


def _within(part: str, needs: Needs) -> Needs:
    """The arrays of one part, by the names that it has for them; what parts read has a gradient."""
    start = f"{part}." if part else ""
    return Needs((), frozenset(name.removeprefix(start) for name in needs.frozen if name.startswith(start)))


def is_view(layer: Layer) -> bool:
    """Whether the layer's outputs are the input's own memory while training; dropout is none then.

    >>> from convmath.layers.reshape import Dropout, Flatten
    >>> is_view(Flatten()), is_view(Dropout())
    (True, False)
    """
    return isinstance(layer, View) and (_name(layer) == "View" or (isinstance(layer, Dropout) and not layer.p))


def _name(layer: Layer) -> str | None:
    return next((cls.__name__ for cls in type(layer).__mro__ if cls.__name__ in RULES), None)


def _rule(layer: Layer) -> Rule | None:
    name = _name(layer)
    return None if name is None else RULES[name]
