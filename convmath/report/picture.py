"""A report as a diagram: a box for every layer or block, an arrow for what each reads, colours for what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import is_known, known_part
from ..core.cost import Cost
from ..core.errors import ParameterError, ShapeError, show, unknown_name
from ..core.size import Symbolic
from ..render.drawing import STEPS, Arrow, Box, Drawing, Scale
from .arrows import arrows, lines
from .captions import LONGEST, amount, called, counted, share, sized
from .folding import Folding, as_shown, by_depth
from .repeats import DEEPEST, once, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.shape import Shape
    from .analysis import Report
    from .repeats import Repeat
    from .row import Row

LIMIT = 200
"""Boxes that a diagram has at most, unless more are asked for."""

MOST_LISTED = 4
"""Shapes that are told one by one; of more it is told how many there are."""

COLOURS = {"macs": "MACs", "params": "parameters", "activations": "activations", "none": ""}
"""The costs that boxes can be coloured by, and what each is called."""

DIRECTIONS = ("down", "right")


class Part(NamedTuple):
    """What one box tells of: a layer, or the layers of a block."""

    name: str
    rows: tuple[Row, ...]

    @property
    def layer(self) -> Row | None:
        """The row of a box that is one layer by its own name."""
        return self.rows[0] if len(self.rows) == 1 and self.rows[0].name == self.name else None

    def cost(self, colour: str) -> Any:
        """What the layers cost together."""
        return getattr(Cost.total([row.cost for row in self.rows]), colour)


def drawing(report: Report, depth: int | None, colour: str, direction: Any, repeats: bool, limit: int) -> Drawing:
    """The diagram of a report; what each argument means stands at `Report.drawing`."""
    _check(report, depth, colour, direction, limit)
    handed = _handed(report)
    rows, runs = once(report.whole.rows, handed) if repeats else (report.whole.rows, {})
    shown = depth is None and report is not report.whole
    folding = as_shown(rows, report.rows) if shown else by_depth(rows, list(report.inputs), depth, limit)
    parts = [Part(name, tuple(members)) for name, members in _gathered(rows, folding).items()]
    numbers = folding.numbered(report.inputs)
    results: dict[int, list[Shape]] = {}
    for name, shapes in handed.items():
        if (home := numbers.get(standing(name, runs))) is not None:
            results.setdefault(home, []).extend(shapes)
    costs = [part.cost(colour) if colour != "none" else 0 for part in parts]
    boxes = [
        *(Box((name, sized(shape)), role="input", told=name) for name, shape in report.inputs.items()),
        *_boxes(parts, costs, colour, runs),
    ]
    batched = len({shape[:1] for row in rows for shape in (*row.inputs, *row.outputs)}) > 1
    carried = [
        *arrows(lines(rows, numbers), len(report.inputs), batched),
        *(Arrow(maker, len(boxes) + place) for place, maker in enumerate(results)),
    ]
    boxes += map(_result, results.values())
    notes = _notes(report, parts, folding, runs, colour, batched)
    return Drawing(report.title, notes, tuple(boxes), tuple(carried), _scale(costs, COLOURS[colour]), direction)


def _check(report: Report, depth: int | None, colour: str, direction: str, limit: int) -> None:
    for name, value in (("depth", depth), ("limit", limit)):
        if value is not None and (type(value) is not int or value < 1):
            raise ParameterError(f"{name} must be an integer of at least 1, not {show(value)}")
    if colour not in COLOURS:
        raise unknown_name("colouring", colour, list(COLOURS))
    if direction not in DIRECTIONS:
        raise unknown_name("direction", direction, list(DIRECTIONS))
    for name, shape in report.inputs.items():
        if any(type(size) is not int and not isinstance(size, Symbolic) for size in shape):
            raise ShapeError(f"{name}: a diagram shows one size at a time, not an array of sizes (draw each)")


def _gathered(rows: Iterable[Row], folding: Folding) -> dict[str, list[Row]]:
    members: dict[str, list[Row]] = {}
    for row in rows:
        if row.name in folding.of:
            members.setdefault(folding.of[row.name], []).append(row)
    return members


def _handed(report: Report) -> dict[str, list[Shape]]:
    """What the network hands out, by the layer that makes it: what it states, or what nothing reads."""
    rows = report.whole.rows
    if not report.whole.outputs:
        read = {source for row in rows for source in row.reads}
        return {row.name: list(row.outputs) for row in rows if row.name not in read}
    made = {row.name: row.outputs for row in rows} | {name: (shape,) for name, shape in report.inputs.items()}
    handed: dict[str, list[Shape]] = {}
    for name, output in report.whole.outputs:
        handed.setdefault(name, []).append(made[name][output])
    return handed


def _result(shapes: Sequence[Shape]) -> Box:
    words = ("output", sized(shapes[0])) if len(shapes) == 1 else ("outputs", *_listed(shapes))
    return Box(words, role="output", told="; ".join(map(sized, shapes)))


def _listed(shapes: Sequence[Shape]) -> list[str]:
    """Some shapes, or how many there are."""
    return [f"{len(shapes)} values"] if len(shapes) > MOST_LISTED else [sized(shape) for shape in shapes]


def _inputs(report: Report) -> str:
    """The inputs and their shapes, or how many there are."""
    if len(report.inputs) > MOST_LISTED:
        return f"{len(report.inputs)} inputs"
    return ", ".join(f"{name} {sized(shape)}" for name, shape in report.inputs.items())


def _boxes(parts: Sequence[Part], costs: Sequence[Any], colour: str, runs: dict[str, Repeat]) -> Iterable[Box]:
    total, most = _known(costs)
    groups = _groups([part.name for part in parts])
    for part, value in zip(parts, costs, strict=True):
        path = _path(part.name, groups)
        known, unknown = known_part(value), _unknown(part.rows, colour)
        faulty = any(row.aligned is False for row in part.rows)
        yield Box(
            (
                _label(part.name, path[-1] if path else "", runs), _said(part), *_figure(value, total),
                *_missing(part, unknown, COLOURS[colour]), *["paths meet shifted"] * faulty,
            ),
            tuple(_label(inner, outer, runs) for outer, inner in zip(("", *path), path, strict=False)),
            "layer" if part.layer else "block",
            (known * STEPS - 1) // most if type(known) is int and known and most else None,
            faulty,
            unknown > 0,
            _told(part),
        )  # fmt: skip


def _known(costs: Sequence[Any]) -> tuple[int, int]:
    """The sum and the largest of what costs are known to be; zeros among formulas, of which nothing has a share."""
    numbers = [known_part(value) for value in costs]
    if any(isinstance(value, Symbolic) for value in numbers):
        return 0, 0
    return sum(numbers), max(numbers, default=0)


def _figure(value: Any, total: int) -> list[str]:
    """What a box says of its cost: the number and its share, or the formula if there is room for it."""
    known, least = known_part(value), "" if is_known(value) else "≥ "
    if type(known) is int:
        part = f" · {share(known, total)}" if total else ""
        return [f"{least}{amount(known)}{part}"] if known else []
    return [f"{least}{known}"] if len(f"{least}{known}") <= LONGEST else []


def _unknown(rows: Iterable[Row], colour: str) -> int:
    """How many layers there are of which nobody knows the whole cost."""
    return 0 if colour == "none" else sum(not is_known(getattr(row.cost, colour)) for row in rows)


def _missing(part: Part, unknown: int, cost: str) -> list[str]:
    """What a box says of costs that are missing in its number."""
    if not unknown:
        return []
    return [f"{cost} unknown" if len(part.rows) == 1 else f"{cost} of {unknown} unknown"]


def _groups(names: Sequence[str]) -> set[str]:
    """The blocks that are drawn round their boxes: those of several boxes, and of two with the same boxes the inner."""
    count: dict[str, int] = {}
    for name in names:
        for block in _outer(name):
            count[block] = count.get(block, 0) + 1
    inner = {(outer, count[block]) for block in count for outer in [block.rpartition(".")[0]]}
    return {block for block, boxes in count.items() if boxes > 1 and (block, boxes) not in inner}


def _outer(name: str) -> list[str]:
    """The blocks that a box lies in, the outermost first."""
    parts = name.split(".")[:-1][:DEEPEST]
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _path(name: str, groups: set[str]) -> tuple[str, ...]:
    return tuple(block for block in _outer(name) if block in groups)


def _label(name: str, outer: str, runs: dict[str, Repeat]) -> str:
    """The name inside its group, and how often the block stands there."""
    inside = [block for block in (*_outer(name), name) if len(block) > len(outer) and block in runs]
    last, times = name, 1
    for block in reversed(inside):
        last = runs[block].last + last[len(block) :]
        times *= runs[block].times
    start = len(outer) + 1 if outer and len(name) > len(outer) + 1 else 0
    return f"{name[start:]} … {last[start:]}  ×{times}" if inside else name[start:]


def _said(part: Part) -> str:
    if part.layer:
        return called(part.layer.layer) if part.layer.layer else part.layer.op
    layers = sum(row.layers for row in part.rows)
    return f"{layers} layer{'s' if layers > 1 else ''}"


def _told(part: Part) -> str:
    words = [part.name]
    if part.layer:
        words += [repr(part.layer.layer), " and ".join(map(sized, part.layer.outputs))]
    cost = Cost.total([row.cost for row in part.rows])
    for word, value in (("parameters", cost.params), ("MACs", cost.macs)):
        if not is_known(value):
            words.append(f"{value.said(lambda known: f'{known:,}' if type(known) is int else str(known))} {word}")
        elif type(value) is int and value:
            words.append(f"{value:,} {word}")
    return " · ".join(words)


def _scale(costs: Sequence[Any], cost: str) -> Scale | None:
    total, most = _known(costs)
    if not most:
        return None
    known = "" if all(map(is_known, costs)) else "known "
    return Scale(f"share of {known}{cost}", "0", share(most, total))


def _notes(
    report: Report, parts: Sequence[Part], folding: Folding, runs: dict[str, Repeat], colour: str, batched: bool
) -> tuple[str, ...]:
    """What is to be known beside the diagram."""
    given = _inputs(report)
    layers = sum(row.layers for row in report.whole.rows)
    many = "1 layer" if layers == 1 else f"{layers} layers"
    notes = [
        given if batched else f"{given}; other shapes without the batch",
        f"{counted(report.totals.params, 'parameters')} · {counted(report.totals.macs, 'MACs')} · {many}",
    ]
    if any(part.layer is None for part in parts):
        how = f"to depth {folding.depth} of {folding.deepest}" if folding.depth else "in the order of layers"
        why = f" (a limit of {folding.limit} unfolds it)" if folding.limit else ""
        notes.append(f"Folded {how}: {many} in {'1 box' if len(parts) == 1 else f'{len(parts)} boxes'}{why}")
    if runs:
        notes.append("×n: that many equal blocks follow one another")
    if unknown := _unknown((row for part in parts for row in part.rows), colour):
        many = "1 layer" if unknown == 1 else f"{unknown} layers"
        notes.append(f"Dashed: the {COLOURS[colour]} of {many} are unknown")
    if any(row.aligned is False for part in parts for row in part.rows):
        notes.append("Framed in orange: paths of different centre or jump meet")
    return tuple(notes)
