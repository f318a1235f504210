"""How a network came about, as a specification states it: for which sizes its layers are worked out, and remarks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..core.errors import GraphError
from ..core.size import Symbolic, are_numbers
from ..network.giving import Guard
from ..render.table import printable
from .claims import read_range
from .tree import Listing, Scalar, describe

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..core.size import Size
    from ..network.network import Network
    from ..symbolic.proposition import Proposition
    from .faults import Faults
    from .scope import Scope
    from .tree import Node

WORDS = {"=": "==", "≥": ">="}
"""Relations as a file writes them."""


def read_built(node: Node | None, known: Collection[str], scope: Scope) -> tuple[tuple[Size, ...], list[Guard]]:
    """The only spatial sizes that fit, or what must hold of sizes; a relation that does not hold is a fault."""
    if isinstance(node, Listing):
        sizes = tuple(scope.integer(item, "a size", 1) for item in node.items)
        if not are_numbers(*sizes):
            scope.report(node.place, 'built_for lists numbers (write relations as a text: built_for: "H % 32 == 0")')
            return (), []
        return sizes, []
    found = read_range(node, "built_for", known, scope)
    if node is None or found is None:
        return (), []
    from ..symbolic.proposition import Proposition

    decided = [part if isinstance(part, bool) else part.decided() for part in found.propositions]
    if False in decided:
        scope.report(node.place, f"the values that are given break built_for: {found.text} (give others)")
    return (), [Guard(part, str(part), found.place) for part in decided if isinstance(part, Proposition)]


def spell_built(network: Network) -> list[str]:
    """The line of a specification that says for which sizes the layers are worked out, where that is so."""
    if network.made_for and are_numbers(*network.made_for):
        return [f"built_for: [{', '.join(map(str, network.made_for))}]"]
    texts = []
    for guard in network.guards:
        try:
            texts.append(spell_relation(guard.proposition))
        except (KeyError, GraphError):
            raise GraphError(
                f"{network.name}: is built where {guard.said}, which no specification can state"
                " (give its symbols numbers when it is imported)"
            ) from None
    return [f'built_for: "{", ".join(texts)}"'] if texts else []


def spell_relation(proposition: Proposition) -> str:
    """A relation as a specification states it; KeyError or GraphError for one that none can state."""
    left, relation, right = proposition
    return f"{_spelled(left)} {WORDS[relation]} {_spelled(right)}"


def read_remarks(node: Node | None, faults: Faults) -> list[str]:
    """The sentences of `remarks`, without what would steer a terminal."""
    if node is None:
        return []
    texts = [item.text for item in node.items if isinstance(item, Scalar)] if isinstance(node, Listing) else []
    if not isinstance(node, Listing) or len(texts) < len(node.items):
        faults.add(
            node.place, f'remarks must be a list of texts, not {describe(node)} (write remarks: ["A sentence."])'
        )
        return []
    return [printable(text) for text in texts]


def spell_remarks(network: Network) -> list[str]:
    """The lines of a specification that hold a network's remarks."""
    lines = [f"  - {json.dumps(printable(remark), ensure_ascii=False)}" for remark in network.remarks]
    return ["remarks:", *lines] if lines else []


def _spelled(size: Size) -> str:
    from .spell import spell_size

    return spell_size(size) if isinstance(size, Symbolic) else str(size)
