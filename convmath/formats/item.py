"""One entry of a list of layers: its name, what it reads, and the layer or the use of a block that it states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from unicodedata import normalize

from ..core.errors import ParseError, show
from .tree import Listing, Mapping, Place, Scalar, describe, is_nothing, is_word

if TYPE_CHECKING:
    from .faults import Faults
    from .tree import Node

LONGEST_NAME = 255
"""Characters of a name, the names of the blocks around it included."""

REFERENCE = re.compile(r"(.+?)(?:\[([0-9]{1,6})\])?", re.DOTALL)

LAYER_KEYS = ("name", "op", "from", "stored", "frozen", "expect", "limits")
USE_KEYS = ("name", "block", "from", "with", "repeat", "start", "first")
WHOLE_KEYS = ("valid_for", "built_for")
"""Keys that a layer has not, but a network."""

RESERVED = frozenset(LAYER_KEYS + USE_KEYS)
"""Keys of the mapping form; a layer of such a name is written `{name: from, op: ReLU}`."""


class Reference(NamedTuple):
    """What `from` and `output` hold: a name and the number of an output."""

    name: str
    output: int
    place: Place


Fields: TypeAlias = tuple[tuple[Scalar, "Node"], ...]
Sources: TypeAlias = tuple[Reference, ...] | None


class LayerItem(NamedTuple):
    """A layer: a call, or a type with hyper-parameters beside it; without a name it is called after its type."""

    name: str
    place: Place
    sources: Sources
    op: Scalar
    fields: Fields = ()
    stored: Node | None = None
    frozen: Node | None = None
    expect: Node | None = None
    limits: Node | None = None
    alone: bool = False
    """Whether it says that it reads nothing: `from: []`."""


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


def read_name(node: Node, faults: Faults) -> str:
    """The name that a node states; '' with the fault noted if it states none."""
    if not isinstance(node, Scalar) or (node.plain and not is_word(node.text)):
        quoted = f' (write "{node.text}" if that is the name)' if isinstance(node, Scalar) and node.text else ""
        faults.add(node.place, f"a name must be a word, not {describe(node)}{quoted}")
        return ""
    try:
        return check_name(node.text)
    except ParseError as error:
        faults.add(node.place, str(error))
        return ""


def read_references(node: Node, faults: Faults) -> tuple[Reference, ...]:
    """The references of `from` or `output`: one, or a list of them."""
    if isinstance(node, Mapping) or is_empty(node):
        said = "a mapping" if isinstance(node, Mapping) else "an empty list"
        faults.add(node.place, f"what is read must be a name or a list of names, not {said}")
        return ()
    nodes = node.items if isinstance(node, Listing) else (node,)
    return tuple(found for item in nodes if (found := _reference(item, faults)) is not None)


def _count(node: Node) -> int:
    return len(node.items) if isinstance(node, Listing) else 1


def is_empty(node: Node) -> bool:
    """Whether a node is a list without items."""
    return isinstance(node, Listing) and not node.items


def check_name(text: str) -> str:
    """The name in normal form (NFC), so that what looks the same is the same; ParseError for what no name may be.

    >>> check_name("layer1.0.conv1")
    'layer1.0.conv1'
    """
    name = normalize("NFC", text) if len(text) <= LONGEST_NAME else text
    if not name:
        raise ParseError("a name is empty (write at least one character)")
    if len(name) > LONGEST_NAME:
        raise ParseError(f"the name {show(name)} has {len(name)} characters (at most {LONGEST_NAME})")
    if name != name.strip():
        raise ParseError(f"the name {show(name)} begins or ends with a space (remove it)")
    if not name.isprintable():
        raise ParseError(f"the name {name!a} holds a character that cannot be shown (remove it)")
    if "[" in name or "]" in name:
        raise ParseError(f"the name {show(name)} holds a bracket, which stands for an output (use a dot)")
    return name


def check_keys(node: Mapping, known: tuple[str, ...], kind: str, faults: Faults) -> None:
    """Notes every key that means nothing here."""
    for key, _ in node.pairs:
        if key.text not in known:
            faults.add_unknown(key.place, kind, key.text, known)


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
    alone = read is not None and is_empty(read)
    sources = None if read is None else () if alone else read_references(read, faults)
    if read is not None and not alone and len(sources or ()) != _count(read):
        return FaultyItem(name, place, sources)  # how many it reads is not known
    for key in (key for key, _ in node.pairs if key.text in WHOLE_KEYS):
        faults.add(key.place, f"{key.text} is said of the whole network, not of a layer (write it there)")
    op, block = node.get("op"), node.get("block")
    if (op is None) == (block is None):
        missing, double = "op or block is missing (write op: and a type)", "op and block stand side by side (keep one)"
        faults.add(node.place, missing if op is None else double)
        return FaultyItem(name, place, sources)
    if op is not None:
        fields = tuple(pair for pair in node.pairs if pair[0].text not in LAYER_KEYS + WHOLE_KEYS)
        item = _layer(name, op, place, sources, fields, faults)
        if isinstance(item, LayerItem):
            return item._replace(
                stored=node.get("stored"), frozen=node.get("frozen"), expect=node.get("expect"),
                limits=node.get("limits"), alone=alone,
            )  # fmt: skip
        return item
    assert block is not None
    return _use(name, place, sources, block, node, faults)


def _use(name: str, place: Place, sources: Sources, block: Node, node: Mapping, faults: Faults) -> Item:
    check_keys(node, USE_KEYS + WHOLE_KEYS, "key of a block's use", faults)
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


def _reference(node: Node, faults: Faults) -> Reference | None:
    text = node.text if isinstance(node, Scalar) else ""
    match = REFERENCE.fullmatch(text)
    named = node._replace(text=match[1]) if match is not None and isinstance(node, Scalar) else node
    name = read_name(named, faults)
    return Reference(name, int(match[2] or 0), node.place) if name and match is not None else None
