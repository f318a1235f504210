"""Report: an analysed network as plain data: rows, totals, and other views of the same rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..core.bound import is_known, known_part
from ..core.cost import Cost
from ..core.errors import ParameterError, show, unknown_name
from ..core.size import Symbolic
from .columns import COLUMNS, DEFAULT_COLUMNS
from .meeting import all_aligned, remark
from .row import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..core.shape import Shape
    from ..render.drawing import Direction, Drawing
    from ..render.table import Table
    from ..symbolic.proposition import Proposition
    from .columns import Column
    from .counting.convention import Counted
    from .frozen import Frozen
    from .sights import Sights
    from .training import Training


class Report:
    """An analysed network: `rows` in order, `totals`, and what was given as input.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> report = Sequential(Conv2d(3, 8, 3), Conv2d(8, 2, 1)).analyze((1, 3, 16, 20))
    >>> report.totals.params, report["1"].cost.macs
    (242, 4032)
    """

    def __init__(
        self,
        title: str,
        inputs: Mapping[str, Shape],
        rows: tuple[Row, ...],
        whole: Report | None = None,
        outputs: tuple[tuple[str, int], ...] = (),
    ) -> None:
        self.title = title
        self.inputs = dict(inputs)
        self.rows = rows
        self.remarks: tuple[str, ...] = whole.remarks if whole else ()
        """What to say beside the table whatever it shows."""
        self.outputs = outputs
        """What the network hands out: a layer's name and which of its outputs."""
        self._whole = whole
        self.origins: Mapping[str, str] = {}
        """Where a layer is written, as path:line:column, for networks read from a file."""
        self.exempt: Mapping[str, tuple[str, ...]] = {}
        """The rules that layers are spared, as `Network.exempt` says."""
        self.frozen: Mapping[str, Frozen] = {}
        self.untold: Mapping[str, str] = {}
        """Of whom training keeps more than is told, as `Network.untold` says."""
        self.built_where: tuple[tuple[Proposition, str], ...] = ()
        """What holds of the sizes for which the network was built, each in words too."""
        self.shares: Mapping[str, str] = {}
        """Whose arrays layers have that store none, as `Network.shares` says."""

    @property
    def whole(self) -> Report:
        """The report that this one is a view of: totals are those of all its rows."""
        return self if self._whole is None else self._whole  # a report that held itself would wait for the collector

    @cached_property
    def totals(self) -> Cost:
        """The sum of all layers' costs, shown or not."""
        return Cost.total([row.cost for row in self.whole.rows])

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of all layers whose cost is unknown, shown or not: totals are at least what the others take."""
        return tuple(row.name for row in self.whole.rows if not all(map(is_known, row.cost)))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Row:
        """The row of this name, or of all layers whose names begin with it and a dot, folded.

        Raises UnknownNameError, with the nearest names, if there is none.
        """
        if name in self._by_name:
            return self._by_name[name]
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

    @cached_property
    def training(self) -> Training:
        """What a training step multiplies, forward and back, layer by layer."""
        from .training import training

        return training(self)

    def table(self, columns: Sequence[str | Column] = DEFAULT_COLUMNS) -> Table:
        """The rows as a table of the columns, which are named or given, with a line of totals."""
        from ..render.table import Table

        chosen = [_column(column) if isinstance(column, str) else column for column in columns]
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

    def counted_like(self, tool: str) -> Counted:
        """The network as another tool counts it: its total, what it has for each layer, and where the two part.

        >>> from convmath.zoo.resnet import resnet50
        >>> resnet50().analyze().counted_like("fvcore").total
        4111512576
        """
        from .counting.convention import counted_like
        from .counting.tools import convention

        return counted_like(self, convention(tool))

    def receptive_fields(self, to: str | None = None, *, ignore_global: bool = False) -> Sights:
        """What every layer sees of an input, the first unless named, or of an earlier layer.

        With `ignore_global`, paths through what sees a whole axis (gates, attention) are left out where others meet
        them, and so are moments of norms and sums of softmax.

        >>> from convmath.zoo.efficientnet import efficientnet_b0
        >>> efficientnet_b0().analyze().receptive_fields(ignore_global=True)["features.8"].fields[0].size
        851
        """
        from .sights import Sights

        return Sights(self, to, ignore_global=ignore_global)

    def drawing(
        self,
        *,
        depth: int | None = None,
        colour: str = "macs",
        direction: Direction = "down",
        repeats: bool = False,
        limit: int = 200,
    ) -> Drawing:
        """The network as a diagram; a notebook shows it as a picture if Graphviz is there.

        Blocks below `depth` names are one box, and so are those deeper than what fits into `limit` boxes; with
        `repeats` equal blocks that follow one another are drawn once. Boxes are coloured by their share of a cost:
        "macs", "params", "activations" or "none". `direction` is "down" or "right".

        >>> from convmath.zoo.resnet import resnet18
        >>> [box.lines[0] for box in resnet18().analyze().drawing(depth=1).boxes][:6]
        ['input', 'conv1', 'bn1', 'relu', 'maxpool', 'layer1']
        """
        from .picture import drawing

        return drawing(self, depth, colour, direction, repeats, limit)

    def draw(self, path: str, *, seconds: float = 60.0, **looks: Any) -> None:
        """Writes the network as a diagram to a file, whole or not at all; its suffix says .svg, .png, .pdf or .dot.

        `looks` are the arguments of `drawing`. Raises ConvmathError if there is no Graphviz (which .dot needs not),
        or if it needs more than so many `seconds`.
        """
        from ..core.files import write_bytes
        from ..render.layout import form_of, picture

        form = form_of(path)
        write_bytes(path, picture(self.drawing(**looks), form, seconds))

    def _total(self, column: Column) -> Any:
        total = column.total(self.totals) if column.total else None
        return "below" if isinstance(known_part(total), Symbolic) else total

    def _formulas(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """The totals that are formulas, which would make their column too wide."""
        totals = [(column.heading.label, column.total(self.totals)) for column in columns if column.total]
        return tuple(
            f"{label} {'=' if is_known(total) else '≥'} {known_part(total)}"
            for label, total in totals
            if isinstance(known_part(total), Symbolic)
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table should know beside it."""
        notes = list(self.remarks)
        if self.unknown:
            notes.append(f"{self.say_unknown()}. Totals are at least what the other layers take.")
        if len(self.inputs) > 1:
            notes.append(
                f"Receptive fields are over {next(iter(self.inputs))}, the first of {len(self.inputs)} inputs."
            )
        notes += remark(self)
        if self._has_symbols:
            from .questions import remarks

            notes += remarks(self)
        return tuple(notes)

    def say_unknown(self) -> str:
        """The layers whose cost is unknown and the operators that they are, in words."""
        from ..layers.unknown import Unknown

        operators = {row.name: row.layer.name for row in self.whole.rows if isinstance(row.layer, Unknown)}
        named = [f"{name} ({operators[name]})" if name in operators else name for name in self.unknown]
        return f"Unknown operator{'s' if len(named) > 1 else ''}: {_few(named)}"

    @property
    def _has_symbols(self) -> bool:
        return any(isinstance(size, Symbolic) for shape in self.inputs.values() for size in shape)

    def _with(self, rows: tuple[Row, ...]) -> Report:
        return Report(self.title, self.inputs, rows, self.whole, self.outputs)

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


def _few(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _column(name: str) -> Column:
    if name not in COLUMNS:
        raise unknown_name("column", name, list(COLUMNS))
    return COLUMNS[name]


def _block(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


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
        last.seen,
        all_aligned({row.aligned for row in rows}),
        tuple(condition for row in rows for condition in row.conditions),
        tuple(source for row in rows for source in row.reads if not source.startswith(f"{name}.")),
        layers,
        moving=last.moving,
        told=last.told,
    )
