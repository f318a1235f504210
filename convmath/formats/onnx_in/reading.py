"""The pass over a model's operators: each is worked out in advance, turned into layers, or kept as unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import ConvmathError, GraphError, ParameterError, ShapeError, show
from ...layers.unknown import Unknown
from .deciding import SETTINGS, deciding_names
from .drafts import Drafts, Held
from .folding import fold
from .operators import STANDARD, operators_of
from .rules import RULES, SHAPES
from .sizes import stated_shape
from .step import Step, UnsupportedError
from .values import INT64, WHOLE_TYPES, Array, Flow, array_of, roots_of, stored_array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...core.shape import Shape
    from .operators import Operator
    from .sizes import Sizes
    from .stated import StatedShapes
    from .values import Value

REFUSED = {
    "Loop": "loops are not unrolled", "Scan": "loops are not unrolled", "SequenceMap": "loops are not unrolled",
}  # fmt: skip
"""Operators that no network of layers can hold, and why."""

MALFORMED = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What a rule raises where an operator is not what its definition says."""


class Reading:
    """The values of a model by name, worked out operator by operator, and what there is to say about it."""

    def __init__(self, model: Any, who: str, sizes: Sizes, stated: StatedShapes) -> None:
        self.model = model
        self.who = who
        self.sizes = sizes
        self.stated = stated
        self.drafts = Drafts()
        self.unknown: list[tuple[Operator, str]] = []
        """Operators that are kept as unknown, each with the reason."""
        self.deciders: list[str] = []
        """Inputs without a value that decide on shapes and branches."""
        self.branches: list[str] = []
        """Conditions that were decided in advance."""
        self._written = {name for node in model.graph.node if node.op_type == "Constant" for name in node.output}
        self.folded = 0
        """How many operators were worked out in advance."""
        self._versions = {
            "" if entry.domain in STANDARD else entry.domain: entry.version for entry in model.opset_import
        }

    def run(self, shapes: Mapping[str, object]) -> dict[str, Value]:
        """Every value of the model by its name; `shapes` are given for inputs, by their names."""
        graph = self.model.graph
        operators = operators_of(graph, self._versions, self.who)
        values = self._inputs(graph, deciding_names(operators), shapes)
        self._stored(graph, values)
        self._pass(operators, values)
        self._call(values)
        return values

    def _call(self, values: Mapping[str, Value]) -> None:
        """Notes what the file calls each array; the first of several names stays."""
        for name, value in values.items():
            if isinstance(value, Array) and not value.name:
                value.name = name

    # Inputs and stored arrays

    def _inputs(self, graph: Any, deciding: set[str], shapes: Mapping[str, object]) -> dict[str, Value]:
        stored = {tensor.name for tensor in graph.initializer} | {
            tensor.values.name for tensor in graph.sparse_initializer
        }
        values: dict[str, Value] = {}
        for value in graph.input:
            if value.name in stored:
                continue
            if not value.name or value.name in values:
                raise GraphError(f"{self.who}: the input {show(value.name)} is there twice, or has no name")
            if value.type.WhichOneof("value") != "tensor_type":
                raise GraphError(f"{self.who}: the input {show(value.name)} is no tensor (networks read tensors)")
            values[value.name] = self._input(value, value.name in deciding, shapes)
        return values

    def _input(self, value: Any, decides: bool, shapes: Mapping[str, object]) -> Value:
        kind, stated = value.type.tensor_type.elem_type, stated_shape(value)
        given = shapes.get(value.name)
        if stated is None and given is None:
            raise ShapeError(f"{self.who}: the input {show(value.name)} states no shape (give one: {value.name}=1x3x…)")
        if kind in WHOLE_TYPES and decides and stated in ([], [1]):
            number = self.sizes.size(value.name)
            if not isinstance(number, int):
                self.deciders.append(self.sizes.symbol(value.name))
            return array_of([number] if stated else number, kind)
        if given is None:
            assert stated is not None
            shape = self.sizes.shape(stated)
        else:
            from ...core.shape import as_shape

            shape = self.sizes.bind(value.name, stated or list(as_shape(given)), given)
        return self.drafts.input(value.name, shape, kind)

    def _stored(self, graph: Any, values: dict[str, Value]) -> None:
        for tensor in graph.initializer:
            try:
                values[tensor.name] = stored_array(tensor, tensor.name)
            except ValueError as error:
                raise GraphError(f"{self.who}: the stored array {show(tensor.name)}: {error}") from None
        for sparse in graph.sparse_initializer:
            kept = stored_array(sparse.values, sparse.values.name)
            sizes = tuple(int(size) for size in sparse.dims)
            values[sparse.values.name] = Array(sizes, kept.type, ((sparse.values.name, kept.count),))

    # Operators

    def _pass(self, operators: list[Operator], values: dict[str, Value]) -> None:
        for operator in operators:
            inputs = [self._value(operator, name, values) for name in operator.inputs]
            made = self._of(operator, inputs, values)
            values.update((name, value) for name, value in zip(operator.outputs, made, strict=False) if name)

    def _value(self, operator: Operator, name: str, values: Mapping[str, Value]) -> Value | None:
        if not name:
            return None
        if name not in values:
            raise GraphError(f"{self.who}: {operator} reads {show(name)}, which nothing makes")
        return values[name]

    def _of(self, operator: Operator, inputs: list[Value | None], values: dict[str, Value]) -> tuple[Value, ...]:
        if operator.standard and operator.type in REFUSED:
            raise GraphError(
                f"{self.who}: {operator}: {REFUSED[operator.type]} (export the model with the loop written out)"
            )
        if operator.standard and operator.type == "If":
            return self._branch(operator, inputs, values)
        step = Step(operator, inputs, self.drafts)
        try:
            try:
                return self._by_rule(step)
            except UnsupportedError as error:
                return self._unknown(step, str(error))
        except ConvmathError as error:
            said = str(error)
            who = self.who if said.startswith(str(operator)) else f"{self.who}: {operator}"
            raise type(error)(f"{who}: {said}") from None
        except MALFORMED as error:
            said = show(str(error)) if str(error) else type(error).__name__
            raise GraphError(
                f"{self.who}: {operator} is not what its definition says: {said} (check it with onnx.checker)"
            ) from None

    def _by_rule(self, step: Step) -> tuple[Value, ...]:
        """What is worked out in advance, or made into layers; UnsupportedError where there is no rule."""
        operator = step.operator
        known = fold(step)
        if known is not None:
            self.folded += operator.type not in {"Constant", "ConstantOfShape"}
            return (known,)
        rule = RULES.get(operator.type) if operator.standard else None
        if rule is None:
            raise UnsupportedError("no rule")
        made = rule(step)
        return made if type(made) is tuple else (made,)  # type: ignore[return-value]

    def _branch(self, operator: Operator, inputs: list[Value | None], values: dict[str, Value]) -> tuple[Value, ...]:
        condition = inputs[0] if inputs else None
        chosen = condition.scalar if isinstance(condition, Array) else None
        names = [name for name in ("then_branch", "else_branch") if name in operator.attributes]
        if len(names) < 2:
            raise GraphError(f"{self.who}: {operator} has no two branches")
        if not isinstance(chosen, bool | int):
            free = self.deciders or [name for name in self.sizes.names.values() if name not in self.sizes.given]
            hint = f"give a value to what decides, with --given {' or '.join(free[:4])}; or " if free else ""
            raise GraphError(
                f"{self.who}: {operator}: which branch runs is not known beforehand ({hint}export the model without it)"
            )
        name = names[0 if chosen else 1]
        graph = operator.attributes[name].g
        self.branches.append(f"{operator}: {name.partition('_')[0]}")
        inner = dict(values)
        self._stored(graph, inner)
        self._pass(operators_of(graph, self._versions, self.who), inner)
        missing = next((output.name for output in graph.output if output.name not in inner), None)
        if missing is not None:
            raise GraphError(f"{self.who}: {operator}: its branch makes no {show(missing)}")
        return tuple(inner[output.name] for output in graph.output)

    # What nobody knows

    def _unknown(self, step: Step, reason: str) -> tuple[Value, ...]:
        """The operator as an Unknown layer, with the shapes that the file states."""
        operator, given = step.operator, [value for value in step.inputs if value is not None]
        names = [name for name in operator.outputs if name]
        shapes = [self._shape_of(step, name) for name in names]
        self.unknown.append((operator, reason))
        kinds = [self.stated.type(name, given[0].type if given else 1) for name in names]
        if given and all(isinstance(value, Array) for value in given):
            roots = roots_of(value for value in given if isinstance(value, Array))
            return self._placed(operator, [Array(*made, roots) for made in zip(shapes, kinds, strict=True)])
        title = operator.title[:200] or "operator"
        try:
            layer = Unknown(title, tuple(tuple(shape) for shape in shapes), 0)
        except ParameterError as error:
            raise GraphError(f"{operator}: {error}") from None
        settings = {id(step.inputs[place]) for place in SETTINGS.get(operator.type, ()) if step.has(place)}
        read = tuple(
            self._as_read(value, operator)
            for value in given
            if isinstance(value, Flow) or (_is_data(value) and id(value) not in settings)
        )
        made = self.drafts.add(layer, read, operator, Held(), "")
        flows = [value._replace(type=kind) for value, kind in zip(made, kinds, strict=True) if isinstance(value, Flow)]
        return self._placed(operator, flows)

    def _as_read(self, value: Value, operator: Operator) -> Value:
        """What an unknown operator reads: arrays that are written among the operators are no parameters."""
        own = isinstance(value, Array) and all(name in self._written for name, _ in value.roots)
        return self.drafts.source(value, operator, trained=False) if own and isinstance(value, Array) else value

    def _placed(self, operator: Operator, made: list[Any]) -> tuple[Value, ...]:
        """The values at their outputs' places: outputs without a name are left out."""
        found = iter(made)
        return tuple(next(found) if name else array_of(0, INT64) for name in operator.outputs)

    def _shape_of(self, step: Step, name: str) -> Shape:
        rule = SHAPES.get(step.operator.type) if step.operator.standard else None
        try:
            shape = None if rule is None else rule(step)
        except UnsupportedError:  # what it reads says it while it runs
            shape = None
        shape = self.stated.shape(name) if shape is None else shape
        if shape is None:
            raise GraphError(
                f"{step.operator} is not known, and the file states no shape for {show(name)} that it makes"
                " (run onnx.shape_inference on the model, or export it with shapes)"
            )
        return shape


def _is_data(value: Array) -> bool:
    """Whether an array is more than a few numbers that say how an operator works."""
    return not value.is_whole and bool(value.roots) and type(value.count) is int and value.count > 1
