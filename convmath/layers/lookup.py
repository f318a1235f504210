"""Layers that look numbers up by their places: Embedding, Gather."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from .axes import staying, within
from .base import Layer
from .field import Axis, Count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.conditions import Condition
    from ..core.size import Size


class Embedding(Layer):
    """A trained vector for each whole number of the input: (…) → (…, embedding_dim). No arithmetic.

    >>> Embedding(512, 192).output_shape((2, 77)), Embedding(512, 192).params
    ((2, 77, 192), 98304)

    Source: Bengio et al. (2003); PyTorch's layer of this name.
    """

    least_axes = 0
    num_embeddings = Count("how many vectors there are", symbol="V", keras="input_dim")
    embedding_dim = Count("the length of each", symbol="E", keras="output_dim")

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (Shape((*inputs[0], self.embedding_dim)),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return staying(inputs[0], len(inputs[0]))

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}


class Gather(Layer):
    """The positions of an axis of the first input that the second one lists; that axis becomes those of the list.

    No arithmetic. Any position of the axis may be read. Raises ShapeError where the axis is not there.

    >>> Gather(0).output_shape((169, 3), (49, 49))
    (49, 49, 3)

    Source: ONNX's operator of this name; NumPy's take.
    """

    arity = (2, 2)
    least_axes = 1
    dim = Axis("the axis that is looked up", keras="axis")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        within(self.op, (self.dim,), inputs[0])
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, places = inputs
        axis = self.dim % len(x)
        return (Shape((*x[:axis], *places, *x[axis + 1 :])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)
