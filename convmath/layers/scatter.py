"""What puts numbers in the place of some of an array's own: Scatter, ScatterElements, ScatterND."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.errors import ShapeError
from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from ..core.size import Size, are_numbers
from .axes import within
from .base import Layer
from .field import Axis, Choice
from .matching import indexed

if TYPE_CHECKING:
    from collections.abc import Iterable


REDUCTION = Choice(
    "what becomes of a number and of what is there before it", "none", ("none", "add", "mul", "max", "min")
)


class Scattering(Layer, abstract=True):
    """The first input, with the numbers of the last at some of its indices; a type says how the indices are told.

    Where several numbers go to one place, the last one stays; with another reduction they are added to what is there,
    multiplied, or the largest or smallest of all is kept: one FLOP for each. Every output reads its own position of
    the first input; which of the others it reads is up to the indices, so any may be.
    """

    is_open = True
    least_axes = 0
    reduction: str

    def stages_of(self, place: int, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[place].rank,) if place else ()

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return 0 if self.reduction == "none" else inputs[-1].elements


class Scatter(Scattering):
    """The first input, with the numbers of the second in the place of some of its own; see Scattering.

    Which they replace is told by `indices`, which go with the weights where the layer is run: for every number of the
    second input a place, flat in the first one, row by row.

    >>> Scatter().output_shape((1, 96, 7, 9), (1, 95, 7, 9))
    (1, 96, 7, 9)

    Source: PyTorch's slice_scatter and index_put.
    """

    arity = (2, 2)
    reduction = REDUCTION


class ScatterElements(Scattering):
    """y = x, but y[i, indices[i, j], …] = values[i, j, …] where dim is 1: inputs x, indices, values; see Scattering.

    Indices are whole numbers, negative ones from the end. Raises ShapeError unless indices and values have one shape
    with as many axes as x, of which none but dim is longer.

    >>> ScatterElements(1, "add").output_shape((3, 5), (3, 2), (3, 2))
    (3, 5)

    Source: ONNX's operator of this name; PyTorch's scatter, scatter_add and scatter_reduce.
    """

    arity = (3, 3)
    least_axes = 1
    dim = Axis("the axis along which indices are counted", keras="axis")
    reduction = REDUCTION

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, indices, values = inputs
        (along,) = within(self.op, (self.dim,), x)
        yield from indexed(self.op, x, indices, along)
        if len(values) != len(x):
            raise ShapeError(f"{self.op}: values have {len(values)} axes, {values}, the first input {len(x)}: {x}")
        yield from _alike(values, indices)


class ScatterND(Scattering):
    """y = x, but y[indices[i, 0], …, indices[i, K − 1]] = values[i]: inputs x, indices, values; see Scattering.

    The last axis of indices, of size K, names a place along the first K axes of x; negative numbers count from the end.
    values has the other axes of indices, then those of x from K on. Raises ShapeError where it has not.

    >>> ScatterND().output_shape((4, 5, 6), (3, 1), (3, 5, 6))
    (4, 5, 6)

    Source: ONNX's operator of this name; TensorFlow's tensor_scatter_nd_update.
    """

    arity = (3, 3)
    least_axes = 1
    reduction = REDUCTION

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, indices, values = inputs
        named = indices[-1] if indices else 0
        if not are_numbers(named) or not 1 <= named <= len(x):
            raise ShapeError(
                f"{self.op}: the indices {indices} name {named} axes of {x}, which has {len(x)} (name some)"
            )
        wanted = Shape((*indices[:-1], *x[named:]))
        if len(values) != len(wanted):
            raise ShapeError(
                f"{self.op}: the values have {len(values)} axes, {values}, {len(wanted)} are wanted: {wanted}"
            )
        yield from _alike(values, wanted)


def _alike(values: Shape, wanted: Shape) -> Iterable[Condition]:
    for axis, (found, size) in enumerate(zip(values, wanted, strict=False)):
        yield equal(
            found, size, f"axis {axis} of the values {{about}} is {{left}} long, {{right}} are wanted",
            f"give them as {wanted}", values,
        )  # fmt: skip
