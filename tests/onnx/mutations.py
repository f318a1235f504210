"""Sound models in which many kinds of operator, attribute and array stand, and what breaks them."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import helper  # noqa: E402

from convmath.formats.onnx_in.rules import RULES  # noqa: E402
from tests.onnx.models import model, node, value, whole, zeros  # noqa: E402


def plain():
    """Convolution, normalisation, pooling, resizing, and arithmetic of shapes."""
    nodes = [
        node("Conv", "x w b", "c", "/a/conv/Conv", strides=[2, 1], pads=[1, 0, 1, 1], group=2),
        node("BatchNormalization", "c s s s s", "n", "/a/bn/BatchNormalization"),
        node("Relu", "n", "r"),
        node("Shape", "r", "shape"),
        node("Gather", "shape zero", "batch", axis=0),
        node("Unsqueeze", "batch axes", "lead"),
        node("Concat", "lead rest", "wanted", axis=0),
        node("MaxPool", "r", "m", kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER"),
        node("Resize", "m  scales", "u", mode="linear"),
        node("Reshape", "r wanted", "v"),
        node("Softmax", "v", "y", axis=-1),
        node("Slice", "u starts ends axes2", "z"),
    ]
    stored = {
        "w": zeros(6, 2, 3, 3), "b": zeros(6), "s": zeros(6), "zero": np.int64(0), "axes": whole(0),
        "rest": whole(6, -1),
        "scales": np.array([1, 1, 2, 1.5], np.float32), "starts": whole(1), "ends": whole(-1), "axes2": whole(2),
    }  # fmt: skip
    nodes[8].input.insert(1, "")
    return model(nodes, {"x": ("N", 4, "H", 12)}, {"y": ("N", 6, "L"), "z": ("N", 6, "h", "w")}, stored)


def looking():
    """What finds things: transposed and deformed convolutions, places, samples, scattering, an unknown operator."""
    nodes = [
        node("ConvTranspose", "x w", "up", "/a/up", strides=[2, 2], output_padding=[1, 0], group=2),
        node("DeformConv", "up v off", "d", "/a/deform", kernel_shape=[1, 1]),
        node("GridSample", "d grid", "g", mode="linear", padding_mode="border"),
        node("Transpose", "g", "t", perm=[0, 2, 3, 1]),
        node("Reshape", "t flat", "rows"),
        node("TopK", "rows k", "best at", axis=1, largest=1),
        node("GatherElements", "rows at", "same", axis=1),
        node("CumSum", "same axis", "sums", reverse=1),
        node("Split", "sums parts", "a b", axis=2),
        node("ScatterND", "a put a2", "y"),
        node("Einsum", "b b", "e", equation="nkc,nlc->nkl"),
        node("Foo", "e", "z"),
    ]
    nodes[-1].domain = "own"
    stored = {
        "w": zeros(4, 3, 3, 2), "v": zeros(5, 6, 1, 1), "off": zeros(1, 2, 16, 12), "grid": zeros(1, 4, 5, 2),
        "flat": whole(0, -1, 5), "k": whole(7), "axis": np.int64(1), "parts": whole(2, 3), "put": np.zeros((1, 1), int),
        "a2": zeros(1, 7, 2),
    }  # fmt: skip
    made = model(nodes, {"x": (1, 4, 7, 6)}, {"y": (1, 7, 2), "z": (1, 7, 7)}, stored, opset=20)
    made.opset_import.append(helper.make_opsetid("own", 1))
    return made


def speaking():
    """What reads sequences: recurrent layers, look-ups, a branch, a function, attention, stored 8-bit numbers."""
    branches = {
        name: helper.make_graph([node(kind, "r", "out")], name, [], [value("out", None)])
        for name, kind in (("then_branch", "Tanh"), ("else_branch", "Softmax"))
    }
    nodes = [
        node("Gather", "table ids", "words", "/embed"),
        node("LSTM", "words w r0 b", "h", "/rnn", hidden_size=3, direction="bidirectional"),
        node("Transpose", "h", "turned", perm=[0, 2, 1, 3]),
        node("Reshape", "turned form", "r"),
        helper.make_node("If", ["yes"], ["chosen"], "choose", **branches),
        node("DequantizeLinear", "q8 scale", "q"),
        node("MatMul", "chosen q", "m"),
        node("LayerNormalization", "m gain", "n", axis=-1, epsilon=1e-5),
        helper.make_node("f", ["n"], ["y"], domain="own"),
    ]
    stored = {
        "table": zeros(11, 5), "w": zeros(2, 12, 5), "r0": zeros(2, 12, 3), "b": zeros(2, 24), "form": whole(9, -1, 6),
        "yes": np.array(True), "q8": np.zeros((6, 4), np.int8), "scale": np.float32(0.1), "gain": zeros(4),
    }  # fmt: skip
    made = model(nodes, {"ids": ("int64", 9, "N")}, {"y": (9, "M", 4)}, stored)
    made.opset_import.append(helper.make_opsetid("own", 1))
    body = [node("ReduceMean", "a", "m", axes=[1], keepdims=1), node("Sub", "a m", "b")]
    made.functions.append(helper.make_function("own", "f", ["a"], ["b"], body, made.opset_import[:1]))
    return made


MODELS = (plain, looking, speaking)


def of_bytes(rng, data):
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(len(made))
        match rng.randrange(5):
            case 0:
                made[place] = rng.randrange(256)
            case 1:
                made[place] ^= 1 << rng.randrange(8)
            case 2:
                del made[place : place + rng.randrange(1, 9)]
            case 3:
                made[place:place] = rng.randbytes(rng.randrange(1, 5))
            case 4:
                start = rng.randrange(len(made))
                made[place:place] = made[start : start + rng.randrange(1, 40)]
    return bytes(made)


NUMBERS = [0, 1, 2, 3, -1, -2, 7, 64, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63), 10**9, 10**18]
WORDS = ["", "N", "H W", "<b>\x1b[31m", "a*b+1", "__import__('os').system('touch canary')", "x" * 500]
KINDS = [*sorted(RULES), "If", "Loop", "Foo"]
ATTRIBUTES = [
    "axis",
    "group",
    "strides",
    "pads",
    "kernel_shape",
    "to",
    "perm",
    "blocksize",
    "keepdims",
    "mode",
    "hidden_size",
]


def of_attribute(rng, attribute):
    if attribute.type == onnx.AttributeProto.INTS and attribute.ints:
        match rng.randrange(3):
            case 0:
                attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(NUMBERS)
            case 1:
                attribute.ints.append(rng.choice(NUMBERS))
            case 2:
                del attribute.ints[-1]
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = rng.choice(NUMBERS)
    elif attribute.type == onnx.AttributeProto.STRING:
        attribute.s = rng.choice([b"", b"SAME_UPPER", b"x\xff", b"VALID", b"linear"])
    else:
        attribute.type = rng.randrange(1, 9)


def of_meaning(rng, data):  # noqa: C901 (one case for each sort)
    made = onnx.load_from_string(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        graph = made.graph
        part = rng.choice(list(graph.node))
        tensor = rng.choice(list(graph.initializer))
        names = [name for other in graph.node for name in other.output] + [other.name for other in graph.initializer]
        match rng.randrange(10):
            case 0 | 1 if part.attribute:
                of_attribute(rng, rng.choice(list(part.attribute)))
            case 2:
                part.op_type = rng.choice(KINDS)
            case 3 if part.input:
                part.input[rng.randrange(len(part.input))] = rng.choice([*names, ""])
            case 4 if part.input:
                del part.input[-1]
            case 5:
                part.input.append(rng.choice(names))
            case 6:
                tensor.dims.append(rng.choice(NUMBERS))
            case 7:
                tensor.raw_data = rng.randbytes(rng.randrange(40))
            case 8:
                size = rng.choice(list(graph.input[0].type.tensor_type.shape.dim))
                size.Clear()
                size.dim_param = rng.choice(WORDS)
            case 9:
                more = rng.choice([1, -1, 2**62, [1, 1], [2**62, 1], "SAME_UPPER", 0.5])
                part.attribute.append(helper.make_attribute(rng.choice(ATTRIBUTES), more))
    return made
