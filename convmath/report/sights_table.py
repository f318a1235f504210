"""What layers see as tables and as data: all of them, or one position of one of them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..core.extent import Extent
from ..core.positions import blocks
from ..core.receptive_field import ReceptiveField, Untold, figure
from ..core.size import Symbolic
from ..render.table import Heading, Table
from .columns import one_or_each
from .data import plain
from .touched import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.receptive_field import Seen
    from .meeting import Clash
    from .sights import Sight, Sights
    from .touched import Touched

HEADINGS = (
    Heading("layer"), Heading("type"), Heading("output"), Heading("size", right=True), Heading("jump", right=True),
    Heading("start", right=True), Heading("of the axis", right=True), Heading("within borders", right=True),
    Heading("holes", right=True), Heading("aligned"),
)  # fmt: skip

ALIGNED = {True: "", False: "no", None: "?"}


def sights_table(sights: Sights, names: Sequence[str] | None = None) -> Table:
    """The layers, or those that are named, with the pairs of paths that lie shifted below."""
    chosen = [sight.name for sight in sights.sights] if names is None else names
    found = [(name, sights[name]) for name in chosen]
    title = f"{sights.report.title}: what is seen of {sights.origin} ({sights.shape})"
    notes = [*sights.report.remarks]
    if not found:
        notes.append(f"No layer to tell of: none sees {sights.origin}, or none of those asked for has holes.")
    extents = [field for _, one in found for field in one.fields if isinstance(field, Extent)]
    if any(extent.jump for extent in extents):
        notes.append("varies: no one interval moves along; told is what positions see within the borders, the longest.")
    if not all(extent.exactly for extent in extents):
        notes.append("at most: positions are moved so that less may be seen (--of and --at tell it for a position).")
    if sights.report.unknown:
        notes.append(f"{sights.report.say_unknown()}: all that comes in is taken to be seen.")
    if sights.ignore_global:
        notes.append(
            "Left out: paths through what sees a whole axis, where others meet them; moments of norms; softmax."
        )
    notes += clash_notes([clash for one in sights.sights for clash in one.clashes])
    return Table(title, HEADINGS, tuple(_row(name, one) for name, one in found), (), tuple(notes))


def _row(name: str, sight: Sight) -> tuple[Any, ...]:
    return (
        name, sight.op, str(sight.output),
        *(one_or_each([figure(field, key) for field in sight.fields]) for key in ("size", "jump", "start")),
        _shares(sight, sight.shares), _shares(sight, sight.shares_inside),
        one_or_each(["?" if holes is None else holes for holes in sight.holes]), ALIGNED[sight.aligned],
    )  # fmt: skip


def _shares(sight: Sight, shares: Sequence[Any]) -> str:
    most = ["≤ " if isinstance(field, Extent) and not field.exactly else "" for field in sight.fields]
    said = [f"{bound}{percent(share)}" for bound, share in zip(most, shares, strict=True)]
    return said[0] if len(set(said)) == 1 else ", ".join(said)


def clash_notes(clashes: Sequence[Clash], most: int = 10) -> list[str]:
    """One line for each layer at which paths clash, the axes that agree in one; the first few of many."""
    lines: dict[str, list[int]] = {}
    for clash in clashes:
        lines.setdefault(f"{clash.at}: {clash}", []).append(clash.axis)
    said = [f"{line} ({_axes(axes)})." for line, axes in lines.items()]
    return said[:most] + ([f"{len(said) - most} more pairs of paths lie shifted."] if len(said) > most else [])


def _axes(axes: list[int]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"


def percent(share: Any) -> str:
    """A share in percent, three digits of it; a formula as it is.

    >>> percent(Fraction(427, 224)), percent(Fraction(1, 7)), percent(None)
    ('191 %', '14.3 %', '?')
    """
    if share is None:
        return "?"
    if isinstance(share, int | Fraction):
        value = float(100 * share)
        return f"{value:.0f} %" if value >= 99.95 else f"{value:.3g} %"
    return str(share)


PICTURE = 40
"""Characters of a picture of an axis."""


def picture(bits: int, size: int, width: int = PICTURE) -> str:
    """An axis in a line: █ where all positions of a piece are read, ▒ where some are, · where none is.

    >>> picture(0b0011110101, 10)
    '█·█·████··'
    >>> picture(0b1110000, 8, width=4)
    '··█▒'
    """
    pieces = min(size, width)
    line = []
    for piece in range(pieces):
        first, end = piece * size // pieces, (piece + 1) * size // pieces
        count = (bits >> first & (1 << end - first) - 1).bit_count()
        line.append("·" if not count else "█" if count == end - first else "▒")
    return "".join(line)


ONE = (
    Heading("axis"), Heading("length", right=True), Heading("at", right=True), Heading("size", right=True),
    Heading("jump", right=True), Heading("field"), Heading("read"), Heading("positions", right=True),
    Heading("of the axis", right=True), Heading("holes"), Heading("where"),
)  # fmt: skip


def touched_table(sight: Sight, touched: Touched) -> Table:
    """One position of a layer, a line for each axis: the field in theory, what is read, and a picture of it."""
    rows, places = [], {place + 2: at for place, at in enumerate(touched.at)}
    for axis, bits in enumerate(touched.axes):
        field, at = sight.fields[axis], places.get(sight.along[axis])
        rows.append(
            (
                axis, touched.sizes[axis], at, figure(field, "size"), figure(field, "jump"), _interval(field, at),
                say(touched.blocks[axis]), bits.bit_count(), percent(touched.shares[axis]),
                say(touched.holes[axis], 3) if touched.holes[axis] else "", picture(bits, touched.sizes[axis]),
            )
        )  # fmt: skip
    where = ", ".join(map(str, touched.at)) or "its only position"
    notes = [_count(touched), *_phases(sight), *clash_notes(sight.clashes)]
    return Table(f"{touched.name} at {where}: what is read of {touched.origin}", ONE, tuple(rows), (), tuple(notes))


def _phases(sight: Sight, most: int = 8) -> list[str]:
    """For each axis with phases, what its positions see in turn; the first few of many."""
    said = []
    for axis, field in enumerate(sight.fields):
        if isinstance(field, ReceptiveField) and field.period > 1:
            sizes = ", ".join(map(str, field.sizes[:most])) + (", …" if field.period > most else "")
            said.append(f"axis {axis}: {field.period} positions in turn have fields of {sizes}.")
    return said


def _interval(field: Seen, at: int | None) -> str:
    if field is None or isinstance(field, Untold) or at is None:
        return "all" if field is None else "?"
    first, last = field.interval(at)
    return f"{first} … {last}"


def _count(touched: Touched) -> str:
    whole = 1
    for size in touched.sizes:
        whole *= size
    kinds = "" if len(touched.boxes) < 2 else f", a union of {len(touched.boxes)} boxes"
    are = "is" if touched.total == 1 else "are"
    most = "" if touched.exactly else "at most "
    return (
        f"{most}{touched.total:,} of {whole:,} positions {are} read{kinds}. field: without borders; read: within them."
    )


def sights_data(sights: Sights, names: Sequence[str] | None = None) -> dict[str, Any]:
    """The same for a program: sizes per axis; null is the whole axis, "?" what symbols leave open."""
    chosen = [sights[name] for name in names] if names is not None else list(sights.sights)
    return {
        "schema": 1,
        "network": sights.report.title,
        "origin": {
            "name": sights.origin, "shape": list(map(plain, sights.shape)), "axes": list(sights.seen.axes),
        },
        "ignore_global": sights.ignore_global,
        "layers": [_sight_data(sight) for sight in chosen],
    }  # fmt: skip


def _sight_data(sight: Sight) -> dict[str, Any]:
    return {
        "name": sight.name,
        "op": sight.op,
        "output": list(map(plain, sight.output)),
        **{
            key: [None if field is None else plain(figure(field, key)) for field in sight.fields]
            for key in ("size", "jump", "start")
        },
        "share": list(map(_share, sight.shares)),
        "share_in_the_middle": list(map(_share, sight.shares_inside)),
        "holes": list(sight.holes),
        "phases": [_bounds(field) for field in sight.fields],
        "aligned": sight.aligned,
        "clashes": [
            {
                "paths": list(clash.paths), "axis": clash.axis, "jumps": [str(jump) for jump in clash.jumps],
                "shift": None if clash.shift is None else float(clash.shift),
            }
            for clash in sight.clashes
        ],
    }  # fmt: skip


def _bounds(field: Seen) -> Any:
    """[first, last] of the positions 0 … period − 1."""
    if field is None or isinstance(field, Untold):
        return figure(field, "size") if field is not None else None
    return [[plain(low), plain(high)] for low, high in zip(field.low, field.high, strict=True)]


def _share(share: Any) -> Any:
    if isinstance(share, int | Fraction):
        return round(float(share), 6)
    return plain(share) if isinstance(share, Symbolic) else None if share is None else str(share)


def touched_data(sight: Sight, touched: Touched) -> dict[str, Any]:
    """One position of a layer for a program: blocks are [first, length, every, count]."""
    return {
        "schema": 1,
        "layer": _sight_data(sight),
        "origin": touched.origin,
        "at": list(touched.at),
        "positions": touched.total,
        "exactly": touched.exactly,
        "axes": [
            {
                "length": size, "first": first, "last": last, "positions": bits.bit_count(),
                "share": _share(share), "read": list(map(list, blocks(bits))), "holes": list(map(list, holes)),
            }
            for size, (first, last), bits, share, holes in zip(
                touched.sizes, touched.bounds, touched.axes, touched.shares, touched.holes, strict=True
            )
        ],
    }  # fmt: skip
