"""Strides: how far apart in memory neighbours along each axis lie, of views and of what operators make.

Strides here are those of an array of these sizes as numbers. The rules are PyTorch's: which view of an array there can
be, in which order of axes an operator writes what it makes.

Source: PyTorch 2.13, aten/src/ATen/TensorUtils.cpp (computeStride), TensorIterator.cpp (reorder_dimensions),
c10/core/MemoryFormat.h (is_channels_last_strides_2d).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = tuple[int, ...]


def dense(sizes: Sequence[int], order: Sequence[int] | None = None) -> Numbers:
    """The strides where numbers lie one after another, axes in this order from the outermost to the innermost.

    >>> dense((2, 3, 4)), dense((2, 3, 4), (0, 2, 1))
    ((12, 4, 1), (12, 1, 3))
    """
    found, step = [0] * len(sizes), 1
    for axis in reversed(range(len(sizes)) if order is None else order):
        found[axis] = step
        step *= max(sizes[axis], 1)
    return tuple(found)


def viewed(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> Numbers | None:
    """The strides of an array seen in another shape; None where that wants a copy.

    >>> viewed((2, 3, 4), (12, 4, 1), (6, 4)), viewed((2, 3, 4), (12, 1, 3), (2, 12))
    ((4, 1), None)
    """
    if prod(sizes) != prod(wanted) or not prod(sizes):
        return None if prod(sizes) else dense(wanted)
    found: list[int] = []
    left = list(wanted)
    for count, step in reversed(_runs(sizes, strides)):
        seen = 1
        while left and (seen < count or left[-1] == 1):
            found.append(step * seen)
            seen *= left.pop()
        if seen != count:
            return None
    return tuple(reversed(found))


def _runs(sizes: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
    """Axes joined as far as they lie one after another: the numbers of each run, and how far apart they lie."""
    runs: list[tuple[int, int]] = []
    for size, step in zip(sizes, strides, strict=True):
        if size == 1:
            continue
        if runs and runs[-1][1] == size * step:
            runs[-1] = (runs[-1][0] * size, step)
        else:
            runs.append((size, step))
    return runs or [(1, 1)]


def repeated(sizes: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> Numbers:
    """The strides where axes of size 1 are repeated, and new ones stand in front.

    >>> repeated((3, 1, 4), (4, 4, 1), (2, 3, 5, 4))
    (0, 4, 0, 1)
    """
    new = len(wanted) - len(sizes)
    kept = (step if size == many else 0 for size, step, many in zip(sizes, strides, wanted[new:], strict=True))
    return (*(0,) * new, *kept)


def is_channels_last(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether channels are innermost, of one or more spatial axes; in doubt they are not.

    >>> is_channels_last((2, 3, 4, 5), (60, 1, 15, 3)), is_channels_last((2, 3, 1, 1), (3, 1, 3, 3))
    (True, True)
    >>> is_channels_last((2, 3, 1, 1), (3, 1, 1, 1))
    False
    """
    if len(sizes) not in {4, 5} or not strides[1]:
        return False
    least = 0
    for axis in (1, *range(len(sizes) - 1, 1, -1), 0):
        if strides[axis] < least or (axis == 0 and least == strides[1]):
            return False
        least = strides[axis] * max(sizes[axis], 1)
    return True


def channels_last(sizes: Sequence[int]) -> Numbers:
    """The strides of an array whose channels are innermost."""
    return dense(sizes, (0, *range(2, len(sizes)), 1))


def number_by_number(sizes: Sequence[int], read: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Numbers:
    """The strides in which what is read number by number, as (sizes, strides), is written: in the order of its axes.

    >>> number_by_number((2, 3, 4), [((2, 3, 4), (12, 1, 3)), ((4,), (1,))])
    (12, 1, 3)
    """
    spread = [repeated(own, strides, sizes) for own, strides in read if len(own) <= len(sizes)]
    order: list[int] = []  # from the innermost axis to the outermost
    for axis in reversed(range(len(sizes))):
        order.append(axis)
        here = len(order) - 1
        for before in reversed(range(here)):
            found = _compared(order[before], order[here], sizes, spread)
            if found > 0:
                order[before], order[here], here = order[here], order[before], before
            elif found < 0:
                break
    return dense(sizes, order[::-1])


def _compared(inner: int, outer: int, sizes: Sequence[int], spread: Sequence[Numbers]) -> int:
    """1 if the axes must change places, −1 if they must not, 0 in doubt; the first array that tells decides."""
    for strides in spread:
        one, other = strides[inner], strides[outer]
        if not one or not other:
            continue
        if one != other:
            return -1 if one < other else 1
        if sizes[inner] > sizes[outer]:
            return 1
    return 0
