"""An ONNX model run by onnxruntime as it is, with numbers for what it does not hold, and any of its values told."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ...core.errors import FileError, ParameterError, show
from .onnxruntime_peer import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np

    from ...numeric.arrays import Array

MOST_BYTES = 2**31 - 1
"""Bytes of a model that protobuf writes."""

HALVES = {10: "float16", 16: "bfloat16", 17: "float8", 18: "float8", 19: "float8", 20: "float8"}
"""Element types whose rounding is coarser than what is compared here."""


def external(model: Any) -> bool:
    """Whether some of a model's arrays lie in files beside it."""
    return any(tensor.data_location == 1 or len(tensor.external_data) > 0 for tensor in model.graph.initializer)


def without_numbers(model: Any, names: Iterable[str]) -> list[str]:
    """Which of these stored arrays have no numbers: shapes filled with one number, or nothing at all."""
    filled = {output for node in model.graph.node if _is_filled(node) for output in node.output}
    empty = {tensor.name for tensor in model.graph.initializer if _is_bare(tensor)}
    return [name for name in dict.fromkeys(names) if name in filled or name in empty]


def dtype_of(kind: int) -> np.dtype[Any]:
    """NumPy's dtype of an element type."""
    from onnx import helper

    return helper.tensor_dtype_to_np_dtype(kind)  # type: ignore[no-any-return]


def coarse(model: Any) -> str:
    """The element type in which a model computes where that is coarser than float32; empty for any other."""
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    kinds |= {value.type.tensor_type.elem_type for value in model.graph.input}
    kinds |= {
        attribute.i
        for node in model.graph.node if node.op_type == "Cast"
        for attribute in node.attribute if attribute.name == "to"
    }  # fmt: skip
    return next((HALVES[kind] for kind in sorted(kinds) if kind in HALVES), "")


def run_file(
    model: Any, path: str | None, stored: Mapping[str, Array], fed: Mapping[str, Array], wanted: Iterable[str]
) -> dict[str, Array]:
    """The values of these names when the model runs on what is fed, with these arrays for those that it stores.

    Arrays beside the model are read from its folder alone. FileError where they cannot be, ParameterError where
    onnxruntime does not run the model.
    """
    import onnxruntime

    copy = _filled(model, stored)
    if external(model):
        _read_beside(copy, path)
    names = {name: f"verified {place}" for place, name in enumerate(dict.fromkeys(wanted)) if name not in fed}
    data = _telling(copy, names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        asked = {one.name for one in session.get_inputs()}
        made = session.run(list(names.values()), {name: array for name, array in fed.items() if name in asked})
    except Exception as error:  # noqa: BLE001 (its errors have no base of their own)
        raise ParameterError(
            f"onnxruntime does not run the file: {show(short(error))} (leave out --against onnxruntime)"
        ) from None
    return {**{name: fed[name] for name in wanted if name in fed}, **dict(zip(names, made, strict=True))}


def _filled(model: Any, stored: Mapping[str, Array]) -> Any:
    """A copy with these arrays in it."""
    import onnx
    from onnx import numpy_helper

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    _keep(graph.node, [node for node in graph.node if not _is_filled(node) or node.output[0] not in stored])
    _keep(graph.initializer, [tensor for tensor in graph.initializer if tensor.name not in stored])
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in stored.items())
    copy.ir_version = max(copy.ir_version, 4)  # since then, what is stored need not be an input
    return copy


def _keep(parts: Any, kept: list[Any]) -> None:
    """Leaves nothing but these in a list of a message."""
    if len(kept) < len(parts):
        del parts[:]
        parts.extend(kept)


def _is_filled(node: Any) -> bool:
    return bool(node.op_type == "ConstantOfShape")


def _read_beside(copy: Any, path: str | None) -> None:
    import onnx

    if path is None:
        raise FileError("the model's arrays lie in files beside it, and it has no folder (give its path)")
    folder = os.path.dirname(os.path.abspath(path))
    files = {
        entry.value for tensor in copy.graph.initializer for entry in tensor.external_data if entry.key == "location"
    }
    inside = [
        os.path.join(folder, name)
        for name in files
        if not os.path.isabs(name) and os.pardir not in PurePath(name).parts
    ]
    if sum(os.path.getsize(name) for name in inside if os.path.isfile(name)) > MOST_BYTES:
        raise FileError(f"{path}: the files beside it hold more than 2 GiB, more than can be run from memory")
    try:
        onnx.load_external_data_for_model(copy, folder)
    except Exception as error:  # noqa: BLE001 (which one, is up to what is wrong with the file)
        said = show(str(error).partition("\n")[0][:200])
        raise FileError(f"{path}: its arrays beside it, in its own folder alone, cannot be read: {said}") from None


def _telling(copy: Any, names: Mapping[str, str]) -> bytes:
    """The model with these values as its outputs, by other names: any value may be one, whoever makes it."""
    from onnx import helper

    graph = copy.graph
    graph.node.extend(helper.make_node("Identity", [name], [told]) for name, told in names.items())
    del graph.output[:]
    graph.output.extend(helper.make_empty_tensor_value_info(told) for told in names.values())
    if copy.ByteSize() > MOST_BYTES:
        raise ParameterError("the model is larger than 2 GiB with its arrays, more than can be run from memory")
    return copy.SerializeToString()  # type: ignore[no-any-return]


def _is_bare(tensor: Any) -> bool:
    count = 1
    for size in tensor.dims:
        count *= size
    told = len(tensor.raw_data) + len(tensor.float_data) + len(tensor.double_data) + len(tensor.int32_data)
    return count > 0 and not (told or len(tensor.int64_data) or len(tensor.external_data) or tensor.data_location == 1)
