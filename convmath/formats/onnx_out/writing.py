"""`to_onnx`: a network as an ONNX model that states every shape and holds no weights."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any

from ...bridge.nodes.layers import write
from ...bridge.nodes.node import IR_VERSION, OPSET
from ...bridge.unequal import NoEqualError
from ...core.errors import ParameterError
from ...core.size import are_numbers
from ...render.table import printable
from ..exported import Exported
from ..identifiers import Identifiers
from ..leaves import leaves_of
from ..onnx_in.opening import imported
from ..onnx_in.roles import BUFFER, FROZEN, PROPERTY
from .dynamic import with_symbols
from .kept import lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from onnx import ModelProto

    from ...core.shape import Shape
    from ...network.network import Network
    from ..leaves import Leaf, Leaves, Value

SCOPES = "pkg.torch.onnx.name_scopes"
"""The property of a node under which PyTorch's exporter notes the module it stands in, and readers look for it."""

PLAIN = re.compile(r"[\w./ -]+")
"""Names that such a property can hold, as it parts them by commas and quotes."""


def to_onnx(net: Network, *shapes: object, **named: object) -> ModelProto:
    """The network as an onnx.ModelProto for inputs of these shapes: all operators and sizes, and no weights.

    Shapes are given as to `analyze`. A weight is a node ConstantOfShape of the weight's name, and the only array
    stored for it is its shape: so the file is small and whole, `onnx.checker` accepts it, shapes are inferred through
    it, runtimes run it (on ones), and `from_onnx` counts its parameters. References to external data without a file
    are refused by the checker, and weights that are inputs of the graph are no parameters to most readers. Every value
    is a float; a step of a chain, and dropout of whole channels, is written as it predicts.

    Symbols among the inputs' sizes are the dynamic sizes of the model, by their names, where its nodes hold no number
    that depends on them.

    Layers that share their arrays read the same nodes. What is frozen is noted as a property of its node, which
    `from_onnx` reads; layers on which no output depends are left out, as the model's doc_string says.

    Raises ParameterError, naming the layer, for what ONNX has no equal of and for symbols elsewhere; ShapeError as
    `analyze` does; FileError where the package onnx is missing.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> model = to_onnx(Sequential(("stem", Conv2d(3, 8, 3, padding=(0, 1)))), (1, 3, 9, 8))
    >>> [(node.op_type, node.output[0]) for node in model.graph.node]
    [('ConstantOfShape', 'stem.weight'), ('ConstantOfShape', 'stem.bias'), ('Conv', 'stem/Conv_output_0')]

    Source: ONNX's operators, version 21.
    """
    return onnx_model(net, *shapes, **named).what


def onnx_model(net: Network, *shapes: object, **named: object) -> Exported[ModelProto]:
    """The model that `to_onnx` gives, with what is to be said of it."""
    imported()
    report = net.analyze(*shapes, **named)
    if are_numbers(*(size for shape in report.inputs.values() for size in shape)):
        return _model(net, report.inputs)
    return with_symbols(net, report, lambda inputs: _model(net, inputs))


def _model(net: Network, inputs: Mapping[str, Shape]) -> Exported[ModelProto]:
    """The model for inputs of these shapes, all of them numbers."""
    leaves = leaves_of(net, (), inputs)
    graph = Skeleton()
    for place, leaf in leaves.inputs:
        graph.made[place] = (graph.free(leaf.name),)
    for place, leaf in enumerate(leaves.items):
        if leaf.layer is not None:
            graph.made[place] = _written(graph, place, leaf)
    remarks = (*leaves.remarks, *_on_training(leaves))
    return Exported(graph.model(leaves, remarks), remarks)


def _on_training(leaves: Leaves) -> Iterator[str]:
    """What ONNX does not say of arrays."""
    count = sum(
        prod(shape)
        for leaf in leaves.items
        if leaf.layer is not None and leaf.arrays.owner is None
        for key, shape in leaf.layer.weights().items()
        if _role(leaf, key)
    )
    if count:
        yield (
            f"ONNX does not say what is trained: {count:,} numbers that are not are noted as the property {PROPERTY},"
            " which from_onnx alone reads."
        )


class Skeleton:
    """The nodes of a model as they are added, each named after the layer it belongs to."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.stored: list[Any] = []
        self.made: dict[int, tuple[str, ...]] = {}
        """The names of what each leaf makes, by its position."""
        self.held: dict[int, dict[str, str]] = {}
        """The names of the arrays of each leaf that stores some."""
        self.layer = ""
        self.free = Identifiers().free

    def constant(self, value: object, dtype: str = "float32") -> str:
        """A small array whose numbers matter."""
        import numpy as np
        from onnx import numpy_helper

        name = self.free(f"{self.layer}/constant")
        self.stored.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def weight(self, key: str, sizes: Shape, role: str) -> str:
        """An array of which only the shape is told; of ones, as zeros are where states begin, and no weights."""
        import numpy as np
        from onnx import helper, numpy_helper

        name = self.free(f"{self.layer}.{key}")
        shape, one = self.constant(tuple(sizes), "int64"), numpy_helper.from_array(np.ones(1, np.float32))
        node = helper.make_node("ConstantOfShape", [shape], [name], name=self.free(f"{name}/shape"), value=one)
        if role:
            node.metadata_props.add(key=PROPERTY, value=role)
        self.nodes.append(node)
        return name

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: object) -> Any:
        """A node; the name of its output, or a tuple of them where it has several."""
        from onnx import helper

        name = self.free(f"{self.layer}/{op}")
        names = tuple(self.free(f"{name}_output_{place}") for place in range(outputs))
        node = helper.make_node(op, list(inputs), list(names), name=name, **attributes)
        if PLAIN.fullmatch(self.layer):
            node.metadata_props.add(key=SCOPES, value=str(["", self.layer, op]))
        self.nodes.append(node)
        return names[0] if outputs == 1 else names

    def model(self, leaves: Leaves, remarks: Sequence[str]) -> ModelProto:
        """The model whose outputs are the network's."""
        from onnx import helper

        from ... import __version__

        outputs: list[Any] = []
        for value in leaves.outputs:
            self.layer = leaves.items[value.leaf].name
            # An output must be what a node makes, and is there once.
            known = leaves.items[value.leaf].layer is None or self._name(value) in [one.name for one in outputs]
            name = self.add("Identity", self._name(value)) if known else self._name(value)
            outputs.append(_info(name, leaves.items[value.leaf].outputs[value.output]))
        inputs = [_info(self.made[place][0], leaf.outputs[0]) for place, leaf in leaves.inputs]
        told = {info.name for info in (*inputs, *outputs)}
        inner = [
            _info(name, shape)
            for place, leaf in enumerate(leaves.items)
            for name, shape in zip(self.made[place], leaf.outputs, strict=True)
            if name not in told
        ]
        title = printable(leaves.name[:100])
        graph = helper.make_graph(self.nodes, title, inputs, outputs, self.stored, value_info=inner)
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="convmath",
            producer_version=__version__,
            doc_string=" ".join(remarks),
        )

    def _name(self, value: Value) -> str:
        return self.made[value.leaf][value.output]


def _info(name: str, shape: Shape) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def _role(leaf: Leaf, key: str) -> str:
    return BUFFER if key in leaf.arrays.buffers else FROZEN if key in leaf.arrays.frozen else ""


def _written(graph: Skeleton, place: int, leaf: Leaf) -> tuple[str, ...]:
    """Adds a layer's nodes, and gives the names of what it makes."""
    graph.layer = leaf.name
    layer = leaf.layer
    reads = tuple(graph.made[value.leaf][value.output] for value in leaf.reads)
    try:
        why, mend = lost(leaf)
        if why:
            raise _refused(leaf, f"ONNX {why}", mend)
        if leaf.arrays.owner is None:
            arrays = layer.weights() | layer.buffers()
            graph.held[place] = {key: graph.weight(key, sizes, _role(leaf, key)) for key, sizes in arrays.items()}
        stored = graph.held[place if leaf.arrays.owner is None else leaf.arrays.owner]
        return write(graph, layer, leaf.inputs, leaf.outputs, reads, stored)
    except KeyError as error:
        raise _refused(leaf, f"ONNX reads {error}, which the network does not state", "write it by others") from None
    except NoEqualError as error:
        raise _refused(leaf, f"ONNX {error}", "write it by other layers, or export --to torch or yaml") from None


def _refused(leaf: Leaf, why: str, mend: str) -> ParameterError:
    return ParameterError(f"{printable(leaf.name[:60])}: {leaf.layer!r}: {why} ({mend})")
