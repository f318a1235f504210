"""Row: what an analysis tells of one layer; what each of its positions sees is worked out when it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..core.receptive_field import Untold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.conditions import Condition
    from ..core.cost import Cost
    from ..core.receptive_field import Seen
    from ..core.shape import Shape
    from ..layers.base import Layer
    from .extents import Found
    from .turning import Origin


class Row(NamedTuple):
    """What an analysis tells of one layer, or of a block of layers folded into one."""

    name: str
    op: str
    layer: Layer | None
    """None for a folded block."""
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    cost: Cost
    seen: tuple[Seen, ...]
    """What one pass over the network tells of `fields`, an interval that moves along."""
    aligned: bool | None
    """Whether the paths that meet here keep the same centre; True where only one arrives, None is for symbols."""
    conditions: tuple[Condition, ...]
    """What symbols or arrays leave to hold."""
    reads: tuple[str, ...] = ()
    """The names of the layers and inputs it reads."""
    layers: int = 1
    """How many layers the row tells of."""
    ports: tuple[int, ...] = ()
    """Which output of each of them it reads."""
    moving: tuple[int, ...] = ()
    """What the pass tells of `axes`."""
    told: Told | None = None
    """What is seen position by position, where no interval tells it."""

    @property
    def fields(self) -> tuple[Seen, ...]:
        """What the first output sees along each spatial axis of the first input, by any of its channels.

        None sees the whole of it (with symbols: all that strides before do not leave out), UNTOLD and MOVED are for
        symbols.
        Channels may see differently, behind a Concat: then it is the union over all of them.
        """
        found = self.told.found if self.told else None
        return self.seen if found is None else found.fields

    @property
    def axes(self) -> tuple[int, ...]:
        """Along which axis of its output each field moves; nothing for the spatial axes in order."""
        found = self.told.found if self.told else None
        return self.moving if found is None else found.axes


class Told(NamedTuple):
    """What one of some rows sees position by position."""

    name: str
    positions: Positions

    @property
    def found(self) -> Found | None:
        """None where no more is known than intervals tell."""
        return self.positions.found.get(self.name)


class Positions:
    """What is seen position by position in some rows, all of them at once, when the first is asked for."""

    def __init__(self, rows: tuple[Row, ...], origin: Origin) -> None:
        self.rows, self.origin = rows, origin

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Positions) and (self.rows, self.origin) == (other.rows, other.origin)

    def __hash__(self) -> int:
        return hash((len(self.rows), self.origin.name))

    @cached_property
    def found(self) -> dict[str, Found]:
        from .extents import Found, extents

        return extents(self.rows, {row.name: Found(row.seen, row.moving) for row in self.rows}, self.origin)


def by_position(rows: Sequence[Row], origin: Origin) -> tuple[Row, ...]:
    """The rows; where intervals do not tell all of what is seen, such as tell it position by position.

    >>> from convmath.layers.roll import Flip
    >>> from convmath.network.network import Sequential
    >>> row = Sequential(Flip(2)).analyze((1, 1, 4)).rows[0]
    >>> row.seen[0].value, row.fields[0].low
    ('moved', (3, 2, 1, 0))
    """
    each = {id(row.seen): row.seen for row in rows}  # most rows share theirs with others
    asked = {key for key, seen in each.items() if not IN_DOUBT.isdisjoint(map(type, seen))}
    if not asked:
        return tuple(rows)
    positions = Positions(tuple(rows), origin)
    return tuple([row._replace(told=Told(row.name, positions)) if id(row.seen) in asked else row for row in rows])


IN_DOUBT = frozenset({Untold, type(None)})
"""Of these positions tell more: what is seen, or whether the whole of an axis is, though strides leave some out."""
