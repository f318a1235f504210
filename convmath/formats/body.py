"""A list of layers, of a network or of a block: every item with its name and what it reads, in an order that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import show
from .item import BlockItem, Item, LayerItem, read_item
from .order import circles, runnable
from .tree import Listing, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .faults import Faults
    from .reference import Reference
    from .tree import Node, Place

MOST_LAYERS = 100_000
"""Layers of a network, all blocks expanded."""


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
    items = named([read_item(node, faults) for node in nodes])
    positions = _positions(inputs, items, faults)
    links = tuple(_links(index, item, inputs, positions, faults) for index, item in enumerate(items))
    first = len(inputs)
    sources = [[link.position - first for link in read if link.position >= first] for read in links]
    for circle in circles(sources):
        path = " -> ".join(items[index].name for index in circle[:20])
        more = f" -> … ({len(circle) - 1} layers)" if len(circle) > 20 else ""
        faults.add(
            items[circle[0]].place,
            f"layers read one another in a circle: {path}{more} (one must read something earlier)",
        )
    outputs = _resolve(output, positions, faults) if nodes else ()
    order = runnable(sources)
    order += sorted(set(range(len(items))) - set(order))
    return Body(inputs, tuple(items), links, tuple(order), outputs)


def named(items: Sequence[Item]) -> list[Item]:
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
