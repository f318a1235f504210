"""What each layer of a network keeps for its gradients, as memory that is there once, and which blocks run again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ..core.size import product
from ..layers.source import Parameter, Source
from ..report.frozen import still
from ..report.training import trained
from .flow import Value
from .keeping import Needs, like
from .saving import kept

if TYPE_CHECKING:
    from ..core.size import Size
    from ..report.row import Row
    from .flow import Flow
    from .keeping import Own
    from .layout import Layouts


class Saving(NamedTuple):
    """What one layer keeps: values, each by the one whose memory it shares, and arrays of its own with their bytes."""

    values: tuple[Value, ...]
    own: tuple[tuple[Own, Size], ...]

    @property
    def own_bytes(self) -> Size:
        """The bytes of its own arrays."""
        return sum(size for _, size in self.own)


class Blocks(NamedTuple):
    """The layers by their positions, in runs that are kept or made again as one."""

    runs: tuple[tuple[int, ...], ...]
    again: tuple[tuple[int, ...], ...]
    """Those that run a second time."""


def wanted(flow: Flow) -> set[Value]:
    """The values that have a gradient: what depends on a weight; the network's inputs have none.

    >>> from convmath.zoo.resnet import resnet18
    >>> from convmath.resources.flow import Value, flow
    >>> Value("input") in wanted(flow(resnet18().analyze()))
    False
    """
    with_gradient = trained(flow.report)
    return {value for task in flow.tasks if task.row.name in with_gradient for value in task.makes}


def savings(flow: Flow, lain: Layouts, width: int) -> tuple[Saving, ...]:
    """What every layer keeps where activations have so many bytes a number; nothing where nothing has a gradient.

    Stored arrays that it reads are there anyway.
    """
    root, gradient = lain.roots, wanted(flow)
    standing = {value for task in flow.tasks if _is_stored(task.row) for value in task.makes}
    found = []
    for task in flow.tasks:
        row = task.row
        if row.layer is None or gradient.isdisjoint(task.makes):
            found.append(Saving((), ()))
            continue
        read = list(map(Value, row.reads, row.ports))
        needs = Needs(
            tuple(value in gradient for value in read), still(flow.report, row),
            tuple(lain.by_value[value].is_turned for value in read),
        )  # fmt: skip
        keeps = kept(row.layer, row.inputs, row.outputs, needs)
        copied = [one for one in keeps.matrices if lain.is_copied(read[one.place], one)]
        seen = (read[one.place] for one in keeps.matrices if one not in copied)
        asked = (*(read[place] for place in keeps.inputs), *seen, *(task.makes[:1] if keeps.output else ()))
        values = dict.fromkeys(root[value] for value in asked if root[value] not in standing)
        own = (*keeps.own, *(like(f"copy of input {one.place}", product(one.sizes)) for one in copied))
        found.append(Saving(tuple(values), tuple((one, one.width(width) * one.numbers) for one in own)))
    return tuple(found)


def _is_stored(row: Row) -> bool:
    """Whether it hands out a stored array; numbers that are stated in code are made anew."""
    return isinstance(row.layer, Parameter) or (isinstance(row.layer, Source) and row.cost.buffers != 0)


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
