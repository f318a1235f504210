"""Layers run by onnxruntime: a model of ONNX nodes is made of them, with the weights as inputs of the graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from . import NoEqualError
from .onnx_nodes import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...numeric.arrays import Array
    from . import Call

OPSET = 21

IR_VERSION = 10
"""The first that goes with the opset."""


def start() -> str:
    """Its name and version."""
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}"


class Graph:
    """Nodes one after another; every value has a name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.fed: dict[str, Array] = {}

    def feed(self, name: str, array: Array) -> str:
        """A value that is given when the graph runs."""
        self.fed[name] = array
        return name

    def constant(self, value: object, dtype: str = "float32") -> str:
        """A value that is part of the graph."""
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: object) -> Any:
        """A node; the name of its output, or a tuple of them where it has several."""
        from onnx import helper

        names = tuple(f"value{len(self.nodes)}_{place}" for place in range(outputs))
        self.nodes.append(helper.make_node(op, list(inputs), list(names), **attributes))
        return names[0] if outputs == 1 else names

    def model(self, wanted: Sequence[str]) -> bytes:
        """The graph as onnxruntime reads it."""
        from onnx import TensorProto, helper

        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in self.fed.items()
        ]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in wanted]
        graph = helper.make_graph(self.nodes, "verified", inputs, outputs, self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        return made.SerializeToString()  # type: ignore[no-any-return]


def run(calls: Sequence[Call], values: Mapping[str, Array], wanted: tuple[str, ...]) -> list[Array]:
    """All calls as one model."""
    import onnxruntime

    graph = Graph()
    called = {name: graph.feed(name, array) for name, array in values.items()}
    for place, call in enumerate(calls):
        stored = {name: graph.feed(f"weight{place}.{name}", array) for name, array in call.stored().items()}
        made = write(graph, call.layer, call.inputs, call.outputs, tuple(called[name] for name in call.reads), stored)
        called |= dict(zip(call.writes, made, strict=False))
    # An output of the graph must be what a node makes.
    names = [graph.add("Identity", called[name]) for name in wanted]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(graph.model(names), options, providers=["CPUExecutionProvider"])
        read = {one.name for one in session.get_inputs()}
        made = session.run(names, {name: array for name, array in graph.fed.items() if name in read})
    except Exception as error:  # noqa: BLE001 (its errors have no base of their own)
        raise NoEqualError(f"refuses it: {_short(error)}") from None
    return list(made)


def _short(error: Exception) -> str:
    """What onnxruntime says is wrong, without where in its source it says so."""
    said = str(error).strip().partition("\n")[0].rpartition(" : ")[2]
    said = said.rpartition("Status Message: ")[2].removeprefix("Exception during initialization: ")
    return re.sub(r"^/\S+:\d+ .*?\)(?: const)?(?: \[[^\]]*\])? ", "", said).strip().rstrip(".")[:120]
