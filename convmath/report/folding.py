"""Which layers a diagram draws as one box: blocks by their names, or, without names to go by, layers in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .arrows import levels_crossed, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .row import Row

ARROWS = 4
"""Arrows that a diagram may have for each box that it may have."""

LEVELS = 10
"""Levels that the arrows may cross together for each such box: on them depends how long laying out takes.

With 2,000 of them Graphviz 2.43 takes 2 s, with 6,000 it takes 40 s, whatever the network.
"""


class Folding(NamedTuple):
    """The box of every layer, by name, and how it came about."""

    of: dict[str, str]
    depth: int
    """The names that a box has at most; 0 where layers are put together in order."""
    deepest: int
    """The names that a layer has at most."""
    limit: int = 0
    """The limit that would unfold what a smaller one folded more than was asked for; 0 where none did."""

    def numbered(self, inputs: Iterable[str]) -> dict[str, int]:
        """The place of the box of every input and layer: inputs first, then boxes in the order of layers."""
        numbers = {name: place for place, name in enumerate(inputs)}
        first, boxes = len(numbers), dict[str, int]()
        return numbers | {name: boxes.setdefault(home, first + len(boxes)) for name, home in self.of.items()}


def by_depth(rows: Sequence[Row], inputs: Iterable[str], depth: int | None, limit: int) -> Folding:
    """Every block below `depth` names as one box; fewer names, if there were more than `limit` boxes.

    If even the first names are too many, runs of layers in order are a box each.

    >>> from convmath.zoo.resnet import resnet50
    >>> rows = resnet50().analyze().rows
    >>> folding = by_depth(rows, ["input"], None, 30)
    >>> folding.depth, len(set(folding.of.values()))
    (2, 23)
    """
    deepest = _deepest(row.name for row in rows)
    asked = min(depth or deepest, deepest)
    needed = _limit_of(rows, inputs, _blocks(rows, asked, deepest))
    if needed <= limit:
        return _blocks(rows, asked, deepest)
    low, high = 0, asked - 1
    while low < high:  # fewer names never make more boxes or more arrows
        middle = (low + high + 1) // 2
        if _limit_of(rows, inputs, _blocks(rows, middle, deepest)) <= limit:
            low = middle
        else:
            high = middle - 1
    if low:
        return _blocks(rows, low, deepest)._replace(limit=needed)
    count = limit
    while True:
        folding = Folding(_in_order(rows, count), 0, deepest, needed)
        if count == 1 or _limit_of(rows, inputs, folding) <= limit:
            return folding
        count = max(count // 2, 1)


def as_shown(rows: Sequence[Row], shown: Sequence[Row]) -> Folding:
    """Every layer in the box of the row that tells of it; those that no row tells of have none."""
    names = {row.name for row in shown}
    of: dict[str, str] = {}
    for row in rows:
        parts = row.name.split(".")
        blocks = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        if home := next((name for name in blocks if name in names), None):
            of[row.name] = home
    return Folding(of, _deepest(names), _deepest(row.name for row in rows))


def _deepest(names: Iterable[str]) -> int:
    return max((name.count(".") + 1 for name in names), default=1)


def _blocks(rows: Sequence[Row], depth: int, deepest: int) -> Folding:
    return Folding({row.name: ".".join(row.name.split(".")[:depth]) for row in rows}, depth, deepest)


def _limit_of(rows: Sequence[Row], inputs: Iterable[str], folding: Folding) -> int:
    """The least limit that these boxes, their arrows and the levels that these cross keep to."""
    found = lines(rows, folding.numbered(inputs))
    return max(len(set(folding.of.values())), -(-len(found) // ARROWS), -(-levels_crossed(found) // LEVELS))


def _in_order(rows: Sequence[Row], count: int) -> dict[str, str]:
    """At most `count` boxes of equally many layers, called after the first and the last of them."""
    size = -(-len(rows) // count)
    of: dict[str, str] = {}
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        name = part[0].name if len(part) == 1 else f"{part[0].name} … {part[-1].name}"
        of |= dict.fromkeys((row.name for row in part), name)
    return of
