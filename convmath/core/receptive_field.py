"""ReceptiveField: which input positions one axis of a feature map can depend on."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from .extent import Extent
from .size import LARGEST, Size, are_numbers, common_period, is_one, larger, same, smaller

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

EMPTY = (0, -1)
"""The interval of a position that sees nothing."""

LONGEST_PERIOD = 1024
"""Beyond this many phases (a resize by 1000001/1000000, say) a field is UNTOLD."""


class Untold(Enum):
    """A field (or reach) that no interval tells which moves along with the position.

    Where sizes are numbers an analysis tells an Extent instead.
    """

    UNTOLD = "untold"
    """Symbols leave it open, paths of different jump meet, or it repeats after too many positions."""
    MOVED = "moved"
    """Positions are put elsewhere, so that the axis of what is seen need no longer be the one that is read."""


UNTOLD: Final = Untold.UNTOLD
MOVED: Final = Untold.MOVED


class Reach(Protocol):
    """What a layer reads along one axis: a Window, or a resampling with its own pace."""

    @property
    def pace(self) -> tuple[Size, Size]:
        """(outputs, inputs): every `outputs` further outputs read exactly `inputs` further on."""

    def interval(self, output: int) -> tuple[Size, Size]:
        """The first and last input that `output` reads."""

    def reads(self, output: int) -> range:
        """Every input that `output` reads, in order; asked only where neighbours see differently much."""


class ReceptiveField(NamedTuple):
    """Position o of a feature map sees the input positions low[r] + n·advance … high[r] + n·advance.

    Here n, r = divmod(o, period): after a transposed layer neighbouring positions see differently much, so
    `low` and `high` hold one number for each of the `period` phases; ordinarily there is one phase. The
    interval bounds what is seen; dilated layers leave holes in it.

    >>> from convmath.core.window import Window
    >>> field = IDENTITY.then(Window(7, stride=2, low=3, high=3)).then(Window(3, stride=2, low=1, high=1))
    >>> field.size, field.jump, field.start
    (11, 4, -5)

    Source: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks" (2019).
    """

    advance: Size
    low: tuple[Size, ...]
    high: tuple[Size, ...]

    @property
    def period(self) -> int:
        """How many phases the positions fall into."""
        return len(self.low)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The length of the interval in every phase; 0 where nothing is seen."""
        return tuple(high - low + 1 for low, high in zip(self.low, self.high, strict=True))

    @property
    def size(self) -> Size:
        """The longest interval of any phase, in input positions."""
        return self.high[0] - self.low[0] + 1 if len(self.low) == 1 else max(self.sizes)

    @property
    def jump(self) -> int | Fraction:
        """How many input positions lie between the fields of neighbours (also called effective stride)."""
        if self.period == 1:
            return self.advance  # type: ignore[no-any-return]
        if self.advance % self.period == 0:
            return self.advance // self.period  # type: ignore[no-any-return]
        from fractions import Fraction

        return Fraction(self.advance, self.period)

    @property
    def start(self) -> Size:
        """The first input position that position 0 sees; negative inside the padding."""
        return self.low[0]

    def interval(self, position: int) -> tuple[Size, Size]:
        """The first and last input position that `position` sees.

        >>> from convmath.core.window import Window
        >>> IDENTITY.then(Window(3, stride=2, low=1)).interval(10)
        (19, 21)
        """
        rounds, phase = divmod(position, self.period)
        return self.low[phase] + rounds * self.advance, self.high[phase] + rounds * self.advance

    def then(self, reach: Reach) -> Known:
        """The field after one more layer.

        UNTOLD where there are more phases than are worth telling apart, or where their number is a symbol.
        """
        outputs, inputs = reach.pace
        advance, low, high = self
        if is_one(outputs) and len(low) == 1 and not _is_empty(low[0], high[0]):
            first, last = reach.interval(0)
            if not _is_empty(first, last):
                return _bounded(inputs * advance, (low[0] + first * advance,), (high[0] + last * advance,))
        if not are_numbers(outputs, inputs, advance, *low, *high) or not are_numbers(*reach.interval(0)):
            return UNTOLD
        rounds = 1 if self.period == 1 else self.period // gcd(inputs, self.period)
        period = rounds * outputs
        if period > LONGEST_PERIOD:
            return UNTOLD
        bounds = self._monotone_bounds if self._is_monotone() else self._outermost_bounds
        seen = [bounds(reach.reads(output)) for output in range(period)]
        return _bounded(
            rounds * inputs * self.advance // self.period,
            tuple(low for low, _ in seen),
            tuple(high for _, high in seen),
        )

    def _is_monotone(self) -> bool:
        """Whether every further position sees something that neither begins nor ends earlier."""
        lows = (*self.low, self.low[0] + self.advance)
        highs = (*self.high, self.high[0] + self.advance)
        return (
            all(a <= b for a, b in pairwise(lows))
            and all(a <= b for a, b in pairwise(highs))
            and all(low <= high for low, high in zip(self.low, self.high, strict=True))
        )

    def _monotone_bounds(self, positions: range) -> tuple[int, int]:
        return (self.interval(positions[0])[0], self.interval(positions[-1])[1]) if positions else EMPTY

    def _outermost_bounds(self, positions: range) -> tuple[int, int]:
        # Fields a period apart only move on, so the outermost period on either side holds both bounds.
        outermost = (*positions[: self.period], *positions[-self.period :])
        return _hull(self.interval(position) for position in outermost)

    def join(self, other: ReceptiveField) -> Known:
        """What is seen over either of two paths; UNTOLD where their jumps differ, or may.

        >>> from convmath.core.window import Window
        >>> IDENTITY.join(IDENTITY.then(Window(3, low=1, high=1))).size
        3
        """
        pairs = self._paired(other)
        if pairs is None:
            return UNTOLD
        mine, theirs = pairs
        if (
            mine.period == 1
            and not _is_empty(mine.low[0], mine.high[0])
            and not _is_empty(theirs.low[0], theirs.high[0])
        ):
            low, high = smaller(mine.low[0], theirs.low[0]), larger(mine.high[0], theirs.high[0])
            return ReceptiveField(mine.advance, (low,), (high,))
        bounds = [_hull((mine.interval(phase), theirs.interval(phase))) for phase in range(mine.period)]
        return ReceptiveField(mine.advance, tuple(low for low, _ in bounds), tuple(high for _, high in bounds))

    def aligned(self, other: ReceptiveField) -> bool | None:
        """Whether both paths keep the same jump and the same centre, on average over their phases; None for symbols.

        >>> from convmath.core.window import Window
        >>> IDENTITY.aligned(IDENTITY.then(Window(2)))
        False
        """
        pairs = self._paired(other)
        if pairs is None:
            return False if are_numbers(self.advance * other.period - other.advance * self.period) else None
        mine, theirs = pairs
        # One phase is a plain comparison of sums, so that symbols pass; neighbours of a transposed layer lean to
        # either side of their centre, which only their mean shows.
        apart = sum(mine.low) + sum(mine.high) - sum(theirs.low) - sum(theirs.high)
        return same(apart, 0) if are_numbers(apart) or same(apart, 0) else None

    def _paired(self, other: ReceptiveField) -> tuple[ReceptiveField, ReceptiveField] | None:
        period = common_period(self.period, other.period)
        if period > LONGEST_PERIOD or not same(self.advance * other.period, other.advance * self.period):
            return None
        return self.over(period), other.over(period)

    def over(self, period: int) -> ReceptiveField:
        """The same field told with `period` phases, a multiple of its own."""
        if period == self.period:
            return self
        bounds = [self.interval(position) for position in range(period)]
        return ReceptiveField(
            self.advance * (period // self.period),
            tuple(first for first, _ in bounds),
            tuple(last for _, last in bounds),
        )


def _is_empty(low: Size, high: Size) -> bool:
    return are_numbers(low, high) and low > high


def _hull(intervals: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The interval around all of them; those that see nothing (low > high) add nothing."""
    seen = [(low, high) for low, high in intervals if low <= high]
    return (min(low for low, _ in seen), max(high for _, high in seen)) if seen else EMPTY


def _bounded(advance: Size, low: tuple[Size, ...], high: tuple[Size, ...]) -> ReceptiveField | None:
    """The field, or the whole axis where it spans more than any axis has."""
    if are_numbers(advance, low[0], high[0]) and (advance > LARGEST or high[0] - low[0] > LARGEST):
        return None
    return ReceptiveField(advance, low, high)


IDENTITY = ReceptiveField(1, (0,), (0,))
"""Every position sees itself: the field of the input."""

WHOLE = None
"""The field (or reach) of something that sees the whole axis, as a global pooling does."""

Seen = ReceptiveField | Extent | Untold | None
"""What is known of one axis: an interval that moves along, each position's, the whole axis (None), nothing (UNTOLD)."""

Known = ReceptiveField | Untold | None
"""The same while it is carried from layer to layer: an Extent is told at the end."""


def after(field: Known, reach: Reach | Untold | None) -> Known:
    """The field behind one more reach; what sees the whole of an axis does so behind any."""
    if field is None:
        return WHOLE
    if field is MOVED or reach is MOVED:
        return MOVED
    if reach is None:
        return WHOLE
    return UNTOLD if field is UNTOLD or reach is UNTOLD else field.then(reach)


def joined(a: Known, b: Known) -> Known:
    """The field over both of two paths."""
    if a is None or b is None:
        return WHOLE
    if isinstance(a, Untold) or isinstance(b, Untold):
        return MOVED if a is MOVED or b is MOVED else UNTOLD
    return a.join(b)


AT_MOST = "at most "
"""What stands before a size of which positions may see less."""


def figure(field: Seen, name: str) -> Any:
    """A figure of a field by its name, or the word for having none: `all` is the whole axis, `?` is untold.

    >>> figure(IDENTITY, "size"), figure(WHOLE, "size"), figure(UNTOLD, "jump")
    (1, 'all', '?')
    >>> figure(Extent((0, 0), (4, 6), holes=0, exactly=False), "size")
    'at most 7'
    """
    if field is None or isinstance(field, Untold):
        return "all" if field is None else "?"
    bound = isinstance(field, Extent) and not field.exactly and name == "size"
    return f"{AT_MOST}{field.size}" if bound else getattr(field, name)


Stage = tuple[Reach | Untold | None, ...]
"""What a layer reads along each spatial axis; None is the whole axis, and () leaves every axis as it is."""


def see(fields: tuple[Known, ...], stage: Stage) -> tuple[Known, ...]:
    """The fields after one stage; a change in the number of axes moves them.

    >>> see((IDENTITY,), (None,))
    (None,)
    """
    if not stage:
        return fields
    if len(stage) != len(fields):
        return moved(fields)
    return tuple([after(field, reach) for field, reach in zip(fields, stage, strict=True)])


def moved(fields: tuple[Known, ...]) -> tuple[Known, ...]:
    """The fields where positions were put elsewhere: what sees the whole of an axis still does.

    >>> moved((IDENTITY, WHOLE))
    (<Untold.MOVED: 'moved'>, None)
    """
    return tuple([WHOLE if field is None else MOVED for field in fields])
