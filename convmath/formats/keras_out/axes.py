"""Where axes lie: all values of three axes or more have their channels last, others are as they are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...core.shape import Shape


def moved(axis: int, count: int) -> int:
    """Where an axis of `count` lies; the last one is told from the end.

    >>> [moved(axis, 4) for axis in range(4)], moved(1, 2), moved(-3, 4)
    ([0, -1, 1, 2], -1, -1)
    """
    axis %= count
    return -1 if axis == 1 else axis if axis == 0 else axis - 1


def last(shape: Shape) -> tuple[int, ...]:
    """The sizes in the order in which they lie.

    >>> from convmath.core.shape import Shape
    >>> last(Shape((2, 3, 8, 9))), last(Shape((2, 3)))
    ((2, 8, 9, 3), (2, 3))
    """
    return (*shape[:1], *shape[2:], *shape[1:2])


def between(rows: Sequence[str], x: Shape, y: Shape) -> tuple[str, ...]:
    """Rows that take the channels where PyTorch has them, with what moves them there and back.

    >>> from convmath.core.shape import Shape
    >>> between(["layers.Flatten()({0})"], Shape((1, 2, 3)), Shape((1, 6)))
    ('ops.moveaxis({0}, -1, 1)', 'layers.Flatten()({0})')
    """
    before = ["ops.moveaxis({0}, -1, 1)"] if len(x) > 2 else []
    after = ["ops.moveaxis({0}, 1, -1)"] if len(y) > 2 else []
    return (*before, *rows, *after)
