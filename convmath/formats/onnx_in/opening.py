"""From a path, bytes or a ModelProto to a model that may be read: bounded, whole, and never a file beside it."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ...core.errors import FileError, GraphError, show
from ...render.table import printable
from ..contents import contents

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 1 << 30
"""Bytes of a file; a larger model keeps its weights beside it, where they are never read."""

MOST_OPERATORS = 100_000
"""Operators of a model, those of nested graphs and of functions among them."""

MOST_DEPTH = 32
"""Graphs inside each other."""

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS keeps elsewhere and nobody has fetched."""

Source = Any
"""A path, the bytes of a model, or an onnx.ModelProto."""


def open_model(source: Source) -> tuple[Any, str]:
    """The model, and what it is called; its functions are written out where they are called.

    Raises FileError where there is no file to read, GraphError where the bytes are no model, for a model without a
    graph, or one that is larger or nested deeper than any network.
    """
    onnx = imported()
    model, who = source, "model"
    if isinstance(source, str | os.PathLike):
        who = printable(os.fsdecode(source))
        limit = f"at most {MOST_BYTES:,} are read (save its weights as external data, which is not needed)"
        model = _decoded(onnx, contents(os.fsdecode(source), MOST_BYTES, "an .onnx file", limit), who)
    elif isinstance(source, bytes | bytearray | memoryview):
        model = _decoded(onnx, bytes(source), who)
    elif not isinstance(source, onnx.ModelProto):
        raise FileError(f"{show(source)} is no model (give a path, bytes, or an onnx.ModelProto)")
    _check(model, who)
    if model.functions:
        model = _inlined(onnx, model, who)
        _check(model, who)
    return model, who


def imported() -> Any:
    """The onnx package; FileError, saying how to get it, where it is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise FileError(
            f"ONNX files need the package onnx, which is missing: {error} (pip install 'convmath[onnx]')"
        ) from None
    return onnx


def title_of(who: str) -> str:
    """What a network from a file is called.

    >>> title_of("models/net.onnx")
    'net'
    """
    return PurePath(who).stem[:60] or "model"


def _decoded(onnx: Any, data: bytes, who: str) -> Any:
    if data.startswith(POINTER):
        raise GraphError(f"{who}: is a pointer of Git LFS, not the model that it stands for (git lfs pull)")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception:  # noqa: BLE001 (which one, is up to protobuf's implementation)
        raise GraphError(f"{who}: is no ONNX model, or only a part of one (export or copy it again)") from None
    return model


def _check(model: Any, who: str) -> None:
    if not model.HasField("graph") or not model.graph.node:
        raise GraphError(f"{who}: has no operators (an ONNX model needs a graph; is this one?)")
    if not model.opset_import:
        raise GraphError(f"{who}: states no operator set, so its operators mean nothing (export it again)")
    count = 0
    graphs: list[tuple[Any, Any, int]] = [(model.graph, model.graph.node, 1)]
    graphs += [(None, function.node, 1) for function in model.functions]
    while graphs:
        graph, nodes, depth = graphs.pop()
        if not all(isinstance(name, str) for name in _names_in(graph, nodes)):
            raise GraphError(f"{who}: a name in it is no text (the file is damaged)")
        count += len(nodes)
        if count > MOST_OPERATORS:
            raise GraphError(f"{who}: has more than {MOST_OPERATORS:,} operators, the most that is read")
        if depth > MOST_DEPTH:
            raise GraphError(f"{who}: has graphs nested more than {MOST_DEPTH} deep, the most that is read")
        graphs += [(inner, inner.node, depth + 1) for node in nodes for inner in graphs_in(node)]


def _names_in(graph: Any, nodes: Iterable[Any]) -> Iterable[Any]:
    """Every name that a graph states: of operators, of what they read, make and are, of arrays and of sizes."""
    for node in nodes:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
    if graph is None:
        return
    yield from (tensor.name for tensor in graph.initializer)
    yield from (tensor.values.name for tensor in graph.sparse_initializer)
    for value in (*graph.input, *graph.output, *graph.value_info):
        yield value.name
        yield from (dim.dim_param for dim in value.type.tensor_type.shape.dim)


def graphs_in(node: Any) -> Iterable[Any]:
    """The graphs that an operator holds, such as the branches of an If."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _inlined(onnx: Any, model: Any, who: str) -> Any:
    from onnx.inliner import inline_local_functions

    del onnx
    _check_calls(model, who)
    try:
        return inline_local_functions(model)
    except Exception as error:  # noqa: BLE001 (its own exceptions are of no common class)
        raise GraphError(f"{who}: its functions cannot be written out: {show(str(error))}") from None


def _check_calls(model: Any, who: str) -> None:
    """GraphError where the functions' calls form a circle, or where the model grows too large by them."""
    calls = {
        (function.domain, function.name): [(node.domain, node.op_type) for node in _nodes_in(function.node)]
        for function in model.functions
    }
    sizes: dict[tuple[str, str], int] = {}
    for _ in range(MOST_DEPTH):
        before = len(sizes)
        for key, called in calls.items():
            if key not in sizes and all(call in sizes or call not in calls for call in called):
                sizes[key] = sum(sizes.get(call, 1) for call in called)
        if len(sizes) == before:
            break
    if len(sizes) < len(calls):
        raise GraphError(f"{who}: a function calls itself, or {MOST_DEPTH} and more deep (a network has no recursion)")
    count = sum(sizes.get((node.domain, node.op_type), 1) for node in _nodes_in(model.graph.node))
    if max(count, *sizes.values()) > MOST_OPERATORS:
        raise GraphError(
            f"{who}: has more than {MOST_OPERATORS:,} operators, the most that is read, with its functions written out"
        )


def _nodes_in(nodes: Iterable[Any]) -> Iterable[Any]:
    """The nodes, and those of all graphs that they hold."""
    for node in nodes:
        yield node
        for inner in graphs_in(node):
            yield from _nodes_in(inner.node)
