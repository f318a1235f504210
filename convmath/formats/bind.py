"""Items to layers: a block is worked out once for each set of values that it is used with, however often that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import complete, read_arguments
from .body import MOST_LAYERS
from .item import BlockItem, LayerItem
from .make import make_layer
from .scope import UNKNOWN, Scope
from .template import BlockStep, LayerStep, Step, Template

if TYPE_CHECKING:
    from ..core.size import Size
    from .block import Block
    from .body import Body, Link
    from .tree import Node


class Binder:
    """Works out bodies against values; `defaults` hold for every layer that has the field."""

    def __init__(self, blocks: dict[str, Block | None], top: Scope, defaults: dict[str, str]) -> None:
        self._blocks = blocks
        self._top = top
        self._defaults = defaults
        self._known: dict[tuple[str, tuple[Size, ...]], Template] = {}
        self._used: set[str] = set()
        self._items = 0

    def bind_network(self, body: Body) -> Template:
        """The network's own body; blocks that nothing uses are read too, for their faults."""
        template = self._bind(body, self._top)
        for name, block in self._blocks.items():
            if block is not None and name not in self._used:
                self._instance(block, dict.fromkeys(block.params, UNKNOWN))
        if template.layers > MOST_LAYERS:
            largest = max((step for _, step in template.steps), key=lambda step: step.layers)
            self._top.report(
                largest.place,
                f"the blocks expand to {_said(template.layers)} layers (at most {MOST_LAYERS:,}), "
                f"{_said(largest.layers)} of them in {largest.name}",
            )
        return template

    def _bind(self, body: Body, scope: Scope) -> Template:
        self._items += len(body.items)
        if self._items > MOST_LAYERS:
            scope.report(body.items[0].place, f"the file makes more than {MOST_LAYERS:,} different layers and blocks")
            raise scope.faults.error()
        steps: list[tuple[int, Step]] = []
        for index in body.order:
            item, links = body.items[index], body.links[index]
            step: Step | None = None
            if isinstance(item, LayerItem):
                step = self._layer(item, links, scope)
            elif isinstance(item, BlockItem):
                step = self._block(item, links, scope)
            if step is not None:
                steps.append((len(body.inputs) + index, step))
        _check_outputs(body, steps, scope)
        layers = sum(step.layers for _, step in steps)
        return Template(tuple(steps), len(body.inputs) + len(body.items), body.outputs, layers)

    def _layer(self, item: LayerItem, links: tuple[Link, ...], scope: Scope) -> LayerStep | None:
        layer = make_layer(item, scope, self._defaults)
        if layer is None:
            return None
        least, most = layer.arity
        read = _count_read(item, links)
        if links and not least <= read <= most:
            takes = "one input" if most == 1 else f"{least} inputs" if least == most else f"at least {least} inputs"
            mend = "write one name after from" if most == 1 else "write from: and a list of names"
            scope.report(item.place, f"{item.name}: {layer.op} takes {takes}, got {read} ({mend})")
        return LayerStep(item.name, item.place, links, layer)

    def _block(self, item: BlockItem, links: tuple[Link, ...], scope: Scope) -> BlockStep | None:
        name = item.block.text
        if name not in self._blocks:
            scope.faults.add_unknown(item.block.place, "block", name, self._blocks)
            return None
        self._used.add(name)
        self._items += 1
        block = self._blocks[name]
        if block is None:
            return None
        inputs = block.body.inputs
        if links and _count_read(item, links) != len(inputs):
            takes = "one input" if len(inputs) == 1 else f"{len(inputs)} inputs ({', '.join(inputs[:5])})"
            mend = "write one name after from" if len(inputs) == 1 else "write from: and a list of names"
            scope.report(
                item.place, f"{item.name}: block {name} takes {takes}, got {_count_read(item, links)} ({mend})"
            )
        repeat = _number(item.repeat, "repeat", 1, scope)
        start = _number(item.start, "start", 0, scope)
        if repeat > 1 and len(inputs) > 1:
            said = f"block {name} takes {len(inputs)} inputs and cannot follow itself (write each use out)"
            scope.report(item.place, f"{item.name}: {said}")
        given = read_arguments(item.given, block, scope)
        rest = first = self._instance(block, complete(given, block, self._top, scope, item.block.place))
        if item.first is not None:
            given = given | read_arguments(item.first, block, scope)
            first = self._instance(block, complete(given, block, self._top, scope, item.block.place))
        return BlockStep(item.name, item.place, links, first, rest, repeat, start)

    def _instance(self, block: Block, values: dict[str, Size]) -> Template:
        key = block.name, tuple(values.values())
        found = self._known.get(key)
        if found is None:
            said = ", ".join([f"{name}={value}" for name, value in values.items() if value is not UNKNOWN][:8])
            where = f" (block {block.name} with {said})" if said else f" (block {block.name})"
            scope = Scope({**self._top.names, **values}, self._top.faults, self._top.unready, where)
            found = self._known[key] = self._bind(block.body, scope)
        return found


def _number(node: Node | None, what: str, least: int, scope: Scope) -> int:
    """0 where nothing is stated, or where what is stated is at fault."""
    value = 0 if node is None else scope.integer(node, what, least)
    return value if type(value) is int else 0


def _said(count: int) -> str:
    return f"{count:,}" if count < 10**15 else "more than 10^15"


def _count_read(item: LayerItem | BlockItem, links: tuple[Link, ...]) -> int:
    return len(links) if item.sources is None else len(item.sources)


def _check_outputs(body: Body, steps: list[tuple[int, Step]], scope: Scope) -> None:
    known = {position: (step.name, step.outputs) for position, step in steps}
    known.update((position, (name, 1)) for position, name in enumerate(body.inputs))
    for links in (*body.links, body.outputs):
        for link in links:
            name, count = known.get(link.position, ("", 0))
            if count and link.output >= count:
                said = f"{count} outputs" if count > 1 else "one output"
                scope.report(link.place, f"{name}[{link.output}] is read, but {name} has {said} (counted from 0)")
