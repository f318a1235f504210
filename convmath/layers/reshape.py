"""Layers that only change the shape: Flatten, Unflatten, Identity, Dropout and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, WHOLE
from ..core.shape import Shape
from ..core.size import product
from ..core.window import Window
from .field import Axis, Flag, Real, Sizes
from .view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.receptive_field import Stage


class Flatten(View):
    """Joins the axes start_dim … end_dim into one: (N, C, H, W) → (N, C·H·W). No arithmetic.

    Raises ShapeError if the batch would be joined, or if the axes are not there.

    >>> Flatten().output_shape((2, 256, 6, 7))
    (2, 10752)

    Source: PyTorch's layer of this name.
    """

    lays_out_anew = True
    start_dim = Axis("the first axis joined", 1)
    end_dim = Axis("the last axis joined", -1)

    def _span(self, x: Shape) -> tuple[int, int]:
        return self.start_dim % len(x), self.end_dim % len(x)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        for name, axis in (("start_dim", self.start_dim), ("end_dim", self.end_dim)):
            if not -len(x) <= axis < len(x):
                raise ShapeError(
                    f"{self.op}: {name}={axis} is no axis of the input {x}, which has {len(x)} (use 1 or -1)"
                )
        start, end = self._span(x)
        yield at_least(start, 1, "the batch axis cannot be flattened (start_dim={left})", "use start_dim=1")
        yield at_least(end, start, "end_dim={left} comes before start_dim={right}", "use end_dim=-1")

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        start, end = self._span(x)
        return (Shape((*x[:start], product(x[start : end + 1]), *x[end + 1 :])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        start, end = self._span(x)
        gone = WHOLE if start < 2 else MOVED  # all positions stand where channels do, or in one axis
        return (tuple(Window() if not start <= axis <= end else gone for axis in range(2, len(x))),)


class Unflatten(View):
    """Splits an axis into several: (N, C·H·W) → (N, C, H, W). No arithmetic.

    Raises ShapeError if the sizes do not multiply to the axis' length.

    >>> Unflatten(1, (16, 4, 5)).output_shape((2, 320))
    (2, 16, 4, 5)

    Source: PyTorch's layer of this name.
    """

    lays_out_anew = True
    dim = Axis("the axis that is split")
    unflattened_size = Sizes("the sizes it is split into")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if not -len(x) <= self.dim < len(x) or self.dim % len(x) == 0:
            raise ShapeError(f"{self.op}: dim={self.dim} cannot be split in the input {x} (use 1 … {len(x) - 1})")
        yield equal(
            product(self.unflattened_size), x[self.dim],
            f"{'·'.join(map(str, self.unflattened_size))} is {{left}}, axis {self.dim} of {x} is {{right}} long",
            "choose sizes that multiply to {right}",
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        dim = self.dim % len(x)
        return (Shape((*x[:dim], *self.unflattened_size, *x[dim + 1 :])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((MOVED,) * inputs[0].rank,)


class Identity(View):
    """Hands its input on: no parameters, no arithmetic.

    >>> Identity().output_shape((1, 3, 8, 9))
    (1, 3, 8, 9)

    Source: PyTorch's layer of this name.
    """

    least_axes = 0

    def met(self, axes: int) -> Sequence[int] | None:
        return ()


class Dropout(View):
    """Sets numbers to zero at random while training; when predicting, it hands its input on.

    >>> Dropout(0.5).flops((1, 4096))
    0

    Source: Srivastava et al. (2014).
    """

    least_axes = 0
    p = Real("the probability of a zero", 0.5, 0, 1, keras="rate")
    inplace = Flag("whether the input's memory is reused", False)

    def met(self, axes: int) -> Sequence[int] | None:
        return ()


class Dropout1d(Dropout):
    """Dropout of whole channels of (N, C, L); see Dropout."""

    rank = 1


class Dropout2d(Dropout):
    """Dropout of whole channels of (N, C, H, W); see Dropout."""

    rank = 2


class Dropout3d(Dropout):
    """Dropout of whole channels of (N, C, D, H, W); see Dropout."""

    rank = 3
