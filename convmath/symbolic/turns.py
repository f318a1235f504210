"""Where a polynomial in h ≥ 0 is at least 0, or 0, from its differences: p(h) = Σ d_j·C(h, j).

p(h + 1) − p(h) has the differences d_1, d_2, …; between the places where that changes its sign, p only rises or only
falls. The same arithmetic serves a polynomial of integers and, with arrays, one for each of many residues at once.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import comb
from typing import TYPE_CHECKING, Any

from ..core.size import larger, smaller
from .values import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.size import Size
    from .sets import Intervals

Marks = list[tuple["Size", Any]]
"""Places in order, and whether something holds from each of them to before the next."""


def differences(values: Sequence[Size]) -> list[Size]:
    """d_0, d_1, … of the polynomial with these values at 0, 1, …; without the last ones if they are 0.

    >>> differences([0, 1, 4, 9])
    [0, 1, 2]
    """
    row = _fitting(values, [2 ** len(values)] * len(values))
    result = []
    while row:
        result.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    while len(result) > 1 and _all(result[-1] == 0):
        result.pop()
    return result


def keeps_sign(d: Sequence[Size]) -> bool:
    """Whether the differences are all ≥ 0, or all ≤ 0: the polynomial then never changes its sign.

    >>> keeps_sign([0, 2]), keeps_sign([-1, 2])
    (True, False)
    """
    return _all(_none_is_below_0(d) | _none_is_below_0([-x for x in d]))


def marks(d: Sequence[Size], relation: str) -> Marks:
    """From where to where the polynomial is ≥ 0, or is = 0; as from the last mark, so for ever.

    Between two marks nothing changes, but not at every mark something does.

    >>> marks([-5, 2], "≥")
    [(0, False), (3, True)]
    """
    levels = (0,) if relation == "≥" else (0, 1)
    far = 1
    d = _fitting(d, [4] * len(d))
    while len(d) > 2 and not _is_settled(d := _fitting(d, _weights(len(d), far)), levels, far):
        far *= 2
    places = [0, *_turns(d, levels, far)]
    values = [(place, _value(d, place)) for place in places]
    return [(place, value >= 0 if relation == "≥" else value == 0) for place, value in values]


def intervals(marked: Iterable[tuple[int, bool]]) -> Intervals:
    """The runs that the marks tell.

    >>> intervals([(0, True), (4, False), (4, False), (9, True), (12, True)])
    ((0, 3), (9, None))
    """
    result: list[tuple[int, int | None]] = []
    begin = None
    for place, holds in marked:
        if holds and begin is None:
            begin = place
        elif not holds and begin is not None:
            result.append((begin, place - 1))
            begin = None
    return (*result, (begin, None)) if begin is not None else tuple(result)


def _turns(d: Sequence[Size], levels: tuple[int, ...], far: int) -> list[Size]:
    """Places in order such that before, between and, up to `far`, after them p stays ≥ each level, or below it."""
    if len(d) == 1:
        return []
    if len(d) == 2:
        # Below 0 and rising it turns where above 0 and falling it would; if it does not turn, a place too many is told.
        pace = larger(larger(d[1], -d[1]), 1)
        return _in_order([larger(d[0] - level, level - d[0] - 1) // pace + 1 for level in levels])
    found: list[Size] = []
    begin: Size = 0
    for turn in (*_turns(d[1:], (0,), far), far):
        end = smaller(turn, far)
        found += _in_order([_turn(d, level, begin, end) for level in levels])
        begin = end
    return found


def _in_order(places: list[Size]) -> list[Size]:
    return places if len(places) == 1 else [smaller(*places), larger(*places)]


def _turn(d: Sequence[Size], level: int, begin: Size, end: Size) -> Size:
    """The first place after `begin` where p, monotone up to `end`, is on the other side of the level; else the end."""
    side = _value(d, begin) >= level
    place = begin
    step = 1 << _largest(end - begin).bit_length() >> 1
    while step:
        then = smaller(place + step, end)
        place = place + (then - place) * ((_value(d, then) >= level) == side)
        step >>= 1
    return smaller(place + 1, end)


def _is_settled(d: Sequence[Size], levels: tuple[int, ...], far: int) -> bool:
    """Whether from `far` on p stays ≥ each level, or below it."""
    later = [_value(d[j:], far) for j in range(len(d))]
    rises, falls = _none_is_below_0(later[1:]), _none_is_below_0([-x for x in later[1:]])
    return all(_all((later[0] >= level) & rises | (later[0] < level) & falls) for level in levels)


def _none_is_below_0(d: Sequence[Size]) -> Any:
    result = d[0] >= 0
    for x in d[1:]:
        result = result & (x >= 0)
    return result


def _value(d: Sequence[Size], h: Size) -> Size:
    total, pairs = d[0], 1
    for j, x in enumerate(d[1:], 1):
        pairs = pairs * (h - j + 1) // j
        total = total + x * pairs
    return total


def _weights(count: int, far: int) -> list[int]:
    """With which differences count in a value up to `far`, and in that of any difference."""
    return list(accumulate((comb(far, j) for j in range(count)), max))


def _fitting(sizes: Sequence[Size], weights: Sequence[int]) -> list[Size]:
    """The sizes as 64-bit integers where Σ |size|·weight and what comes up on the way fits, else as Python's."""
    if type(sizes[0]) is int:
        return list(sizes)
    largest = (max(int(x.max()), -int(x.min()), 1) for x in sizes)
    bound = sum(size * weight for size, weight in zip(largest, weights, strict=True))
    fits = bound + 1 < WORD and len(sizes) * max(weights) < WORD
    return [x.astype("int64" if fits else object, copy=False) for x in sizes]


def _largest(x: Size) -> int:
    return x if type(x) is int else int(x.max())


def _all(holds: Any) -> bool:
    return holds if type(holds) is bool else bool(holds.all())
