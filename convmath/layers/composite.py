"""Composite: layer types that are a chain of other layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.cost import Cost
from ..core.errors import ParameterError, ShapeError
from .base import Facts, Layer

if TYPE_CHECKING:
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

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        for _, part in self.parts:
            inputs = part.infer(*inputs)
        return inputs

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {
            f"{name}.{weight}" if name else weight: shape
            for name, part in self.parts
            for weight, shape in part.weights().items()
        }

    def _facts(self, inputs: tuple[Shape, ...]) -> Facts:
        outputs, steps = inputs, []
        for name, part in self.parts:
            try:
                steps.append(part.facts(*outputs))
            except ShapeError as error:
                raise ShapeError(f"{self.op}{'.' if name else ''}{name}: {error}") from None
            outputs = steps[-1].outputs
        return Facts(
            self,
            outputs,
            Cost.total(step.cost for step in steps),
            tuple(stage for step in steps for stage in step.stages),
            tuple(condition for step in steps for condition in step.conditions),
        )
