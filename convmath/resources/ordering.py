"""The order of layers in which a network holds the least: exact, by a search over what may have run by then.

What is held depends only on the set of layers that have run, an ideal of the graph. So an order is a path through the
ideals, and the best one a path whose worst step is least: Dijkstra's search with the maximum in place of the sum. One
law keeps it short: a layer that fits below what must be held anyway, and leaves no more behind than it frees, may as
well run now, since whatever runs before it in another order would only hold more. So chains are no choices, and only
branches are.

Source: Ahn et al., "Ordering chaos: memory-aware scheduling of irregularly wired neural networks" (2020), which
searches the same ideals.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from .flow import numbers

if TYPE_CHECKING:
    from .flow import Flow

MOST_CHOICES = 100_000
"""Choices of a next layer that are weighed before the search gives up; a chain has one for each layer."""


class Order(NamedTuple):
    """Layers by their positions in the network's own order, and the most numbers that are held when they run so."""

    positions: tuple[int, ...]
    numbers: int


class _Weighed(NamedTuple):
    """A task as bits and numbers: what runs before and behind it, what it makes, what of it stays, what it may free."""

    before: int
    behind: tuple[int, ...]
    """The positions of those that read what it makes."""
    room: int
    stays: int
    reads: tuple[tuple[int, int], ...]
    """(numbers, readers as bits) of each value; what is handed out has readers that never run."""


class _Reached(NamedTuple):
    """A set of layers that have run: as bits, the numbers held then, and the positions of those that can run next."""

    done: int
    held: int
    ready: tuple[int, ...]


def best_order(flow: Flow, in_place: bool = False, most: int = MOST_CHOICES) -> Order | None:
    """The order that holds the least; None where more than `most` choices would have to be weighed.

    ParameterError for symbols.

    >>> import convmath as cm
    >>> from convmath.resources.flow import flow
    >>> net = cm.Network()
    >>> x = net.input(shape=(1, 1, 8))
    >>> wide = [net.add(cm.Conv1d(1, 9, 1), x, name=name) for name in ("a", "b")]
    >>> thin = [net.add(cm.Conv1d(9, 1, 1), y, name=name) for y, name in zip(wide, ("c", "d"))]
    >>> _ = net.add(cm.Add(), *thin)
    >>> best_order(flow(net.analyze()))  # a c b d and not a b c d
    Order(positions=(0, 2, 1, 3, 4), numbers=88)
    """
    flow.need_numbers("the best order")
    tasks = _weighed(flow, in_place)
    size, left = numbers(flow.shapes), flow.readers
    # No order can hold less than what one layer reads and makes.
    floor = max((task.room + sum(found for found, _ in task.reads) for task in tasks), default=0)
    start = sum(size[value] for value in flow.inputs if left[value])
    ticket = count()
    ready = tuple(place for place, task in enumerate(tasks) if not task.before)
    queue = [(max(floor, start), 0, next(ticket), _Reached(0, start, ready))]
    came: dict[int, tuple[int, int]] = {}
    seen: set[int] = set()
    while queue:
        worst, _, _, reached = heappop(queue)
        if not reached.ready:
            return Order(_path(came, reached.done), worst)
        if reached.done in seen:
            continue
        seen.add(reached.done)
        choices = _choices(tasks, reached, worst)
        most -= len(choices)
        if most < 0:
            return None
        for place, need, after in choices:
            then, key = reached.done | 1 << place, max(worst, need)
            if then not in seen and (then not in came or key < came[then][1]):
                came[then] = place, key
                entry = _Reached(then, after, _ready(tasks, reached, place, then))
                heappush(queue, (key, -then.bit_count(), next(ticket), entry))
    raise AssertionError("a network can run")


def _weighed(flow: Flow, in_place: bool) -> list[_Weighed]:
    size, left = numbers(flow.shapes), flow.readers
    maker = {value: place for place, task in enumerate(flow.tasks) for value in task.makes}
    readers: dict[object, int] = dict.fromkeys(flow.shapes, 0)
    for place, task in enumerate(flow.tasks):
        for value in task.reads:
            readers[value] |= 1 << place
    behind: list[list[int]] = [[] for _ in flow.tasks]
    for place, task in enumerate(flow.tasks):
        for before in dict.fromkeys(maker[value] for value in task.reads if value in maker):
            behind[before].append(place)
    found = []
    for place, task in enumerate(flow.tasks):
        before = 0
        for value in task.reads:
            before |= 1 << maker[value] if value in maker else 0
        room = sum(size[value] for value in task.makes)
        if in_place and task.overwrites is not None:
            room -= size[task.overwrites]
        stays = sum(size[value] for value in task.makes if left[value])
        reads = tuple((size[value], -1 if value in flow.outputs else readers[value]) for value in task.reads)
        found.append(_Weighed(before, tuple(behind[place]), room, stays, reads))
    return found


def _choices(tasks: list[_Weighed], reached: _Reached, worst: int) -> list[tuple[int, int, int]]:
    """(layer, what is held while it runs, what is held then) of all that can run; only one where that is as good."""
    found = []
    for place in reached.ready:
        task, with_it = tasks[place], reached.done | 1 << place
        need = reached.held + task.room
        after = reached.held + task.stays - sum(size for size, readers in task.reads if not readers & ~with_it)
        if need <= worst and after <= reached.held:
            return [(place, need, after)]
        found.append((place, need, after))
    return found


def _ready(tasks: list[_Weighed], reached: _Reached, place: int, then: int) -> tuple[int, ...]:
    """What can run when this layer has run besides."""
    others = tuple(other for other in reached.ready if other != place)
    return (*others, *(other for other in tasks[place].behind if not tasks[other].before & ~then))


def _path(came: dict[int, tuple[int, int]], done: int) -> tuple[int, ...]:
    positions: list[int] = []
    while done:
        place, _ = came[done]
        positions.append(place)
        done ^= 1 << place
    return tuple(reversed(positions))
