"""The traced graph to steps: which layer each operator is, what it reads, and the arrays it holds.

A value depends on the network's input, on stored arrays alone, or on neither. What depends on the input becomes a
step in the order of the graph. Of the rest, only what others read does: parameters as sources, what is computed from
them as layers, and what depends on neither as one constant. Where a layer holds as its weights what is computed from
stored arrays (weight normalisation is one such case), the computation is left out, as it needs no input.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import ConvmathError, GraphError, show
from ...core.shape import Shape
from ...core.size import Size, are_numbers
from ...layers.scatter import Scatter
from ...layers.source import Constant, Parameter
from ...layers.unknown import Unknown
from .call import Call, NotReadError, Value, Weight, operator_name
from .operators import OPERATORS
from .operators.moves import VIEWS
from .parts import parts_of
from .sizes import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...layers.base import Layer
    from .sizes import Sizes


class Step(NamedTuple):
    """A layer of the network to be; an input has none."""

    layer: Layer | None
    reads: tuple[Value, ...]
    shapes: tuple[Shape, ...]
    path: str
    """The path of the module that calls it, or of the stored array that it is."""
    visit: str
    """Tells the calls of one module apart."""
    weights: tuple[Weight, ...] = ()


class Origin(NamedTuple):
    """What a value that no input reaches is made of: stored arrays by their names."""

    params: frozenset[str] = frozenset()
    buffers: frozenset[str] = frozenset()


class Graph:
    """Reads operator after operator; `arrays` holds the stored array that a placeholder stands for."""

    def __init__(self, sizes: Sizes, hints: Mapping[str, int], arrays: Mapping[str, Origin]) -> None:
        self.steps: list[Step] = []
        self.dropped: Counter[str] = Counter()
        """Operators that compute nothing, and how often they were left out."""
        self.unread: dict[str, str] = {}
        """Operators of which a call was none that was foreseen, and the error that it met."""
        self.called: set[str] = set()
        """The paths of the modules whose operators were seen."""
        self.random: list[str] = []
        """Those of them that leave numbers out in training in a way that no layer type has."""
        self._sizes = sizes
        self._hints = hints
        self._arrays = arrays
        self._values: dict[Any, Value | list[Value]] = {}
        self._origins: dict[Any, Origin] = {}
        """Of every node that no input reaches."""

    # What importing calls, in the order of the graph.

    def add_input(self, node: Any, shape: Shape, name: str) -> None:
        """An input of the network."""
        self._values[node] = Value(len(self.steps))
        self.steps.append(Step(None, (), (shape,), name, ""))

    def visit(self, node: Any) -> None:
        """The next node: worked out now if an input reaches it, when it is read otherwise."""
        self.called.update(path for path, _ in (node.meta.get("nn_module_stack") or {}).values())
        try:
            self._visit(node)
        except GraphError as error:
            where = ".".join(part for part in (_path(node), operator_name(node)) if part)
            raise GraphError(str(error) if where in str(error) else f"{where}: {error}") from None

    def _visit(self, node: Any) -> None:
        if node in self._values:
            return  # an input
        if operator_name(node) in REGIONS:
            self._enter(node)
            return
        if node.op in {"placeholder", "get_attr"}:
            self._origins[node] = self._arrays.get(node.name, Origin())
            return
        read = [argument for argument in node.all_input_nodes if _holds_tensors(argument)]
        if operator_name(node) in MAKERS or all(argument in self._origins for argument in read):
            parts = [] if operator_name(node) in MAKERS else [self._origins[argument] for argument in read]
            self._origins[node] = Origin(
                frozenset().union(*(part.params for part in parts)),
                frozenset().union(*(part.buffers for part in parts)),
            )
        elif _holds_tensors(node):
            self._values[node] = self._convert(node)
        self._overwrite(node, read)

    def _enter(self, node: Any) -> None:
        """What stands under `with torch.no_grad()` or the like is a graph of its own, whose nodes are visited here."""
        place = next(place for place, argument in enumerate(node.args) if getattr(argument, "op", "") == "get_attr")
        inner = getattr(node.graph.owning_module, node.args[place].target).graph
        self._values[node] = self._walk(inner, node.args[place + 1 :])

    def _walk(self, inner: Any, operands: Sequence[Any]) -> list[Value]:
        """Visits a graph whose placeholders stand for the operands; what it makes."""
        given = iter(operands)
        made: list[Value] = []
        for part in inner.nodes:
            if part.op == "placeholder":
                operand = next(given)
                if operand in self._values:
                    self._values[part] = self._values[operand]
                if operand in self._origins:
                    self._origins[part] = self._origins[operand]
            elif part.op == "output":
                ends = part.args[0] if isinstance(part.args[0], list | tuple) else [part.args[0]]
                made = [one for end in ends for one in several(self.value(end))]
            else:
                self.visit(part)
        return made

    def value(self, node: Any) -> Value | list[Value]:
        """What a node makes; a parameter, or a constant, becomes a step here."""
        if node in self._values:
            return self._values[node]
        origin, (shape, *_) = self._origins[node], self.stated(node) or (Shape(()),)
        if node.op in {"placeholder", "get_attr"} or not origin.params:
            stored = tuple(sorted(origin.params | origin.buffers))
            array = Parameter(shape) if origin.params else Constant(shape)
            path = stored[0] if node.op == "placeholder" and stored else _path(node)
            self._values[node] = Value(len(self.steps))
            weight = Weight(shape, stored, computed=False)
            self.steps.append(Step(array, (), (shape,), path, "source" if stored else _visit(node), (weight,)))
        else:
            self._values[node] = self._convert(node)
        return self._values[node]

    # What a call asks.

    def settle(self, given: Any) -> Any:
        """An argument: nodes as values or sizes, inside lists too."""
        if isinstance(given, list | tuple):
            return [self.settle(part) for part in given]
        if not hasattr(given, "meta"):
            return given
        return self.value(given) if _holds_tensors(given) else self._sizes.settle(given.meta["val"])

    def weight(self, node: Any) -> Weight:
        """What a layer holds; NotReadError where an input reaches it."""
        if node not in self._origins:
            raise NotReadError("its weights depend on the input")
        origin, (shape, *_) = self._origins[node], self.stated(node)
        return Weight(shape, tuple(sorted(origin.params | origin.buffers)), node.op != "placeholder")

    def shape(self, value: Value) -> Shape:
        """The shape of a value."""
        return self.steps[value.step].shapes[value.output]

    def is_constant(self, given: Any) -> bool:
        """Whether neither an input nor a parameter reaches what is given: a node, or a list of them."""
        nodes = given if isinstance(given, list | tuple) else [given]
        return all(node in self._origins and not self._origins[node].params for node in nodes)

    def add(self, node: Any, layer: Layer, reads: tuple[Value, ...], weights: tuple[Weight, ...]) -> Value:
        """A step; ConvmathError where the layer does not accept what it reads."""
        shapes = layer.output_shapes(*(self.shape(value) for value in reads))
        self.steps.append(Step(layer, reads, shapes, _path(node), _visit(node), weights))
        return Value(len(self.steps) - 1)

    def constant(self, node: Any, shape: Shape) -> Value:
        """An array that is stated in the code, and stored nowhere."""
        self.steps.append(Step(Constant(shape), (), (shape,), _path(node), _visit(node)))
        return Value(len(self.steps) - 1)

    def stated(self, node: Any) -> tuple[Shape, ...]:
        """The shapes that PyTorch states for what an operator makes."""
        made = node.meta.get("val")
        tensors = made if isinstance(made, list | tuple) else [made]
        return tuple(self._sizes.shape(tensor) for tensor in tensors if hasattr(tensor, "shape"))

    # Operators to steps.

    def _convert(self, node: Any) -> Value | list[Value]:
        name, mark = operator_name(node), len(self.steps)
        if name == "getitem":
            return self._part(node)
        made: Value | list[Value] | None = None
        try:
            made = OPERATORS[name](Call(self, node)) if name in OPERATORS else None
            agrees = made is not None and self._agrees(node, made)
        except (ConvmathError, NotReadError):
            agrees = False
        except Exception as error:  # noqa: BLE001  a call that no function foresaw must not end the import
            agrees = False
            self.unread[name] = show(f"{type(error).__name__}: {error}", 80)[1:-1]
        if made is None or not agrees:
            self._forget(mark)
            return self._as_parts(node, mark) or self._as_unknown(node, mark, name)
        if len(self.steps) == mark and name not in SILENT:
            self.dropped[name] += 1
        if name in {"alpha_dropout", "feature_alpha_dropout"}:
            self.random.append(_path(node) or name)
        return made

    def _part(self, node: Any) -> Value:
        """One of several outputs."""
        made, number = self.value(node.args[0]), int(node.args[1])
        if isinstance(made, list):
            return made[number]
        outputs = len(self.steps[made.step].shapes)
        return Value(made.step, number) if number < outputs else made

    def _agrees(self, node: Any, made: Value | list[Value]) -> bool:
        """Whether the shapes that our rules give are those that PyTorch states."""
        tensors = node.meta["val"]
        if isinstance(made, list):
            pairs = list(zip(made, tensors, strict=False))
        elif isinstance(tensors, list | tuple):
            outputs = len(self.steps[made.step].shapes)
            pairs = [(Value(made.step, number), tensor) for number, tensor in enumerate(tensors[:outputs])]
        else:
            pairs = [(made, tensors)]
        return all(self._numbers(self.shape(value)) == numbers(tensor.shape) for value, tensor in pairs)

    def _numbers(self, shape: Shape) -> tuple[Size, ...]:
        if are_numbers(*shape):
            return tuple(shape)
        return tuple(
            size if are_numbers(size) else size.at({name: self._hints[name] for name in size.names}) for size in shape
        )

    def _as_parts(self, node: Any, mark: int) -> Value | list[Value] | None:
        """The operator as those it consists of, where all of them are known."""
        read = [argument for argument in node.all_input_nodes if _holds_tensors(argument)]
        try:
            inner = parts_of(node, read)
            values = None if inner is None else self._walk(inner, read)
        except Exception:  # noqa: BLE001  what cannot be taken apart stays whole
            values = None
        several_made = isinstance(node.meta["val"], list | tuple)
        made = values if several_made or not values else values[0]
        known = not any(isinstance(step.layer, Unknown) for step in self.steps[mark:])
        if made and known and self._agrees(node, made):
            return made
        self._forget(mark)
        return None

    def _forget(self, mark: int) -> None:
        """Takes back the steps from `mark` on."""
        del self.steps[mark:]
        for known in [known for known, made in self._values.items() if _last(made) >= mark]:
            del self._values[known]

    def _as_unknown(self, node: Any, mark: int, name: str) -> Value | list[Value]:
        """The operator with the shapes that PyTorch states, and with a cost that nobody knows."""
        read = [argument for argument in node.all_input_nodes if _holds_tensors(argument)]
        values = [self.value(argument) for argument in read]
        reads = tuple(one for value in values for one in (value if isinstance(value, list) else [value]))
        shapes = self.stated(node)
        made = self.add(node, Unknown(name, tuple(map(tuple, shapes)), 0), reads, ())
        return made if len(shapes) == 1 else [Value(made.step, number) for number in range(len(shapes))]

    def _overwrite(self, node: Any, read: list[Any]) -> None:
        """What works in place changes its first argument, and whatever that is a view of."""
        schema = getattr(node.target, "_schema", None)
        if schema is None or not schema.is_mutable or node not in self._values:
            return
        whole = read[0]
        self._replace(whole, self._values[node])
        while whole.op == "call_function" and operator_name(whole) in VIEWS and whole.all_input_nodes:
            whole = whole.all_input_nodes[0]
        if whole is not read[0] and any(user > node for user in whole.users):
            parts = (*several(self.value(whole)), *several(self._values[node]))
            self._replace(whole, self.add(node, Scatter(), parts, ()))

    def _replace(self, node: Any, made: Value | list[Value]) -> None:
        """What later readers of a node read."""
        self._values[node] = made
        self._origins.pop(node, None)


MAKERS = frozenset({
    "new_zeros", "new_ones", "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like",
    "rand_like", "randn_like", "zeros", "ones", "full", "empty", "arange", "scalar_tensor", "rand", "randn", "linspace",
})  # fmt: skip
"""Operators that take no numbers from the tensors they read."""

REGIONS = frozenset({"wrap_with_set_grad_enabled", "wrap_with_autocast"})
"""What stands for a part of the code that runs under another setting."""

SILENT = frozenset({"unbind", "chunk", "split", "split_with_sizes", "tensor_split", "broadcast_tensors", "meshgrid"})
"""Operators that may hand on what they read, which needs no remark."""


def _holds_tensors(node: Any) -> bool:
    made = node.meta.get("val")
    return hasattr(made, "shape") or (isinstance(made, list | tuple) and any(hasattr(one, "shape") for one in made))


def several(made: Value | list[Value]) -> list[Value]:
    """The values that a node makes, be it one."""
    return made if isinstance(made, list) else [made]


def _last(made: Value | list[Value]) -> int:
    return max((value.step for value in several(made)), default=-1)


def _innermost(node: Any) -> tuple[str, str]:
    """(path, key) of the module whose code calls the operator; the key differs from call to call."""
    stack = node.meta.get("nn_module_stack") or {}
    key, (path, _) = next(reversed(stack.items()), ("", ("", "")))
    return path, key


def _path(node: Any) -> str:
    return _innermost(node)[0]


def _visit(node: Any) -> str:
    return _innermost(node)[1]
