"""The values of a block's parameters where it is used: given, overridden or by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scope import UNKNOWN, Scope
from .tree import Mapping, describe, is_nothing

if TYPE_CHECKING:
    from ..core.size import Size
    from .block import Block
    from .tree import Node, Place


def read_arguments(node: Node | None, block: Block, scope: Scope) -> dict[str, Size]:
    """What `with` or `first` gives, computed where the block is used."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        scope.report(node.place, f"values for a block must be a mapping of names to integers, not {describe(node)}")
        return dict.fromkeys(block.params, UNKNOWN)
    given = {}
    for key, value in node.pairs:
        if key.text in block.params:
            given[key.text] = scope.integer(value, key.text)
        else:
            scope.faults.add_unknown(key.place, f"parameter of block {block.name}", key.text, block.params)
    return given


def complete(given: dict[str, Size], block: Block, top: Scope, scope: Scope, place: Place) -> dict[str, Size]:
    """A value for every parameter; defaults see the file's own names and the parameters before them."""
    missing = [name for name, default in block.params.items() if is_nothing(default) and name not in given]
    if missing:
        wanted = ", ".join(f"{name}: …" for name in missing[:5])
        scope.report(place, f"block {block.name} needs {' and '.join(missing[:5])} (write with: {{{wanted}}})")
    inner = Scope(top.names, scope.faults, top.unready, f" (a default of block {block.name})")
    for name, default in block.params.items():
        if name in given:
            inner.names[name] = given[name]
        else:
            inner.names[name] = UNKNOWN if is_nothing(default) else inner.integer(default, name)
    return {name: inner.names[name] for name in block.params}
