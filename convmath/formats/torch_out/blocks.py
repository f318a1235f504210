"""Leaves as a tree of blocks, by the dots in their names: layer1.0.conv1 lies in 0, which lies in layer1."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..leaves import Leaves, Value


class Block(NamedTuple):
    """Layers and blocks that follow one another: what they read from without, and what is read of them from without."""

    name: str
    """The last word of its path; empty for the network itself."""
    path: str
    kids: tuple[Block | Single, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


class Single(NamedTuple):
    """A leaf by its position, and what it is called in its block."""

    name: str
    leaf: int


def blocks_of(leaves: Leaves) -> Block:
    """The whole as a block; words of a path that do not follow one another, or hold one layer, are no block."""
    places = [place for place, leaf in enumerate(leaves.items) if leaf.layer is not None]
    paths = {place: leaves.items[place].name.split(".") for place in places}
    return _Building(leaves, paths).block("", (), places)


class _Building:
    def __init__(self, leaves: Leaves, paths: dict[int, list[str]]) -> None:
        self.leaves = leaves
        self.paths = paths
        self.readers: dict[Value, list[int]] = {}
        for place in paths:
            for value in leaves.items[place].reads:
                self.readers.setdefault(value, []).append(place)

    def block(self, name: str, path: tuple[str, ...], places: Sequence[int]) -> Block:
        depth = len(path)
        runs = [(word, list(run)) for word, run in groupby(places, lambda place: self.paths[place][depth])]
        words = [word for word, _ in runs]
        kids: list[Block | Single] = []
        for word, run in runs:
            if len(run) > 1 and words.count(word) == 1 and all(len(self.paths[place]) > depth + 1 for place in run):
                kids.append(self.block(word, (*path, word), run))
            else:
                kids += [Single(".".join(self.paths[place][depth:]), place) for place in run]
        inputs, outputs = self._ends(places, whole=not path)
        return Block(name, ".".join(path), tuple(kids), inputs, outputs)

    def _ends(self, places: Sequence[int], whole: bool) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        from ..leaves import Value

        if whole:
            return tuple(Value(place) for place, _ in self.leaves.inputs), self.leaves.outputs
        inside = set(places)
        read = [value for place in places for value in self.leaves.items[place].reads if value.leaf not in inside]
        handed_out = set(self.leaves.outputs)
        made = (Value(place, output) for place in places for output in range(len(self.leaves.items[place].outputs)))
        outputs = [
            value
            for value in made
            if value in handed_out or any(reader not in inside for reader in self.readers.get(value, ()))
        ]
        return tuple(dict.fromkeys(read)), tuple(outputs)


def ends_of(kid: Block | Single, leaves: Leaves) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What a layer or a block reads, and what it makes."""
    from ..leaves import Value

    if isinstance(kid, Block):
        return kid.inputs, kid.outputs
    leaf = leaves.items[kid.leaf]
    return leaf.reads, tuple(Value(kid.leaf, output) for output in range(len(leaf.outputs)))
