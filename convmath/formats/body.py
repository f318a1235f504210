"""Lists of layers, of the network and of blocks: what every layer of them reads, in an order that runs."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import show
from .item import BlockItem, Item, LayerItem, check_keys, read_item, read_name, read_references
from .scope import read_params
from .tree import Listing, Mapping, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .faults import Faults
    from .item import Reference
    from .tree import Node, Place

MOST_LAYERS = 100_000
"""Layers of a network, all blocks expanded."""

MOST_BLOCK_LEVELS = 16
"""Levels of blocks inside one another."""

BLOCK_KEYS = ("params", "inputs", "layers", "output")


class Link(NamedTuple):
    """Output number `output` of what stands at `position`: the inputs come first, then the items."""

    position: int
    output: int
    place: Place


class Body(NamedTuple):
    """Named items and their links; `order` holds the items' indices, sources first, circles last."""

    inputs: tuple[str, ...]
    items: tuple[Item, ...]
    links: tuple[tuple[Link, ...], ...]
    order: tuple[int, ...]
    outputs: tuple[Link, ...]
    """Empty where the file does not say."""


class Block(NamedTuple):
    """A body with parameters, each with its default; one without must be given where the block is used."""

    name: str
    params: dict[str, Node]
    body: Body


def read_body(
    layers: Node | None, inputs: tuple[str, ...], output: Sequence[Reference], place: Place, faults: Faults
) -> Body:
    """The items of a `layers` list, their links resolved; `place` is blamed if there is no list."""
    nodes: tuple[Node, ...] = ()
    if layers is None:
        faults.add(place, "layers is missing (write layers: and below it a list of layers)")
    elif not isinstance(layers, Listing) or not layers.items:
        said = "an empty list" if isinstance(layers, Listing) else describe(layers)
        faults.add(layers.place, f"layers must be a list of at least one layer, not {said}")
    elif len(layers.items) > MOST_LAYERS:
        faults.add(layers.place, f"the list has {len(layers.items):,} layers (at most {MOST_LAYERS:,})")
        raise faults.error()
    else:
        nodes = layers.items
    items = _named([read_item(node, faults) for node in nodes])
    positions = _positions(inputs, items, faults)
    links = tuple(_links(index, item, inputs, positions, faults) for index, item in enumerate(items))
    first = len(inputs)
    sources = [[link.position - first for link in read if link.position >= first] for read in links]
    order = runnable(sources)
    for circle in circles(sources) if len(order) < len(items) else ():
        path = " -> ".join(items[index].name for index in circle[:20])
        more = f" -> … ({len(circle) - 1} layers)" if len(circle) > 20 else ""
        faults.add(
            items[circle[0]].place,
            f"layers read one another in a circle: {path}{more} (one must read something earlier)",
        )
    outputs = _resolve(output, positions, faults) if nodes else ()
    order += sorted(set(range(len(items))).difference(order))
    return Body(inputs, tuple(items), links, tuple(order), outputs)


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
        blocks[name] = _read_block(name, value, faults)
    _forbid_circles(blocks, faults)
    return blocks


def _named(items: Sequence[Item]) -> list[Item]:
    """The items, those without a name called after their type as a network does it: conv2d, conv2d_1, …"""
    taken = {item.name for item in items}
    counts: dict[str, int] = {}
    result = []
    for item in items:
        stem = _stem(item)
        name, count = item.name or stem, counts.get(stem, 0)
        while not item.name and name in taken:
            count += 1
            name = f"{stem}_{count}"
        counts[stem] = count
        taken.add(name)
        result.append(item._replace(name=name))
    return result


def _stem(item: Item) -> str:
    if isinstance(item, BlockItem):
        return item.block.text
    kind = item.op.text.partition("(")[0].strip().rpartition(".")[2].lower() if isinstance(item, LayerItem) else ""
    return kind if kind.isidentifier() and len(kind) <= 60 else "layer"


def _positions(inputs: tuple[str, ...], items: Sequence[Item], faults: Faults) -> dict[str, int]:
    positions = {name: position for position, name in enumerate(inputs)}
    for position, item in enumerate(items, len(inputs)):
        first = positions.setdefault(item.name, position)
        if first != position:
            where = "by an input" if first < len(inputs) else f"on line {items[first - len(inputs)].place.line}"
            faults.add(item.place, f"the name {show(item.name)} is used twice (first {where}; rename one of the two)")
    return positions


def _links(
    index: int, item: Item, inputs: tuple[str, ...], positions: dict[str, int], faults: Faults
) -> tuple[Link, ...]:
    if item.sources is not None:
        return _resolve(item.sources, positions, faults)
    if index == 0 and len(inputs) != 1:
        faults.add(item.place, f"{item.name} must say which input it reads (write from: {' or '.join(inputs[:5])})")
        return ()
    return (Link(len(inputs) + index - 1 if index else 0, 0, item.place),)


def _resolve(references: Sequence[Reference], positions: dict[str, int], faults: Faults) -> tuple[Link, ...]:
    links = []
    for name, output, place in references:
        if name in positions:
            links.append(Link(positions[name], output, place))
        else:
            faults.add_unknown(place, "layer", name, positions)
    return tuple(links)


def _read_block(name: str, node: Node, faults: Faults) -> Block | None:
    if not isinstance(node, Mapping):
        faults.add(node.place, f"block {name} must be a mapping with layers, not {describe(node)}")
        return None
    check_keys(node, BLOCK_KEYS, "key of a block", faults)
    params = read_params(node.get("params"), faults)
    inputs = _read_inputs(node.get("inputs"), faults)
    output = node.get("output")
    references = () if output is None else read_references(output, faults)
    if len(references) > 1:
        assert output is not None
        faults.add(output.place, f"block {name} must have one output, not {len(references)}")
    return Block(name, params, read_body(node.get("layers"), inputs, references, node.place, faults))


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
    depth = dict.fromkeys(range(len(names)), MOST_BLOCK_LEVELS + 1)
    for index in order:
        depth[index] = 1 + max((depth[source] for source in sources[index]), default=0)
        if depth[index] == MOST_BLOCK_LEVELS + 1:
            said = f"blocks lie more than {MOST_BLOCK_LEVELS} deep in one another (unfold some)"
            faults.add(uses[index][0].block.place, said)
    for index, name in enumerate(names):
        if depth[index] > MOST_BLOCK_LEVELS:
            blocks[name] = None


def _uses(block: Block | None, blocks: dict[str, Block | None]) -> list[BlockItem]:
    items = () if block is None else block.body.items
    return [item for item in items if isinstance(item, BlockItem) and item.block.text in blocks]


def runnable(sources: Sequence[Sequence[int]]) -> list[int]:
    """Everything that is no part of a circle and depends on none, sources first, otherwise in the order given.

    >>> runnable([[2], [], [1]])
    [1, 2, 0]
    """
    readers: list[list[int]] = [[] for _ in sources]
    for reader, read in enumerate(sources):
        for source in read:
            readers[source].append(reader)
    waiting = [len(read) for read in sources]
    ready = [index for index, count in enumerate(waiting) if not count]
    heapify(ready)
    order = []
    while ready:
        index = heappop(ready)
        order.append(index)
        for reader in readers[index]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heappush(ready, reader)
    return order


def circles(sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """Circles without a common member, each as the path that walks it from its first member back to it.

    >>> circles([[1], [2], [0], []])
    [[0, 1, 2, 0]]
    """
    left = set(range(len(sources))) - set(runnable(sources))
    seen: set[int] = set()
    found = []
    for start in sorted(left):
        path: list[int] = []
        index = start
        while index not in seen:
            seen.add(index)
            path.append(index)
            index = next(source for source in sources[index] if source in left)
        if index in path:
            circle = path[path.index(index) :]
            first = circle.index(min(circle))
            found.append([*circle[first:], *circle[:first], circle[first]])
    return found
