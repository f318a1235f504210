"""Two reports side by side: totals, and layer by layer, matched by name and then by order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import AtLeast, is_known, known_part
from ..core.errors import ParameterError
from ..core.size import Symbolic
from ..render.table import Heading, Table
from .columns import COLUMNS
from .data import plain
from .pairing import by_key, by_name, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..core.size import Size
    from .analysis import Report
    from .row import Row

QUANTITIES = {
    name: column.heading.label for name, column in COLUMNS.items() if column.total is not None
}  # fmt: skip
"""What can be compared: every column that has a total, with its heading."""

DEFAULT_QUANTITIES = ("params", "macs")


class Pair(NamedTuple):
    """A layer of each network that stand for each other, or one that the other network has not."""

    a: Row | None
    b: Row | None

    @property
    def name(self) -> str:
        """Its name in both, or A's and B's where they are not called alike."""
        names = [row.name for row in self if row is not None]
        return names[0] if len(set(names)) == 1 else " → ".join(names)

    @property
    def op(self) -> str:
        """Its type in both, or that of the one that has it."""
        ops = [row.op for row in self if row is not None]
        return ops[0] if len(set(ops)) == 1 else " → ".join(ops)

    def values(self, quantity: str) -> tuple[Size, Size]:
        """A's and B's number; 0 where one has no such layer."""
        a, b = (0 if row is None else _cost(row, quantity) for row in self)
        return a, b


class Comparison(NamedTuple):
    """Two networks, and their layers paired."""

    a: Report
    b: Report
    pairs: tuple[Pair, ...]

    def total(self, quantity: str) -> tuple[Size, Size]:
        """A's and B's total of a quantity."""
        read = COLUMNS[quantity].total
        assert read is not None
        return read(self.a.totals), read(self.b.totals)


def compare(a: Report, b: Report) -> Comparison:
    """The layers of two networks paired: those of one name and type, then equal ones in order, then those of one type.

    >>> from convmath.zoo.resnet import resnet18, resnet34
    >>> made = compare(resnet18().analyze(), resnet34().analyze())
    >>> len(made.pairs), sum(pair.a is None for pair in made.pairs)
    (125, 56)
    """
    partners: dict[str, str] = {}
    by_name(a.rows, b.rows, partners, _alike)
    for key in (repr_of, op_of):
        by_key(a.rows, b.rows, partners, key)
    return Comparison(a, b, tuple(Pair(*pair) for pair in in_order(a.rows, b.rows, partners)))


def repr_of(row: Row) -> str:
    """What equal layers have in common."""
    return row.op if row.layer is None else repr(row.layer)


def op_of(row: Row) -> str:
    """What layers of one type have in common."""
    return row.op


def _alike(a: Row, b: Row) -> bool:
    return a.op == b.op or (a.layer is None and b.layer is None)


def _cost(row: Row, quantity: str) -> Size:
    return COLUMNS[quantity].value(row)


def checked(quantities: Sequence[str]) -> tuple[str, ...]:
    """The quantities, if all are; ParameterError otherwise."""
    for name in quantities:
        if name not in QUANTITIES:
            raise ParameterError(f"{name!r} cannot be compared (use {', '.join(QUANTITIES)})")
    return tuple(quantities)


def comparison_table(
    made: Comparison, quantities: Sequence[str] = DEFAULT_QUANTITIES, equal_too: bool = False
) -> Table:
    """For each quantity A's number, B's, the difference and that in per cent of A; equal lines are only counted."""
    chosen = checked(quantities)
    headings = [Heading("layer"), Heading("type")]
    for name in chosen:
        headings += [Heading(f"{label}", right=True) for label in _labels(QUANTITIES[name])]
    shown = [pair for pair in made.pairs if equal_too or _differs(pair, chosen)]
    rows = tuple((pair.name, pair.op, *_cells(chosen, pair.values)) for pair in shown)
    same = len(made.pairs) - len(shown)
    notes = [f"{same} more layer{'s are' if same > 1 else ' is'} alike in both."] if same else []
    return Table(
        f"A = {_title(made.a)}, B = {_title(made.b)}",
        tuple(headings),
        rows,
        ("total", None, *map(_or_below, _cells(chosen, made.total))),
        (*notes, *remarks(made, chosen)),
    )


def _or_below(cell: Any) -> Any:
    """A total; formulas stand below the table."""
    return "below" if isinstance(known_part(cell), Symbolic) else cell


def _labels(label: str) -> tuple[str, ...]:
    return (f"{label} of A", "of B", "B − A", "in %")


def _title(report: Report) -> str:
    return f"{report.title} ({', '.join(f'{name} {shape}' for name, shape in report.inputs.items())})"


def _differs(pair: Pair, quantities: Sequence[str]) -> bool:
    if pair.a is None or pair.b is None:
        return True
    if pair.a.layer is not None and (pair.a.layer, pair.a.inputs) == (pair.b.layer, pair.b.inputs):
        return False
    numbers = [pair.values(name) for name in quantities]
    return not all(is_known(a) and is_known(b) and _same(a, b) for a, b in numbers)


def _same(a: Size, b: Size) -> bool:
    found = difference(a, b)
    return bool(a == b) if found is None else type(found) in {int, float} and found == 0


def _cells(quantities: Sequence[str], read: Callable[[str], tuple[Size, Size]]) -> tuple[Any, ...]:
    cells: list[Any] = []
    for name in quantities:
        a, b = read(name)
        cells += [a, b, difference(a, b), percent(a, b)]
    return tuple(cells)


def difference(a: Any, b: Any) -> Any:
    """How much more B has: "at least" where a part of B's number is unknown, not to be told where one of A's is.

    None for what has no difference: ratios of formulas, and totals that are none.

    >>> difference(5, 7), difference(22.11, 22.31), difference(5, AtLeast(7)), difference(AtLeast(5), 7)
    (2, 0.2, at least 2, '?')
    """
    if not is_known(a):
        return "?"
    if not all(isinstance(known_part(size), int | float | Symbolic) for size in (a, b)):
        return None
    if not is_known(b):
        return AtLeast(known_part(b) - a)
    return round(b - a, 2) if isinstance(b - a, float) else b - a


def percent(a: Size, b: Size) -> str | None:
    """How much more B has, in per cent of A; nothing where that has no number.

    >>> percent(200, 150), percent(0, 5), percent(7, 7), percent(10_000, 10_001)
    ('-25.0', None, '0.0', '+0.01')
    """
    if type(a) is not int or type(b) is not int or a == 0:
        return None if a != b or type(a) is not int else "0.0"
    share = 100 * (b - a) / a
    digits = ".1f" if b == a or abs(share) >= 0.05 else ".1g"  # what is little is not nothing
    return f"{'+' if b > a else ''}{share:{digits}}"


def remarks(made: Comparison, quantities: Sequence[str]) -> list[str]:
    """For totals that are formulas, what they are and from which sizes on which network has less; what is unknown."""
    said: list[str] = []
    for name in quantities:
        a, b = made.total(name)
        if any(isinstance(known_part(total), Symbolic) for total in (a, b)):
            label = QUANTITIES[name]
            said += [f"{label} of {who} {_equation(total)}" for who, total in (("A", a), ("B", b))]
            said.append(f"{label}: {_crossing(made, a, b)}.")
    unknown = [f"{who}: {report.say_unknown()}." for who, report in zip("AB", made[:2], strict=True) if report.unknown]
    return [*said, *unknown]


def _equation(total: Size) -> str:
    return f"{'=' if is_known(total) else '≥'} {known_part(total)}"


def _crossing(made: Comparison, a: Size, b: Size) -> str:
    if not (is_known(a) and is_known(b)):
        return "which has less is not known"
    from .crossing import crossing
    from .questions import demands

    return crossing(a, b, [demand.proposition for report in made[:2] for demand in demands(report)])


def comparison_data(made: Comparison, quantities: Sequence[str] = tuple(QUANTITIES)) -> dict[str, Any]:
    """The same as --format json tells it, every pair of layers included."""

    def told(read: Callable[[str], tuple[Size, Size]]) -> dict[str, Any]:
        return {name: dict(zip("ab", map(plain, read(name)), strict=True)) for name in quantities}

    return {
        "schema": 1,
        "a": made.a.title,
        "b": made.b.title,
        "inputs": {
            side: {name: list(map(plain, shape)) for name, shape in report.inputs.items()}
            for side, report in (("a", made.a), ("b", made.b))
        },
        "totals": told(made.total),
        "layers": [
            {
                "a": pair.a.name if pair.a else None,
                "b": pair.b.name if pair.b else None,
                "op": pair.op,
                **told(pair.values),
            }
            for pair in made.pairs
        ],
        "remarks": remarks(made, quantities),
    }
