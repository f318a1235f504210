"""Sweep: every design of some ranges measured, block by block, and never all of them held."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError
from .asking import Asked, asked
from .axis import Axis, checked_axes, parse_axis
from .designs import Designs, Variant
from .measures import parse_measures
from .slabs import Slabs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .designs import Build
    from .slabs import Index

BLOCK = 1 << 18
"""Designs that are worked out and handed on at a time."""


class Block(NamedTuple):
    """Designs that follow one another: the columns of those that are what was asked, and how many were not."""

    place: int
    numbers: Any
    """The place of each that was asked among all designs of the sweep."""
    columns: dict[str, Any]
    """Arrays, or lists where values are no integers, of equal length."""
    designs: int
    """All that the block is of."""
    refused: int
    """That the network does not accept."""
    unmet: int
    """Of which a condition does not hold."""
    reason: str = ""
    """Why the network refuses, where it refuses any: the first demand that is not met."""

    def __len__(self) -> int:
        return self.designs - self.refused - self.unmet


class Sweep:
    """The designs of some axes, what is measured of them and what is asked.

    `build` makes an analysed network for values, or symbols, of what is varied, of `anew` for values alone. Blocks come
    in one order: of the axes as they are given the last runs fastest, but for those for which a network must be built
    anew, which run slowest.

    >>> from convmath.zoo.resnet import resnet18
    >>> def build(values):
    ...     return resnet18(width=values["width"]).analyze((1, 3, values["H"], values["H"]))
    >>> found = Sweep(build, ["width=16:64:16", "H=64:256:64"], "macs", "macs <= 100M")
    >>> [(block.designs, len(block), int(block.columns["macs"].max())) for block in found]
    [(16, 5, 99660800)]
    """

    def __init__(
        self, build: Build, vary: Sequence[str | Axis], measure: str, where: str = "", anew: Collection[str] = ()
    ) -> None:
        self.axes = checked_axes([parse_axis(axis) if isinstance(axis, str) else axis for axis in vary])
        self.measures = parse_measures(measure)
        self.designs = Designs(build, self.axes, anew)
        self.where = where
        self._most = BLOCK
        self._last: tuple[int, Variant | ConvmathError, Asked | None] | None = None

    @property
    def count(self) -> int:
        """All designs."""
        return prod(len(axis.values) for axis in self.axes if not axis.formula)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has that stays a symbol."""
        return tuple(len(axis.values) for axis in self.designs.open)

    @cached_property
    def pieces(self) -> Sequence[Index]:
        """The blocks of one structure, as slices of the open axes."""
        return Slabs(self.shape, self._most)

    def __len__(self) -> int:
        """How many blocks there are."""
        return len(self.pieces) * self.designs.count

    def __iter__(self) -> Iterator[Block]:
        return map(self.block, range(len(self)))

    def block(self, place: int) -> Block:
        """One block, by its place; the structure that was asked for last is kept."""
        number, piece = divmod(place, len(self.pieces))
        if self._last is None or self._last[0] != number:
            variant = self.designs.variant(number, self.measures)
            question = asked(self.where, self._columns(variant)) if isinstance(variant, Variant) else None
            self._last = number, variant, question
        return self._block(place, *self._last[1:], self.pieces[piece])

    def source(self, language: str) -> str:
        """What is measured of the first structure, as source in Python, NumPy or C; see plan/source.py.

        Raises the error of a structure that cannot be built.
        """
        from .source import source

        variant = self.designs.variant(0, self.measures)
        if isinstance(variant, ConvmathError):
            raise variant
        measured = variant.measured.only(variant.measures)
        return source(measured.program, measured.labels, language)

    def _columns(self, variant: Variant) -> list[str]:
        return [*(axis.name for axis in self.axes), *variant.measures]

    def _block(self, place: int, variant: Variant | ConvmathError, question: Asked | None, index: Index) -> Block:
        import numpy as np

        count = prod(part.stop - part.start for part in index)
        if isinstance(variant, ConvmathError) or question is None:
            return Block(place, np.zeros(0, int), {}, count, count, 0, str(variant))
        opened = self._opened(index)
        found = variant.measured(**{name: opened[name] for name in variant.measured.names})
        values = {name: np.broadcast_to(array, self._extent(index)) for name, array in {**opened, **found}.items()}
        accepted = np.ones(self._extent(index), bool)
        reason = ""
        for demand in variant.demands:
            met = values.pop(demand) >= 0
            reason = reason or ("" if met.all() else demand)
            accepted &= met
        columns = {
            name: values[name] if name in values else np.full(accepted.shape, variant.values[name])
            for name in self._columns(variant)
        }
        kept = accepted & question.met(columns)
        whole = kept.all()
        flat = {name: column.ravel() if whole else column[kept] for name, column in columns.items()}
        refused = count - int(accepted.sum())
        numbers = self._numbers(place, index)
        return Block(
            place,
            numbers.ravel() if whole else numbers[kept],
            flat,
            count,
            refused,
            count - refused - int(kept.sum()),
            reason,
        )

    def _extent(self, index: Index) -> tuple[int, ...]:
        return tuple(part.stop - part.start for part in index)

    def _numbers(self, place: int, index: Index) -> Any:
        import numpy as np

        begin: Any = place // len(self.pieces) * prod(self.shape)
        for axis, part in enumerate(index):
            along = np.arange(part.start, part.stop) * prod(self.shape[axis + 1 :])
            begin = np.add.outer(begin, along)
        return np.asarray(begin)

    def _opened(self, index: Index) -> dict[str, Any]:
        """The values of open axes in a block, each along its own axis."""
        import numpy as np

        axes = self.designs.open
        return {
            axis.name: np.array(axis.values[part]).reshape([-1 if other is axis else 1 for other in axes])
            for axis, part in zip(axes, index, strict=True)
        }
