"""Counts explained as tables and as data: where a tool and we part, and what all tools count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.bound import is_known, known_part
from ...core.size import Symbolic
from ...render.table import Heading, Table
from ..data import plain
from .tools import CONVENTIONS

if TYPE_CHECKING:
    from ...core.size import Size
    from ..analysis import Report
    from .convention import Counted


def lines(counted: Counted, says: str, depth: int | None = None) -> dict[str, Size]:
    """What one rule makes of every layer or, below `depth` names, of every block.

    >>> from convmath.zoo.resnet import resnet18
    >>> counted = resnet18().analyze().counted_like("fvcore")
    >>> list(lines(counted, counted.departures[0].says, depth=1))[:2]
    ['bn1', 'layer1']
    """
    sums: dict[str, Size] = {}
    for row, departures in counted.rows:
        for own, amount in departures:
            if own == says:
                name = ".".join(row.name.split(".")[:depth])
                sums[name] = sums.get(name, 0) + amount
    return sums


def departures_table(counted: Counted, depth: int | None = None) -> Table:
    """Our MACs, every rule with its sum and below it the layers it comes from, and the tool's total.

    >>> from convmath.zoo.resnet import resnet18
    >>> departures_table(resnet18().analyze().counted_like("pytorch"), depth=0).rows[1:]
    (('a MAC counts as 2', None, 1814073344),)
    """
    name, ours = counted.convention.name, counted.report.totals.macs
    rows: list[tuple[Any, ...]] = [("our MACs", None, ours)]
    for says, total in counted.departures:
        rows.append((says, None, total))
        if depth != 0:
            rows += [(None, layer, amount) for layer, amount in lines(counted, says, depth).items()]
    notes = [*counted.notes, *_unknown(counted.report)]
    total = counted.total
    if isinstance(known_part(total), Symbolic):
        notes.insert(0, f"{name} {counted.unit} {_equation(total)}")
    elif type(ours) is int and ours:
        notes.insert(0, f"{name} is {_share(total - ours, ours)} beside our MACs.")
    given = ", ".join(f"{who} {shape}" for who, shape in counted.report.inputs.items())
    return Table(
        f"{counted.report.title} counted like {name} ({given})",
        (Heading("rule"), Heading("layer"), Heading(f"{name} − ours", right=True)),
        tuple(rows),
        (f"{name} {counted.unit}", None, "below" if isinstance(known_part(total), Symbolic) else total),
        tuple(notes),
    )


def departures_data(counted: Counted, depth: int | None = None) -> dict[str, Any]:
    """The same as --format json tells it."""
    return {
        "schema": 1,
        "network": counted.report.title,
        "tool": counted.convention.name,
        "version": counted.convention.tool,
        "unit": counted.unit,
        "macs": plain(counted.report.totals.macs),
        "total": plain(counted.total),
        "departures": [
            {
                "rule": says,
                "amount": plain(amount),
                "layers": {name: plain(part) for name, part in lines(counted, says, depth).items()}
                if depth != 0
                else {},
            }
            for says, amount in counted.departures
        ],
        "counts_zero": counted.uncounted,
    }


def totals_table(report: Report) -> Table:
    """What every tool counts of one network, beside our MACs."""
    ours = report.totals.macs
    rows: list[tuple[Any, ...]] = []
    notes = ["convmath explain-count NETWORK --like TOOL tells where a count comes from.", *_unknown(report)]
    for name, convention in CONVENTIONS.items():
        total = report.counted_like(name).total
        if isinstance(known_part(total), Symbolic):
            notes.append(f"{name} {convention.unit} {_equation(total)}")
            total = "below"
        numbers = type(ours) is int and type(total) is int and ours
        rows.append((name, convention.unit, total, _share(total - ours, ours) if numbers else None))
    given = ", ".join(f"{who} {shape}" for who, shape in report.inputs.items())
    headings = (Heading("tool"), Heading("unit"), Heading("count", right=True), Heading("beside our MACs", right=True))
    return Table(f"{report.title} as tools count it ({given})", headings, tuple(rows), notes=tuple(notes))


def totals_data(report: Report) -> dict[str, Any]:
    """The same as --format json tells it."""
    return {
        "schema": 1,
        "network": report.title,
        "macs": plain(report.totals.macs),
        "counts": {
            name: {"unit": convention.unit, "total": plain(report.counted_like(name).total)}
            for name, convention in CONVENTIONS.items()
        },
    }


def tools_table() -> Table:
    """The tools, and what of each is reproduced."""
    rows = tuple((name, convention.unit, convention.tool) for name, convention in CONVENTIONS.items())
    headings = (Heading("tool"), Heading("unit"), Heading("what is reproduced"))
    return Table("Counting conventions", headings, rows)


def tools_data() -> dict[str, Any]:
    """The same as --format json tells it."""
    return {
        "schema": 1,
        "tools": {name: {"unit": made.unit, "reproduces": made.tool} for name, made in CONVENTIONS.items()},
    }


def _unknown(report: Report) -> list[str]:
    return [f"{report.say_unknown()}; what tools count there is not known."] if report.unknown else []


def _equation(total: Size) -> str:
    return f"{'=' if is_known(total) else '≥'} {known_part(total)}"


def _share(difference: int, ours: int) -> str:
    """A difference in per cent, signed.

    >>> _share(-5, 1000), _share(0, 1000)
    ('−0.50 %', 'exactly')
    """
    if difference == 0:
        return "exactly"
    return f"{'+' if difference > 0 else '−'}{abs(difference) / ours:.2%}".replace("%", " %")
