"""What is held in memory while a network runs: at each layer, what is still to be read and what it makes.

A value is held from the layer that makes it to the last one that reads it; the network's inputs from the beginning,
what it hands out to the end. While a layer runs, all it reads and all it makes are there at once, unless it writes
over what it reads.

Source: Sethi, "Complete register allocation problems" (1975); of networks, Chen et al. (2016), section 3.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from .flow import Flow, Task, Value, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.size import Size

Spans = dict[Value, range]
"""The moments at which each value is there, by their numbers; values in the order in which they come."""


class Moment(NamedTuple):
    """A layer that runs, and what is held meanwhile."""

    task: Task
    numbers: Size
    """In all that is held."""
    place: int
    spans: Spans
    over: Value | None
    """What the layer writes over, and so is not held beside what it makes."""

    @property
    def held(self) -> tuple[Value, ...]:
        """The values that are held meanwhile, in the order in which they came."""
        return tuple(value for value, span in self.spans.items() if self.place in span and value != self.over)


def spans_of(flow: Flow, order: Sequence[int] | None = None) -> Spans:
    """When each value is there: from the layer that makes it, or the first moment, to the last that reads it.

    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> from convmath.resources.flow import flow
    >>> spans = spans_of(flow(Sequential(Conv1d(1, 4, 1), Conv1d(4, 1, 1)).analyze((1, 1, 10))))
    >>> {str(value): (span[0], span[-1]) for value, span in spans.items()}
    {'input': (0, 0), '0': (0, 1), '1': (1, 1)}
    """
    tasks = _in_order(flow, order)
    last = {value: place for place, task in enumerate(tasks) for value in task.reads}
    last |= dict.fromkeys(flow.outputs, len(tasks) - 1)
    found = {value: range(last[value] + 1) for value in flow.inputs if value in last}
    return found | {
        value: range(place, last.get(value, place) + 1) for place, task in enumerate(tasks) for value in task.makes
    }


def sums(flow: Flow, spans: Spans, sizes: Mapping[Value, Size]) -> list[Size]:
    """At every moment, the sum of the sizes of what is there; what has no size is left out."""
    changes: list[Size] = [0] * (len(flow.tasks) + 1)
    for value, size in sizes.items():
        if span := spans.get(value):
            changes[span.start] += size
            changes[span.stop] -= size
    return list(accumulate(changes[:-1]))


def moments(flow: Flow, order: Sequence[int] | None = None, in_place: bool = False) -> Iterator[Moment]:
    """What is held while each layer runs, in the network's order or in another one, given as positions in it.

    With `in_place`, what a layer can write over is not held beside what it makes there.

    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> from convmath.resources.flow import flow
    >>> report = Sequential(Conv1d(1, 4, 1), Conv1d(4, 1, 1)).analyze((1, 1, 10))
    >>> [(moment.task.row.name, moment.numbers) for moment in moments(flow(report))]
    [('0', 50), ('1', 50)]
    """
    size, spans = numbers(flow.shapes), spans_of(flow, order)
    there = sums(flow, spans, size)
    for place, task in enumerate(_in_order(flow, order)):
        over = task.overwrites if in_place else None
        yield Moment(task, there[place] - (0 if over is None else size[over]), place, spans, over)


def waiting(flow: Flow, most: int) -> Iterator[tuple[list[Value], int]]:
    """What each layer neither reads nor makes and is held all the same: the first few values, and how many there are.

    >>> from convmath.resources.flow import flow
    >>> from convmath.zoo.resnet import resnet18
    >>> [str(value) for value in next(islice(waiting(flow(resnet18().analyze()), 4), 5, None))[0]]
    ['maxpool']
    """
    ends: dict[int, list[Value]] = {}
    spans = spans_of(flow)
    for value, span in spans.items():
        ends.setdefault(span.stop, []).append(value)
    there: OrderedDict[Value, None] = OrderedDict.fromkeys(value for value in flow.inputs if value in spans)
    for place, task in enumerate(flow.tasks):
        for value in ends.get(place, ()):
            del there[value]
        others = (value for value in there if value not in task.reads)
        yield list(islice(others, most)), len(there) - len(task.reads)
        there.update(OrderedDict.fromkeys(task.makes))


def largest(flow: Flow, order: Sequence[int] | None = None, in_place: bool = False) -> Moment | None:
    """The first of the moments at which the most numbers are held; None for a network without layers.

    ParameterError for symbols.
    """
    flow.need_numbers("the largest moment")
    return max(moments(flow, order, in_place), key=lambda moment: moment.numbers, default=None)


def _in_order(flow: Flow, order: Sequence[int] | None) -> Sequence[Task]:
    return flow.tasks if order is None else [flow.tasks[place] for place in order]
