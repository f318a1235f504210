"""The cases: those that the onnx package generates for single nodes, and stored models that are made of one layer."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.onnx.nodes import NODES, SHAPES, run_node

onnx = pytest.importorskip("onnx")

from onnx import numpy_helper  # noqa: E402
from onnx.backend.test.loader import DATA_DIR  # noqa: E402
from onnx.helper import get_attribute_value  # noqa: E402

from tests.onnx.generated import generated  # noqa: E402

QUANTISED = ("QLinearConv",)
"""An operator of the same kind that nothing here runs."""


class Case(NamedTuple):
    """A model, its inputs, and the outputs that the package gives with it."""

    name: str
    model: Any
    inputs: list[np.ndarray]
    outputs: list[np.ndarray]

    @property
    def ops(self):
        return [node.op_type for node in self.model.graph.node]

    @property
    def op(self):
        """The operator of the one layer."""
        return next(op for op in self.ops if op not in SHAPES)

    @property
    def how(self):
        """The attributes of that operator."""
        return attributes(next(node for node in self.model.graph.node if node.op_type == self.op))

    @property
    def stored(self):
        """The arrays that the model holds."""
        return {tensor.name: numpy_helper.to_array(tensor) for tensor in self.model.graph.initializer}

    def run_here(self, change=lambda array: array):
        """The outputs, every array changed first."""
        values = self.stored
        free = [value.name for value in self.model.graph.input if value.name not in values]
        values |= dict(zip(free, self.inputs, strict=True))
        values = {name: change(array) for name, array in values.items()} | {"": None}
        for node in self.model.graph.node:
            made = run_node(node.op_type, attributes(node), [values[name] for name in node.input])
            values |= dict(zip(node.output, made, strict=False))
        return [values[output.name] for output in self.model.graph.output]

    def changed(self, change):
        """The same case with every array changed, and no outputs."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        for tensor in model.graph.initializer:
            tensor.CopyFrom(numpy_helper.from_array(change(numpy_helper.to_array(tensor)), tensor.name))
        return Case(self.name, model, [change(array) for array in self.inputs], [])


def attributes(node):
    return {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}


def is_of_one_layer(ops):
    return len([op for op in ops if op in {*NODES, *QUANTISED}]) == 1 and set(ops) <= {*NODES, *QUANTISED, *SHAPES}


@cache
def cases():
    """Every case of one layer, by name; those of whole functions, written out in other operators, are none."""
    found = {}
    for case in generated():
        if is_of_one_layer([node.op_type for node in case.model.graph.node]) and len(case.model.graph.node) == 1:
            ((inputs, outputs),) = case.data_sets
            found[case.name] = Case(case.name, case.model, *(list(map(np.asarray, part)) for part in (inputs, outputs)))
    for kind in ("pytorch-converted", "pytorch-operator"):
        for name in sorted(os.listdir(f"{DATA_DIR}/{kind}")):
            folder = f"{DATA_DIR}/{kind}/{name}"
            model = onnx.load(f"{folder}/model.onnx")
            if is_of_one_layer([node.op_type for node in model.graph.node]):
                data = f"{folder}/test_data_set_0"
                found[f"{kind}/{name}"] = Case(
                    f"{kind}/{name}", model, *map(list, (read(data, "in"), read(data, "out")))
                )
    return found


def read(folder, side):
    for file in sorted(os.listdir(folder)):
        if file.startswith(side):
            yield numpy_helper.to_array(onnx.load_tensor(f"{folder}/{file}"))
