"""Exactly which positions of the input an output reads along one axis, as runs of neighbours."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..core.receptive_field import UNTOLD
from ..core.size import are_numbers, is_one
from ..core.window import Window
from .subject import stages_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.receptive_field import Reach
    from ..report.analysis import Row
    from .subject import Subject

Run = tuple[int, int]
"""The first and the last of neighbouring positions."""

MOST_RUNS = 1 << 13
"""What falls into more runs than these is not told."""


def read_at_input(subject: Subject, end: Row, axis: int, position: int) -> list[Run] | None:
    """The positions of the first input that `position` of a layer's first output reads; None if all, or untold."""
    first = next(iter(subject.report.inputs))
    marked: dict[tuple[str, int], list[Run] | None] = {(end.name, 0): [(position, position)]}
    for row in reversed(subject.upto(end)):
        asked = [marked.pop((row.name, port)) for port in range(len(row.outputs)) if (row.name, port) in marked]
        if not asked:
            continue
        runs = None if None in asked else merged(run for runs in asked if runs for run in runs)
        for place, value in enumerate(zip(row.reads, row.ports, strict=True)):
            if not subject.fields_of(value[0]):
                continue  # sees nothing of the first input
            found = _back(row, place, axis, runs)
            known = marked.get(value, [])
            marked[value] = None if found is None or known is None else merged([*known, *found])
    return marked.get((first, 0), [])


def _back(row: Row, place: int, axis: int, runs: list[Run] | None) -> list[Run] | None:
    """What these positions of a layer's output read of one of its inputs."""
    for stage in reversed(stages_of(row, place)):
        if runs is None or (stage and axis >= len(stage)):
            return None
        runs = through(stage[axis], runs) if stage else runs
    return runs


def through(reach: Any, runs: list[Run]) -> list[Run] | None:
    """What runs of outputs read through one window or resampling; None for all of it, or too many runs.

    >>> through(Window(3, dilation=2), [(0, 0)]), through(Window(3, stride=2), [(0, 4)])
    ([(0, 0), (2, 2), (4, 4)], [(0, 10)])
    """
    if reach is None or reach is UNTOLD:
        return None
    if isinstance(reach, Window) and are_numbers(*reach) and is_one(reach.input_dilation):
        if is_one(reach.stride):
            return _side_by_side(reach, runs)
        if (reach.dilation == 1 or reach.kernel == 1) and reach.kernel >= reach.stride:
            low, wide = reach.low, reach.kernel - 1
            return merged((a * reach.stride - low, b * reach.stride - low + wide) for a, b in runs)
    return _one_by_one(reach, runs)


def _side_by_side(window: Window, runs: list[Run]) -> list[Run] | None:
    """Of stride 1: every run once for each tap, or wider by all taps where those are neighbours."""
    kernel, dilation, low = window.kernel, window.dilation, window.low
    if dilation == 1:
        return merged((a - low, b - low + kernel - 1) for a, b in runs)
    if kernel * len(runs) > 16 * MOST_RUNS:
        return None
    return merged((a - low + t * dilation, b - low + t * dilation) for a, b in runs for t in range(kernel))


def _one_by_one(reach: Reach, runs: list[Run]) -> list[Run] | None:
    if not are_numbers(*reach.pace, *reach.interval(0)):
        return None
    if _is_gapless(reach):
        return merged((reach.interval(a)[0], reach.interval(b)[1]) for a, b in runs)
    if sum(b - a + 1 for a, b in runs) > MOST_RUNS:
        return None
    found: list[Run] = []
    for first, last in runs:
        for output in range(first, last + 1):
            read = reach.reads(output)
            whole = len(read) > 0 and read.step == 1
            found += [(read[0], read[-1])] if whole else [(one, one) for one in read]
        if len(found) > 16 * MOST_RUNS:
            return None
    return merged(found)


def _is_gapless(reach: Reach) -> bool:
    """Whether each output reads neighbours only, which begin and end no earlier than those of the one before."""
    period = reach.pace[0]
    if period > MOST_RUNS:
        return False
    read = [reach.reads(output) for output in range(period + 1)]
    return all(one.step == 1 and len(one) > 0 for one in read) and all(
        a.start <= b.start <= a.stop <= b.stop for a, b in pairwise(read)
    )


def merged(runs: Iterable[Run]) -> list[Run]:
    """The same positions in as few runs as there are, in order.

    >>> merged([(4, 5), (0, 1), (2, 2)])
    [(0, 2), (4, 5)]
    """
    found: list[Run] = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
