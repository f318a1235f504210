"""Composite: layer types that are a chain of other layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError
from .base import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..core.conditions import Condition
    from ..core.receptive_field import Stage
    from ..core.shape import Shape
    from ..core.size import Size


class Composite(Layer, abstract=True):
    """A layer type that is a chain of other layers; a type declares `chain` and everything follows."""

    parts: tuple[tuple[str, Layer], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            parts = self.chain()
        except ParameterError as error:
            raise ParameterError(f"{self.op}: {error}") from None
        inherited = tuple(condition for _, part in parts for condition in part.open_constraints)
        self.__dict__.update(parts=parts, open_constraints=self.open_constraints + inherited)

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        """(name, layer) for each step, in order; weights are named `name.weight`, or plainly where name is ''."""
        raise NotImplementedError

    def steps(self, inputs: tuple[Shape, ...]) -> Iterator[tuple[str, Layer, tuple[Shape, ...], tuple[Shape, ...]]]:
        """(name, layer, inputs, outputs) of every part in turn."""
        for name, part in self.parts:
            outputs = part.infer(*inputs)
            yield name, part, inputs, outputs
            inputs = outputs

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        for name, part, x, _ in self.steps(inputs):
            for condition in part.conditions(*x):
                yield condition._replace(message=f"{name}: {condition.message}") if name else condition

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return list(self.steps(inputs))[-1][-1]

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return tuple(stage for _, part, x, _ in self.steps(inputs) for stage in part.stages(*x))

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return self._named({name: part.weights() for name, part in self.parts})

    def buffers(self) -> dict[str, tuple[Size, ...]]:
        return self._named({name: part.buffers() for name, part in self.parts})

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(part.count_macs(x, y) for _, part, x, y in self.steps(inputs))

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(part.count_touching(x, y) for _, part, x, y in self.steps(inputs))

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(part.count_operations(x, y) for _, part, x, y in self.steps(inputs))

    def count_activations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(part.count_activations(x, y) for _, part, x, y in self.steps(inputs))

    def count_moved(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return sum(part.count_moved(x, y) for _, part, x, y in self.steps(inputs))

    @staticmethod
    def _named(arrays: dict[str, dict[str, tuple[Size, ...]]]) -> dict[str, tuple[Size, ...]]:
        return {
            f"{name}.{array}" if name else array: shape
            for name, shapes in arrays.items()
            for array, shape in shapes.items()
        }
