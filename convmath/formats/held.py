"""What a specification says of a layer's arrays: what they add to the totals, and which of them are not trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import Symbolic
from ..report.frozen import Frozen
from ..report.untold import REASONS
from .item import read_name
from .tree import Listing, Mapping, Node, Scalar, describe, is_word

if TYPE_CHECKING:
    from ..layers.base import Layer
    from .faults import Faults
    from .scope import Scope


def number(node: Node | None, what: str, least: int, scope: Scope) -> int:
    """0 where nothing is stated, or where what is stated is at fault."""
    value = 0 if node is None else scope.integer(node, what, least)
    if node is not None and isinstance(value, Symbolic):
        scope.report(
            node.place, f"{what} must be a number, not the formula {describe(node)} (give its symbols numbers)"
        )
    return value if type(value) is int else 0


def read_stored(node: Node | None, scope: Scope) -> tuple[int, int] | Scalar | None:
    """What `stored` says: the parameters and buffers that a layer adds to the totals, or the layer that stores them."""
    if node is None:
        return None
    if isinstance(node, Scalar) and node.text and (not node.plain or is_word(node.text)):
        return node._replace(text=read_name(node, scope.faults))
    if not isinstance(node, Listing) or len(node.items) != 2:
        mend = "write stored: [0, 0], or the layer that stores its arrays"
        scope.report(node.place, f"stored must be [parameters, buffers], not {describe(node)} ({mend})")
        return None
    params, buffers = (number(item, "stored", 0, scope) for item in node.items)
    return params, buffers


def read_untold(node: Node | None, faults: Faults) -> dict[str, str]:
    """What `untold` says: of whom training keeps more than is told, and why."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        faults.add(node.place, f"untold must be a mapping of names to reasons, not {describe(node)}")
        return {}
    for _, why in node.pairs:
        if not isinstance(why, Scalar):
            faults.add(why.place, f"a reason must be a word, not {describe(why)} (use {' or '.join(REASONS)})")
        elif why.text not in REASONS:
            faults.add_unknown(why.place, "reason", why.text, REASONS)
    return {read_name(name, faults): why.text for name, why in node.pairs if isinstance(why, Scalar)}


def read_frozen(node: Node | None, layer: Layer, scope: Scope) -> Frozen | None:
    """What `frozen` says: true, or the parameters that training leaves as they are, and the arrays that those are."""
    if node is None:
        return None
    if isinstance(node, Scalar) and node.plain and node.text in {"true", "false"}:
        return Frozen() if node.text == "true" else None
    if not isinstance(node, Listing) or not node.items or not all(isinstance(item, Scalar) for item in node.items):
        mend = "write true, or [parameters, arrays] such as [64, bias]"
        scope.report(node.place, f"frozen must say what is not trained, not {describe(node)} ({mend})")
        return None
    first, *names = node.items
    for item in names:
        assert isinstance(item, Scalar)
        if item.text not in layer.weights():
            scope.faults.add_unknown(item.place, f"array of {layer.op}", item.text, layer.weights())
    return Frozen(tuple(item.text for item in names if isinstance(item, Scalar)), number(first, "frozen", 0, scope))
