"""Templates: bodies whose layers are made, before their blocks are expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..layers.merge import Split

if TYPE_CHECKING:
    from ..layers.base import Layer
    from .body import Link
    from .tree import Place


class LayerStep(NamedTuple):
    """A layer of a template."""

    name: str
    place: Place
    links: tuple[Link, ...]
    layer: Layer

    @property
    def layers(self) -> int:
        """Layers."""
        return 1

    @property
    def outputs(self) -> int:
        """How many outputs may be read; 0 where only the input decides."""
        return 0 if isinstance(self.layer, Split) and self.layer.output_count == 1 else self.layer.output_count


class BlockStep(NamedTuple):
    """A block within a template; `repeat` is 0 where it stands once and adds no number to the names."""

    name: str
    place: Place
    links: tuple[Link, ...]
    first: Template
    rest: Template
    repeat: int
    start: int

    @property
    def layers(self) -> int:
        """Layers, all blocks expanded."""
        return self.first.layers + max(self.repeat - 1, 0) * self.rest.layers

    @property
    def outputs(self) -> int:
        """How many outputs may be read."""
        return 1


Step: TypeAlias = LayerStep | BlockStep


class Template(NamedTuple):
    """A body with its layers made; a step stands at its position, counted from the inputs."""

    steps: tuple[tuple[int, Step], ...]
    size: int
    """Positions: inputs and items."""
    outputs: tuple[Link, ...]
    layers: int
    """Layers, all blocks expanded."""
