"""Layers whose formulas are recorded as their rules write them, instead of worked out."""

from __future__ import annotations

from typing import Any, TypeVar

from ..core.padding import Pads
from ..core.size import Symbolic
from .write import written
from .written import Written

Kind = TypeVar("Kind")


def recorded(layer: Kind) -> Kind:
    """The same layer, with every formula among its hyper-parameters written down.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.symbolic.polynomial import symbols
    >>> recorded(Conv2d(3, 8, symbols("k"))).params
    Written('24·k² + 8')
    """
    own = layer.__dict__
    values = {name: as_written(own[name]) for name in layer.fields}  # type: ignore[attr-defined]
    return layer if all(value is own[name] for name, value in values.items()) else type(layer)(**values)


def as_written(value: Any) -> Any:
    """A value with every formula in it written down; itself if there is none."""
    if isinstance(value, Symbolic):
        return value if isinstance(value, Written) else written(value)
    if isinstance(value, tuple):
        parts = [as_written(part) for part in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        return Pads(*parts) if isinstance(value, Pads) else tuple(parts)
    return value
