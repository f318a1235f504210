"""Call: one operator of a traced graph with its arguments by name, as the functions in operators/ read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...core.size import Size
    from ...layers.base import Layer
    from .graph import Graph


class Value(NamedTuple):
    """Output number `output` of the step at position `step`."""

    step: int
    output: int = 0


class Weight(NamedTuple):
    """An array that a layer holds: its shape, and the stored arrays that it is, or is computed from."""

    shape: Shape
    stored: tuple[str, ...]
    computed: bool


class NotReadError(Exception):
    """An operator's call is none that its layer type stands for; the operator stays unknown."""


class Call:
    """The arguments of an operator by the names of its schema: tensors as values, sizes as sizes, the rest as it is."""

    def __init__(self, graph: Graph, node: Any, settled: Mapping[str, Value] | None = None) -> None:
        self.graph = graph
        self.node = node
        self._given = arguments(node)
        self._settled = settled or {}

    def __contains__(self, name: str) -> bool:
        return self._given.get(name) is not None

    def __getitem__(self, name: str) -> Any:
        return self._settled[name] if name in self._settled else self.graph.settle(self._given.get(name))

    def get(self, name: str, default: Any) -> Any:
        """The argument, or a default where it is None or left out."""
        value = self[name]
        return default if value is None else value

    def weight(self, name: str) -> Weight | None:
        """An argument that the layer holds as an array; NotReadError if it depends on the network's input."""
        given = self._given.get(name)
        return None if given is None else self.graph.weight(given)

    def weights(self, name: str) -> list[Weight]:
        """A list of such arguments."""
        return [self.graph.weight(given) for given in self._given[name]]

    def given(self, name: str, value: Value) -> Call:
        """The same call with another value for an argument."""
        return Call(self.graph, self.node, {**self._settled, name: value})

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What PyTorch states for the outputs; GraphError or FormulaError where that has no formula in sizes."""
        return self.graph.stated(self.node)

    def shape(self, value: Value) -> Shape:
        """The shape of a value."""
        return self.graph.shape(value)

    def is_constant(self, name: str) -> bool:
        """Whether an argument depends on neither input nor parameters."""
        return self.graph.is_constant(self._given.get(name))

    def where(self, kind: type[Layer]) -> dict[str, bool]:
        """Whether it writes over what it reads, in the words of a layer type that asks."""
        schema = getattr(self.node.target, "_schema", None)
        writes = schema is not None and schema.is_mutable
        return {"inplace": True} if writes and "inplace" in kind.fields else {}

    def made_by(self, value: Value) -> Layer | None:
        """The layer that makes a value; None for an input of the network."""
        return self.graph.steps[value.step].layer

    def is_read(self, output: int) -> bool:
        """Whether something reads one of the operator's several outputs."""
        parts = (user for user in self.node.users if operator_name(user) == "getitem")
        return any(part.args[1] == output and part.users for part in parts)

    def add(self, layer: Layer, *reads: Value, weights: tuple[Weight | None, ...] = ()) -> Value:
        """A step with this layer; its first output. NotReadError if what it reads is no single value."""
        if not all(isinstance(value, Value) for value in reads):
            raise NotReadError("it reads a size, or several values as one")
        return self.graph.add(self.node, layer, reads, tuple(weight for weight in weights if weight is not None))

    def constant(self, shape: tuple[Size, ...] = ()) -> Value:
        """Numbers that the call states, as an array that is not stored."""
        return self.graph.constant(self.node, Shape(shape))


def arguments(node: Any) -> dict[str, Any]:
    """Every argument by its name in the operator's schema, defaults filled in.

    Arguments of what has no schema, such as a Python function on sizes, are called by their numbers.
    """
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return {str(number): value for number, value in enumerate(node.args)} | dict(node.kwargs)
    named = zip((argument.name for argument in schema.arguments), node.args, strict=False)
    defaults = {argument.name: argument.default_value for argument in schema.arguments if argument.has_default_value()}
    return defaults | dict(named) | dict(node.kwargs)


def operator_name(node: Any) -> str:
    """The operator without its overload, and without the mark of what works in place: aten.relu_.default is relu.

    Operators of other libraries keep the library's name: torchvision.nms.
    """
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return getattr(node.target, "__name__", str(node.target))
    library, _, name = schema.name.partition("::")
    name = name.removesuffix("_") if schema.is_mutable else name
    return name if library == "aten" else f"{library}.{name}"
