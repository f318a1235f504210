"""The Pareto front: the designs that no other one is at least as good as in everything and better in something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParameterError, ParseError, show, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = re.compile(r"\s*(?P<column>[^:]+?)\s*(:\s*(?P<way>\w+)\s*)?")

WAYS = {"min": 1, "max": -1}

MOST_AT_ONCE = 1 << 12
"""Designs that are compared with all of the front in one step."""


class Goal(NamedTuple):
    """A column, and 1 where less of it is better, -1 where more is."""

    column: str
    sign: int


def parse_goals(text: str) -> tuple[Goal, ...]:
    """What a text such as "macs:min,receptive_field:max" wants; least where no way is named.

    >>> parse_goals("macs, receptive_field:max")
    (Goal(column='macs', sign=1), Goal(column='receptive_field', sign=-1))
    """
    goals = []
    for part in text.split(","):
        found = GOAL.fullmatch(part)
        if found is None or (found["way"] or "min") not in WAYS:
            raise ParseError(f"{show(part.strip())} is no goal (write for example macs:min or receptive_field:max)")
        goals.append(Goal(found["column"], WAYS[found["way"] or "min"]))
    for goal in goals:
        if [other.column for other in goals].count(goal.column) > 1:
            raise ParameterError(f"{goal.column} is a goal twice (name it once)")
    return tuple(goals)


def costs(columns: dict[str, Any], goals: Sequence[Goal]) -> Any:
    """The columns of the goals side by side, so that less is better in each."""
    import numpy as np

    for goal in goals:
        if goal.column not in columns:
            raise unknown_name("column", goal.column, list(columns))
    return np.stack([goal.sign * np.asarray(columns[goal.column]) for goal in goals], axis=1)


def front(points: Any) -> Any:
    """The rows that no other row is below in one place and not above in any; equal rows stay together.

    Rows are taken in the order of their first places, then their second: none is dominated by one behind it (Kung,
    Luccio and Preparata, 1975). The first that is left is on the front, and takes away what it dominates.

    >>> import numpy as np
    >>> front(np.array([[1, 5], [2, 2], [3, 3], [5, 1], [2, 2]]))
    array([0, 1, 3, 4])
    """
    import numpy as np

    if points.shape[1] == 2:
        return _front_of_two(points)
    order = np.lexsort(points.T[::-1])
    kept: list[Any] = []
    for begin in range(0, len(order), MOST_AT_ONCE):
        piece = order[begin : begin + MOST_AT_ONCE]
        for member in kept:
            piece = piece[~_dominated(points[piece], points[member])]
        while len(piece):
            kept.append(piece[0])
            piece = piece[1:][~_dominated(points[piece[1:]], points[piece[0]])]
    return np.sort(np.array(kept, int))


def _dominated(points: Any, by: Any) -> Any:
    """Which points one dominates."""
    return (points >= by).all(axis=1) & (points > by).any(axis=1)


def _front_of_two(points: Any) -> Any:
    """By the first, then the second: on the front is what is below every second of those with a smaller first."""
    import numpy as np

    if not len(points):
        return np.zeros(0, int)
    order = np.lexsort((points[:, 1], points[:, 0]))
    first, second = points[order, 0], points[order, 1]
    begins = np.flatnonzero(np.concatenate([[True], first[1:] != first[:-1]]))
    lowest = second[begins]
    before = np.minimum.accumulate(lowest)
    better = np.concatenate([[True], lowest[1:] < before[:-1]])
    group = np.cumsum(np.concatenate([[0], (first[1:] != first[:-1]).astype(int)]))
    return np.sort(order[better[group] & (second == lowest[group])])
