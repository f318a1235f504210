"""Step: one operator with what it reads, being turned into layers; every rule is a function of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import GraphError, show
from ...core.shape import Shape
from ...render.table import printable
from .drafts import Held
from .values import Array, Flow, Value, stored_array

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...core.size import Size
    from ...layers.base import Layer
    from .drafts import Drafts
    from .operators import Operator


class UnsupportedError(Exception):
    """An operator is known but not in this form; the text says what is not understood."""


class Step:
    """An operator, the values it reads (None where one is left out), and the drafts that its layers are added to."""

    def __init__(self, operator: Operator, inputs: list[Value | None], drafts: Drafts) -> None:
        self.operator = operator
        self.inputs = inputs
        self.drafts = drafts

    # What it reads

    @property
    def x(self) -> Value:
        """The first input."""
        return self.value(0)

    def has(self, place: int) -> bool:
        """Whether an input is given."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def value(self, place: int) -> Value:
        """An input; GraphError if it is left out."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None:
            raise GraphError(f"{self.operator}: its input {place} is missing")
        return found

    def values(self) -> list[Value]:
        """All inputs; GraphError if there is none, or if one is left out."""
        return [self.value(place) for place in range(max(len(self.inputs), 1))]

    def weight(self, place: int, axes: int | None = None) -> Array:
        """An input that holds weights: only its shape counts."""
        value = self.value(place)
        if isinstance(value, Flow):
            value = self.drafts.as_weight(value, f"its input {place} is worked out by the network, not stored")
        if axes is not None and len(value.shape) != axes:
            raise GraphError(f"{self.operator}: its input {place} has {len(value.shape)} axes, {axes} are wanted")
        return value

    def weights(self, *places: int) -> tuple[Array, ...]:
        """The weights among inputs that may be left out."""
        return tuple(self.weight(place) for place in places if self.has(place))

    def numbers(self, place: int) -> list[Any]:
        """The numbers of an input that shapes are worked out from, in one row."""
        value = self.value(place)
        known = value.numbers if isinstance(value, Array) else None
        if known is None or any(number is None for number in known.reshape(-1)):
            raise UnsupportedError(f"input {place} is worked out while it runs")
        return known.reshape(-1).tolist()  # type: ignore[no-any-return]

    def scalar(self, place: int, default: Any = None) -> Any:
        """The only number of an input, `default` where it is left out."""
        if not self.has(place):
            return default
        found = self.numbers(place)
        if len(found) != 1:
            raise GraphError(f"{self.operator}: its input {place} has {len(found)} numbers, one is wanted")
        return found[0]

    # Attributes

    def integer(self, name: str, default: int) -> int:
        """A whole number among the attributes."""
        return int(self._attribute(name, 2, "i", default))

    def real(self, name: str, default: float) -> float:
        """A real number among the attributes, as it was written."""
        value = self._attribute(name, 1, "f", None)
        return default if value is None else as_written(value)

    def integers(self, name: str, default: Iterable[int] | None = None, count: int | None = None) -> list[int] | None:
        """Whole numbers among the attributes; GraphError if they are not so many."""
        value = self._attribute(name, 7, "ints", None)
        if value is None:
            return None if default is None else list(default)
        found = list(value)
        if count is not None and len(found) != count:
            raise GraphError(f"{self.operator}: {name} has {len(found)} numbers, {count} are wanted: {show(found)}")
        return found

    def text(self, name: str, default: str) -> str:
        """A word among the attributes."""
        value = self._attribute(name, 3, "s", None)
        return default if value is None else value.decode("utf-8", "replace")

    def words(self, name: str) -> list[str]:
        """Several words among the attributes; none where they are left out."""
        return [word.decode("utf-8", "replace") for word in self._attribute(name, 8, "strings", ())]

    def tensor(self, name: str) -> Array | None:
        """An array among the attributes, called after what the operator makes."""
        value = self._attribute(name, 4, "t", None)
        return None if value is None else stored_array(value, self.operator.outputs[0])

    def _attribute(self, name: str, kind: int, field: str, default: Any) -> Any:
        attribute = self.operator.attributes.get(name)
        if attribute is None:
            return default
        if attribute.type != kind:
            raise GraphError(f"{self.operator}: {name} is of another type than its definition says")
        return getattr(attribute, field)

    def differs(self, what: str) -> None:
        """Notes that the layers which stand for the operator make other numbers of the same shape, and why."""
        self.drafts.differing.append((self.operator, printable(what)))

    def hands_on(self, what: str) -> None:
        """Notes that the operator hands on other numbers beside what its layers make, and why."""
        self.drafts.handing_on.append((self.operator, printable(what)))

    def only(self, name: str, value: object, *accepted: object) -> None:
        """UnsupportedError unless an attribute's value is one that is understood."""
        if value not in accepted:
            raise UnsupportedError(f"{name}={value}")

    # What it makes

    def add(self, layer: Layer, *values: Value, part: str = "", **held: tuple[Array, ...]) -> Value:
        """Adds a layer and gives its first output."""
        return self.add_many(layer, *values, part=part, **held)[0]

    def add_many(
        self,
        layer: Layer,
        *values: Value,
        weights: tuple[Array, ...] = (),
        buffers: tuple[Array, ...] = (),
        part: str = "",
    ) -> tuple[Value, ...]:
        """Adds a layer that holds these arrays, and gives all its outputs.

        `part` tells apart several layers of one operator.
        """
        return self.drafts.add(layer, values, self.operator, Held(weights, buffers), part)

    def turned(self, array: Array, *layers: Layer) -> Array:
        """A stored array as layers make it: its numbers as the layer that holds it wants them."""
        for layer in layers:
            (made,) = self.drafts.add(layer, (array,), self.operator, Held(), "")
            assert isinstance(made, Array)
            array = made
        return array

    def axis(self, number: int, axes: int) -> int:
        """An axis counted from 0; GraphError if it is not there."""
        if not -axes <= number < axes:
            raise GraphError(f"{self.operator}: {number} is no axis of {axes}")
        return number % axes


def as_written(value: float) -> float:
    """A number of 32 bits as the shortest decimal that means it.

    >>> as_written(0.10000000149011612)
    0.1
    """
    import numpy as np

    with np.errstate(over="ignore"):
        return float(str(np.float32(value)))


def rank_of(step: Step, x: Value, most: int = 3) -> int:
    """The spatial axes of what slides: 1 to 3."""
    rank = len(x.shape) - 2
    if not 1 <= rank <= most:
        raise UnsupportedError(f"{rank} spatial axes" if rank >= 0 else f"an input of {len(x.shape)} axes")
    return rank


def reshaped(step: Step, x: Value, shape: Iterable[Size], part: str = "") -> Value:
    """The value in another shape; itself if it has that one."""
    from ...layers.axes import Reshape

    wanted = Shape(shape)
    return x if tuple(x.shape) == tuple(wanted) else step.add(Reshape(tuple(wanted)), x, part=part)
