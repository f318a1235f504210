"""Formulas among a layer's hyper-parameters: found, replaced, and given values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.padding import Pads
from ..core.size import Symbolic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.size import Size
    from .base import Layer


def replaced(value: Any, rule: Callable[[Any], Any]) -> Any:
    """A hyper-parameter with what `rule` makes of every formula in its place; itself where that is the formula.

    >>> replaced((3, (None, 5)), str)
    (3, (None, 5))
    """
    if isinstance(value, Symbolic):
        return rule(value)
    if not isinstance(value, tuple):
        return value
    parts = [replaced(part, rule) for part in value]
    if all(a is b for a, b in zip(parts, value, strict=True)):
        return value
    return Pads(*parts) if isinstance(value, Pads) else tuple(parts)


def symbols_of(layer: Layer) -> set[str]:
    """The symbols in a layer's hyper-parameters.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.symbolic.polynomial import symbols
    >>> sorted(symbols_of(Conv2d(3, symbols("w") * 2, symbols("k"))))
    ['k', 'w']
    """
    found: set[str] = set()

    def noted(formula: Any) -> Any:
        found.update(getattr(formula, "names", ()))
        return formula

    for name in layer.fields:
        replaced(layer.__dict__[name], noted)
    return found


def with_values(layer: Layer, values: Mapping[str, Size]) -> Layer:
    """The layer with values for symbols; itself where it has none of them. Raises ParameterError as the type does.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.symbolic.polynomial import symbols
    >>> with_values(Conv2d(3, symbols("w") * 2, symbols("k")), {"w": 8, "H": 5, "k": 3})
    Conv2d(3, 16, 3)
    """
    fields = {name: replaced(layer.__dict__[name], lambda formula: at(formula, values)) for name in layer.fields}
    if all(value is layer.__dict__[name] for name, value in fields.items()):
        return layer
    return type(layer)(**fields)


def at(size: Any, values: Mapping[str, Size]) -> Any:
    """A size with values for those of its symbols that have one.

    >>> from convmath.symbolic.polynomial import symbols
    >>> at(7, {"H": 3}), at(symbols("H") * 2, {"H": 3}), at(symbols("H"), {"W": 3})
    (7, 6, Polynomial('H'))
    """
    known = {name: values[name] for name in getattr(size, "names", ()) if name in values}
    return size.at(known) if known else size
