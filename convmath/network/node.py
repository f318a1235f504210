"""Nodes of a network, and references to what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..layers.base import Layer


class Ref(NamedTuple):
    """Output number `output` of the node at position `node`."""

    node: int
    output: int = 0


class Node(NamedTuple):
    """A named layer and what it reads; an input of the network is a node without a layer.

    Nodes with equal layers have the same `kind`, so that what is said of a layer is said once.
    """

    name: str
    layer: Layer | None
    inputs: tuple[Ref, ...]
    kind: int
