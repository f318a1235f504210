"""Shapes that go together: those that are broadcast, and indices into others; what must hold of their sizes."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from ..core.conditions import at_least, broadcastable
from ..core.errors import ShapeError
from ..core.shape import Shape
from ..core.size import larger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.conditions import Condition


def broadcast(inputs: Sequence[Shape]) -> Shape:
    """The shape to which all broadcast, by the rule alone.

    >>> broadcast((Shape((2, 1, 5)), Shape((3, 1))))
    (2, 3, 5)
    """
    axes = max(map(len, inputs))
    joined, *others = (_with_axes(x, axes) for x in inputs)
    for other in others:
        joined = Shape(a if a is b else larger(a, b) for a, b in zip(joined, other, strict=True))
    return joined


def broadcasting(inputs: Sequence[Shape], of: Sequence[Shape] = ()) -> Iterable[Condition]:
    """What must hold for shapes to broadcast: on every axis the sizes are equal, or one of them is 1.

    `of` are the shapes that an error quotes, where the inputs are parts of them.
    """
    whole = of or inputs
    axes = max(map(len, inputs))
    shapes = [_with_axes(x, axes) for x in inputs]
    for (place, x), (other, y) in combinations(enumerate(shapes), 2):
        for axis, (a, b) in enumerate(zip(x, y, strict=True)):
            yield broadcastable(
                a, b, f"{{about[0]}} and {{about[1]}} differ on axis {axis}: {{left}} and {{right}}",
                "make the two sizes equal, or one of them 1", (whole[place], whole[other]),
            )  # fmt: skip


def indexed(op: str, x: Shape, indices: Shape, along: int) -> Iterable[Condition]:
    """What must hold for indices that count along one axis of x: as many axes, and none but that one longer.

    Raises ShapeError for another number of axes.
    """
    if len(indices) != len(x):
        raise ShapeError(f"{op}: the indices have {len(indices)} axes, {indices}, the first input {len(x)}: {x}")
    for axis, (found, size) in enumerate(zip(indices, x, strict=True)):
        if axis != along:
            yield at_least(
                size, found, f"axis {axis} of the indices {{about}} is {{right}} long, the first input's {{left}}",
                "use at most {left} there", indices,
            )  # fmt: skip


def _with_axes(x: Shape, axes: int) -> Shape:
    return x if len(x) == axes else Shape((*(1,) * (axes - len(x)), *x))
