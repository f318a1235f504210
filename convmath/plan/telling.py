"""What a sweep or a search found, as a table and as plain data."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..core.receptive_field import ReceptiveField
from ..render.table import Heading, Table, show_cell

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..report.row import Row
    from .gathering import Best, Front, Grouped, Summary
    from .scaling import Change, Design
    from .search import Found
    from .sweep import Sweep

    Gatherer = Best | Front | Grouped

MOST_REASONS = 3


def sweep_table(title: str, sweep: Sweep, summary: Summary, found: Gatherer, said: str) -> Table:
    """The designs that were chosen, and below them what became of all."""
    rows = found.rows()
    headings = tuple(Heading(name, right=True) for name in found.columns)
    return Table(f"{title}: {said}", headings, tuple(rows), notes=(*_counts(summary), *_ranges(summary)))


def _counts(summary: Summary) -> list[str]:
    notes = [f"{show_cell(summary.count)} designs, {show_cell(summary.found)} of them as asked."]
    if summary.unmet:
        notes.append(f"{show_cell(summary.unmet)} do not meet what is asked.")
    if summary.refused:
        notes.append(f"{show_cell(summary.refused)} are no networks:")
        reasons = sorted(summary.reasons.items(), key=lambda found: (-found[1], found[0]))
        notes += [f"  {reason}" for reason, _ in reasons[:MOST_REASONS]]
    return notes


def _ranges(summary: Summary) -> list[str]:
    """From where to where each column runs that is not the same everywhere."""
    return [
        f"{name}: {show_cell(int(low))} to {show_cell(int(high))}"
        for name, (low, high) in summary.ranges.items()
        if low != high
    ]


def sweep_data(title: str, sweep: Sweep, summary: Summary, found: Gatherer) -> dict[str, Any]:
    """The same for programs."""
    return {
        "network": title,
        "vary": [str(axis) for axis in sweep.axes],
        "where": sweep.where,
        "designs": summary.count,
        "as_asked": summary.found,
        "unmet": summary.unmet,
        "refused": summary.refused,
        "reasons": sorted(summary.reasons),
        "ranges": {name: [int(low), int(high)] for name, (low, high) in summary.ranges.items()},
        "chosen": [dict(zip(found.columns, row, strict=True)) for row in found.rows()],
    }


def search_table(found: Found, target: str, layers: int) -> Table:
    """The best sequence layer by layer; several, one a line, where every receptive field is worth its cost."""
    looked = f"{show_cell(found.looked_at)} sequences looked at; none that is left out is better."
    if not found.front:
        title = f"no sequence of at most {layers} layers reaches {target}"
        return Table(title, (Heading("layer"),), (), notes=(looked,))
    if len(found.front) > 1:
        return _choices(found, target, looked)
    report = found.network(0).analyze()
    fields = Heading("receptive field", True)
    headings = (Heading("layer"), Heading("output"), fields, Heading("params", True), Heading("macs", True))
    rows = tuple(
        (str(row.layer), str(row.outputs[0]), _by(_sizes(row)), row.cost.params, row.cost.macs) for row in report.rows
    )
    totals = ("total", "", "", report.totals.params, report.totals.macs)
    return Table(f"{target}: the least {found.minimised}", headings, rows, totals, (looked,))


def _choices(found: Found, target: str, looked: str) -> Table:
    headings = (
        Heading("receptive field", True), Heading(found.minimised, True), Heading("layers", True), Heading("sequence"),
    )  # fmt: skip
    rows = tuple(
        (_by(label.field), label.costs[0], len(label.layers()), _sequence(label.layers())) for label in found.front
    )
    return Table(f"{target}: what sees more costs more {found.minimised}", headings, rows, notes=(looked,))


def _sizes(row: Row) -> list[Any]:
    return [field.size for field in row.fields if isinstance(field, ReceptiveField)]


def search_data(found: Found, target: str) -> dict[str, Any]:
    """The same for programs."""
    return {
        "target": target,
        "minimised": found.minimised,
        "input": list(found.shape),
        "looked_at": found.looked_at,
        "front": [
            {
                "receptive_field": list(label.field),
                found.minimised: label.costs[0],
                "layers": [str(layer) for layer in label.layers()],
            }
            for label in found.front
        ],
    }


def _by(sizes: Any) -> str:
    """Sizes along the axes; one where they are equal."""
    return str(sizes[0]) if sizes and len(set(sizes)) == 1 else " × ".join(map(str, sizes))


def _sequence(layers: list[Any]) -> str:
    """Layers in words, those that follow one another and are alike as one with their number."""
    runs = [(word, len(list(alike))) for word, alike in groupby(map(_short, layers))]
    return " → ".join(f"{count} {word}" if count > 1 else word for word, count in runs)


def _short(layer: Layer) -> str:
    """A layer in a word: its type, what it reads and by how much it steps."""
    kernel = getattr(layer, "kernel_size", ())
    stride = getattr(layer, "stride", None) or kernel
    word = f"{layer.op} {'×'.join(map(str, kernel))}".strip()
    return f"{word}/{_by(stride)}" if any(s > 1 for s in stride) else word


def scaling_table(title: str, found: Design, around: list[Change], within: str) -> Table:
    """The largest design, and below it what one step of each size does."""
    sizes = ", ".join(f"{name}={size}" for name, size in found.sizes.items())
    headings = (Heading("change"), *(Heading(one, True) for name in found.measures for one in (name, "", "elasticity")))
    rows = [("none", *(cell for value in found.measures.values() for cell in (value, "", "")))]
    for change in around:
        cells: list[Any] = [f"{change.name}={change.size}"]
        for name, value in change.measures.items():
            elastic, old = change.elasticities[name], found.measures[name]
            share = f"{100 * (value - old) / old:+.1f} %" if old else ""
            cells += [value, share, "" if elastic is None else f"{float(elastic):.2f}"]
        rows.append(tuple(cells))
    return Table(f"{title}: {sizes} is the largest with {within} (φ = {found.phi:.3f})", headings, tuple(rows))


def scaling_data(title: str, found: Design, around: list[Change]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "network": title,
        "phi": found.phi,
        "sizes": dict(found.sizes),
        "measures": dict(found.measures),
        "changes": [
            {
                "change": {change.name: change.size},
                "measures": dict(change.measures),
                "elasticities": {
                    name: None if elastic is None else round(float(elastic), 6)
                    for name, elastic in change.elasticities.items()
                },
            }
            for change in around
        ],
    }
