"""Every node case of the onnx package as a file: what is read from it makes what onnxruntime makes of the file itself.

Inputs beside the first one are stored in the file, so that those which say how an operator works are known.
"""

import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

from onnx import numpy_helper  # noqa: E402

from convmath.core.errors import ConvmathError  # noqa: E402
from convmath.formats.onnx_in.load import read_model  # noqa: E402
from convmath.formats.onnx_in.operators import STANDARD  # noqa: E402
from convmath.layers.unknown import Unknown  # noqa: E402
from convmath.verification.comparing import Compared  # noqa: E402
from convmath.verification.files import FromFile  # noqa: E402
from convmath.verification.peers import model_file, onnxruntime_peer  # noqa: E402
from tests.onnx.generated import generated  # noqa: E402

UNKNOWN = {
    "Acos", "Acosh", "AffineGrid", "Asin", "Asinh", "Atan", "Atanh", "Attention", "Bernoulli", "BitCast", "BitShift",
    "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "CausalConvWithState", "Col2Im", "Compress",
    "ConstantOfShape", "Cosh", "CumProd", "DFT", "DequantizeLinear", "Det", "Einsum",
    "EyeLike", "GatherND", "GridSample", "ImageDecoder", "IsInf", "LSTM", "LayerNormalization",
    "LinearAttention", "NegativeLogLikelihoodLoss", "NonMaxSuppression", "NonZero", "OptionalGetElement",
    "QuantizeLinear", "RMSNormalization", "Range", "RegexFullMatch", "Resize", "ReverseSequence", "RoiAlign", "STFT",
    "Sinh", "SoftmaxCrossEntropyLoss", "Split", "StringConcat", "StringNormalizer", "StringSplit", "Tan",
    "TensorScatter", "TfIdfVectorizer", "Trilu", "Unique",
}  # fmt: skip
"""Operators that stay unknown, in one form at least."""

OTHERWISE = {
    "test_maxunpool_export_with_output_shape": "onnxruntime counts places in another shape than the case does",
    "test_mod_float_edge_cases_fmod_0_float32": "of infinite numbers nothing is left over there, here no number",
    "test_mod_float_edge_cases_fmod_0_float64": "the same",
}  # fmt: skip
"""Where other numbers come out and no remark says so, and why."""

FEWEST = 450
"""How many cases must have been compared: 655 of onnx 1.23."""


def files():
    """Each case of tensors as a file of one input."""
    seen = set()
    for case in generated():
        if case.name in seen or case.model is None or "expanded" in case.name or not case.model.graph.input:
            continue
        seen.add(case.name)
        arrays = case.data_sets[0][0]
        standard = all(node.domain in STANDARD for node in case.model.graph.node)
        if standard and all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in arrays):
            yield case.name, as_file(case.model, arrays)


def as_file(model, arrays):
    made = onnx.ModelProto()
    made.CopyFrom(model)
    later = list(made.graph.input)[1:]
    made.graph.initializer.extend(
        numpy_helper.from_array(array, info.name) for info, array in zip(later, arrays[1:], strict=True)
    )
    for info in later:
        made.graph.input.remove(info)
    return made


def test_what_is_read_makes_what_the_file_makes():
    peer, compared, unknown, wrong = Compared(onnxruntime_peer, "onnxruntime"), 0, set(), []
    for name, file in files():
        try:
            found = read_model(file)
            net = found.network
            if any(isinstance(node.layer, Unknown) for node in net.nodes):
                unknown |= {node.op_type for node in file.graph.node}
                continue
            if model_file.coarse(file):
                continue
            there = FromFile(found, None, dict(net.input_shapes), 0)
            lines = there.lines(peer, net.analyze(), np.random.default_rng(0))
        except ConvmathError:  # loops, shapes without positions, what onnxruntime has no kernel for
            continue
        compared += bool(lines)
        if any(line.verdict == "differs" for line in lines.values()):
            wrong.append(name)
    assert set(wrong) <= set(OTHERWISE)
    assert unknown <= UNKNOWN
    assert compared >= FEWEST
