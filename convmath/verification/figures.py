"""What is claimed and measured, as values that know how a reader sees them and what a program gets of them."""

from __future__ import annotations

from math import isfinite, isnan
from typing import Any

from ..core.shape import by_axis
from ..report.describe import show_bytes


class Bytes(int):
    """An amount of memory.

    >>> print(Bytes(3 << 20))
    3.0 MiB
    """

    __slots__ = ()

    def __str__(self) -> str:
        return show_bytes(int(self))


class Apart(float):
    """The largest difference of two results; 0 where they are equal bit for bit, NaN where one has a NaN alone.

    >>> print(Apart(0), Apart(2.5e-7))
    equal 2.5e-07 apart
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "NaN in one alone" if isnan(self) else f"{float(self):.1e} apart" if self else "equal"


class Shapes(tuple[Any, ...]):
    """The shapes of all outputs.

    >>> print(Shapes(((1, 2, 3), (1, 4, 3))))
    1x2x3, 1x4x3
    """

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(map(by_axis, self))


class Intervals(tuple[Any, ...]):
    """The first and last position along each axis, first > last for none.

    >>> print(Intervals(((3, 9), (0, 4))), Intervals(((0, -1),)))
    3…9 × 0…4 nothing
    """

    __slots__ = ()

    def __str__(self) -> str:
        if any(last < first for first, last in self):
            return "nothing"
        return " × ".join(f"{first}…{last}" for first, last in self)


def plain(value: Any) -> Any:
    """The same for a program: numbers, and lists of them.

    >>> plain(Bytes(7)), plain(Shapes(((1, 2),))), plain(Apart("nan"))
    (7, [[1, 2]], 'nan')
    """
    if isinstance(value, tuple):
        return list(map(plain, value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    return value
