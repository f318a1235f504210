"""Report: an analysed network as plain data: rows, totals, and other views of the same rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.cost import Cost
from ..core.errors import ParameterError, show, unknown_name
from ..core.size import Symbolic
from .columns import COLUMNS, DEFAULT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..core.conditions import Condition
    from ..core.receptive_field import Seen
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..render.table import Table
    from .columns import Column


class Row(NamedTuple):
    """What an analysis tells of one layer, or of a block of layers folded into one."""

    name: str
    op: str
    layer: Layer | None
    """None for a folded block."""
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    cost: Cost
    fields: tuple[Seen, ...]
    """Along each spatial axis of the network's first input; None sees the whole axis, UNTOLD is for symbols."""
    aligned: bool | None
    """Whether the paths that meet here keep the same centre; True where only one arrives, None is for symbols."""
    conditions: tuple[Condition, ...]
    """What symbols or arrays leave to hold."""
    reads: tuple[str, ...] = ()
    """The names of the layers and inputs it reads."""
    layers: int = 1
    """How many layers the row tells of."""


class Report:
    """An analysed network: `rows` in order, `totals`, and what was given as input.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> report = Sequential(Conv2d(3, 8, 3), Conv2d(8, 2, 1)).analyze((1, 3, 16, 20))
    >>> report.totals.params, report["1"].cost.macs
    (242, 4032)
    """

    def __init__(
        self, title: str, inputs: Mapping[str, Shape], rows: tuple[Row, ...], whole: Report | None = None
    ) -> None:
        self.title = title
        self.inputs = dict(inputs)
        self.rows = rows
        self.remarks: tuple[str, ...] = whole.remarks if whole else ()
        """What to say beside the table whatever it shows."""
        self.whole = whole or self
        """The report that this one is a view of: totals are those of all its rows."""

    @cached_property
    def totals(self) -> Cost:
        """The sum of all layers' costs, shown or not."""
        return Cost.total([row.cost for row in self.whole.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, name: object) -> bool:
        return any(row.name == name for row in self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of this name, or of all layers whose names begin with it and a dot, folded.

        Raises UnknownNameError, with the nearest names, if there is none.
        """
        for row in self.rows:
            if row.name == name:
                return row
        inside = [row for row in self.rows if row.name.startswith(f"{name}.")]
        if not inside:
            raise unknown_name("layer", name, [row.name for row in self.rows])
        outside = (row for row in self.rows if not row.name.startswith(f"{name}."))
        return _folded(name, inside, _blocks(source for row in outside for source in row.reads))

    def fold(self, depth: int) -> Report:
        """The same report with every block below `depth` names told as one row.

        >>> from convmath.zoo.resnet import resnet50
        >>> len(resnet50().analyze().fold(1))
        11
        """
        if type(depth) is not int or depth < 1:
            raise ParameterError(f"depth must be an integer of at least 1, not {show(depth)}")
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(_block(row.name, depth), []).append(row)
        crossing = (
            source
            for name, group in groups.items()
            for row in group
            for source in row.reads
            if _block(source, depth) != name
        )
        read = _blocks(crossing)
        rows = (
            group[0] if [row.name for row in group] == [name] else _folded(name, group, read)
            for name, group in groups.items()
        )
        return self._with(tuple(rows))

    def sort(self, column: str) -> Report:
        """The same report, the largest value of a column first (text: alphabetically)."""
        _, value, _, size = _column(column)
        if any(isinstance(part, Symbolic) for row in self.rows for part in _parts((size or value)(row))):
            raise ParameterError(f"{column} has formulas, which have no order (give the symbols values to sort by it)")
        return self._with(tuple(sorted(self.rows, key=size or value, reverse=size is not None)))

    def top(self, count: int, column: str = "macs") -> Report:
        """The `count` rows with the largest values of a column; totals stay those of all rows."""
        if type(count) is not int or count < 1:
            raise ParameterError(f"count must be an integer of at least 1, not {show(count)}")
        return self._with(self.sort(column).rows[:count])

    def table(self, columns: Sequence[str] = DEFAULT_COLUMNS) -> Table:
        """The rows as a table of the named columns, with a line of totals."""
        from ..render.table import Table

        chosen = [_column(name) for name in columns]
        given = ", ".join(f"{name} {shape}" for name, shape in self.inputs.items())
        return Table(
            f"{self.title} ({given})",
            tuple(column.heading for column in chosen),
            tuple(tuple(column.value(row) for column in chosen) for row in self.rows),
            tuple(
                self._total(column) if column.total else self._label if column is chosen[0] else None
                for column in chosen
            ),
            (*self._formulas(chosen), *self.notes),
        )

    def _total(self, column: Column) -> Any:
        total = column.total(self.totals) if column.total else None
        return "below" if isinstance(total, Symbolic) else total

    def _formulas(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """The totals that are formulas, which would make their column too wide."""
        totals = [(column.heading.label, column.total(self.totals)) for column in columns if column.total]
        return tuple(f"{label} = {total}" for label, total in totals if isinstance(total, Symbolic))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table should know beside it."""
        notes = list(self.remarks)
        if len(self.inputs) > 1:
            notes.append(
                f"Receptive fields are over {next(iter(self.inputs))}, the first of {len(self.inputs)} inputs."
            )
        crooked = [row.name for row in self.rows if row.aligned is False]
        if crooked:
            named = ", ".join(crooked[:3]) + (f" and {len(crooked) - 3} more" if len(crooked) > 3 else "")
            notes.append(
                f"Paths of different centre or jump meet at {named}: there the maps lie shifted against each other."
            )
        if self._has_symbols:
            from .questions import remarks

            notes += remarks(self)
        return tuple(notes)

    @property
    def _has_symbols(self) -> bool:
        return any(isinstance(size, Symbolic) for shape in self.inputs.values() for size in shape)

    def _with(self, rows: tuple[Row, ...]) -> Report:
        return Report(self.title, self.inputs, rows, self.whole)

    @property
    def _label(self) -> str:
        shown, layers = sum(row.layers for row in self.rows), sum(row.layers for row in self.whole.rows)
        return "total" if shown == layers else f"total of all {layers} layers"

    def __str__(self) -> str:
        from ..render.text import render

        return render(self.table())

    def _repr_html_(self) -> str:
        from ..render.html import render

        return render(self.table())


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _column(name: str) -> Column:
    if name not in COLUMNS:
        raise unknown_name("column", name, list(COLUMNS))
    return COLUMNS[name]


def _block(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def all_aligned(answers: set[bool | None]) -> bool | None:
    """Whether all are; None where none is known not to be, and symbols leave some open.

    >>> all_aligned({True, None}), all_aligned({True, None, False})
    (None, False)
    """
    return False if False in answers else None if None in answers else True


def _blocks(names: Iterable[str]) -> set[str]:
    """The names and every block that one of them lies in."""
    return {_block(name, depth) for name in names for depth in range(1, name.count(".") + 2)}


def _folded(name: str, rows: Sequence[Row], read: set[str]) -> Row:
    """The rows as one, which makes what the rest of the network reads (`read`) of them last."""
    last = next((row for row in reversed(rows) if row.name in read), rows[-1])
    layers = sum(row.layers for row in rows)
    return Row(
        name,
        f"{layers} layer{'s' if layers > 1 else ''}",
        None,
        rows[0].inputs,
        last.outputs,
        Cost.total([row.cost for row in rows]),
        last.fields,
        all_aligned({row.aligned for row in rows}),
        tuple(condition for row in rows for condition in row.conditions),
        tuple(source for row in rows for source in row.reads if not source.startswith(f"{name}.")),
        layers,
    )
