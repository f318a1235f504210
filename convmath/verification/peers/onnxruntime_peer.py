"""Layers run by onnxruntime: a model of ONNX nodes is made of them, with the weights as inputs of the graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ...bridge.nodes.layers import write
from ...bridge.nodes.node import IR_VERSION, OPSET
from ...bridge.unequal import NoEqualError
from . import Refusal, RefusedError, refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...numeric.arrays import Array
    from . import Call


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
        from onnx import helper

        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in self.fed.items()
        ]
        outputs = [helper.make_empty_tensor_value_info(name) for name in wanted]  # their types follow from the nodes
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
        if len(made) < len(call.writes):
            raise NoEqualError("counts indices over the whole tensor, not in each map")
        called |= dict(zip(call.writes, made, strict=True))
        unread = set(stored.values()) - {name for node in graph.nodes for name in node.input} - set(made)
        if unread:
            left = ", ".join(name for name, fed in stored.items() if fed in unread)
            raise RefusedError(f"{call.layer.op} has nothing that reads {left}")
    # An output of the graph must be what a node makes.
    names = [graph.add("Identity", called[name]) for name in wanted]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(graph.model(names), options, providers=["CPUExecutionProvider"])
        read = {one.name for one in session.get_inputs()}
        made = session.run(names, {name: array for name, array in graph.fed.items() if name in read})
    except Exception as error:  # noqa: BLE001 (its errors have no base of their own)
        raise refused(short(error), (call.layer for call in calls), REFUSALS) from None
    return list(made)


def short(error: Exception) -> str:
    """What onnxruntime says is wrong, without where in its source it says so."""
    said = str(error).strip().partition("\n")[0].rpartition(" : ")[2]
    said = said.rpartition("Status Message: ")[2].removeprefix("Exception during initialization: ")
    return re.sub(r"^/\S+:\d+ .*?\)(?: const)?(?: \[[^\]]*\])? ", "", said).strip().rstrip(".")[:120]


REFUSALS = (
    Refusal(("Dropout",), "ratio must be in the range", "asks for a share below 1 to be left out"),
    Refusal(("AvgPool", "MaxUnpool"), r"pads_?\[dim\] < kernel_shape", "pads by less than the kernel only"),
    Refusal(("LocalResponseNorm",), "(alpha|beta)_ > 0", "asks for alpha and beta above 0"),
    Refusal(("LocalResponseNorm",), r"NumDimensions\(\) == 4", "takes neighbours of pictures only"),
)
"""What onnxruntime does not run, and why."""
