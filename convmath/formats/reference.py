"""Names, and references to outputs by name: `conv1`, `chunk[1]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ParseError
from .names import check_name
from .scalars import is_word
from .tree import Listing, Mapping, Place, Scalar, describe

if TYPE_CHECKING:
    from .faults import Faults
    from .tree import Node

REFERENCE = re.compile(r"(.+?)(?:\[([0-9]{1,6})\])?", re.DOTALL)


class Reference(NamedTuple):
    """What `from` and `output` hold: a name and the number of an output."""

    name: str
    output: int
    place: Place


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
    if isinstance(node, Mapping) or (isinstance(node, Listing) and not node.items):
        said = "a mapping" if isinstance(node, Mapping) else "an empty list"
        faults.add(node.place, f"what is read must be a name or a list of names, not {said}")
        return ()
    nodes = node.items if isinstance(node, Listing) else (node,)
    return tuple(found for item in nodes if (found := _reference(item, faults)) is not None)


def _reference(node: Node, faults: Faults) -> Reference | None:
    text = node.text if isinstance(node, Scalar) else ""
    match = REFERENCE.fullmatch(text)
    named = node._replace(text=match[1]) if match is not None and isinstance(node, Scalar) else node
    name = read_name(named, faults)
    return Reference(name, int(match[2] or 0), node.place) if name and match is not None else None
