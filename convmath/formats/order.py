"""An order in which things can run that read one another, or the circles that leave none."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def runnable(sources: Sequence[Sequence[int]]) -> list[int]:
    """Everything that is no part of a circle and depends on none, sources first, otherwise in the order given.

    >>> runnable([[2], [], [1]])
    [1, 2, 0]
    """
    readers: list[list[int]] = [[] for _ in sources]
    for reader, read in enumerate(sources):
        for source in read:
            readers[source].append(reader)
    waiting = [len(read) for read in sources]
    ready = [index for index, count in enumerate(waiting) if not count]
    heapify(ready)
    order = []
    while ready:
        index = heappop(ready)
        order.append(index)
        for reader in readers[index]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heappush(ready, reader)
    return order


def circles(sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """Circles without a common member, each as the path that walks it from its first member back to it.

    >>> circles([[1], [2], [0], []])
    [[0, 1, 2, 0]]
    """
    left = set(range(len(sources))) - set(runnable(sources))
    seen: set[int] = set()
    found = []
    for start in sorted(left):
        path: list[int] = []
        index = start
        while index not in seen:
            seen.add(index)
            path.append(index)
            index = next(source for source in sources[index] if source in left)
        if index in path:
            circle = path[path.index(index) :]
            first = circle.index(min(circle))
            found.append([*circle[first:], *circle[:first], circle[first]])
    return found
