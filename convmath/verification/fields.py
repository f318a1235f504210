"""Claimed receptive fields beside the inputs that are reached: where the two are held together, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.receptive_field import ReceptiveField
from .figures import Intervals

if TYPE_CHECKING:
    from ..core.receptive_field import Seen
    from ..numeric.arrays import Array

Interval = tuple[int, int]
"""The first and the last position, first > last for none."""


class Spot(NamedTuple):
    """An output position, and what is claimed that it sees along each axis of the input."""

    at: tuple[int, ...]
    claimed: tuple[Interval, ...]
    exact: tuple[bool, ...]
    """Of each axis, whether the claim ends inside the input, so that the outermost inputs are to be reached exactly."""


def spot(fields: tuple[Seen, ...], outputs: tuple[int, ...], inputs: tuple[int, ...]) -> Spot:
    """The output position nearest the middle whose field lies inside the input, along each axis by itself.

    Where none does, it is the middle, and no less than the axis counts as claimed: padding may copy from anywhere. So
    it does where the field is told as no interval, and along every axis where their number changes.

    >>> from convmath.layers.conv import Conv1d
    >>> spot(Conv1d(1, 1, 5, padding=2).receptive_field((1, 1, 9)), (9,), (9,))
    Spot(at=(4,), claimed=((2, 6),), exact=(True,))
    """
    if len(outputs) != len(inputs):
        return Spot(tuple(n // 2 for n in outputs), tuple((0, n - 1) for n in inputs), (False,) * len(inputs))
    found = [_along(field, o, i) for field, o, i in zip(fields, outputs, inputs, strict=True)]
    at, claimed, exact = zip(*found, strict=True) if found else ((), (), ())
    return Spot(at, claimed, exact)


def _along(field: Seen, outputs: int, inputs: int) -> tuple[int, Interval, bool]:
    middle = outputs // 2
    if not isinstance(field, ReceptiveField):
        return middle, (0, inputs - 1), False
    for place in sorted(range(outputs), key=lambda o: abs(o - middle)):
        first, last = field.interval(place)
        if 0 <= first <= last < inputs:
            return place, (first, last), True
    first, last = field.interval(middle)
    if first > last:
        return middle, (0, -1), True
    return middle, (0, inputs - 1), False


def bounds(reached: Array) -> Intervals:
    """The first and last position along each spatial axis of a boolean array (C, *spatial).

    >>> print(bounds(np.array([[False, True, False, True]])))
    1…3
    """
    anywhere = reached.any(axis=0)
    found: list[Interval] = []
    for axis in range(anywhere.ndim):
        other = tuple(rest for rest in range(anywhere.ndim) if rest != axis)
        places = np.flatnonzero(anywhere.any(axis=other))
        found.append((int(places[0]), int(places[-1])) if len(places) else (0, -1))
    return Intervals(found)


def agree(where: Spot, found: tuple[Interval, ...]) -> bool:
    """Whether what is reached is what is claimed: to the position where the claim is exact, no more of it elsewhere."""
    if any(last < first for first, last in found):  # in the padding along one axis is in the padding altogether
        return not all(where.exact) or any(last < first for first, last in where.claimed)
    return all(
        mine == theirs if exact else mine[0] >= theirs[0] and mine[1] <= theirs[1]
        for mine, theirs, exact in zip(found, where.claimed, where.exact, strict=True)
    )


def touched(reached: Array) -> str:
    """How many positions are reached, and how many within their bounds are not.

    >>> touched(np.array([[True, False, True, False, True]]))
    '3 of 5 positions, 2 holes'
    """
    anywhere: Any = reached.any(axis=0)
    box = anywhere[tuple(slice(first, last + 1) for first, last in bounds(reached))]
    count, holes = int(box.sum()), int(box.size - box.sum())
    said = f", {holes:,} hole{'s' if holes > 1 else ''}" if holes else ""
    return f"{count:,} of {anywhere.size:,} positions{said}"
