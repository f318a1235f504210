"""View: layer types whose outputs are the input's own numbers, seen in another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Layer

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..core.size import Size


class View(Layer, abstract=True):
    """Hands on the input's own numbers, whole or in pieces: nothing is computed, and nothing need be moved."""

    def count_moved(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return 0
