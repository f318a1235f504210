"""Layers as ONNX nodes: windows as `convmath port` writes them, other kinds by one function each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...bridge.port import port
from ...bridge.sliding import KINDS
from ...core.errors import ParameterError
from ...layers.composite import Composite
from ...layers.pool import MaxPool
from ...layers.shuffle import PixelShuffle
from . import NoEqualError
from .onnx_resize import resized
from .rows import carried_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.base import Layer
    from .onnxruntime_peer import Graph

Names = tuple[str, ...]


class Node:
    """A layer to be written: what it is, what it reads and with which weights."""

    def __init__(
        self, graph: Graph, layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], reads: Names,
        stored: dict[str, str],
    ) -> None:  # fmt: skip
        self.add, self.constant = graph.add, graph.constant
        self.layer, self.inputs, self.outputs, self.reads, self.stored = layer, inputs, outputs, reads, stored
        self.x = reads[0]

    def integers(self, values: object) -> str:
        """A constant of int64."""
        return self.constant(values, "int64")

    def reshaped(self, x: str, sizes: tuple[int, ...]) -> str:
        """A value in another shape."""
        made: str = self.add("Reshape", x, self.integers(sizes))
        return made


def write(
    graph: Graph,
    layer: Layer,
    inputs: tuple[Shape, ...],
    outputs: tuple[Shape, ...],
    reads: Names,
    stored: dict[str, str],
) -> Names:
    """Adds a layer to a graph and gives the names of what it makes; raises NoEqualError."""
    if isinstance(layer, Composite):
        for name, part, x, y in layer.steps(inputs):
            prefix = f"{name}." if name else ""
            own = {key: stored[prefix + key] for key in (*part.weights(), *part.buffers())}
            reads = write(graph, part, x, y, reads, own)
        return reads
    node = Node(graph, layer, inputs, outputs, reads, stored)
    if isinstance(layer, (*KINDS, PixelShuffle)):
        return _as_ported(node)
    rule = next((NODES[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in NODES), None)
    if rule is None:
        raise NoEqualError("has no node of this kind")
    made = rule(node)
    return made if type(made) is tuple else (made,)


def _as_ported(node: Node) -> Names:
    """The rows that the bridge writes, each a node that reads x, which is what the row above gave."""
    try:
        rows = port(node.layer, "onnx", node.inputs[0]).code
    except ParameterError as error:
        raise NoEqualError(f"cannot write it: {error}") from None
    if isinstance(node.layer, MaxPool) and _reads_nothing(node):
        raise NoEqualError("takes the least float for the largest of nothing, not −∞")
    x = node.x
    for row in rows:
        x = carried_out(row, {**node.stored, "x": x, "float": float}, partial(_op, node))
    return (x,)


def _reads_nothing(node: Node) -> bool:
    """Whether some window along some axis lies in the padding altogether."""
    x, y = node.inputs[0].spatial, node.outputs[0].spatial
    axes = zip(node.layer.windows(node.inputs[0]), x, y, strict=True)
    return any(not any(0 <= i < size for i in window.reads(o)) for window, size, count in axes for o in range(count))


def _op(node: Node, op: str) -> Callable[..., str]:
    """What adds a node: lists and numbers among its inputs become constants."""

    def value(given: Any) -> str:
        if isinstance(given, str):
            return given
        return node.integers(given) if type(given) is list else node.constant(given)

    return lambda *inputs, **attributes: node.add(op, *map(value, inputs), **attributes)


def _activation(node: Node) -> str:
    layer = node.layer
    if layer.op not in FUNCTIONS:
        raise NoEqualError("has no node of this kind")
    return FUNCTIONS[layer.op](node, node.x)  # type: ignore[no-any-return]


def _one(op: str, **attributes: Callable[[Any], Any]) -> Callable[[Node, str], Any]:
    return lambda node, x: node.add(op, x, **{name: read(node.layer) for name, read in attributes.items()})


def _slopes(node: Node, x: str) -> Any:
    ones = (1,) * (len(node.inputs[0]) - 2)
    return node.add("PRelu", x, node.reshaped(node.stored["weight"], (-1, *ones)))


def _celu(node: Node, x: str) -> Any:
    if not node.layer.alpha:
        raise NoEqualError("divides by alpha, which is 0")
    return node.add("Celu", x, alpha=float(node.layer.alpha))


def _softplus(node: Node, x: str) -> Any:
    beta = node.constant(node.layer.beta)
    scaled = node.add("Mul", x, beta)
    above = node.add("Greater", scaled, node.constant(node.layer.threshold))
    return node.add("Where", above, x, node.add("Div", node.add("Softplus", scaled), beta))


def _along_an_axis(node: Node, x: str) -> Any:
    axes, stated = len(node.inputs[0]), node.layer.dim
    # PyTorch's choice where none is stated: the batch of three axes, else the channels.
    return node.add(node.layer.op, x, axis=stated if stated is not None else 0 if axes == 3 else 1)


FUNCTIONS: dict[str, Callable[[Node, str], Any]] = {
    "ReLU": _one("Relu"),
    "ReLU6": lambda node, x: node.add("Clip", x, node.constant(0), node.constant(6)),
    "Hardtanh": lambda node, x: node.add(
        "Clip", x, node.constant(node.layer.min_val), node.constant(node.layer.max_val)
    ),
    "LeakyReLU": _one("LeakyRelu", alpha=lambda layer: float(layer.negative_slope)),
    "PReLU": _slopes,
    "ELU": _one("Elu", alpha=lambda layer: float(layer.alpha)),
    "CELU": _celu,
    "SELU": _one("Selu"),
    "GELU": _one("Gelu", approximate=lambda layer: layer.approximate),
    "Sigmoid": _one("Sigmoid"),
    "LogSigmoid": lambda node, x: node.add("Neg", node.add("Softplus", node.add("Neg", x))),
    "SiLU": lambda node, x: node.add("Mul", x, node.add("Sigmoid", x)),
    "Mish": _one("Mish"),
    "Tanh": _one("Tanh"),
    "Softplus": _softplus,
    "Softsign": _one("Softsign"),
    "Hardsigmoid": _one("HardSigmoid", alpha=lambda layer: 1 / 6, beta=lambda layer: 0.5),
    "Hardswish": _one("HardSwish"),
    "Softmax": _along_an_axis,
    "LogSoftmax": _along_an_axis,
}
"""Functions of each number, and along an axis."""


def _linear(node: Node) -> Any:
    y = node.add("MatMul", node.x, node.add("Transpose", node.stored["weight"]))
    return node.add("Add", y, node.stored["bias"]) if "bias" in node.stored else y


def _padded(mode: str) -> Callable[[Node], Any]:
    def pad(node: Node) -> Any:
        windows = node.layer.windows(node.inputs[0])
        sides = [[max(w.low, 0) for w in windows], [max(w.high, 0) for w in windows]]
        crops = [[min(w.low, 0) for w in windows], [min(w.high, 0) for w in windows]]
        # What is cropped is not there to come round, but to be mirrored.
        order = ((crops, "constant"), (sides, mode)) if mode == "wrap" else ((sides, mode), (crops, "constant"))
        y, value = node.x, node.constant(node.layer.__dict__.get("value", 0))
        for (low, high), how in order:
            if any(low) or any(high):
                y = node.add("Pad", y, node.integers([0, 0, *low, 0, 0, *high]), value, mode=how)
        return y

    return pad


def _norm(node: Node) -> Any:
    layer, channels = node.layer, node.inputs[0].channels
    size = node.inputs[0][-len(layer.normalized_shape) :] if "normalized_shape" in layer.fields else (channels,)
    zeros, ones = node.constant([0.0]), node.constant([1.0])
    sizes = node.integers(size)
    scale = node.stored.get("weight") or node.add("Expand", ones, sizes)
    shift = node.stored.get("bias") or node.add("Expand", zeros, sizes)
    epsilon = float(layer.eps)
    family = next(name for name in NORMS if name in {cls.__name__ for cls in type(layer).__mro__})
    if "running_mean" in node.stored:
        moments = (node.stored["running_mean"], node.stored["running_var"])
        return node.add("BatchNormalization", node.x, scale, shift, *moments, epsilon=epsilon)
    if family == "BatchNorm":
        raise NoEqualError("normalises a batch by running statistics only")
    more = {"GroupNorm": {"num_groups": layer.__dict__.get("num_groups")}, "LayerNorm": {"axis": -len(size)}}
    return node.add(NORMS[family], node.x, scale, shift, epsilon=epsilon, **more.get(family, {}))


NORMS = {
    "BatchNorm": "", "InstanceNorm": "InstanceNormalization", "GroupNorm": "GroupNormalization",
    "LayerNorm": "LayerNormalization",
}  # fmt: skip


def _by_neighbours(node: Node) -> Any:
    layer = node.layer
    if layer.size % 2 == 0:
        raise NoEqualError("has the odd one of an even number of neighbours on the other side")
    return node.add(
        "LRN", node.x, size=layer.size, alpha=float(layer.alpha), beta=float(layer.beta), bias=float(layer.k)
    )


def _into_bins(op: str) -> Callable[[Node], Any]:
    def pool(node: Node) -> Any:
        x, y = node.inputs[0].spatial, node.outputs[0].spatial
        if any(i % o for i, o in zip(x, y, strict=True)):
            raise NoEqualError("pools into bins of one size only")
        kernel = [i // o for i, o in zip(x, y, strict=True)]
        return node.add(op, node.x, kernel_shape=kernel, strides=kernel) if kernel else node.x

    return pool


def _power(node: Node) -> Any:
    layer, x = node.layer, node.inputs[0]
    if layer.norm_type % 2:
        raise NoEqualError("takes powers of absolute values, so only even powers are the same")
    if any(w.high for w in layer.windows(x)):
        raise NoEqualError("does not widen the last, partly filled window's mean to a whole one's")
    return node.add(
        "LpPool",
        node.x,
        kernel_shape=list(layer.kernel_size),
        strides=list(layer.steps),
        p=int(layer.norm_type),
        dilations=list(layer.spread),
    )


def _unpooled(node: Node) -> Any:
    y, x = node.outputs[0], node.inputs[0]
    # ONNX counts places over the whole tensor, PyTorch in each map by itself.
    size = y.elements // (y.batch * y.channels)
    first = [[[n * y.channels * size + c * size] for c in range(y.channels)] for n in range(y.batch)]
    maps = node.reshaped(node.stored["indices"], (y.batch, y.channels, -1))
    places = node.reshaped(node.add("Add", maps, node.integers(first)), x)
    layer = node.layer
    return node.add(
        "MaxUnpool", node.x, places, node.integers(y), kernel_shape=list(layer.kernel_size),
        strides=list(layer.stride or layer.kernel_size), pads=[*layer.padding, *layer.padding],
    )  # fmt: skip


def _moved(node: Node) -> Any:
    layer, (n, c, *sizes) = node.layer, node.inputs[0]
    if layer.op == "PixelUnshuffle":
        (h, w), r = sizes, layer.downscale_factor
        parts, order = (n, c, h // r, r, w // r, r), [0, 1, 3, 5, 2, 4]
    else:
        parts, order = (n, layer.groups, c // layer.groups, *sizes), [0, 2, 1, *range(3, len(sizes) + 3)]
    return node.reshaped(node.add("Transpose", node.reshaped(node.x, parts), perm=order), node.outputs[0])


def _joined(op: str) -> Callable[[Node], Any]:
    def join(node: Node) -> Any:
        y = node.x
        for other in node.reads[1:]:
            y = node.add(op, y, other)
        return y

    return join


def _parted(node: Node) -> Any:
    axis = node.layer.dim % len(node.inputs[0])
    sizes = node.integers([shape[axis] for shape in node.outputs])
    return node.add("Split", node.x, sizes, outputs=len(node.outputs), axis=axis)


def _deformed(node: Node) -> Any:
    layer, x, y = node.layer, node.inputs[0], node.outputs[0]
    if x.rank != 2:
        raise NoEqualError("deforms over two axes only")
    windows = layer.windows(x)
    slid: dict[str, Any] = {
        "kernel_shape": list(layer.kernel_size), "strides": list(layer.stride), "dilations": list(layer.dilation),
        "pads": [w.low for w in windows] + [w.high for w in windows],
    }  # fmt: skip
    told = node.add("Conv", node.x, node.stored["offset.weight"], node.stored["offset.bias"], **slid)
    offsets = 2 * layer.kernel_size[0] * layer.kernel_size[1] * layer.offset_groups
    bias = node.stored.get("bias") or node.add("Expand", node.constant([0.0]), node.integers([y.channels]))
    more = {"group": layer.groups, "offset_group": layer.offset_groups}
    if not layer.mask:
        return node.add("DeformConv", node.x, node.stored["weight"], told, bias, **slid, **more)
    moved, mask = node.add("Split", told, node.integers([offsets, offsets // 2]), outputs=2, axis=1)
    return node.add("DeformConv", node.x, node.stored["weight"], moved, bias, node.add("Sigmoid", mask), **slid, **more)


NODES: dict[str, Callable[[Node], Any]] = {
    "Activation": _activation,
    "Linear": _linear,
    "ZeroPad": _padded("constant"),
    "ConstantPad": _padded("constant"),
    "Cropping": _padded("constant"),
    "ReflectionPad": _padded("reflect"),
    "ReplicationPad": _padded("edge"),
    "CircularPad": _padded("wrap"),
    **dict.fromkeys(NORMS, _norm),
    "LocalResponseNorm": _by_neighbours,
    "AdaptiveAvgPool": _into_bins("AveragePool"),
    "AdaptiveMaxPool": _into_bins("MaxPool"),
    "GlobalAvgPool": _into_bins("AveragePool"),
    "GlobalMaxPool": _into_bins("MaxPool"),
    "LPPool": _power,
    "MaxUnpool": _unpooled,
    "Upsample": resized,
    "PixelUnshuffle": _moved,
    "ChannelShuffle": _moved,
    "Flatten": lambda node: node.reshaped(node.x, node.outputs[0]),
    "Unflatten": lambda node: node.reshaped(node.x, node.outputs[0]),
    "Identity": lambda node: node.x,
    "Dropout": lambda node: node.x,
    "Add": _joined("Add"),
    "Subtract": _joined("Sub"),
    "Multiply": _joined("Mul"),
    "Concat": lambda node: node.add("Concat", *node.reads, axis=node.layer.dim % len(node.inputs[0])),
    "Split": _parted,
    "Chunk": _parted,
    "DeformConv": _deformed,
}
"""Every family that is not a window's, by the nodes that do the same."""
