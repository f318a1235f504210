"""Report: an analysed network as plain data: rows, totals, and other views of the same rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..core.cost import Cost
from ..core.errors import ParameterError, unknown_name
from .columns import COLUMNS, DEFAULT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.conditions import Condition
    from ..core.receptive_field import ReceptiveField
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
    fields: tuple[ReceptiveField | None, ...]
    """Along each spatial axis of the network's first input; None sees the whole axis."""
    aligned: bool
    """Whether the paths that meet here keep the same centre; True where only one arrives."""
    conditions: tuple[Condition, ...]
    """What symbols or arrays leave to hold."""
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

    def __init__(self, title: str, inputs: Mapping[str, Shape], rows: tuple[Row, ...]) -> None:
        self.title = title
        self.inputs = dict(inputs)
        self.rows = rows

    @cached_property
    def totals(self) -> Cost:
        """The sum of all rows' costs."""
        return Cost.total([row.cost for row in self.rows])

    def __getitem__(self, name: str) -> Row:
        """The row of this name, or of all layers whose names begin with it and a dot, folded."""
        for row in self.rows:
            if row.name == name:
                return row
        inside = [row for row in self.rows if row.name.startswith(f"{name}.")]
        if not inside:
            raise unknown_name("layer", name, [row.name for row in self.rows])
        return _folded(name, inside)

    def fold(self, depth: int) -> Report:
        """The same report with every block below `depth` names told as one row."""
        if depth < 1:
            raise ParameterError(f"depth must be an integer of at least 1, not {depth}")
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(".".join(row.name.split(".")[:depth]), []).append(row)
        rows = (
            group[0] if [row.name for row in group] == [name] else _folded(name, group)
            for name, group in groups.items()
        )
        return self._with(tuple(rows))

    def sort(self, column: str) -> Report:
        """The same report, the largest value of a column first (text: alphabetically)."""
        _, value, _, size = _column(column)
        return self._with(tuple(sorted(self.rows, key=size or value, reverse=size is not None)))

    def top(self, count: int, column: str = "macs") -> Report:
        """The `count` rows with the largest values of a column; totals stay those of all rows."""
        if count < 1:
            raise ParameterError(f"count must be an integer of at least 1, not {count}")
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
                column.total(self.totals) if column.total else "total" if column is chosen[0] else None
                for column in chosen
            ),
            self.notes,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table should know beside it."""
        notes = []
        if len(self.inputs) > 1:
            notes.append(
                f"Receptive fields are over {next(iter(self.inputs))}, the first of {len(self.inputs)} inputs."
            )
        crooked = [row.name for row in self.rows if not row.aligned]
        if crooked:
            named = ", ".join(crooked[:3]) + (f" and {len(crooked) - 3} more" if len(crooked) > 3 else "")
            notes.append(f"Paths of different centre or jump meet at {named}.")
        return tuple(notes)

    def _with(self, rows: tuple[Row, ...]) -> Report:
        """Another view of the same network: its totals stay."""
        view = Report(self.title, self.inputs, rows)
        view.__dict__["totals"] = self.totals
        return view

    def __str__(self) -> str:
        from ..render.text import render

        return render(self.table())

    def _repr_html_(self) -> str:
        from ..render.html import render

        return render(self.table())


def _column(name: str) -> Column:
    if name not in COLUMNS:
        raise unknown_name("column", name, list(COLUMNS))
    return COLUMNS[name]


def _folded(name: str, rows: Sequence[Row]) -> Row:
    last = rows[-1]
    layers = sum(row.layers for row in rows)
    return Row(
        name,
        f"{layers} layer{'s' if layers > 1 else ''}",
        None,
        rows[0].inputs,
        last.outputs,
        Cost.total([row.cost for row in rows]),
        last.fields,
        all(row.aligned for row in rows),
        tuple(condition for row in rows for condition in row.conditions),
        layers,
    )
