"""Layers of two networks paired: which of them stand for each other, by their names and by what they have in common."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence


class Named(Protocol):
    """What has a name that no other of its network has."""

    @property
    def name(self) -> str: ...


Some = TypeVar("Some", bound=Named)


def by_name(
    a: Sequence[Some], b: Sequence[Some], partners: dict[str, str], alike: Callable[[Some, Some], bool]
) -> None:
    """Adds to `partners`, from A's names to B's, those of one name that are alike; who has a partner keeps it."""
    free = {row.name: row for row in _free(b, partners.values())}
    partners |= {
        row.name: row.name
        for row in _free(a, partners)
        if row.name in free and alike(row, free[row.name])
    }  # fmt: skip


def by_key(a: Sequence[Some], b: Sequence[Some], partners: dict[str, str], key: Callable[[Some], Hashable]) -> None:
    """Adds those of equal keys that stand in one order: at the beginning, at the end, then the longest runs between."""
    left = [(key(row), row.name) for row in _free(a, partners)]
    right = [(key(row), row.name) for row in _free(b, partners.values())]
    for ends in (slice(None), slice(None, None, -1)):
        equal = list(takewhile(lambda pair: pair[0][0] == pair[1][0], zip(left[ends], right[ends], strict=False)))
        partners |= {x[1]: y[1] for x, y in equal}
        left, right = (rows[ends][len(equal) :][ends] for rows in (left, right))
    matcher = SequenceMatcher(None, [part for part, _ in left], [part for part, _ in right], autojunk=False)
    for i, j, size in matcher.get_matching_blocks():
        partners |= {left[i + k][1]: right[j + k][1] for k in range(size)}


def _free(rows: Sequence[Some], taken: Iterable[str]) -> list[Some]:
    names = set(taken)
    return [row for row in rows if row.name not in names]


def in_order(
    a: Sequence[Some], b: Sequence[Some], partners: dict[str, str]
) -> Iterator[tuple[Some | None, Some | None]]:
    """All pairs in A's order, what only B has before the next of B's layers that A has too."""
    positions = {row.name: place for place, row in enumerate(b)}
    taken = set(partners.values())
    told = 0

    def only_b(end: int) -> Iterator[tuple[Some | None, Some | None]]:
        nonlocal told
        for row in b[told:end]:
            if row.name not in taken:
                yield None, row
        told = max(told, end)

    for row in a:
        partner = partners.get(row.name)
        if partner is None:
            yield row, None
        else:
            yield from only_b(positions[partner])
            yield row, b[positions[partner]]
    yield from only_b(len(b))
