"""Node: a layer that is to be written as nodes of a graph, and the graph as its writers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.shape import Shape

    Rule = Callable[["Node"], Any]

OPSET = 21
"""The version of ONNX's operators that are written."""

IR_VERSION = 10
"""The first that goes with the opset."""

Names = tuple[str, ...]


class Graph(Protocol):
    """Takes nodes and constants, and gives the names of what they make."""

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: object) -> Any:
        """A node; the name of its output, or a tuple of them where it has several."""

    def constant(self, value: object, dtype: str = "float32") -> str:
        """A value that is part of the graph."""


class Node:
    """A layer to be written: what it is, what it reads and with which weights."""

    def __init__(
        self, graph: Graph, layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], reads: Names,
        stored: dict[str, str],
    ) -> None:  # fmt: skip
        self.add, self.constant = graph.add, graph.constant
        self.layer, self.inputs, self.outputs, self.reads, self.stored = layer, inputs, outputs, reads, stored
        self.x = reads[0] if reads else ""

    def integers(self, values: object) -> str:
        """A constant of int64."""
        return self.constant(values, "int64")

    def reshaped(self, x: str, sizes: tuple[int, ...]) -> str:
        """A value in another shape."""
        made: str = self.add("Reshape", x, self.integers(sizes))
        return made
