"""What training does with a stored array: ONNX has no word for it, so models written here note it as a property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PROPERTY = "convmath.array"
"""The property of a node that makes an array in the place of a stored one."""

FROZEN, BUFFER = "frozen", "buffer"
"""Its values: a parameter that is not trained, and what is no parameter. All others mean nothing."""


def roles_of(model: Any) -> Mapping[str, str]:
    """The role of each array that a model notes one for, by its name."""
    return {
        node.output[0]: entry.value
        for node in model.graph.node
        if node.op_type == "ConstantOfShape" and len(node.output) == 1
        for entry in node.metadata_props
        if entry.key == PROPERTY and entry.value in {FROZEN, BUFFER}
    }
