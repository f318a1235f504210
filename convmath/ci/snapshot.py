"""Snapshot: an analysis as plain data, which a lock file keeps and two of which can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import UNKNOWN, AtLeast
from ..core.errors import ConvmathError
from ..report.data import cost_data, plain, row_data
from ..report.questions import accepted, demands
from ..symbolic.implicit import Symbols
from ..symbolic.parse import parse_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from ..report.analysis import Report
    from ..report.row import Row
    from ..symbolic.proposition import Proposition

WORDS = ("call", "op", "reads", "returns", "accepts", "asks")
"""Quantities that are words; texts of all others are formulas."""


TOLD = (
    "takes", "accepts", "op", "call", "reads", "outputs", "returns", "layers", "params", "buffers", "macs",
    "receptive_field", "jump",
)  # fmt: skip
"""What is told of a change; all others follow from these, and are told where none of these changed."""

LABELS = {
    "takes": "network input", "accepts": "accepted sizes", "returns": "result", "op": "type", "reads": "source",
    "inputs": "input", "outputs": "output", "macs": "MACs", "macs_touching": "touching MACs", "flops": "FLOPs",
    "receptive_field": "receptive field",
}  # fmt: skip
"""What quantities are called, where it is not by their names."""

LONGEST = 10_000
"""Characters of a formula that is read."""


class Entry(NamedTuple):
    """A layer, or with no name the whole network, and its quantities as plain data: integers, formulas as texts."""

    name: str
    figures: dict[str, Any]


class Snapshot(NamedTuple):
    """A network: what it is as a whole, its layers in order, and the values with which it was read."""

    whole: Entry
    layers: tuple[Entry, ...]
    given: Mapping[str, Any] = {}


EMPTY = Snapshot(Entry("", {}), ())
"""No network."""


def snapshot(report: Report, given: Mapping[str, Size] | None = None) -> Snapshot:
    """An analysis as plain data; `given` are the values that its network was read with.

    >>> from convmath.formats.spec import loads
    >>> found = snapshot(loads("{input: [1, 3, H, 9], layers: ['Conv2d(3, 8, 3, stride=2)']}").analyze())
    >>> found.layers[0].figures["outputs"], found.whole.figures["params"]
    ([[1, 8, '-(-H//2) - 1', 4]], 224)
    """
    whole: dict[str, Any] = {
        "takes": {name: list(map(plain, shape)) for name, shape in report.inputs.items()},
        "accepts": str(accepted(report)),
        "asks": sorted({_relation(demand.proposition) for demand in demands(report)}),
        "returns": [_reference(name, port) for name, port in report.outputs],
        "layers": len(report.rows),
        **cost_data(report.totals),
    }
    kept = {name: plain(value) for name, value in sorted((given or {}).items())}
    return Snapshot(Entry("", whole), tuple(map(_entry, report.rows)), kept)


def _entry(row: Row) -> Entry:
    data = row_data(row)
    ports = row.ports or (0,) * len(row.reads)
    figures = {"op": row.op, "call": data["call"], "reads": list(map(_reference, row.reads, ports))}
    figures |= {key: data[key] for key in ("inputs", "outputs", *cost_data(row.cost))}
    field = data["receptive_field"]
    figures |= {"receptive_field": field["size"], "jump": field["jump"], "start": field["start"]}
    return Entry(row.name, figures | {"aligned": data["aligned"]})


def _relation(one: Proposition) -> str:
    return f"{plain(one.left)} {'==' if one.relation == '=' else '>='} {plain(one.right)}"


def _reference(name: str, port: int) -> str:
    return f"{name}[{port}]" if port else name


class Names(Symbols):
    """Every name, for formulas that are read from a lock file."""

    def __contains__(self, name: object) -> bool:
        return type(name) is str and name.isidentifier()


def number(value: Any) -> Size | None:
    """The size that plain data states; None for what is none.

    >>> number(7), number("(H - 1)//2"), number("at least 5"), number("?"), number("varies, or all")
    (7, Polynomial('⌈H/2⌉ − 1'), at least 5, ?, None)
    """
    if type(value) is int or not isinstance(value, str) or len(value) > LONGEST:
        return value if type(value) is int else None
    if value == "?":
        return UNKNOWN
    known = value.removeprefix("at least ")
    try:
        size = parse_formula(known, Names())
    except ConvmathError:
        return None
    return size if known == value else AtLeast(size)


def same(a: Any, b: Any) -> bool:
    """Whether two values of plain data are equal, formulas by what they are rather than by how they are written.

    >>> same([1, "H + 1"], [1, "1 + H"]), same([1, 2], [1, 2, 3])
    (True, False)
    """
    if a == b:
        return type(a) is type(b)  # True is no 1
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    sizes = number(a), number(b)
    return None not in sizes and bool(sizes[0] == sizes[1])


def said(quantity: str, value: Any) -> str:
    """A value in words, formulas as they are read.

    >>> said("outputs", [[1, 8, "(H - 1)//2"]]), said("macs", 5184000), said("receptive_field", [7, None])
    ('1 x 8 x ⌈H/2⌉ − 1', '5,184,000', '7 x all')
    """
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(quantity, sizes)}" for name, sizes in value.items())
    if isinstance(value, list):
        nested = quantity in WORDS or any(isinstance(part, list) for part in value)
        return (", " if nested else " x ").join(said(quantity, part) for part in value) or "nothing"
    if value is None:
        return {"aligned": "open", "call": "nothing"}.get(quantity, "all")
    if type(value) is bool:
        return "yes" if value else "no"
    size = None if quantity in WORDS else number(value)
    if size is None:
        return str(value)
    return size.said(_worded) if isinstance(size, AtLeast) else _worded(size)


def _worded(size: Size) -> str:
    return f"{size:,}" if type(size) is int else str(size)
