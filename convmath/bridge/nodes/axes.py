"""What only moves numbers, takes some of them or repeats them, as ONNX nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.size import product

if TYPE_CHECKING:
    from .node import Node, Rule

FAR = 2**63 - 1
"""Beyond every end, where a slice goes on to the last position."""


def reshaped(node: Node) -> Any:
    """Any layer of which only the shape of the output matters."""
    return node.reshaped(node.x, node.outputs[0])


def _flattened(node: Node) -> Any:
    layer, axes = node.layer, len(node.inputs[0])
    if layer.start_dim % axes == 1 and layer.end_dim % axes == axes - 1:
        return node.add("Flatten", node.x, axis=1)
    return reshaped(node)


def _by_axes(op: str, added: bool = False) -> Rule:
    def rule(node: Node) -> Any:
        count = len(node.inputs[0]) + (len(node.layer.dim) if added else 0)
        return node.add(op, node.x, node.integers([axis % count for axis in node.layer.dim]))

    return rule


def _sliced(node: Node) -> Any:
    layer = node.layer
    stop = FAR if layer.stop is None else layer.stop
    cut = ([layer.start], [stop], [layer.dim], [layer.step])
    return node.add("Slice", node.x, *map(node.integers, cut))


def _selected(node: Node) -> Any:
    return node.add("Gather", node.x, node.integers(node.layer.index), axis=node.layer.dim)


def _turned_round(node: Node) -> Any:
    dims = list(node.layer.dims)
    ends = ([-1] * len(dims), [-FAR] * len(dims), dims, [-1] * len(dims))
    return node.add("Slice", node.x, *map(node.integers, ends))


def _rolled(node: Node) -> Any:
    """What leaves at one end enters at the other: two pieces change places."""
    y = node.x
    for shift, dim in zip(node.layer.shifts, node.layer.dims, strict=True):
        axis = dim % len(node.inputs[0])
        by = shift % node.inputs[0][axis]
        if by:
            ends = node.add("Slice", y, *map(node.integers, ([-by], [FAR], [axis])))
            begins = node.add("Slice", y, *map(node.integers, ([0], [-by], [axis])))
            y = node.add("Concat", ends, begins, axis=axis)
    return y


def _folded(node: Node) -> Any:
    layer = node.layer
    return node.add(
        "Col2Im", node.x, node.integers(layer.output_size), node.integers(layer.kernel_size),
        dilations=list(layer.dilation), strides=list(layer.stride), pads=[*layer.padding, *layer.padding],
    )  # fmt: skip


def _looked_up(node: Node) -> Any:
    return node.add("Gather", node.stored["weight"], node.add("Cast", node.x, to=INT64), axis=0)


def _gathered(node: Node) -> Any:
    return node.add("Gather", node.x, node.add("Cast", node.reads[1], to=INT64), axis=node.layer.dim)


INT64 = 7
"""The element type of places, by ONNX's number."""


def _parted(node: Node) -> Any:
    axis = node.layer.dim % len(node.inputs[0])
    sizes = node.integers([shape[axis] for shape in node.outputs])
    return node.add("Split", node.x, sizes, outputs=len(node.outputs), axis=axis)


def _shuffled(node: Node, x: str, shape: tuple[int, ...], groups: int) -> Any:
    """Channels that lie in groups, so that those of one place in all groups follow one another."""
    (_, c, *sizes), order = shape, [0, 2, 1, *range(3, len(shape) + 1)]
    if groups in {1, c}:
        return x
    parted = node.reshaped(x, (0, groups, c // groups, *sizes))  # 0 is whatever the batch is
    return node.reshaped(node.add("Transpose", parted, perm=order), (0, c, *sizes))


def _to_depth(node: Node) -> Any:
    """ONNX has all channels of one place of a block together, PyTorch all places of one channel."""
    r = node.layer.downscale_factor
    if r == 1:
        return node.x
    return _shuffled(node, node.add("SpaceToDepth", node.x, blocksize=r), node.outputs[0], r * r)


def _expanded(node: Node) -> Any:
    return node.add("Expand", node.x, node.integers(node.outputs[0]))


def _repeated(node: Node) -> Any:
    new = len(node.outputs[0]) - len(node.inputs[0])
    y = node.reshaped(node.x, (*(1,) * new, *node.inputs[0])) if new else node.x
    times = (1,) * (len(node.outputs[0]) - len(node.layer.repeats)) + tuple(node.layer.repeats)
    return node.add("Tile", y, node.integers(times)) if product(times) > 1 else y


MOVES: dict[str, Rule] = {
    "Flatten": _flattened,
    "Unflatten": reshaped,
    "Reshape": reshaped,
    "Squeeze": _by_axes("Squeeze"),
    "Unsqueeze": _by_axes("Unsqueeze", added=True),
    "Permute": lambda node: node.add(
        "Transpose", node.x, perm=[axis % len(node.inputs[0]) for axis in node.layer.dims]
    ),
    "Slice": _sliced,
    "Select": _selected,
    "Flip": _turned_round,
    "Roll": _rolled,
    "Fold": _folded,
    "Embedding": _looked_up,
    "Gather": _gathered,
    "Concat": lambda node: node.add("Concat", *node.reads, axis=node.layer.dim % len(node.inputs[0])),
    "Split": _parted,
    "Chunk": _parted,
    "PixelUnshuffle": _to_depth,
    "ChannelShuffle": lambda node: _shuffled(node, node.x, node.inputs[0], node.layer.groups),
    "Expand": _expanded,
    "Repeat": _repeated,
}
"""Families by the nodes that do the same."""
