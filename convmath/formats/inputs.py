"""The inputs of a network: their names, and their shapes with sizes that may have names instead of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.shape import Shape
from .names import IDENTIFIER
from .reference import read_name
from .scalars import is_word
from .scope import UNKNOWN
from .tree import Listing, Mapping, Scalar, describe, is_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from .faults import Faults
    from .scope import Scope
    from .tree import Node

EXAMPLE = "[1, 3, 224, 224], or [1, 3, H, W] with names for open sizes"


def read_inputs(node: Node | None, faults: Faults) -> dict[str, Listing | None]:
    """Each input by its name with the list of its sizes; None for one that states no shape."""
    if isinstance(node, Mapping) and node.pairs:
        names = [read_name(key, faults) for key, _ in node.pairs]
        return {
            name: _sizes(name or "an input", value, faults) for name, (_, value) in zip(names, node.pairs, strict=True)
        }
    return {"input": None if node is None else _sizes("input", node, faults)}


def sizes_with_names(inputs: Table[str, Listing | None], params: Table[str, Node]) -> frozenset[str]:
    """The names of sizes: words that stand alone and are no parameters."""
    return frozenset(
        size.text
        for sizes in inputs.values()
        if sizes is not None
        for size in sizes.items
        if isinstance(size, Scalar) and _is_name(size) and size.text not in params
    )


def shape_of(sizes: Listing | None, scope: Scope) -> Shape | None:
    """The shape, or None where a size is open or at fault."""
    if sizes is None:
        return None
    if len(sizes.items) < 2:
        said = f"a shape must have at least 2 sizes, batch and channels, not {len(sizes.items)}"
        scope.report(sizes.place, f"{said} (write {EXAMPLE})")
        return None
    found = [
        UNKNOWN if isinstance(size, Scalar) and size.text in scope.unready else scope.integer(size, "a size", 1)
        for size in sizes.items
    ]
    return None if any(size is UNKNOWN for size in found) else Shape(found)


def _is_name(size: Scalar) -> bool:
    return IDENTIFIER.fullmatch(size.text) is not None and (not size.plain or is_word(size.text))


def _sizes(name: str, node: Node, faults: Faults) -> Listing | None:
    if isinstance(node, Listing):
        return node
    if not is_nothing(node):
        said = "an empty mapping" if isinstance(node, Mapping) and not node.pairs else describe(node)
        faults.add(node.place, f"{name} must be a list of sizes, not {said} (write {EXAMPLE})")
    return None
