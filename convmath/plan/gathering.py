"""What a sweep leaves behind: counts, extremes, the best designs and fronts, each merged in any order to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .front import Goal, costs, front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .sweep import Block


class Kept:
    """Designs that are chosen so far, by columns, with the number of each."""

    def __init__(self) -> None:
        self.numbers: Any = None
        self.columns: dict[str, Any] = {}

    def __len__(self) -> int:
        return 0 if self.numbers is None else len(self.numbers)

    def add(self, numbers: Any, columns: dict[str, Any]) -> None:
        """Others beside them."""
        import numpy as np

        if self.numbers is None:
            self.numbers, self.columns = numbers, columns
        elif len(numbers):
            self.numbers = np.concatenate([self.numbers, numbers])
            self.columns = {name: np.concatenate([self.columns[name], columns[name]]) for name in columns}

    def choose(self, places: Any) -> None:
        """Only these of them, in this order."""
        self.numbers = self.numbers[places]
        self.columns = {name: column[places] for name, column in self.columns.items()}

    def rows(self) -> list[tuple[Any, ...]]:
        """The designs as rows of plain values."""
        return list(zip(*[column.tolist() for column in self.columns.values()], strict=True)) if len(self) else []


class Front(Kept):
    """The designs that no other one dominates.

    >>> import numpy as np
    >>> found = Front((Goal("macs", 1), Goal("params", 1)))
    >>> found.take(np.arange(3), {"macs": np.array([1, 2, 3]), "params": np.array([9, 4, 5])})
    >>> found.rows()
    [(1, 9), (2, 4)]
    """

    def __init__(self, goals: Sequence[Goal]) -> None:
        super().__init__()
        self.goals = tuple(goals)

    def take(self, numbers: Any, columns: dict[str, Any]) -> None:
        """More designs."""
        import numpy as np

        if not len(numbers):
            return
        chosen = front(costs(columns, self.goals))
        self.add(numbers[chosen], {name: column[chosen] for name, column in columns.items()})
        found = costs(self.columns, self.goals)
        places = front(found)
        keys = [self.numbers[places], *(found[places, place] for place in reversed(range(len(self.goals))))]
        self.choose(places[np.lexsort(keys)])


class Best(Kept):
    """The `most` designs of which a column is least, or largest; of equal ones those that come first."""

    def __init__(self, goal: Goal, most: int) -> None:
        super().__init__()
        self.goal = goal
        self.most = most

    def take(self, numbers: Any, columns: dict[str, Any]) -> None:
        """More designs."""
        if not len(numbers):
            return
        first = self._order(numbers, columns)
        self.add(numbers[first], {name: column[first] for name, column in columns.items()})
        self.choose(self._order(self.numbers, self.columns))

    def _order(self, numbers: Any, columns: dict[str, Any]) -> Any:
        import numpy as np

        return np.lexsort((numbers, costs(columns, [self.goal])[:, 0]))[: self.most]


class Sample(Kept):
    """Some designs, as if drawn at random: those whose numbers, multiplied, leave the least behind.

    Source of the factor: Knuth, "The art of computer programming" (1973), 6.4, multiplicative hashing by the golden
    ratio.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def take(self, numbers: Any, columns: dict[str, Any]) -> None:
        """More designs."""
        import numpy as np

        if not len(numbers):
            return
        self.add(numbers, columns)
        mixed = self.numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        self.choose(np.argsort(mixed, kind="stable")[: self.most])


class Grouped:
    """The best designs for each value of a column."""

    def __init__(self, column: str, goal: Goal, most: int = 1) -> None:
        self.column = column
        self.goal = goal
        self.most = most
        self.groups: dict[Any, Best] = {}

    def take(self, numbers: Any, columns: dict[str, Any]) -> None:
        """More designs."""
        import numpy as np

        from ..core.errors import unknown_name

        if not len(numbers):
            return
        if self.column not in columns:
            raise unknown_name("column", self.column, list(columns))
        along = columns[self.column]
        for value in np.unique(along).tolist():
            mine = along == value
            best = self.groups.setdefault(value, Best(self.goal, self.most))
            best.take(numbers[mine], {name: column[mine] for name, column in columns.items()})

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of all groups' designs."""
        return next((best.columns for best in self.groups.values()), {})

    def rows(self) -> list[tuple[Any, ...]]:
        """The designs, group by group."""
        return [row for value in sorted(self.groups) for row in self.groups[value].rows()]


class Summary:
    """How many designs there were, and from where to where each column of those that were asked runs."""

    def __init__(self) -> None:
        self.count = self.refused = self.unmet = 0
        self.reasons: dict[str, int] = {}
        self.ranges: dict[str, tuple[Any, Any]] = {}

    def take(self, block: Block) -> None:
        """One more block."""
        self.count += block.designs
        self.refused += block.refused
        self.unmet += block.unmet
        if block.reason:
            self.reasons[block.reason] = self.reasons.get(block.reason, 0) + block.refused
        for name, column in block.columns.items():
            if len(column) and column.dtype.kind in "iO":
                low, high = column.min(), column.max()
                old = self.ranges.get(name, (low, high))
                self.ranges[name] = min(old[0], low), max(old[1], high)

    @property
    def found(self) -> int:
        """Designs for which all holds."""
        return self.count - self.refused - self.unmet
