"""Unknown: an operator that nobody knows, which is never counted as nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.bound import UNKNOWN
from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from .base import Layer
from .field import Count, Optional, Shapes, Text
from .merge import MANY

if TYPE_CHECKING:
    from ..core.size import Size


class Unknown(Layer):
    """An operator without a rule: its name, and the shapes that a file states for its outputs.

    What it computes is unknown, and so is every total that it adds to: "at least" what the others take. Its parameters
    are unknown too, unless they are stated. Any of its outputs may depend on all of its input.

    >>> Unknown("NonMaxSuppression", ((1, 100, 4),)).cost((1, 1000, 4)).macs
    ?

    Source: no framework's; ONNX's operators of other domains, PyTorch's custom ones.
    """

    is_open = True
    arity = (0, MANY)
    least_axes = 0
    name = Text("the operator's own name")
    shapes = Shapes("the shapes of the outputs")
    parameters = Optional(Count("how many trained numbers it has; unknown if None", least=0))

    @property
    def output_count(self) -> int | None:
        return len(self.shapes)

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return tuple(map(Shape, self.shapes))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,) if inputs else ()

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": (UNKNOWN if self.parameters is None else self.parameters,)}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return UNKNOWN

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return UNKNOWN
