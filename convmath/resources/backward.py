"""What each layer of a network keeps for its gradients, as memory that is there once, and which blocks run again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from .flow import Value
from .saving import is_view, kept

if TYPE_CHECKING:
    from ..core.size import Size
    from .flow import Flow
    from .saving import Own


class Saving(NamedTuple):
    """What one layer keeps: values, each by the one whose memory it shares, and arrays of its own with their bytes."""

    values: tuple[Value, ...]
    own: tuple[tuple[Own, Size], ...]

    @property
    def own_bytes(self) -> Size:
        """The bytes of its own arrays."""
        return sum(size for _, size in self.own)


class Blocks(NamedTuple):
    """The layers by their places, in runs that are kept or made again as one."""

    runs: tuple[tuple[int, ...], ...]
    again: tuple[tuple[int, ...], ...]
    """Those that run a second time."""


def roots(flow: Flow) -> dict[Value, Value]:
    """The value whose memory each value is in: its own, or that of what a view looks at."""
    found = {value: value for value in flow.shapes}
    for task in flow.tasks:
        if task.row.layer is not None and is_view(task.row.layer):
            found |= dict.fromkeys(task.makes, found[task.reads[0]])
    return found


def wanted(flow: Flow) -> set[Value]:
    """The values that have a gradient: what depends on a weight; the network's inputs have none.

    >>> from convmath.zoo.resnet import resnet18
    >>> from convmath.resources.flow import Value, flow
    >>> Value("input") in wanted(flow(resnet18().analyze()))
    False
    """
    found: set[Value] = set()
    for task in flow.tasks:
        layer = task.row.layer
        if (layer is not None and layer.weights()) or not found.isdisjoint(task.reads):
            found.update(task.makes)
    return found


def savings(flow: Flow, width: int) -> tuple[Saving, ...]:
    """What every layer keeps where activations have so many bytes a number; nothing where nothing has a gradient."""
    root, gradient = roots(flow), wanted(flow)
    found = []
    for task in flow.tasks:
        row = task.row
        if row.layer is None or gradient.isdisjoint(task.makes):
            found.append(Saving((), ()))
            continue
        keeps = kept(row.layer, row.inputs, row.outputs)
        read = [Value(row.reads[place], row.ports[place]) for place in keeps.inputs]
        values = dict.fromkeys(root[value] for value in (*read, *(task.makes[:1] if keeps.output else ())))
        found.append(Saving(tuple(values), tuple((own, own.width(width) * own.numbers) for own in keeps.own)))
    return tuple(found)


def blocks_of(flow: Flow, depth: int | None) -> Blocks:
    """The layers one by one, or in the blocks that lie below `depth` names, which then run again.

    >>> from convmath.resources.flow import flow
    >>> from convmath.zoo.resnet import resnet18
    >>> found = blocks_of(flow(resnet18().analyze()), 2)
    >>> len(found.again), [len(run) for run in found.runs][:6]
    (8, [1, 1, 1, 1, 7, 7])
    """
    if depth is None:
        return Blocks(tuple((place,) for place in range(len(flow.tasks))), ())
    names = [task.row.name.split(".") for task in flow.tasks]

    def block(place: int) -> tuple[object, ...]:
        inside = len(names[place]) > depth
        return tuple(names[place][:depth]) if inside else (place,)

    runs = tuple(tuple(run) for _, run in groupby(range(len(names)), block))
    return Blocks(runs, tuple(run for run in runs if len(names[run[0]]) > depth))
