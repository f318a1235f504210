"""Layers that take axes away, add them or change their order: Squeeze, Unsqueeze, Permute, Reshape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, divides, equal
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.size import exact_div, product, same
from ..core.window import Window
from .field import Axes, Extents, is_open
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterable


class Permute(View):
    """Puts the axes in another order: axis n of the output is axis dims[n] of the input. No arithmetic.

    Raises ShapeError unless every axis is named once. A network follows the fields of axes that move; a layer by
    itself does not tell them.

    >>> Permute((0, 2, 3, 1)).output_shape((2, 96, 7, 9))
    (2, 7, 9, 96)

    Source: PyTorch's function of this name.
    """

    least_axes = 0
    dims = Axes("the input's axes in the order of the output")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if len(within(self.op, self.dims, x)) < len(x):
            raise ShapeError(
                f"{self.op}: dims={self.dims} names {len(self.dims)} of the {len(x)} axes of {x} (name all)"
            )
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (Shape(inputs[0][axis] for axis in self.dims),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        axes = len(inputs[0])
        return (tuple(Window() if self.dims[axis] % axes == axis else MOVED for axis in range(2, axes)),)


class Squeeze(View):
    """Takes away the named axes, which must have size 1. No arithmetic.

    Raises ShapeError where a named axis is longer. The fields of spatial axes that move are told in a network.

    >>> Squeeze((2, 3)).output_shape((2, 96, 1, 1))
    (2, 96)

    Source: PyTorch's function of this name, which leaves longer axes alone.
    """

    lays_out_anew = True
    least_axes = 0
    dim = Axes("the axes taken away")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        for axis in within(self.op, self.dim, x):
            yield equal(
                x[axis], 1, f"axis {axis} of {{about}} is {{left}} long", "only axes of size 1 can be taken away", x
            )

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        gone = within(self.op, self.dim, inputs[0])
        return (Shape(size for axis, size in enumerate(inputs[0]) if axis not in gone),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return staying(inputs[0], min(within(self.op, self.dim, inputs[0])))


class Unsqueeze(View):
    """Adds axes of size 1, which are the named ones of the output. No arithmetic.

    The fields of spatial axes that move are told in a network.

    >>> Unsqueeze((2, 3)).output_shape((2, 96))
    (2, 96, 1, 1)

    Source: PyTorch's function of this name; ONNX's takes several axes.
    """

    lays_out_anew = True
    least_axes = 0
    dim = Axes("the axes of the output that are new")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        self._new(inputs[0])
        return ()

    def _new(self, x: Shape) -> tuple[int, ...]:
        return within(self.op, self.dim, x, len(x) + len(self.dim))

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        new, sizes = self._new(inputs[0]), iter(inputs[0])
        return (Shape(1 if axis in new else next(sizes) for axis in range(len(inputs[0]) + len(new))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return staying(inputs[0], min(self._new(inputs[0])))


class Reshape(View):
    """Gives the numbers, in the order of their rows, another shape, batch axis included. No arithmetic.

    One size may be -1, which takes what is left. Raises ShapeError unless the sizes multiply to the same. A spatial
    axis that is no axis of the output, at the same place, has a field in a network only.

    >>> Reshape((2, 8, 12, -1)).output_shape((2, 96, 7, 7))
    (2, 8, 12, 49)

    Source: PyTorch's function of this name.
    """

    lays_out_anew = True
    least_axes = 0
    shape = Extents("the sizes of every axis; -1 takes what is left", left_open=1)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, stated, spelled = inputs[0], product(self._stated), type(self).fields["shape"].spell(self.shape)
        if len(self._stated) < len(self.shape):
            yield divides(
                stated, x.elements, f"{{right}} of shape={spelled} does not divide the {{left}} numbers of {x}",
                "choose sizes that divide {left}",
            )  # fmt: skip
        else:
            yield equal(
                x.elements, stated, f"{{about}} has {{left}} numbers, shape={spelled} has {{right}}",
                "choose sizes that multiply to {left}", x,
            )  # fmt: skip

    @property
    def _stated(self) -> tuple[object, ...]:
        return tuple(size for size in self.shape if not is_open(size))

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        elements, stated = inputs[0].elements, product(self._stated)
        return (Shape(exact_div(elements, stated) if is_open(size) else size for size in self.shape),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x, y = inputs[0], self.infer(*inputs)[0]
        return (tuple(Window() if _kept(x, y, axis) else MOVED for axis in range(2, len(x))),)


def _kept(x: Shape, y: Shape, axis: int) -> bool:
    """Whether an axis is the same in both: as long, with as many numbers before it."""
    return axis < len(y) and same(x[axis], y[axis]) and same(product(x[:axis]), product(y[:axis]))


def within(who: str, dims: tuple[int, ...], x: Shape, axes: int | None = None) -> tuple[int, ...]:
    """The axes by their numbers from 0; ShapeError where one is not there, or is named twice.

    >>> within("Squeeze", (-1, 1), Shape((2, 3, 4)))
    (2, 1)
    """
    count = len(x) if axes is None else axes
    for axis in dims:
        if not -count <= axis < count:
            raise ShapeError(
                f"{who}: {axis} is no axis of the {'input ' if axes is None else 'output for '}{x},"
                f" which has {count} (count from 0, or from the end with -1)"
            )
    found = tuple(axis % count for axis in dims)
    if len(set(found)) < len(found):
        raise ShapeError(f"{who}: dim={dims} names an axis of {x} twice (name each once)")
    return found


def staying(x: Shape, first: int) -> tuple[Stage, ...]:
    """The spatial axes before the first that is taken away or added are read as they are, the others move."""
    return (tuple(Window() if axis < first else MOVED for axis in range(2, len(x))),)
