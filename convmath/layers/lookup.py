"""Layers that look numbers up by their indices: Embedding, Gather, GatherElements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from ..core.window import Window
from .axes import staying, within
from .base import Layer
from .field import Axis, Count
from .matching import indexed

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

    is_open = True
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

    is_open = True
    arity = (2, 2)
    least_axes = 1
    dim = Axis("the axis that is looked up", keras="axis")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        within(self.op, (self.dim,), inputs[0])
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, indices = inputs
        axis = self.dim % len(x)
        return (Shape((*x[:axis], *indices, *x[axis + 1 :])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)


class GatherElements(Layer):
    """y[i, j, …] = x[i, indices[i, j, …], …] where dim is 1: inputs x and indices, the output has the shape of indices.

    No arithmetic. Indices are whole numbers, negative ones from the end. Along dim any position of x may be read, along
    the other axes the output's own. Raises ShapeError unless indices have as many axes as x, none but dim longer.

    >>> GatherElements(1).output_shape((2, 8400, 4), (2, 300, 4))
    (2, 300, 4)

    Source: ONNX's operator of this name; PyTorch's gather, NumPy's take_along_axis.
    """

    is_open = True
    arity = (2, 2)
    least_axes = 1
    dim = Axis("the axis that is looked up", keras="axis")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, indices = inputs
        (along,) = within(self.op, (self.dim,), x)
        yield from indexed(self.op, x, indices, along)

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs[1:]

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        along = self.dim % len(inputs[0])
        return (tuple(WHOLE if axis == along else Window() for axis in range(2, len(inputs[0]))),)

    def stages_of(self, place: int, *inputs: Shape) -> tuple[Stage, ...]:
        return () if place else self.stages(*inputs)
