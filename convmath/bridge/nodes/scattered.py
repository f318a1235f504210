"""Nodes for what reads indices or offsets from an input: scattering, and convolutions that are told where to sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..unequal import NoEqualError

if TYPE_CHECKING:
    from .node import Node, Rule

INT64 = 7
"""The element type of indices, by ONNX's number."""


def deformed(node: Node, told: str, mask: str) -> Any:
    """A convolution of samples where offsets say; `mask` is '' where there is none."""
    layer, x = node.layer, node.inputs[0]
    if x.rank != 2:
        raise NoEqualError("deforms over two axes only")
    given = [told, node.stored.get("bias", ""), *([mask] if mask else [])]
    return node.add(
        "DeformConv", node.x, node.stored["weight"], *given, **slid(node),
        group=layer.groups, offset_group=layer.offset_groups,
    )  # fmt: skip


def slid(node: Node) -> dict[str, Any]:
    """The attributes of a window, as every operator that has one takes them."""
    layer, windows = node.layer, node.layer.windows(node.inputs[0])
    return {
        "kernel_shape": list(layer.kernel_size), "strides": list(layer.stride), "dilations": list(layer.dilation),
        "pads": [w.low for w in windows] + [w.high for w in windows],
    }  # fmt: skip


def _by_branch(node: Node) -> Any:
    layer = node.layer
    if node.inputs[0].rank != 2:
        raise NoEqualError("deforms over two axes only")
    told = node.add("Conv", node.x, node.stored["offset.weight"], node.stored["offset.bias"], **slid(node))
    if not layer.mask:
        return deformed(node, told, "")
    offsets = 2 * layer.kernel_size[0] * layer.kernel_size[1] * layer.offset_groups
    moved, mask = node.add("Split", told, node.integers([offsets, offsets // 2]), outputs=2, axis=1)
    return deformed(node, moved, node.add("Sigmoid", mask))


def _elements(node: Node) -> Any:
    x, indices, values = node.reads
    axis, reduction = node.layer.dim, node.layer.reduction
    return node.add("ScatterElements", x, node.add("Cast", indices, to=INT64), values, axis=axis, reduction=reduction)


def _blocks(node: Node) -> Any:
    x, indices, values = node.reads
    return node.add("ScatterND", x, node.add("Cast", indices, to=INT64), values, reduction=node.layer.reduction)


def _flat(node: Node) -> Any:
    """Indices are counted over the whole array, so it lies in a row."""
    x, values = (node.reshaped(name, (-1,)) for name in node.reads)
    indices = node.reshaped(node.stored["indices"], (-1,))
    made = node.add("ScatterElements", x, indices, values, axis=0, reduction=node.layer.reduction)
    return node.reshaped(made, node.outputs[0])


SCATTERED: dict[str, Rule] = {
    "DeformConv": _by_branch,
    "OffsetConv": lambda node: deformed(node, node.reads[1], node.reads[2] if len(node.reads) > 2 else ""),
    "Scatter": _flat,
    "ScatterElements": _elements,
    "ScatterND": _blocks,
}
