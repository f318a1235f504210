"""Layers as ONNX nodes: windows as `convmath port` writes them, other kinds by one function each."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...layers.composite import Composite
from ...layers.pool import MaxPool
from ...layers.shuffle import PixelShuffle
from ..port import port
from ..rows import carried_out
from ..sliding import KINDS
from ..unequal import NoEqualError
from .arithmetic import ARITHMETIC
from .axes import MOVES
from .functions import activation
from .node import Names, Node
from .picking import PICKED
from .recurrent import sequence
from .resize import resized
from .scattered import SCATTERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape
    from ...layers.base import Layer
    from .node import Graph, Rule


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
    if made == node.x:  # a layer of its own, although it changes nothing
        made = node.add("Identity", made)
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
    if not node.layer.makes_indices:
        for row in rows:
            x = carried_out(row, {**node.stored, "x": x, "float": float}, partial(_op, node))
        return (x,)
    if len(rows) > 1:
        raise NoEqualError("counts the indices of maxima in a padded copy")
    y, indices = carried_out(rows[0], {"x": x}, partial(_op, node, outputs=2))
    return y, _in_each_map(node, indices)


def _in_each_map(node: Node, indices: str) -> str:
    """ONNX counts indices over the whole tensor, PyTorch in each map by itself."""
    made: str = node.add("Mod", indices, node.integers(prod(node.inputs[0].spatial)))
    return made


def _reads_nothing(node: Node) -> bool:
    """Whether some window along some axis lies in the padding altogether."""
    x, y = node.inputs[0].spatial, node.outputs[0].spatial
    axes = zip(node.layer.windows(node.inputs[0]), x, y, strict=True)
    return any(not any(0 <= i < size for i in window.reads(o)) for window, size, count in axes for o in range(count))


def _op(node: Node, op: str, outputs: int = 1) -> Callable[..., Any]:
    """What adds a node: lists and numbers among its inputs become constants."""

    def value(given: Any) -> str:
        if isinstance(given, str):
            return given
        return node.integers(given) if type(given) is list else node.constant(given)

    return lambda *inputs, **attributes: node.add(op, *map(value, inputs), outputs=outputs, **attributes)


def _linear(node: Node) -> Any:
    if len(node.inputs[0]) == 2:
        stored = [node.stored[name] for name in ("weight", "bias") if name in node.stored]
        return node.add("Gemm", node.x, *stored, transB=1)
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
    if family == "LayerNorm" and "bias" not in node.stored:
        return node.add(NORMS[family], node.x, scale, epsilon=epsilon, axis=-len(size))
    more = {"GroupNorm": {"num_groups": layer.__dict__.get("num_groups")}, "LayerNorm": {"axis": -len(size)}}
    return node.add(NORMS[family], node.x, scale, shift, epsilon=epsilon, **more.get(family, {}))


def _root_mean_square(node: Node) -> Any:
    """Root mean square, by single steps: its own operator came with version 23."""
    layer = node.layer
    axes = node.integers([-1 - axis for axis in range(len(layer.normalized_shape))])
    squares = node.add("ReduceMean", node.add("Pow", node.x, node.constant(2.0)), axes, keepdims=1)
    eps = EPSILON if layer.eps is None else layer.eps
    made = node.add("Div", node.x, node.add("Sqrt", node.add("Add", squares, node.constant(eps))))
    return node.add("Mul", made, node.stored["weight"]) if "weight" in node.stored else made


EPSILON = 2.0**-23
"""The spacing of float32 at 1."""

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


def _into_bins(op: str, over: str) -> Callable[[Node], Any]:
    """A pooling by a window, or over whole axes where one position is asked for, whatever there is."""

    def pool(node: Node) -> Any:
        x, y = node.inputs[0].spatial, node.outputs[0].spatial
        asked = node.layer.__dict__.get("output_size", (1,) * len(y))
        whole = [axis for axis, size in enumerate(asked, 2) if size == 1]
        if whole and len(whole) == len(y):
            return node.add(f"Global{op}", node.x)
        if any(i % o for i, o in zip(x, y, strict=True)):
            raise NoEqualError("pools into bins of one size only")
        kernel = [1 if axis in whole else i // o for axis, (i, o) in enumerate(zip(x, y, strict=True), 2)]
        if node.layer.makes_indices:
            made, indices = node.add(op, node.x, outputs=2, kernel_shape=kernel, strides=kernel)
            return made, _in_each_map(node, indices)
        found = node.add(over, node.x, node.integers(whole), keepdims=1) if whole else node.x
        return node.add(op, found, kernel_shape=kernel, strides=kernel) if kernel else found

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
    if "indices" not in node.stored:
        raise NoEqualError("counts indices over the whole tensor, not in each map")
    # ONNX counts indices over the whole tensor, PyTorch in each map by itself.
    size = y.elements // (y.batch * y.channels)
    first = [[[n * y.channels * size + c * size] for c in range(y.channels)] for n in range(y.batch)]
    maps = node.reshaped(node.stored["indices"], (y.batch, y.channels, -1))
    indices = node.reshaped(node.add("Add", maps, node.integers(first)), x)
    layer = node.layer
    return node.add(
        "MaxUnpool", node.x, indices, node.integers(y), kernel_shape=list(layer.kernel_size),
        strides=list(layer.stride or layer.kernel_size), pads=[*layer.padding, *layer.padding],
    )  # fmt: skip


NODES: dict[str, Rule] = {
    **ARITHMETIC,
    **MOVES,
    **SCATTERED,
    **PICKED,
    "Linear": _linear,
    "ZeroPad": _padded("constant"),
    "ConstantPad": _padded("constant"),
    "Cropping": _padded("constant"),
    "ReflectionPad": _padded("reflect"),
    "ReplicationPad": _padded("edge"),
    "CircularPad": _padded("wrap"),
    **dict.fromkeys(NORMS, _norm),
    "LocalResponseNorm": _by_neighbours,
    "AdaptiveAvgPool": _into_bins("AveragePool", "ReduceMean"),
    "AdaptiveMaxPool": _into_bins("MaxPool", "ReduceMax"),
    "GlobalAvgPool": _into_bins("AveragePool", "ReduceMean"),
    "GlobalMaxPool": _into_bins("MaxPool", "ReduceMax"),
    "LPPool": _power,
    "MaxUnpool": _unpooled,
    "Upsample": resized,
    "Identity": lambda node: node.x,
    "Dropout": lambda node: node.add("Dropout", node.x, node.constant(node.layer.p)),
    "Recurrent": sequence,
    "RMSNorm": _root_mean_square,
    "Activation": activation,
}
"""Every family that is not a window's, by the nodes that do the same."""
