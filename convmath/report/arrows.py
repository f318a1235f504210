"""The arrows of a diagram: who reads what, and the shape where it changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..render.drawing import Arrow
from .captions import LONGEST, sized

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..core.shape import Shape
    from .row import Row


class Line(NamedTuple):
    """A value that goes from one box to another, which go by their positions in the list."""

    tail: int
    head: int
    shape: Shape
    input: int
    """Which input it is of a layer that reads a layer; 0 where blocks are boxes, which hand out a shape once."""
    output: int = 0
    """Which output it is of the layer that makes it."""


def lines(rows: Iterable[Row], of: Mapping[str, int]) -> list[Line]:
    """What crosses from a box to another, by the readers' positions; `of` tells the box of each layer and input.

    >>> from convmath.zoo.resnet import resnet18
    >>> rows = resnet18().analyze().rows
    >>> lines(rows[:4], {"input": 0, "conv1": 1, "bn1": 2, "relu": 2, "maxpool": 3})[2]
    Line(tail=2, head=3, shape=(1, 64, 112, 112), input=0, output=0)
    """
    layers = Counter(of.values())
    found: dict[Line, None] = {}
    for row in rows:
        head = of.get(row.name)
        read = zip(row.reads, row.inputs, row.ports, strict=True)
        for place, (source, shape, output) in enumerate(read):
            tail = of.get(source)
            if tail is not None and head is not None and tail != head:
                found[Line(tail, head, shape, place if layers[tail] == layers[head] == 1 else 0, output)] = None
    return sorted(found, key=lambda line: line.head)


def levels_crossed(found: Sequence[Line]) -> int:
    """How many levels the lines cross together, where every box lies one below the lowest that it reads.

    >>> shape = (1, 1)
    >>> levels_crossed([Line(0, 1, shape, 0), Line(1, 2, shape, 0), Line(0, 2, shape, 1)])
    4
    """
    level: dict[int, int] = {}
    for line in found:
        level[line.head] = max(level.get(line.head, 0), level.get(line.tail, 0) + 1)
    return sum(max(level[line.head] - level.get(line.tail, 0), 0) for line in found)


def arrows(found: Sequence[Line], inputs: int, batched: bool) -> tuple[Arrow, ...]:
    """The lines as arrows; the first boxes are the network's inputs.

    A shape is told once for each box that makes it or reads it, and only if nothing of that shape came in where it
    is made. What is not the first output of a layer is told by its number.
    """
    entering: dict[int, set[Shape]] = {}
    for line in found:
        entering.setdefault(line.head, set()).add(line.shape)
    told: set[tuple[str, int, Shape]] = set()
    drawn = []
    for line in found:
        ends = {("made", line.tail, line.shape), ("read", line.head, line.shape)}
        known = line.tail < inputs or line.shape in entering.get(line.tail, ())
        shape = "" if known or ends & told else sized(line.shape, batched)
        told |= ends
        words = ([f"[{line.output}]"] if line.output else []) + ([shape] if 0 < len(shape) <= LONGEST else [])
        drawn.append(Arrow(line.tail, line.head, " ".join(words)))
    return tuple(drawn)
