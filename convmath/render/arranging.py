"""How a drawing fills a page: where a network that is shaped like a U turns, and where a long one begins anew."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .drawing import Arrow, Direction, Drawing

STEP = {"down": (0.7, 2.1), "right": (1.9, 1.6)}
"""About how many inches a box takes along the arrows, label and gap included, and across them."""

PAGE = 10.0
"""Inches that a drawing may be long before it is broken."""

LONG = 1.4
"""How much longer along the arrows than across them a page is, upright or lying."""

MOST = 30
"""Strips that are tried at most."""

NESTED = 2
"""Arrows inside one another that make a U."""


class Arrangement(NamedTuple):
    """Strips of boxes that stand beside one another; of two with a turn between them the second leads back."""

    strips: tuple[tuple[int, ...], ...]
    turned: bool = False

    @property
    def strip_of(self) -> dict[int, int]:
        """The strip of every box."""
        return {place: number for number, strip in enumerate(self.strips) for place in strip}

    def leaving(self, number: int, arrows: Sequence[Arrow]) -> list[int]:
        """The strips that go on with what this one makes, none after a turn."""
        strips = {} if self.turned else self.strip_of
        return sorted({strips[head] for tail, head, _ in arrows if strips.get(tail) == number} - {number})


def arranged(drawing: Drawing) -> Arrangement:
    """The strips of a drawing and where it turns.

    >>> from convmath.zoo.resnet import resnet18
    >>> from convmath.zoo.unets import unet
    >>> [len(strip) for strip in arranged(resnet18().analyze().drawing()).strips]
    [19, 16, 16, 20]
    >>> [len(strip) for strip in arranged(unet().analyze().drawing(depth=1)).strips]
    [6, 6]
    """
    order = _order(drawing)
    number = {place: number for number, place in enumerate(order)}
    ends = sorted((number[arrow.tail], number[arrow.head]) for arrow in drawing.arrows)
    shared = [0, *(_shared(drawing.boxes[a].group, drawing.boxes[b].group) for a, b in pairwise(order))]
    if turn := _turn(ends, shared):
        skipped = {order[head] for tail, head in ends if tail < turn <= head}
        # Those that arrows skip to stand towards them.
        back = sorted(order[turn:], key=lambda place: place not in skipped)
        return Arrangement((tuple(order[:turn]), tuple(back)), turned=True)
    levels = _levels(ends, len(order))
    cuts = [0, *_cuts(ends, shared, levels, drawing.direction), len(order)]
    return Arrangement(tuple(tuple(order[start:stop]) for start, stop in pairwise(cuts)))


def _order(drawing: Drawing) -> list[int]:
    """The boxes in the order of layers, an input before its first reader and an output behind what hands it out."""
    key = {place: (place, 1) for place in range(len(drawing.boxes))}
    for tail, head, _ in reversed(drawing.arrows):
        if drawing.boxes[tail].role == "input":
            key[tail] = (head, 0)
        if drawing.boxes[head].role == "output":
            key[head] = (tail, 2)
    return sorted(key, key=lambda place: (key[place], place))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many groups two boxes lie in together."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _turn(ends: Sequence[tuple[int, int]], shared: Sequence[int]) -> int:
    """The box from which on a drawing leads back; 0 if it does not.

    It turns inside arrows that lie in one another, as those that skip do in an encoder and its decoder, if these are
    at least half of all that cross the turn and the longest spans half of the drawing: between groups if it can,
    and amid the innermost.
    """
    skips = [(tail, head) for tail, head in ends if head > tail + 1]
    turns: dict[tuple[int, int], list[int]] = {(0, 0): [0]}
    for turn in range(1, len(shared)):
        crossing = [(tail, head) for tail, head in skips if tail < turn <= head]
        nested = _nested(crossing)
        longest = max((head - tail for tail, head in crossing), default=0)
        if nested >= NESTED and 2 * nested >= len(crossing) and 2 * longest >= len(shared):
            turns.setdefault((nested, -shared[turn]), []).append(turn)
    best = turns[max(turns)]
    return best[len(best) // 2]


def _nested(ends: Sequence[tuple[int, int]]) -> int:
    """How many arrows lie in one another: the most tails that rise while their heads fall."""
    lows: list[int] = []
    for _, head in sorted(ends, key=lambda pair: (pair[0], pair[1])):
        place = bisect_left(lows, -head)
        lows[place : place + 1] = [-head]
    return len(lows)


def _levels(ends: Sequence[tuple[int, int]], count: int) -> list[int]:
    """How many boxes lie before each on the longest way to it."""
    levels = [0] * count
    for tail, head in sorted(ends, key=lambda pair: pair[1]):
        levels[head] = max(levels[head], levels[tail] + 1)
    return levels


def _cuts(
    ends: Sequence[tuple[int, int]], shared: Sequence[int], levels: Sequence[int], direction: Direction
) -> list[int]:
    """Where strips begin: where one value alone crosses, between groups rather than inside them.

    As few as make the drawing fit for a page, none if it is short or broad; if none do, those that come closest.
    """
    along, across = STEP[direction]
    reached = [0, *accumulate((level + 1 for level in levels), max)]
    if reached[-1] * along <= max(PAGE, LONG * across * _breadth(levels)):
        return []
    waists = _waists(ends, len(levels))
    best, cuts = math.inf, list[int]()
    for depth in sorted(set(shared)):
        places = [place for place in waists if shared[place] <= depth]
        for most in sorted({-(-reached[-1] // strips) for strips in range(2, MOST + 1)}, reverse=True):
            tried = _parted(places, reached, most)
            pairs = list(pairwise([0, *tried, len(levels)]))
            long = max(reached[stop] - reached[start] for start, stop in pairs)
            broad = sum(_breadth(levels[start:stop]) for start, stop in pairs)
            best, cuts = min((best, cuts), (long * along / (broad * across), tried))
            if best <= LONG:
                return cuts
            if long > most:
                break
    return cuts


def _waists(ends: Sequence[tuple[int, int]], count: int) -> list[int]:
    """The boxes before which one value alone crosses."""
    furthest: dict[int, int] = {}
    for tail, head in ends:
        furthest[tail] = max(furthest.get(tail, 0), head)
    changes = Counter(tail + 1 for tail in furthest)
    changes.subtract(head + 1 for head in furthest.values())
    crossing = list(accumulate(changes[place] for place in range(count)))
    return [place for place in range(1, count) if crossing[place] == 1]


def _parted(places: Sequence[int], reached: Sequence[int], most: int) -> list[int]:
    """Cuts at some of these places, each as late as strips of so many levels allow, or at the next place there is."""
    cuts, start = list[int](), 0
    for place, after in pairwise([*places, len(reached) - 1]):
        if reached[after] - reached[start] > most:
            cuts.append(place)
            start = place
    return cuts


def _breadth(levels: Sequence[int]) -> int:
    """How many boxes lie side by side at most."""
    return max(Counter(levels).values(), default=0)
