"""Drafts: the layers of a network before they have names, so that what nobody reads can still be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import ConvmathError
from ...core.size import product
from ...layers.reshape import Identity
from ...layers.source import Constant, Parameter
from .values import FLOAT, INT64, Array, Flow, Value, roots_of

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.base import Facts, Layer
    from .operators import Operator


class Held(NamedTuple):
    """The stored arrays that a layer holds, in the order of its own: those that are trained, and those that are not."""

    weights: tuple[Array, ...] = ()
    buffers: tuple[Array, ...] = ()


class Draft(NamedTuple):
    """A layer (None for an input of the network), what it reads and makes, and the operator that it comes from."""

    layer: Layer | None
    inputs: tuple[Flow, ...]
    outputs: tuple[Shape, ...]
    operator: Operator | None
    name: str
    """Of an input or a stored array, its name in the file; of a layer, which part of the operator it is."""
    held: Held = Held()


class Work:
    """A layer that reads stored arrays alone: in the network (`made`) once its numbers flow on as data."""

    def __init__(self, layer: Layer, values: tuple[Array, ...], operator: Operator, held: Held, part: str) -> None:
        self.layer = layer
        self.values = values
        self.operator = operator
        self.held = held
        self.part = part
        self.multiplies = False
        self.made: tuple[Value, ...] = ()


class Drafts:
    """The layers so far, each worked out once for each set of input shapes."""

    def __init__(self) -> None:
        self.items: list[Draft] = []
        self.as_weights: dict[str, None] = {}
        """Inputs of the model that were read as weights."""
        self.differing: list[tuple[Operator, str]] = []
        """Operators that stand as layers which make other numbers of the same shape, and why."""
        self.handing_on: list[tuple[Operator, str]] = []
        """Operators that hand on other numbers beside what their layers make, and why."""
        self.filled_in = 0
        """How many numbers exporters stored where a module has none."""
        self.reads_shapes = False
        """Whether a shape that the network makes was read, so that what follows is worked out for it."""
        self._sources: dict[Array, Flow] = {}
        self._facts: dict[object, Facts] = {}

    def input(self, name: str, shape: Shape, kind: int) -> Flow:
        """An input of the network."""
        self.items.append(Draft(None, (), (shape,), None, name))
        return Flow(len(self.items) - 1, 0, shape, kind)

    def add(
        self, layer: Layer, values: tuple[Value, ...], operator: Operator, held: Held, part: str
    ) -> tuple[Value, ...]:
        """What a layer makes; of stored arrays alone, another stored array.

        Raises the layer's own error, naming the operator, where it does not accept them.
        """
        shapes = tuple(value.shape for value in values)
        try:
            facts = self._known(layer, shapes)
        except ConvmathError as error:
            raise type(error)(f"{operator}: {error}") from None
        arrays = tuple(value for value in values if isinstance(value, Array))
        if values and len(arrays) == len(values):
            return _stored(Work(layer, arrays, operator, held, part), facts)
        kind = next((value.type for value in values if isinstance(value, Flow)), FLOAT)
        flows = tuple(value if isinstance(value, Flow) else self.source(value, operator) for value in values)
        self.items.append(Draft(facts.layer, flows, facts.outputs, operator, part, held))
        last = len(self.items) - 1
        return tuple(Flow(last, output, shape, kind) for output, shape in enumerate(facts.outputs))

    def source(self, array: Array, operator: Operator, trained: bool = True) -> Flow:
        """A stored array as a value of the network: parameters if its numbers are real and may be, else constants.

        What is worked out from stored arrays by multiplying is layers of the network, as it is for who runs it.
        """
        if _multiplied(array):
            return self._worked(*array.work)
        if array not in self._sources:
            trained = trained and bool(array.roots) and not array.is_whole
            layer = Parameter(tuple(array.shape)) if trained else Constant(tuple(array.shape))
            held = Held((array,)) if trained else Held((), (array,))
            name = array.roots[0][0] if array.roots else ""
            self.items.append(Draft(layer, (), (array.shape,), operator, name, held))
            kind = INT64 if array.is_whole else array.type
            self._sources[array] = Flow(len(self.items) - 1, 0, array.shape, kind)
        return self._sources[array]

    def _worked(self, work: Work, output: int) -> Flow:
        waiting = [work]
        while waiting:
            one = waiting[-1]
            before = [array.work[0] for array in one.values if _multiplied(array) and not array.work[0].made]
            waiting += before
            if not before:
                waiting.pop()
                if not one.made:
                    flows = tuple(self.source(array, one.operator) for array in one.values)
                    one.made = self.add(one.layer, flows, one.operator, one.held, one.part)
        made = work.made[output]
        assert isinstance(made, Flow)
        return made

    def as_weight(self, value: Flow, refusal: str) -> Array:
        """An input of the model that an operator reads as weights, as the array that it will be."""
        from .step import UnsupportedError

        draft = self.items[value.draft]
        if draft.layer is not None:
            raise UnsupportedError(refusal)
        self.as_weights[draft.name] = None
        array = Array(value.shape, value.type, ((draft.name, product(value.shape)),))
        array.name = draft.name
        return array

    def handed_on(self, value: Flow) -> Flow:
        """A value as an output: an input that is handed out as it is goes through an Identity."""
        if self.items[value.draft].layer is not None:
            return value
        self.items.append(Draft(Identity(), (value,), (value.shape,), None, ""))
        return Flow(len(self.items) - 1, 0, value.shape, value.type)

    def _known(self, layer: Layer, shapes: tuple[Shape, ...]) -> Facts:
        key = (layer, shapes)
        if key not in self._facts:
            self._facts[key] = layer.facts(*shapes)
        return self._facts[key]


def _stored(work: Work, facts: Facts) -> tuple[Value, ...]:
    work.multiplies = facts.cost.macs != 0 or any(map(_multiplied, work.values))
    return tuple(
        Array(shape, work.values[0].type, roots_of(work.values), work=(work, output))
        for output, shape in enumerate(facts.outputs)
    )


def _multiplied(array: Array) -> bool:
    return array.work is not None and array.work[0].multiplies
