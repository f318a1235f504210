"""One entry of a list of layers: a layer or a use of a block, in any of its spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..core.errors import show
from .reference import Reference, read_name, read_references
from .tree import Listing, Mapping, Place, Scalar, describe, is_nothing

if TYPE_CHECKING:
    from .faults import Faults
    from .tree import Node

LAYER_KEYS = ("name", "op", "from")
BLOCK_KEYS = ("name", "block", "from", "with", "repeat", "start", "first")
RESERVED = frozenset(LAYER_KEYS + BLOCK_KEYS)
"""Keys of the mapping form; a layer of such a name is written `{name: from, op: ReLU}`."""

Fields: TypeAlias = tuple[tuple[Scalar, "Node"], ...]
Sources: TypeAlias = tuple[Reference, ...] | None


class LayerItem(NamedTuple):
    """A layer: a call, or a type with hyper-parameters beside it; without a name it is called after its type."""

    name: str
    place: Place
    sources: Sources
    op: Scalar
    fields: Fields = ()


class BlockItem(NamedTuple):
    """A use of a block, once or `repeat` times in a row."""

    name: str
    place: Place
    sources: Sources
    block: Scalar
    given: Node | None
    first: Node | None
    repeat: Node | None
    start: Node | None


class FaultyItem(NamedTuple):
    """What could not be read; its name is known where others read it."""

    name: str
    place: Place
    sources: Sources = ()


Item = LayerItem | BlockItem | FaultyItem


def read_item(node: Node, faults: Faults) -> Item:
    """The layer or block that an entry states, or a FaultyItem with its faults noted."""
    if not isinstance(node, Mapping) or not node.pairs:
        return _stated("", node.place, node, faults)
    key, value = node.pairs[0]
    keys = [key.text for key, _ in node.pairs]
    if len(keys) == 1 and key.text not in RESERVED:
        return _stated(read_name(key, faults), key.place, value, faults)
    if keys[0] not in RESERVED and (is_nothing(value) or not {"op", "block"}.intersection(keys)):
        name, other = (show(key)[1:-1] or "''" for key in keys[:2])
        mend = f"write {name}: {{op: …, …}}, or indent what belongs to {name}"
        faults.add(node.place, f"{name} and {other} stand side by side ({mend})")
        return FaultyItem(keys[0], node.place)
    return _mapped("", key.place, node, faults)


def _stated(name: str, place: Place, node: Node, faults: Faults) -> Item:
    """What stands after a name, or in its stead."""
    if isinstance(node, Scalar):
        return _layer(name, node, place, None, (), faults)
    if isinstance(node, Mapping) and node.pairs:
        return _mapped(name, place, node, faults)
    said = "a list" if isinstance(node, Listing) else "an empty mapping"
    faults.add(node.place, f"a layer must be a call or a mapping, not {said} (write {name or 'name'}: Conv2d(3, 8, 3))")
    return FaultyItem(name, place)


def _mapped(name: str, place: Place, node: Mapping, faults: Faults) -> Item:
    """The mapping form; `name` is what stands before it, if anything does."""
    stated = node.get("name")
    if stated is not None and name:
        faults.add(stated.place, f"the name is given twice: {show(name)} stands before the mapping (remove one)")
    elif stated is not None:
        name = read_name(stated, faults)
    read = node.get("from")
    sources = None if read is None else read_references(read, faults)
    op, block = node.get("op"), node.get("block")
    if (op is None) == (block is None):
        missing, double = "op or block is missing (write op: and a type)", "op and block stand side by side (keep one)"
        faults.add(node.place, missing if op is None else double)
        return FaultyItem(name, place, sources)
    if op is not None:
        fields = tuple(pair for pair in node.pairs if pair[0].text not in LAYER_KEYS)
        return _layer(name, op, place, sources, fields, faults)
    assert block is not None
    return _use(name, place, sources, block, node, faults)


def _use(name: str, place: Place, sources: Sources, block: Node, node: Mapping, faults: Faults) -> Item:
    for key, _ in node.pairs:
        if key.text not in BLOCK_KEYS:
            faults.add_unknown(key.place, "key of a block's use", key.text, BLOCK_KEYS)
    called = read_name(block, faults)
    if not called or not isinstance(block, Scalar):
        return FaultyItem(name, place, sources)
    given, first, repeat, start = (node.get(key) for key in ("with", "first", "repeat", "start"))
    for key_of, unused in (("start", start), ("first", first)):
        if repeat is None and unused is not None:
            faults.add(unused.place, f"{key_of} has no meaning without repeat (add repeat, or remove it)")
    return BlockItem(name, place, sources, block._replace(text=called), given, first, repeat, start)


def _layer(name: str, op: Node, place: Place, sources: Sources, fields: Fields, faults: Faults) -> Item:
    if not isinstance(op, Scalar) or not op.text:
        faults.add(
            op.place, f"{name or 'op'} must be a layer, not {describe(op)} (write a call such as Conv2d(3, 8, 3))"
        )
        return FaultyItem(name, place, sources)
    return LayerItem(name, place, sources, op, fields)
