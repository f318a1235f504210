"""Blocks: lists of layers with parameters, declared once and used by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ParseError
from .body import Body, read_body
from .item import BlockItem
from .names import check_identifier
from .order import circles, runnable
from .reference import read_name, read_references
from .tree import Listing, Mapping, Place, describe

if TYPE_CHECKING:
    from .faults import Faults
    from .tree import Node

DEEPEST = 16
"""Levels of blocks inside one another."""

MOST_PARAMS = 256
"""Parameters of a file or a block."""

KEYS = ("params", "inputs", "layers", "output")


class Block(NamedTuple):
    """A body with parameters, each with its default; one without must be given where the block is used."""

    name: str
    params: dict[str, Node]
    body: Body
    place: Place


def read_blocks(node: Node | None, faults: Faults) -> dict[str, Block | None]:
    """Every block by its name; None for one that cannot be used, its faults noted."""
    blocks: dict[str, Block | None] = {}
    if node is None:
        return blocks
    if not isinstance(node, Mapping):
        faults.add(node.place, f"blocks must be a mapping of names to blocks, not {describe(node)}")
        return blocks
    for key, value in node.pairs:
        name = read_name(key, faults)
        blocks[name] = _read_block(name, key.place, value, faults)
    _forbid_circles(blocks, faults)
    return blocks


def read_params(node: Node | None, faults: Faults) -> dict[str, Node]:
    """Parameters by name, each with what it is unless told otherwise, which may be nothing."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        faults.add(
            node.place, f"params must be a mapping of names to integers, not {describe(node)} (write {{c: 64, s: 1}})"
        )
        return {}
    if len(node.pairs) > MOST_PARAMS:
        faults.add(node.place, f"there are {len(node.pairs):,} params (at most {MOST_PARAMS})")
        return {}
    params: dict[str, Node] = {}
    for key, value in node.pairs:
        try:
            params[check_identifier(key.text)] = value
        except ParseError as error:
            faults.add(key.place, str(error))
    return params


def check_keys(node: Mapping, known: tuple[str, ...], kind: str, faults: Faults) -> None:
    """Notes every key that means nothing here."""
    for key, _ in node.pairs:
        if key.text not in known:
            faults.add_unknown(key.place, kind, key.text, known)


def _read_block(name: str, place: Place, node: Node, faults: Faults) -> Block | None:
    if not isinstance(node, Mapping):
        faults.add(node.place, f"block {name} must be a mapping with layers, not {describe(node)}")
        return None
    check_keys(node, KEYS, "key of a block", faults)
    params = read_params(node.get("params"), faults)
    inputs = _read_inputs(node.get("inputs"), faults)
    output = node.get("output")
    references = () if output is None else read_references(output, faults)
    if len(references) > 1:
        assert output is not None
        faults.add(output.place, f"block {name} must have one output, not {len(references)}")
    return Block(name, params, read_body(node.get("layers"), inputs, references, node.place, faults), place)


def _read_inputs(node: Node | None, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ("input",)
    if not isinstance(node, Listing) or not node.items:
        said = "an empty list" if isinstance(node, Listing) else describe(node)
        faults.add(node.place, f"inputs must be a list of names, not {said} (write [input])")
        return ("input",)
    names: dict[str, None] = {}
    for item in node.items:
        name = read_name(item, faults)
        if name in names:
            faults.add(item.place, f"the input {name!r} is named twice (rename one of the two)")
        names[name] = None
    return tuple(names)


def _forbid_circles(blocks: dict[str, Block | None], faults: Faults) -> None:
    """Notes blocks that contain themselves, or lie too deep in one another, and takes them out."""
    names = list(blocks)
    places = {name: index for index, name in enumerate(names)}
    uses = [_uses(block, blocks) for block in blocks.values()]
    sources = [[places[item.block.text] for item in used] for used in uses]
    for circle in circles(sources):
        path = " -> ".join(names[index] for index in circle[:20])
        item = next(item for item in uses[circle[0]] if item.block.text == names[circle[1]])
        faults.add(item.block.place, f"blocks contain one another in a circle: {path} (one must do without the others)")
    order = runnable(sources)
    depth = dict.fromkeys(range(len(names)), DEEPEST + 1)
    for index in order:
        depth[index] = 1 + max((depth[source] for source in sources[index]), default=0)
        if depth[index] == DEEPEST + 1:
            faults.add(uses[index][0].block.place, f"blocks lie more than {DEEPEST} deep in one another (unfold some)")
    for index, name in enumerate(names):
        if depth[index] > DEEPEST:
            blocks[name] = None


def _uses(block: Block | None, blocks: dict[str, Block | None]) -> list[BlockItem]:
    items = () if block is None else block.body.items
    return [item for item in items if isinstance(item, BlockItem) and item.block.text in blocks]
