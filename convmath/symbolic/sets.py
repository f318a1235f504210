"""Sets of sizes that repeat from some size on: residue classes and a threshold, with what lies below it."""

from __future__ import annotations

from functools import partial
from itertools import count, islice, pairwise, takewhile
from math import isqrt
from operator import ge
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Intervals = tuple[tuple[int, "int | None"], ...]
"""First and last numbers of runs that lie apart, in order; None has no end."""


class Run(NamedTuple):
    """The sizes from `begin` to `end` that are in a class of the period; of period 1, all of them."""

    begin: int
    end: int
    period: int = 1
    residues: tuple[int, ...] = (0,)

    def __contains__(self, size: object) -> bool:
        return type(size) is int and self.begin <= size <= self.end and size % self.period in self.residues

    def trimmed(self, least: int) -> Run:
        """The same from its first to its last member of at least `least`; of none it ends before it begins."""
        begin, end = max(self.begin, least), self.end
        if self.period > 1:
            begin += min((r - begin) % self.period for r in self.residues)
            end -= min((end - r) % self.period for r in self.residues)
        return self._replace(begin=begin, end=end)

    def say(self, name: str) -> str:
        """The run in words."""
        if self.begin == self.end:
            return f"{name} = {self.begin}"
        text = f"{self.begin} ≤ {name} ≤ {self.end}"
        return text if self.period == 1 else f"{text}, {_say_classes(self.residues, self.period, name)}"


class Sizes(NamedTuple):
    """Sizes of at least `least`: those in the runs of `below`, and from `threshold` on those in a class of the period.

    >>> numbers = Sizes.of(1, 16, lambda r: ((12, None),) if r == 12 else ())  # H = 16·h + 12, h ≥ 12
    >>> str(numbers), 204 in numbers, 188 in numbers
    ('H ≡ 12 (mod 16), H ≥ 204', True, False)
    """

    least: int
    below: tuple[Run, ...]
    threshold: int
    period: int
    residues: tuple[int, ...]

    @staticmethod
    def of(least: int, period: int, steps: Callable[[int], Intervals]) -> Sizes:
        """The set that holds H = period·h + r for the h of `steps(r)`, r = 0 … period − 1, H ≥ least."""
        rows = [(r, steps(r)) for r in range(period)]
        first = least // period
        cuts = {first}
        for _, row in rows:
            for begin, end in row:
                cuts.update(cut for cut in (begin, end) if cut is not None and cut >= first)
                if end is not None and end >= first:
                    cuts.add(end + 1)
        marks = sorted(cuts)
        if len(marks) * period > MOST_PIECES:
            raise FormulaError(f"the set falls into more pieces than {MOST_PIECES // period}: not told")
        every = [(h, tuple(r for r, row in rows if _covers(row, h))) for h in marks]
        pieces = [every[0], *(now for before, now in pairwise(every) if now[1] != before[1])]
        runs = [
            run for (h, kept), (after, _) in pairwise(pieces) for run in _runs(period * h, period * after, period, kept)
        ]
        begin, kept = pieces[-1]
        below = _merged(run.trimmed(least) for run in runs if run.end >= least)
        return Sizes(least, below, max(least, period * begin), *_shortest(period, kept)).begun_sooner()

    def __contains__(self, size: object) -> bool:
        if type(size) is not int or size < self.least:
            return False
        return size % self.period in self.residues if size >= self.threshold else any(size in run for run in self.below)

    @property
    def is_all(self) -> bool:
        """Whether every size of at least `least` is in it."""
        return self.threshold == self.least and len(self.residues) == self.period

    @property
    def is_empty(self) -> bool:
        """Whether no size is in it."""
        return not self.residues and not self.below

    def first(self, most: int) -> list[int]:
        """Its smallest members, at most so many.

        >>> Sizes.of(1, 4, lambda r: ((0, None),) if r == 3 else ()).first(3)
        [3, 7, 11]
        """
        return list(islice(self._members(), most))

    def _members(self) -> Iterator[int]:
        for run in self.below:
            sizes = _in_classes(run.begin, run.period, run.residues)
            yield from takewhile(partial(ge, min(run.end, self.threshold - 1)), sizes)
        if self.residues:
            yield from _in_classes(self.threshold, self.period, self.residues)

    def first_missing(self) -> int | None:
        """The smallest size of at least `least` that is not in it.

        >>> Sizes.of(1, 1, lambda r: ((1, 10**9),)).first_missing()
        1000000001
        """
        size = self.least
        while size in self and not (size >= self.threshold and len(self.residues) == self.period):
            run = next((run for run in self.below if size in run and run.period == 1), None)
            size = size + 1 if run is None or size >= self.threshold else min(run.end + 1, self.threshold)
        return None if size in self else size

    def begun_sooner(self) -> Sizes:
        """The same set with the least threshold: what lies below may already follow the classes."""
        threshold, below = self.threshold, list(self.below)
        while threshold > self.least:
            inside = bool(below) and threshold - 1 in below[-1]
            if inside != ((threshold - 1) % self.period in self.residues):
                break
            if not inside and self.period == 1:
                threshold = below[-1].end + 1 if below else self.least
                continue
            if inside and self.period == 1 and below[-1].period == 1:
                threshold = below.pop().begin
                continue
            threshold -= 1
            if inside:
                last = below.pop()
                if last.begin < threshold:
                    below.append(last._replace(end=threshold - 1))
        return self._replace(threshold=threshold, below=tuple(below))

    def say(self, name: str = "H") -> str:
        """The set in words, with a name for its members.

        >>> Sizes.of(1, 1, lambda r: ((193, 224),)).say(), Sizes.of(1, 1, lambda r: ((5, None),)).say("W")
        ('193 ≤ H ≤ 224', 'W ≥ 5')
        """
        if self.is_empty:
            return f"no {name}"
        if self.is_all:
            return f"every {name} ≥ {self.least}"
        parts = [run.say(name) for run in self.below[:MOST_SAID]]
        if len(self.below) > MOST_SAID:
            parts.append(f"{len(self.below) - MOST_SAID} more below {self.threshold}")
        if self.residues:
            begin = next(size for size in range(self.threshold, self.threshold + self.period) if size in self)
            classes = "" if self.period == 1 else f"{_say_classes(self.residues, self.period, name)}, "
            parts.append(f"{classes}{name} ≥ {begin}")
        return " or ".join(parts)

    def __str__(self) -> str:
        return self.say()


MOST_SAID = 12
"""Runs and classes that are listed one by one."""

MOST_LISTED = 10_000
"""A run of more sizes than this stays in classes."""


MOST_PIECES = 20_000_000
"""Pieces, times the period, that a set may have."""


def _in_classes(begin: int, period: int, residues: tuple[int, ...]) -> Iterator[int]:
    """All sizes from `begin` on in the classes."""
    for base in count(begin // period * period, period):
        yield from (base + r for r in residues if base + r >= begin)


def _covers(row: Intervals, h: int) -> bool:
    return any(begin <= h and (end is None or h <= end) for begin, end in row)


def _runs(begin: int, after: int, period: int, kept: tuple[int, ...]) -> Iterator[Run]:
    """The sizes from `begin` to before `after`, multiples of the period, in the classes that are kept."""
    if len(kept) == period:
        yield Run(begin, after - 1)
    elif kept and (after - begin) // period * len(kept) > MOST_LISTED:
        yield Run(begin, after - 1, *_shortest(period, kept))
    elif kept:
        yield from (Run(h + r, h + r) for h in range(begin, after, period) for r in kept)


def _merged(runs: Iterator[Run]) -> tuple[Run, ...]:
    result: list[Run] = []
    for run in runs:
        if result and run.begin <= result[-1].end + 1 and run.period == result[-1].period == 1:
            result[-1] = result[-1]._replace(end=run.end)
        elif run.begin <= run.end:
            result.append(run)
    return tuple(result)


def _shortest(period: int, residues: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """The least period of the classes, and the classes in it."""
    for shorter in _divisors(period):
        kept = {r % shorter for r in residues}
        if len(kept) * (period // shorter) == len(residues):
            return shorter, tuple(sorted(kept))
    return period, residues


def _divisors(n: int) -> list[int]:
    small = [d for d in range(1, isqrt(n) + 1) if n % d == 0]
    return sorted({*small, *(n // d for d in small)})


def _say_classes(residues: tuple[int, ...], period: int, name: str) -> str:
    if len(residues) > 2 and residues[-1] - residues[0] == len(residues) - 1:
        return f"{name} ≡ {residues[0]} … {residues[-1]} (mod {period})"
    if len(residues) <= MOST_SAID:
        return f"{name} ≡ {', '.join(map(str, residues))} (mod {period})"
    others = [str(r) for r in range(period) if r not in residues]
    if len(others) <= MOST_SAID:
        return f"{name} ≢ {', '.join(others)} (mod {period})"
    return f"{name} in {len(residues)} classes (mod {period})"
