"""Sets of sizes that repeat from some size on: residue classes and a threshold, with what lies below it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from itertools import compress, count, islice, pairwise, takewhile
from math import gcd, isqrt, lcm
from operator import ge
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Intervals = tuple[tuple[int, "int | None"], ...]
"""First and last numbers of runs that lie apart, in order; None has no end."""


class Run(NamedTuple):
    """The sizes from `begin` to `end` that are in a class of the period; of period 1, all of them."""

    begin: int
    end: int
    period: int = 1
    residues: tuple[int, ...] = (0,)

    def __contains__(self, size: object) -> bool:
        return type(size) is int and self.begin <= size <= self.end and _is_among(self.residues, size % self.period)

    def trimmed(self, least: int) -> Run:
        """The same from its first to its last member of at least `least`; of none it ends before it begins."""
        begin, end = max(self.begin, least), self.end
        if self.period > 1:
            begin = _next(self.residues, self.period, begin)
            end = _last(self.residues, self.period, end)
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
        numbers: dict[Intervals, int] = {}
        owners = [numbers.setdefault(steps(r), len(numbers)) for r in range(period)]
        return Sizes.grouped(least, period, list(numbers), owners)

    @staticmethod
    def grouped(least: int, period: int, rows: Sequence[Intervals], owners: Sequence[int]) -> Sizes:
        """The set that holds H = period·h + r for the h of `rows[owners[r]]`, H ≥ least.

        >>> str(Sizes.grouped(1, 4, [(), ((0, None),)], [0, 1, 0, 1]))
        'H ≡ 1 (mod 2), H ≥ 1'
        """
        first = least // period
        changes: dict[int, list[tuple[int, int]]] = {first: []}
        for number, row in enumerate(rows):
            for begin, end in row:
                if end is None or end >= first:
                    changes.setdefault(max(begin, first), []).append((number, 1))
                if end is not None and end >= first:
                    changes.setdefault(end + 1, []).append((number, 0))
        if len(changes) * period > MOST_PIECES:
            raise FormulaError(
                f"the set falls into {len(changes)} pieces of period {period}, too many to list: not told"
            )
        inside = bytearray(len(rows))
        pieces: list[tuple[int, bytes]] = []
        for h in sorted(changes):
            for number, now in changes[h]:
                inside[number] = now
            kept = bytes(map(inside.__getitem__, owners))
            if not pieces or kept != pieces[-1][1]:
                pieces.append((h, kept))
        return _of_pieces(least, period, pieces)

    def __contains__(self, size: object) -> bool:
        if type(size) is not int or size < self.least:
            return False
        if size >= self.threshold:
            return _is_among(self.residues, size % self.period)
        return any(size in run for run in self.below)

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

    def following(self, size: int) -> int | None:
        """Its smallest member of at least `size`; None where there is none.

        >>> Sizes.of(1, 4, lambda r: ((0, None),) if r == 3 else ()).following(1000)
        1003
        """
        for run in self.below:
            rest = run.trimmed(size)
            if rest.begin <= rest.end:
                return rest.begin
        return _next(self.residues, self.period, max(size, self.threshold)) if self.residues else None

    def _members(self) -> Iterator[int]:
        for run in self.below:
            sizes = _in_classes(run.begin, run.period, run.residues)
            yield from takewhile(partial(ge, min(run.end, self.threshold - 1)), sizes)
        if self.residues:
            yield from _in_classes(self.threshold, self.period, self.residues)

    @property
    def last(self) -> int | None:
        """Its largest member; None where there is none, or no end."""
        return None if self.residues or not self.below else self.below[-1].end

    @property
    def spacing(self) -> int:
        """The largest number of which all distances between its members are multiples; 0 where it has one at most.

        >>> Sizes.of(1, 6, lambda r: ((0, None),) if r in {1, 4} else ()).spacing
        3
        """
        begin = next(self._members(), 0)
        classes = [(run.period, run.residues) for run in self.below if run.begin < run.end]
        classes += [(self.period, self.residues)] if self.residues else []
        begins = [*(run.begin for run in self.below), *(r - begin % self.period + begin for r in self.residues)]
        inside = [size for period, residues in classes for size in (period, *(r - residues[0] for r in residues))]
        return gcd(*inside, *(size - begin for size in begins))

    def first_outside(self, other: Sizes) -> int | None:
        """Its smallest member that is not in another set; FormulaError where too many would have to be looked at.

        >>> even = Sizes.of(1, 2, lambda r: ((0, None),) if r == 0 else ())
        >>> large = Sizes.of(1, 1, lambda r: ((7, None),))
        >>> even.first_outside(large), Sizes.of(1, 1, lambda r: ((9, None),)).first_outside(large)
        (2, None)
        """
        most = max(self.threshold, other.threshold) + lcm(self.period, other.period)
        for count_, size in enumerate(takewhile(partial(ge, most), self._members())):
            if count_ > MOST_COMPARED:
                raise FormulaError(f"more than {MOST_COMPARED:,} sizes would have to be compared one by one")
            if size not in other:
                return size
        return None

    def first_missing(self) -> int | None:
        """The smallest size of at least `least` that is not in it.

        >>> Sizes.of(1, 1, lambda r: ((1, 10**9),)).first_missing()
        1000000001
        """
        size = self.least
        for run in (*self.below, Run(self.threshold, self.threshold + self.period - 1, self.period, self.residues)):
            if not run.residues or size not in run:
                break
            if len(run.residues) < run.period:
                size += _length(run.residues, run.period, size % run.period)
                if size <= run.end:
                    break
            size = run.end + 1
        return None if size in self else size

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
            begin = _next(self.residues, self.period, self.threshold)
            classes = "" if self.period == 1 else f"{_say_classes(self.residues, self.period, name)}, "
            parts.append(f"{classes}{name} ≥ {begin}")
        return " or ".join(parts)

    def __str__(self) -> str:
        return self.say()


MOST_SAID = 12
"""Runs and classes that are listed one by one."""

MOST_COMPARED = 1_000_000
"""Members of a set that are looked up in another."""

MOST_LISTED = 10_000
"""A run of more sizes than this stays in classes."""

MOST_PIECES = 100_000_000
"""Pieces, times the period, that a set may have."""

MOST_KEPT = 20_000_000
"""Residues, each time that they change, that a set may list."""


def _of_pieces(least: int, period: int, pieces: list[tuple[int, bytes]]) -> Sizes:
    """The set whose residues are marked, from each h on, by what follows it."""
    begin, kept = pieces[-1]
    threshold = least
    if len(pieces) > 1:
        # The set follows its classes from behind the last size of the piece before that does not.
        before = int.from_bytes(pieces[-2][1], "little") ^ int.from_bytes(kept, "little")
        threshold = max(least, period * (begin - 1) + (before.bit_length() + 7) // 8)
    runs: list[Run] = []
    room = MOST_KEPT
    for (h, marked), (after, _) in pairwise(pieces):
        here = list(_runs(period * h, min(period * after, threshold), period, marked))
        room -= sum(len(run.residues) for run in here)
        if room < 0:
            raise FormulaError(f"the set lists more than {MOST_KEPT} classes: not told")
        runs += here
    below = _merged(run.trimmed(least) for run in runs if run.end >= least)
    return Sizes(least, below, threshold, *_shortest(period, kept))


def _in_classes(begin: int, period: int, residues: tuple[int, ...]) -> Iterator[int]:
    """All sizes from `begin` on in the classes."""
    for base in count(begin // period * period, period):
        yield from (base + r for r in residues if base + r >= begin)


def _is_among(residues: tuple[int, ...], r: int) -> bool:
    place = bisect_left(residues, r)
    return place < len(residues) and residues[place] == r


def _next(residues: tuple[int, ...], period: int, size: int) -> int:
    """The first of at least `size` in the classes."""
    place = bisect_left(residues, size % period)
    wait = residues[place] if place < len(residues) else residues[0] + period
    return size - size % period + wait


def _last(residues: tuple[int, ...], period: int, size: int) -> int:
    """The last of at most `size` in the classes."""
    place = bisect_right(residues, size % period)
    return size - size % period + (residues[place - 1] if place else residues[-1] - period)


def _length(residues: tuple[int, ...], period: int, r: int) -> int:
    """How many classes follow one another from r on, to r at most."""
    place = bisect_left(residues, r)
    turned = (*residues[place:], *(residue + period for residue in residues[:place]))
    return bisect_right(range(len(turned)), r, key=lambda n: turned[n] - n)


def _runs(begin: int, after: int, period: int, marked: bytes) -> Iterator[Run]:
    """The sizes from `begin`, a multiple of the period, to before `after` whose residue is marked."""
    several, kept = after - begin > period, marked.count(1)
    pieces = kept if several else marked.count(b"\0\1") + marked[0]
    if kept == period:
        yield Run(begin, after - 1)
    elif kept and -(-(after - begin) // period) * pieces > MOST_LISTED:
        yield Run(begin, after - 1, *_shortest(period, marked))
    elif kept:
        for base in range(begin, after, period):
            place = marked.find(1)
            while 0 <= place < after - base:
                end = marked.find(0, place)
                end = period if end < 0 else end
                yield Run(base + place, min(base + end, after) - 1)
                place = marked.find(1, end)


def _merged(runs: Iterator[Run]) -> tuple[Run, ...]:
    result: list[Run] = []
    for run in runs:
        if result and run.begin <= result[-1].end + 1 and run.period == result[-1].period == 1:
            result[-1] = result[-1]._replace(end=run.end)
        elif run.begin <= run.end:
            result.append(run)
    return tuple(result)


def _shortest(period: int, marked: bytes) -> tuple[int, tuple[int, ...]]:
    """The least period of the classes that are marked, and the classes in it."""
    for prime in _primes(period):
        while period % prime == 0 and marked == marked[: period // prime] * prime:
            period //= prime
            marked = marked[:period]
    return period, tuple(compress(range(period), marked))


def _primes(n: int) -> Iterator[int]:
    for d in (2, *range(3, isqrt(n) + 1, 2)):
        if n % d == 0:
            yield d
            while n % d == 0:
                n //= d
    if n > 1:
        yield n


def _say_classes(residues: tuple[int, ...], period: int, name: str) -> str:
    if len(residues) > 2 and residues[-1] - residues[0] == len(residues) - 1:
        return f"{name} ≡ {residues[0]} … {residues[-1]} (mod {period})"
    if len(residues) <= MOST_SAID:
        return f"{name} ≡ {', '.join(map(str, residues))} (mod {period})"
    if period - len(residues) <= MOST_SAID:
        others = (str(r) for before, after in pairwise((-1, *residues, period)) for r in range(before + 1, after))
        return f"{name} ≢ {', '.join(others)} (mod {period})"
    return f"{name} in {len(residues)} classes (mod {period})"
