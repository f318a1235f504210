"""What is held in memory while a network runs: at each layer, what is still to be read and what it makes.

A value is held from the layer that makes it to the last one that reads it; the network's inputs from the beginning,
what it hands out to the end. While a layer runs, all it reads and all it makes are there at once, unless it writes
over what it reads.

Source: Sethi, "Complete register allocation problems" (1975); of networks, Chen et al. (2016), section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .flow import Flow, Task, Value, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..core.size import Size


class Moment(NamedTuple):
    """A layer that runs, and the values that are held meanwhile."""

    task: Task
    held: tuple[Value, ...]
    numbers: Size
    """In all that is held."""


def moments(flow: Flow, order: Sequence[int] | None = None, in_place: bool = False) -> Iterator[Moment]:
    """What is held while each layer runs, in the network's order or in another one, given as places in it.

    With `in_place`, what a layer can write over is not held beside what it makes there.

    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> from convmath.resources.flow import flow
    >>> report = Sequential(Conv1d(1, 4, 1), Conv1d(4, 1, 1)).analyze((1, 1, 10))
    >>> [(moment.task.row.name, moment.numbers) for moment in moments(flow(report))]
    [('0', 50), ('1', 50)]
    """
    left, size = flow.readers, numbers(flow.shapes)
    held = [value for value in flow.inputs if left[value]]
    for place in range(len(flow.tasks)) if order is None else order:
        task = flow.tasks[place]
        over = task.overwrites if in_place else None
        there = tuple(value for value in (*held, *task.makes) if value != over)
        yield Moment(task, there, sum(size[value] for value in there))
        for value in task.reads:
            left[value] -= 1
        held = [value for value in (*held, *task.makes) if left[value]]


def largest(flow: Flow, order: Sequence[int] | None = None, in_place: bool = False) -> Moment | None:
    """The first of the moments at which the most numbers are held; None for a network without layers.

    ParameterError for symbols.
    """
    flow.need_numbers("the largest moment")
    return max(moments(flow, order, in_place), key=lambda moment: moment.numbers, default=None)
