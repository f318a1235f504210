"""Models made for the tests: small ONNX graphs by hand, and networks of PyTorch exported."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

FLOAT = TensorProto.FLOAT


def model(nodes, inputs, outputs, stored=None, opset=17, infos=()):
    """A model of nodes, inputs and outputs {name: shape}, and stored arrays {name: array}."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [value(name, shape) for name, shape in inputs.items()],
        [value(name, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (stored or {}).items()],
        value_info=list(infos),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def value(name, shape, kind=None):
    whole = isinstance(shape, tuple) and shape[:1] == ("int64",)
    sizes = shape[1:] if whole else shape
    return helper.make_tensor_value_info(name, kind or (TensorProto.INT64 if whole else FLOAT), sizes)


def node(kind, inputs, outputs, name="", **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), name=name, **attributes)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def whole(*numbers):
    return np.array(numbers, np.int64)


def exported(module, *inputs, dynamic=None, opset=17, training=False):
    """A module of PyTorch as ONNX, by the exporter that traces it."""
    torch = pytest.importorskip("torch")
    file = io.BytesIO()
    names = [f"x{place}" for place in range(len(inputs))]
    how = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False} if training else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), inputs, file, input_names=names, opset_version=opset, dynamo=False,
            dynamic_axes={"x0": dynamic} if dynamic else None, **how,
        )  # fmt: skip
    return onnx.load_from_string(file.getvalue())


def runs(model, *inputs):
    """The outputs, and every value on the way that onnxruntime can hand out, by name."""
    runtime = pytest.importorskip("onnxruntime")
    more = onnx.ModelProto()
    more.CopyFrom(model)
    known = {output.name for output in more.graph.output}
    names = [name for part in more.graph.node for name in part.output if name and name not in known]
    more.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = runtime.InferenceSession(more.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run(None, {put.name: array for put, array in zip(session.get_inputs(), inputs, strict=True)})
    return {output.name: array for output, array in zip(session.get_outputs(), found, strict=True)}


def counted(model, shapes):
    """Multiply-accumulates and weights of convolutions and linear layers, from a run's shapes alone."""
    stored = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    macs = 0
    for part in model.graph.node:
        names = list(part.input)
        if part.op_type == "Conv":
            filters = stored[names[1]] if names[1] in stored else shapes[names[1]]
            macs += int(np.prod(shapes[part.output[0]])) * int(np.prod(filters[1:]))
        elif part.op_type == "ConvTranspose":
            filters = stored[names[1]] if names[1] in stored else shapes[names[1]]
            macs += int(np.prod(shapes[names[0]])) * int(np.prod(filters[1:]))
        elif part.op_type in {"Gemm", "MatMul"}:
            turned = part.op_type == "Gemm" and any(a.name == "transA" and a.i for a in part.attribute)
            a = shapes.get(names[0], stored.get(names[0]))
            macs += int(np.prod(shapes[part.output[0]])) * a[0 if turned else -1]
    return macs
