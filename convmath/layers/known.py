"""Known: layers by the calls that make them, and facts by layers and shapes, each worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ..core.shape import Shape
    from .base import Facts, Layer

MOST = 20_000
"""Layers or facts that are kept; then they are forgotten, so that no number of files takes more memory."""


class Made(NamedTuple):
    """A layer, and what to say of the names by which it was described."""

    layer: Layer
    hints: tuple[str, ...] = ()


class Known:
    """What one pass over a network, or the reading of several files, knows of layers already.

    Both kinds of entry follow from their keys alone, so that it makes no difference who worked them out: networks
    that are checked together share one.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.conv import Conv2d
    >>> known, shape = Known(), Shape((1, 3, 9, 9))
    >>> known.facts(Conv2d(3, 8, 3), shape) is known.facts(Conv2d(3, 8, 3), shape)
    True
    """

    __slots__ = ("_facts", "_made")

    def __init__(self) -> None:
        self._made: dict[Hashable, Made] = {}
        self._facts: dict[tuple[Layer, tuple[Shape, ...]], Facts] = {}

    def made(self, call: Hashable, make: Callable[[], Made | None]) -> Made | None:
        """What `make` makes of a call; None, which is not kept, where it makes nothing."""
        found = self._made.get(call)
        if found is None:
            found = make()
            if found is not None:
                _keep(self._made, call, found)
        return found

    def facts(self, layer: Layer, *inputs: Shape) -> Facts:
        """The layer's facts for these inputs; ShapeError where a condition fails."""
        try:
            found = self._facts.get((layer, inputs))
        except TypeError:  # arrays do not hash, so what they reach is worked out each time
            return layer.facts(*inputs)
        if found is None:
            found = layer.facts(*inputs)
            _keep(self._facts, (layer, inputs), found)
        return found


def _keep(kept: dict[Any, Any], key: Hashable, value: object) -> None:
    if len(kept) >= MOST:
        kept.clear()
    kept[key] = value
