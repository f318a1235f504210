"""Sets of positions along one axis, held as the bits of an integer, and how they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_AXIS = 1 << 22
"""Positions of an axis whose sets are still worked out: half a megabyte a set."""


class Block(NamedTuple):
    """`times` runs of `length` positions, the first of which begins at `first`, each `every` after the one before.

    >>> str(Block(0, 1, 2, 5)), str(Block(3, 4)), str(Block(1, 2, 6, 3))
    ('0, 2 … 8', '3–6', '1–2, 7–8, 13–14')
    """

    first: int
    length: int
    every: int = 0
    times: int = 1

    def __str__(self) -> str:
        runs = [self._run(number) for number in range(min(self.times, 3))]
        if self.times <= 3:
            return ", ".join(runs)
        return f"{runs[0]}, {runs[1]} … {self._run(self.times - 1)}"

    def _run(self, number: int) -> str:
        first = self.first + number * self.every
        return f"{first}" if self.length == 1 else f"{first}–{first + self.length - 1}"


def bits_of(positions: Iterable[range], size: int) -> int:
    """The set of all positions of these ranges that lie among the first `size`.

    >>> bin(bits_of([range(-1, 2), range(4, 9, 2)], 8))
    '0b1010011'
    """
    # The text of a binary number is filled by slices, and read in linear time: its last digit is position 0.
    digits = bytearray(b"0") * size
    for one in overlapping(positions):
        inside = one[max(0, -(one.start // one.step)) if one.start < 0 else 0 :]
        stop = min(inside.stop, size)
        if inside.start < stop:
            digits[inside.start : stop : inside.step] = b"1" * len(range(inside.start, stop, inside.step))
    return int(digits[::-1], 2) if size else 0


def overlapping(positions: Iterable[range]) -> Iterator[range]:
    """The same positions, ranges without holes that overlap the one before them or touch it taken together.

    >>> list(overlapping([range(3), range(2, 5), range(9, 12)]))
    [range(0, 5), range(9, 12)]
    """
    held = range(0)
    for one in positions:
        if one.step == held.step == 1 and held.start <= one.start <= held.stop:
            held = range(held.start, max(held.stop, one.stop))
        else:
            yield held
            held = one
    yield held


def members(bits: int) -> Iterator[int]:
    """Every position of a set, in order.

    >>> list(members(0b10110))
    [1, 2, 4]
    """
    digits = f"{bits:b}"[::-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)


def runs(bits: int) -> list[tuple[int, int]]:
    """(first, length) of every run of neighbours, in order.

    >>> runs(0b1110011)
    [(0, 2), (4, 3)]
    """
    digits, found, place = f"{bits:b}"[::-1], [], 0
    while (first := digits.find("1", place)) >= 0:
        place = digits.find("0", first)
        place = len(digits) if place < 0 else place
        found.append((first, place - first))
    return found


def blocks(bits: int, first: int = 0) -> tuple[Block, ...]:
    """A set as runs that recur at even distances, as few as a walk from its beginning finds; bit 0 is `first`.

    >>> blocks(0b10101, first=3)
    (Block(first=3, length=1, every=2, times=3),)
    """
    found: list[Block] = []
    for start, length in runs(bits):
        last = found[-1] if found else None
        if last is not None and last.length == length:
            every = first + start - last.first - last.every * (last.times - 1)
            if last.times == 1 or every == last.every:
                found[-1] = last._replace(every=every, times=last.times + 1)
                continue
        found.append(Block(first + start, length))
    return tuple(found)


def gaps(bits: int) -> int:
    """The positions between the first and the last of a set that are not in it: its holes.

    >>> bin(gaps(0b1011000))
    '0b100000'
    """
    if not bits:
        return 0
    return ((1 << bits.bit_length()) - (bits & -bits)) & ~bits


def lowest(bits: int) -> int:
    """The first position of a set; -1 of the empty one.

    >>> lowest(0b1011000)
    3
    """
    return (bits & -bits).bit_length() - 1


def smeared(bits: int, step: int, count: int) -> int:
    """The union of `count` copies of a set, each `step` further on.

    >>> bin(smeared(1, 2, 3))
    '0b10101'
    """
    done = 1
    while done < count:
        more = min(done, count - done)
        bits |= bits << step * more
        done += more
    return bits


def spaced(bits: int, step: int) -> int:
    """A set with every position multiplied by `step`.

    >>> bin(spaced(0b1011, 3))
    '0b1000001001'
    """
    return int(("0" * (step - 1)).join(f"{bits:b}"), 2)


def every_way(sets: Iterable[int]) -> tuple[int, ...]:
    """The coarsest sets without a common member of which every given one is a union.

    >>> [bin(part) for part in every_way([0b0111, 0b1110])]
    ['0b110', '0b1', '0b1000']
    """
    parts: list[int] = []
    for one in sets:
        met, left = [], one
        for part in parts:
            met += [cut for cut in (part & one, part & ~one) if cut]
            left &= ~part
        parts = [*met, *([left] if left else [])]
    return tuple(parts)
