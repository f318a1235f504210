"""Which entry of a table of families is that of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..layers.base import Layer

T = TypeVar("T")
D = TypeVar("D")


def of_family(layer: Layer, table: Mapping[str, T], default: D) -> T | D:
    """The entry of the layer's type, or of the nearest family that it is of and that has one.

    >>> from convmath.layers.conv import Conv2d
    >>> of_family(Conv2d(3, 8, 3), {"Conv": 1, "Windowed": 2}, None)
    1
    """
    return next((table[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in table), default)
