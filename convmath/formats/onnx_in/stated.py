"""The shapes that a file states for its values, and those that the onnx package infers where it states none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.size import product
from .sizes import stated_shape
from .values import MOST_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...core.shape import Shape
    from .sizes import Sizes


class StatedShapes:
    """What is known of a value beforehand; inference runs once, when something is asked that no one stated."""

    def __init__(self, model: Any, sizes: Sizes) -> None:
        self._model = model
        self._sizes = sizes
        self._values = {value.name: value for value in (*model.graph.value_info, *model.graph.output)}
        self._inferred: dict[str, Any] | None = None

    def shape(self, name: str) -> Shape | None:
        """The shape of a value; None if nobody knows it."""
        stated = self.numbers(name)
        if stated is None:
            if self._inferred is None:
                self._inferred = {value.name: value for value in _inferred(self._model)}
            value = self._inferred.get(name)
            stated = None if value is None else stated_shape(value)
        return None if stated is None else self._sizes.shape(stated)

    def type(self, name: str, default: int) -> int:
        """The element type of a value."""
        value = self._values.get(name)
        return (value.type.tensor_type.elem_type or default) if value is not None else default

    def numbers(self, name: str) -> list[int | str] | None:
        """The shape that the file itself states."""
        value = self._values.get(name)
        return None if value is None else stated_shape(value)


def _inferred(model: Any) -> Iterable[Any]:
    """What onnx's own shape inference finds, on a copy without weights; nothing where it fails."""
    import onnx

    bare, graph = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import), model.graph
    for part in ("node", "input", "output", "value_info"):
        getattr(bare.graph, part).extend(getattr(graph, part))
    bare.graph.name = graph.name or "graph"
    for tensor in model.graph.initializer:
        beside = tensor.data_location == 1 or len(tensor.external_data) > 0
        if product(tensor.dims) <= MOST_NUMBERS and not beside:
            bare.graph.initializer.append(tensor)
        else:
            bare.graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    try:
        found = onnx.shape_inference.infer_shapes(bare)
    except Exception:  # noqa: BLE001 (its own exceptions are of no common class)
        return ()
    return (*found.graph.value_info, *found.graph.output)
