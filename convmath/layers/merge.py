"""Layers that join several inputs: Add, Multiply and the like, Concat; and that part one: Split, Chunk."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ParameterError, ShapeError
from ..core.piece import Piece
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.size import Size, ceil_div
from ..core.window import Window
from .base import Layer
from .field import Axis, Count, Sizes
from .matching import broadcast, broadcasting
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MANY = 1 << 16
"""No layer has more inputs or outputs."""


class Elementwise(Layer, abstract=True):
    """Joins inputs number by number; sizes must be equal or 1, and the larger is kept. inputs − 1 FLOPs a number.

    Inputs with fewer axes have their sizes met by the last ones of the others, as in NumPy.
    """

    arity = (2, MANY)
    least_axes = 0

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield from broadcasting(inputs)

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (broadcast(inputs),)

    def met(self, axes: int) -> Sequence[int] | None:
        return ()

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return (len(inputs) - 1) * outputs[0].elements


class Add(Elementwise):
    """x + y + …: the inputs have one shape, or broadcast to it. Raises ShapeError with both shapes otherwise.

    >>> Add().output_shape((1, 64, 7, 9), (1, 64, 7, 9))
    (1, 64, 7, 9)

    Source: He et al., ResNet (2016).
    """


class Subtract(Elementwise):
    """x − y − …: the inputs have one shape, or broadcast to it.

    >>> Subtract().flops((1, 64, 7, 9), (1, 64, 7, 9))
    4032

    Source: Keras' layer of this name.
    """


class Divide(Elementwise):
    """x / y: the inputs have one shape, or broadcast to it.

    >>> Divide().flops((1, 64, 7, 9), (1, 64, 1, 1))
    4032

    Source: PyTorch's function of this name.
    """

    arity = (2, 2)


class Power(Elementwise):
    """xʸ: the inputs have one shape, or broadcast to it; one elementary function a number.

    >>> Power().flops((1, 8), (1, 8))
    8

    Source: PyTorch's function pow.
    """

    arity = (2, 2)


class Maximum(Elementwise):
    """The larger of x, y, …: the inputs have one shape, or broadcast to it.

    >>> Maximum().flops((1, 8), (1, 8), (1, 8))
    16

    Source: Goodfellow et al., Maxout Networks (2013).
    """


class Minimum(Elementwise):
    """The smaller of x, y, …: the inputs have one shape, or broadcast to it.

    >>> Minimum().flops((1, 8), (1, 8))
    8

    Source: PyTorch's function of this name.
    """


class Where(Elementwise):
    """y where x is not 0, z where it is: the inputs x, y, z have one shape, or broadcast to it. One FLOP a number.

    >>> Where().flops((1, 8), (1, 8), (1, 1))
    8

    Source: PyTorch's function of this name.
    """

    arity = (3, 3)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements


class Multiply(Elementwise):
    """x · y · …: the inputs have one shape, or broadcast to it, as the gates of squeeze-and-excitation do.

    >>> Multiply().output_shape((1, 64, 7, 9), (1, 64, 1, 1))
    (1, 64, 7, 9)

    Source: Hu, Shen and Sun, Squeeze-and-Excitation (2018).
    """


class Concat(Layer):
    """Puts the inputs one after another along an axis, by default the channels; all other sizes must be equal.

    No arithmetic. Raises ShapeError with both shapes where another size differs.

    >>> Concat().output_shape((1, 64, 7, 9), (1, 32, 7, 9))
    (1, 96, 7, 9)

    Source: Szegedy et al., GoogLeNet (2015); Huang et al., DenseNet (2017).
    """

    arity = (1, MANY)
    least_axes = 1
    dim = Axis("the axis along which the inputs follow each other", 1, keras="axis")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        first = inputs[0]
        if not -len(first) <= self.dim < len(first):
            raise ShapeError(f"{self.op}: dim={self.dim} is no axis of the input {first}, which has {len(first)}")
        along = self.dim % len(first)
        for other in inputs[1:]:
            if len(other) != len(first):
                raise ShapeError(
                    f"{self.op}: {first} and {other} have {len(first)} and {len(other)} axes (reshape one of them)"
                )
            for axis, (a, b) in enumerate(zip(first, other, strict=True)):
                if axis != along:
                    yield equal(
                        a, b, f"{{about[0]}} and {{about[1]}} differ on axis {axis}: {{left}} and {{right}}",
                        f"make the two sizes equal; only axis {along} may differ", (first, other),
                    )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        along = self.dim % len(inputs[0])
        total = sum(x[along] for x in inputs)
        return (Shape((*inputs[0][:along], total, *inputs[0][along + 1 :])),)

    def moved(self, axes: int) -> Sequence[int]:
        return (self.dim,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        ends = list(accumulate((x[axis] for x in inputs), initial=0))
        return tuple(Piece(place, range(x[axis]), range(*ends[place : place + 2])) for place, x in enumerate(inputs))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        along = self.dim % len(inputs[0])
        # Along the joined axis a position may come from any input, at another place in each.
        return (tuple(MOVED if axis == along else Window() for axis in range(2, len(inputs[0]))),)


class Split(View):
    """Parts an axis into pieces of the stated sizes; one size is repeated until nothing is left.

    Output j is piece j. No arithmetic. Raises ShapeError if several sizes do not add up to the axis.

    >>> Split((16, 48)).output_shapes((1, 64, 7, 9))
    ((1, 16, 7, 9), (1, 48, 7, 9))

    Source: PyTorch's function of this name.
    """

    least_axes = 1
    sizes = Sizes("the sizes of the pieces")
    dim = Axis("the axis that is parted", 1, keras="axis")

    @property
    def output_count(self) -> int | None:
        return len(self.sizes) if len(self.sizes) > 1 else None

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if not -len(x) <= self.dim < len(x):
            raise ShapeError(f"{self.op}: dim={self.dim} is no axis of the input {x}, which has {len(x)}")
        if len(self.sizes) > 1:
            yield equal(
                sum(self.sizes), x[self.dim],
                f"the sizes add up to {{left}}, axis {self.dim} of {{about}} is {{right}} long",
                "choose sizes that add up to {right}", x,
            )  # fmt: skip
        else:
            pieces = self._pieces(x)
            if type(pieces) is not int:
                raise ShapeError(
                    f"{self.op}: axis {self.dim} of {x} makes {pieces} pieces, which is no number (state every size)"
                )
            yield at_least(MANY, pieces, f"axis {self.dim} of {{about}} makes {{right}} pieces", "use larger pieces", x)

    def _pieces(self, x: Shape) -> Size:
        return ceil_div(x[self.dim], self.sizes[0])

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, dim = inputs[0], self.dim % len(inputs[0])
        sizes = self.sizes
        if len(sizes) == 1:
            pieces = self._pieces(x)
            sizes = (*sizes * (pieces - 1), x[dim] - sizes[0] * (pieces - 1))
        return pieces_of(x, dim, sizes)

    def moved(self, axes: int) -> Sequence[int]:
        return (self.dim,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        return part(axis, port, self.infer(*inputs))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return split_stage(inputs[0], self.dim)


class Chunk(View):
    """Parts an axis into `chunks` pieces of ⌈n / chunks⌉, the last one shorter if need be; output j is piece j.

    Raises ShapeError if the axis is too short for so many pieces.

    >>> Chunk(2).output_shapes((1, 116, 28, 28))
    ((1, 58, 28, 28), (1, 58, 28, 28))

    Source: PyTorch's function of this name; Ma et al., ShuffleNet v2 (2018).
    """

    least_axes = 1
    chunks = Count("pieces")
    dim = Axis("the axis that is parted", 1, keras="axis")

    @property
    def output_count(self) -> int:
        return self.chunks  # type: ignore[no-any-return]

    def constraints(self) -> Iterable[Condition]:
        if type(self.chunks) is not int:
            raise ParameterError(f"{self.op}: chunks={self.chunks} is no number of outputs (state one)")
        yield at_least(MANY, self.chunks, "chunks={right} is more than {left}", "use fewer chunks")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if not -len(x) <= self.dim < len(x):
            raise ShapeError(f"{self.op}: dim={self.dim} is no axis of the input {x}, which has {len(x)}")
        size = x[self.dim]
        yield at_least(
            size - ceil_div(size, self.chunks) * (self.chunks - 1), 1,
            f"axis {self.dim} of {{about[0]}} cannot be parted into {self.chunks} pieces of {{about[1]}}",
            "use fewer chunks", (x, ceil_div(size, self.chunks)),
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, dim = inputs[0], self.dim % len(inputs[0])
        piece = ceil_div(x[dim], self.chunks)
        return pieces_of(x, dim, (*(piece,) * (self.chunks - 1), x[dim] - piece * (self.chunks - 1)))

    def moved(self, axes: int) -> Sequence[int]:
        return (self.dim,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        return part(axis, port, self.infer(*inputs))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return split_stage(inputs[0], self.dim)


def pieces_of(x: Shape, dim: int, sizes: tuple[Size, ...]) -> tuple[Shape, ...]:
    """`x` with the axis `dim` of every stated size."""
    return tuple(Shape((*x[:dim], size, *x[dim + 1 :])) for size in sizes)


def part(axis: int, port: int, outputs: Sequence[Shape]) -> tuple[Piece, ...]:
    """Where one of the pieces that an axis is parted into lies in it.

    >>> part(1, 1, (Shape((1, 3, 9)), Shape((1, 2, 9))))
    (Piece(place=0, read=range(3, 5), made=range(0, 2)),)
    """
    begin, size = sum(y[axis] for y in outputs[:port]), outputs[port][axis]
    return (Piece(0, range(begin, begin + size), range(size)),)


def split_stage(x: Shape, dim: int) -> tuple[Stage, ...]:
    """Each piece of a parted spatial axis begins elsewhere, so no one interval tells them all."""
    return (tuple(MOVED if axis == dim % len(x) else Window() for axis in range(2, len(x))),)
