"""Nodes for what chooses numbers, or reads them where another input says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..unequal import NoEqualError
from .arithmetic import FLOAT
from .axes import INT64

if TYPE_CHECKING:
    from .node import Node, Rule


def _looked_up(node: Node) -> Any:
    return node.add("GatherElements", node.x, node.add("Cast", node.reads[1], to=INT64), axis=node.layer.dim)


def _largest(node: Node) -> Any:
    layer = node.layer
    words = {"axis": layer.dim, "largest": int(layer.largest)}
    found, indices = node.add("TopK", node.x, node.integers([layer.k]), outputs=2, **words)
    return found, node.add("Cast", indices, to=FLOAT)


def _added_up(node: Node) -> Any:
    layer = node.layer
    along = node.integers(layer.dim % len(node.inputs[0]))
    return node.add("CumSum", node.x, along, exclusive=int(layer.exclusive), reverse=int(layer.reverse))


def _sampled(node: Node) -> Any:
    layer = node.layer
    if node.inputs[0].rank not in {2, 3}:
        raise NoEqualError("samples two or three axes only")
    return node.add(
        "GridSample", *node.reads, mode="nearest" if layer.mode == "nearest" else "linear",
        padding_mode=layer.padding_mode, align_corners=int(layer.align_corners),
    )  # fmt: skip


PICKED: dict[str, Rule] = {
    "GatherElements": _looked_up, "TopK": _largest, "CumSum": _added_up, "GridSample": _sampled,
}  # fmt: skip
"""What chooses numbers, adds them up or samples them, as ONNX nodes."""
