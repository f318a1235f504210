"""A training pass, instant by instant: what is held while each layer runs there, again, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .backward import wanted
from .flow import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..core.size import Size
    from .backward import Blocks, Saving
    from .flow import Flow, Task, Value

    Key = tuple[Any, ...]
    Roots = dict[Value, Value]


class Instant(NamedTuple):
    """A layer that runs forward, again, or backward, and the bytes held meanwhile beside weights and their kin."""

    phase: str
    layer: str
    bytes: int

    def __str__(self) -> str:
        return f"{self.phase} of {self.layer}"


def saved_bytes(flow: Flow, root: Roots, savings: Sequence[Saving], blocks: Blocks, width: int) -> Size:
    """The bytes kept for the way back when the way forward is done; what several layers keep is there once."""
    size = numbers(flow.shapes)
    again = {place for block in blocks.again for place in block}
    values: dict[Value, None] = {}
    for place, saving in enumerate(savings):
        if place not in again:
            values |= dict.fromkeys(saving.values)
    for block in blocks.again:
        values |= dict.fromkeys(_entering(flow, root, block))
    own = (saving.own_bytes for place, saving in enumerate(savings) if place not in again)
    return sum(size[value] for value in values) * width + sum(own)


def instants(flow: Flow, root: Roots, savings: Sequence[Saving], blocks: Blocks, width: int) -> Iterator[Instant]:
    """Every instant of one pass there and back, in order; sizes are numbers.

    The gradient of a value is there from its first reader's way back to its maker's; where several readers add to
    it, the new part is there beside the sum.
    """
    return _Pass(flow, root, savings, blocks, width).run()


class _Ledger:
    """Memory by who holds it; what is held several times counts once."""

    def __init__(self) -> None:
        self.bytes = 0
        self._held: dict[Key, tuple[int, int]] = {}

    def hold(self, key: Key, size: int) -> None:
        count, _ = self._held.get(key, (0, size))
        self._held[key] = count + 1, size
        self.bytes += 0 if count else size

    def let_go(self, key: Key) -> None:
        count, size = self._held.pop(key)
        if count > 1:
            self._held[key] = count - 1, size
        else:
            self.bytes -= size

    def __contains__(self, key: Key) -> bool:
        return key in self._held


class _Pass:
    """One pass over a network, there and back."""

    def __init__(self, flow: Flow, root: Roots, savings: Sequence[Saving], blocks: Blocks, width: int) -> None:
        self.flow, self.savings, self.blocks = flow, savings, blocks
        self.size = {value: count * width for value, count in numbers(flow.shapes).items()}
        self.root, self.gradient = root, wanted(flow)
        self.ledger = _Ledger()
        self.again = set(blocks.again)

    def run(self) -> Iterator[Instant]:
        left: dict[Value, int] = {}
        for task in self.flow.tasks:
            for value in self._read(task):
                left[value] = left.get(value, 0) + 1
        for value in self.flow.outputs:
            left[self.root[value]] = left.get(self.root[value], 0) + 1
        for value in self.flow.inputs:
            if left.get(value):
                self._hold("value", value)
        for block in self.blocks.runs:
            for value in _entering(self.flow, self.root, block) if block in self.again else ():
                self._hold("value", value)
            yield from self._forward(block, left, "value", keep=block not in self.again)
        for value in dict.fromkeys(self.root[value] for value in self.flow.outputs if value in self.gradient):
            self._hold("gradient", value)
        for block in reversed(self.blocks.runs):
            yield from self._back(block)

    def _forward(self, block: tuple[int, ...], left: dict[Value, int], kind: str, keep: bool) -> Iterator[Instant]:
        """The block's layers, one after the other; a value goes when nobody has still to read it (`left`)."""
        inside = self._made(block)
        for place in block:
            task, saving = self.flow.tasks[place], self.savings[place]
            made = self._own_memory(task)
            for value in made:
                self._hold(kind, value)
            for number, (_, size) in enumerate(saving.own if keep else ()):
                self.ledger.hold(("own", place, number), size)
            yield Instant("forward" if kind == "value" else "second run", task.row.name, self.ledger.bytes)
            for value in saving.values if keep else ():
                self._hold(kind if value in inside else "value", value)
            for value in self._read(task):
                if value in left:
                    left[value] -= 1
                    if not left[value]:
                        self._let_go(kind if value in inside else "value", value)
            for value in made:
                if not left.get(value):
                    self._let_go(kind, value)

    def _back(self, block: tuple[int, ...]) -> Iterator[Instant]:
        again = block in self.again
        inside = self._made(block)
        if again:
            left: dict[Value, int] = {}
            for place in block:
                for value in self._read(self.flow.tasks[place]):
                    if value in inside:
                        left[value] = left.get(value, 0) + 1
            yield from self._forward(block, left, "again", keep=True)
        for place in reversed(block):
            task, saving = self.flow.tasks[place], self.savings[place]
            yield from self._gradients(task)
            for value in saving.values:
                self._let_go("again" if again and value in inside else "value", value)
            for number in range(len(saving.own)):
                self.ledger.let_go(("own", place, number))
        for value in _entering(self.flow, self.root, block) if again else ():
            self._let_go("value", value)

    def _gradients(self, task: Task) -> Iterator[Instant]:
        """The way back through one layer: gradients of what it read come, those of what it made go."""
        made = [value for value in self._own_memory(task) if ("gradient", value) in self.ledger]
        if not made:
            return
        sought = [value for value in self._read(task) if value in self.gradient]
        twice = sum(self.size[value] for value in sought if ("gradient", value) in self.ledger)
        for value in sought:
            if ("gradient", value) not in self.ledger:
                self._hold("gradient", value)
        yield Instant("backward", task.row.name, self.ledger.bytes + twice)
        for value in made:
            self._let_go("gradient", value)

    def _read(self, task: Task) -> list[Value]:
        return list(dict.fromkeys(self.root[value] for value in task.reads))

    def _own_memory(self, task: Task) -> list[Value]:
        return [value for value in task.makes if self.root[value] == value]

    def _made(self, block: tuple[int, ...]) -> set[Value]:
        return {value for place in block for value in self._own_memory(self.flow.tasks[place])}

    def _hold(self, kind: str, value: Value) -> None:
        self.ledger.hold((kind, value), self.size[value])

    def _let_go(self, kind: str, value: Value) -> None:
        self.ledger.let_go((kind, value))


def _entering(flow: Flow, root: dict[Value, Value], block: Iterable[int]) -> list[Value]:
    """What a block reads of others."""
    positions = list(block)
    made = {root[value] for place in positions for value in flow.tasks[place].makes}
    read = dict.fromkeys(root[value] for place in positions for value in flow.tasks[place].reads)
    own = {value for value in made if any(value in flow.tasks[place].makes for place in positions)}
    return [value for value in read if value not in own]
