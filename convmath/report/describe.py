"""One layer told in full: a table of quantity and value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.cost import bytes_per
from ..core.receptive_field import figure
from ..core.shape import Shape, as_shape
from ..core.size import Symbolic
from ..render.table import Heading, Table, show_cell
from .analysis import Report
from .columns import one_or_each
from .row import Row, by_position
from .turning import Origin

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer


def layer_report(layer: Layer, shapes: tuple[object, ...]) -> Report:
    """The report of one layer by itself, for inputs of these shapes.

    >>> from convmath.layers.conv import Conv2d
    >>> layer_report(Conv2d(3, 8, 3), ("1x3x16x20",)).totals.macs
    54432
    """
    inputs = tuple(as_shape(shape) for shape in shapes)
    facts = layer.facts(*inputs)
    names = ["input"] if len(inputs) == 1 else [f"input{place}" for place in range(len(inputs))]
    row = Row(
        layer.op, facts.layer.op, facts.layer, inputs, facts.outputs, facts.cost, layer.receptive_field(*inputs),
        aligned=True, conditions=facts.conditions, reads=tuple(names), ports=(0,) * len(names),
    )  # fmt: skip
    outputs = tuple((layer.op, place) for place in range(len(facts.outputs)))
    rows = by_position((row,), Origin(names[0], inputs[0], tuple(range(2, len(inputs[0])))))
    return Report(layer.op, dict(zip(names, inputs, strict=True)), rows, outputs=outputs)


UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")

HEADINGS = (Heading("quantity"), Heading("value", right=True), Heading(""))

FORMULA_HEADINGS = (Heading("quantity"), Heading(""), Heading("formula"))
"""Formulas are long and have no places to align, so they stand last."""


def description(row: Row) -> Table:
    """What a layer makes, takes and sees, each with a word on what is counted.

    >>> from convmath.layers.conv import Conv2d
    >>> description(layer_report(Conv2d(3, 8, 3), ((1, 3, 16, 20),)).rows[0]).rows[1]
    ('output', '1x8x14x18', '')
    """
    title, lines = row.op if row.layer is None else repr(row.layer), _lines(row)
    if _has_symbols(row):
        from .conditions import asked, remarks_on_layer
        from .wording import as_stated, shorter

        stated = _lines(as_stated(row))
        formulas = [
            (what, remark, shorter(value, other))
            for (what, value, remark), (_, other, _) in zip(lines, stated, strict=True)
        ]
        report = Report(row.name, {str(place): shape for place, shape in enumerate(row.inputs)}, (row,))
        formulas += [("must hold", "", one.in_words) for one in asked(report)]
        return Table(title, FORMULA_HEADINGS, tuple(formulas), notes=remarks_on_layer(report))
    return Table(title, HEADINGS, tuple(lines))


def _lines(row: Row) -> list[tuple[object, ...]]:
    cost = row.cost
    fields = row.fields
    jump = one_or_each([figure(field, "jump") for field in fields])
    start = one_or_each([figure(field, "start") for field in fields])
    lines: list[tuple[object, ...]] = [
        ("input", ", ".join(map(str, row.inputs)), ""),
        ("output", ", ".join(map(str, row.outputs)), ""),
        ("parameters", cost.params, _listed(row.layer)),
        ("MACs", cost.macs, "every tap, padding included"),
        ("touching MACs", cost.macs_touching, "taps on real input only"),
        ("FLOPs", cost.flops, "2 for each MAC, and all other arithmetic"),
        ("activations", cost.activations, _in_bytes(cost.activations)),
    ]
    if type(cost.buffers) is not int or cost.buffers:
        lines.insert(3, ("buffers", cost.buffers, "stored, not trained"))
    if fields:
        size = one_or_each([figure(field, "size") for field in fields])
        lines.append(("receptive field", size, BEYOND.get(size) or f"jump {jump}, start {start}"))
    return lines


BEYOND = {"all": "the whole axis", "?": "not told before the sizes are numbers"}


def weights_table(layer: Layer) -> Table:
    """What is known of a layer without an input: its parameters."""
    lines: list[tuple[object, ...]] = [(name, str(Shape(shape)), "") for name, shape in layer.weights().items()]
    lines.append(("parameters", layer.params, ""))
    return Table(
        repr(layer), HEADINGS, tuple(lines), notes=("With --input its output, costs and receptive field are told.",)
    )


def _has_symbols(row: Row) -> bool:
    sizes = (row.cost.params, *(size for shape in (*row.inputs, *row.outputs) for size in shape))
    return bool(row.conditions) or any(isinstance(size, Symbolic) for size in sizes)


def _in_bytes(numbers: Size) -> str:
    if type(numbers) is not int:
        return f"{bytes_per('float32')} bytes each in float32"
    return f"{show_bytes(numbers * bytes_per('float32'))} in float32"


def show_bytes(count: int) -> str:
    """Bytes in the unit that suits them.

    >>> show_bytes(3211264)
    '3.1 MiB'
    """
    if count < 1024:
        return f"{show_cell(count)} B"
    power = min((count.bit_length() - 1) // 10, len(UNITS))
    tenths = (20 * count + 1024**power) // (2 * 1024**power)
    return f"{show_cell(tenths // 10)}.{tenths % 10} {UNITS[power - 1]}"


def _listed(layer: Layer | None) -> str:
    if layer is None:
        return ""
    return ", ".join(f"{name} {Shape(shape)}" for name, shape in layer.weights().items())
