"""The memory that a network takes as a table and as data: what it is made of, or layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.bound import AtLeast, known_part
from ..core.size import are_numbers
from ..render.table import Heading, Table, show_cell
from ..report.data import plain
from ..report.describe import show_bytes
from ..report.untold import sentences
from .flow import flow, predicting
from .liveness import moments, waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.size import Size
    from ..report.analysis import Report
    from .flow import Value
    from .inference import Held, Inference
    from .training import Training

    Line = tuple[str, str, str]

HEADINGS = (Heading("memory"), Heading("bytes", right=True), Heading(""))

FORMULA_HEADINGS = (Heading("memory"), Heading(""), Heading("bytes"))
"""Formulas are long and have no places to align, so they stand last."""

MOST_NAMED = 4
"""Layers that a remark names; and formulas of which one is the largest."""

OWN_MEMORY = "Every layer writes to memory of its own; work space of kernels is not counted (numeric.demand does)."

OPTIMIZERS = {
    "none": "no optimiser", "sgd": "SGD keeps nothing", "momentum": "SGD with momentum: 1 number a parameter",
    "adam": "Adam: 2 numbers a parameter",
}  # fmt: skip


def inference_table(report: Report, found: Inference) -> Table:
    """What one pass takes, and what is held at the worst layer."""
    lines = [
        ("weights", _bytes(found.weights), f"{_count(report.totals.params)} in {found.precision.weights}"),
        ("buffers", _bytes(found.buffers), "stored, not trained"),
        *_peak_lines("values, at most", found.held, found.width),
    ]
    if len(found.held.candidates) == 1:
        lines += _values(found)
    lines += _in_place(found)
    if found.searched and found.held.candidates:
        lines.append(_best(report, found))
    given = found.width * sum(shape.elements for shape in report.inputs.values())
    lines.append(("all values", _bytes(given + found.written), "if nothing were ever let go, inputs among them"))
    if len(found.held.candidates) <= 1:
        lines.append(("total", _bytes(found.total), "weights, buffers and the values at the worst layer"))
    return _table(report, found.precision, lines, (OWN_MEMORY,))


def training_table(report: Report, found: Training) -> Table:
    """What training takes: what is there all the time, and the worst instant of a pass there and back."""
    kinds, params = found.precision, report.totals.params
    lines = [
        ("weights", _bytes(found.weights), f"{_count(params)} in {kinds.weights}"),
        ("gradients", _bytes(found.gradients), f"one for each {_trained(report, found)}, in {kinds.gradients}"),
        ("optimiser", _bytes(found.optimizer), OPTIMIZERS[found.optimizer_name]),
        ("buffers", _bytes(found.buffers), "stored, not trained"),
    ]
    if kinds.master is not None:
        lines.insert(1, ("weights again", _bytes(found.master), f"in {kinds.master}, for the optimiser"))
    lines.append(("kept for gradients", _bytes(found.saved), _kept_of(found)))
    if found.largest is not None:
        lines.append(("values, at most", _bytes(found.peak), f"during the {found.largest}"))
        lines.append(("total", _bytes(found.total), "all but what is kept, which is among the values"))
    else:
        lines.append(("total, at least", _bytes(found.total), "what else comes and goes is compared between numbers"))
    notes = [_again(report, found)] if found.recompute is not None else []
    if found.assumed:
        one = len(found.assumed) == 1
        assumed = "keeps; all that it reads and makes" if one else "keep; all that they read and make"
        notes.append(f"No rule tells what {_named(found.assumed)} {assumed} is assumed.")
    notes += [
        f"What {_named(names)} keep{'s' * (len(names) == 1)} is told of {told}."
        for told, names in _by_backend(found).items()
    ]
    notes += sentences(found.untold)
    others = " of the others" if found.assumed or found.untold else ""
    return _table(report, kinds, lines, (*notes, f"What gradients need{others} is kept as PyTorch keeps it."))


def _trained(report: Report, found: Training) -> str:
    every = not report.whole.frozen
    return "parameter" if every else f"of the {_count(found.trained)} that are trained"


def _by_backend(found: Training) -> dict[str, tuple[str, ...]]:
    """The layers of each remark about kernels."""
    names: dict[str, tuple[str, ...]] = {}
    for name, told in found.backends:
        names[told] = (*names.get(told, ()), name)
    return names


def _table(report: Report, precision: object, lines: Sequence[Line], notes: tuple[str, ...]) -> Table:
    told = (*report.remarks, *notes)
    if are_numbers(*(size for shape in report.inputs.values() for size in shape), report.totals.activations):
        return Table(_title(report, precision), HEADINGS, tuple(lines), notes=told)
    turned = tuple((what, remark, value) for what, value, remark in lines)
    return Table(_title(report, precision), FORMULA_HEADINGS, turned, notes=told)


def inference_layers(report: Report, found: Inference) -> Table:
    """Every layer with what it writes, and all that is held while it runs."""
    worst = {moment.task.row.name for moment in found.held.candidates}
    rows = []
    graph = predicting(report)
    for moment, (first, count) in zip(moments(graph), waiting(graph, MOST_NAMED), strict=True):
        row = moment.task.row
        written = found.width * sum(shape.elements for shape in row.outputs)
        held, mark = _bytes(found.width * moment.numbers), "◀ most" if row.name in worst else ""
        made = ", ".join(map(str, row.outputs))
        rows.append((row.name, row.op, made, _bytes(written), held, mark, _named(list(map(str, first)), count)))
    headings = (
        Heading("layer"), Heading("type"), Heading("output"), Heading("writes", right=True),
        Heading("held", right=True), Heading(""), Heading("waits meanwhile"),
    )  # fmt: skip
    return Table(_title(report, found.precision), headings, tuple(rows), notes=report.remarks)


def training_layers(report: Report, found: Training) -> Table:
    """Every layer with what it keeps for its gradient; what an earlier one keeps already counts there."""
    graph, rows = flow(report), []
    told: set[Value] = set()
    again = {place for block in found.blocks.again for place in block}
    width = found.precision.bytes_of("activations")
    for place, (task, saving) in enumerate(zip(graph.tasks, found.savings, strict=True)):
        new = [value for value in saving.values if value not in told]
        told.update(saving.values)
        size = width * sum(graph.shapes[value].elements for value in new) + saving.own_bytes
        words = [*map(str, saving.values), *(own.what for own, _ in saving.own)]
        runs = "runs again" if place in again else ""
        rows.append(
            (task.row.name, task.row.op, ", ".join(map(str, task.row.outputs)), _bytes(size), ", ".join(words), runs)
        )
    headings = (
        Heading("layer"), Heading("type"), Heading("output"), Heading("keeps", right=True), Heading("which is"),
        Heading(""),
    )  # fmt: skip
    note = "A value that several layers keep is there once, and counts at the first of them."
    return Table(_title(report, found.precision), headings, tuple(rows), notes=(*report.remarks, note))


def _title(report: Report, precision: object) -> str:
    given = ", ".join(f"{name} {shape}" for name, shape in report.inputs.items())
    return f"{report.title} ({given}), {precision}"


def _bytes(count: Size) -> str:
    if isinstance(count, AtLeast):
        return count.said(_bytes)
    return show_bytes(count) if type(count) is int else f"{count}"


def _count(count: Size) -> str:
    return f"{show_cell(count)} numbers" if type(known_part(count)) is int else "numbers"


def _named(names: Sequence[str], count: int | None = None) -> str:
    """The first of some names, and how many more there are; `count` says how many where not all are given."""
    shown, many = ", ".join(names[:MOST_NAMED]), len(names) if count is None else count
    return shown if many <= MOST_NAMED else f"{shown} and {many - MOST_NAMED} more"


def _peak_lines(what: str, held: Held, width: int) -> list[Line]:
    if not held.candidates:
        return [(what, _bytes(0), "there are no layers")]
    if len(held.candidates) == 1:
        (moment,) = held.candidates
        bounds = f", for {held.bounds}" if held.bounds else ""
        return [(what, _bytes(width * held.numbers), f"while {moment.task.row.name} runs{bounds}")]
    names = _named([moment.task.row.name for moment in held.candidates])
    if len(held.candidates) > MOST_NAMED:
        return [(what, "not told", f"it may be at {names}: give the symbols values, with --given")]
    lines = [(what, "the largest of", f"for {held.bounds}" if held.bounds else "")]
    return lines + [("", _bytes(width * one.numbers), f"while {one.task.row.name} runs") for one in held.candidates]


def _values(found: Inference) -> list[Line]:
    (moment,) = found.held.candidates
    sized = [(value, found.shapes[value]) for value in moment.held]
    return [
        (f"  {value}", _bytes(found.width * shape.elements), f"{shape}, {_why(value, moment.task)}")
        for value, shape in sized
    ]


def _why(value: Any, task: Any) -> str:
    return "being written" if value in task.makes else "being read" if value in task.reads else "read later"


def _in_place(found: Inference) -> list[Line]:
    if not found.could:
        return []
    held = found.in_place
    value = _bytes(found.width * held.numbers) if len(held.candidates) <= 1 else "see above"
    count = len(found.could)
    who = "1 layer wrote over what it reads" if count == 1 else f"{count} layers wrote over what they read"
    return [("values, in place", value, f"if {who}: {_named(found.could)}")]


def _best(report: Report, found: Inference) -> Line:
    if found.best is None:
        return ("values, best order", "not known", "too many orders to look at: the network's own is told above")
    size = _bytes(found.width * found.best.numbers)
    if found.best.numbers == found.held.numbers:
        return ("values, best order", size, "no order of the layers holds less")
    names = [task.row.name for task in flow(report).tasks]
    moved = next(place for place, at in enumerate(found.best.positions) if place != at)
    before = f"right after {names[moved - 1]}" if moved else "first of all"
    return (
        "values, best order",
        size,
        f"{names[found.best.positions[moved]]} runs {before}, and so on (--format json)",
    )


def _kept_of(found: Training) -> str:
    if not found.blocks.again:
        return "activations and statistics that the way back reads"
    return f"of {len(found.blocks.again)} blocks only what they read"


def _again(report: Report, found: Training) -> str:
    if not found.blocks.again:
        return f"No block lies below {found.recompute} names: nothing runs a second time."
    macs, total = found.again.macs, report.totals.macs
    share = f", {100 * macs / total:.0f} % of a forward pass" if type(total) is type(macs) is int and total else ""
    return f"{len(found.blocks.again)} blocks run a second time: {show_cell(macs)} MACs more{share}."


def inference_data(report: Report, found: Inference) -> dict[str, Any]:
    """The same for a program; what symbols leave open is null."""
    names = [task.row.name for task in flow(report).tasks]
    return {
        "schema": 1,
        "network": report.title,
        "inputs": {name: list(map(plain, shape)) for name, shape in report.inputs.items()},
        "dtypes": found.precision._asdict(),
        "weights": plain(found.weights),
        "buffers": plain(found.buffers),
        "written": plain(found.written),
        "peak": _peak_data(found.held, found.width),
        "in_place": {**_peak_data(found.in_place, found.width), "layers": list(found.could)},
        "best_order": None
        if found.best is None
        else {"bytes": found.width * found.best.numbers, "layers": [names[place] for place in found.best.positions]},
        "layers": [
            {"name": moment.task.row.name, "held": plain(found.width * moment.numbers),
             "values": [str(value) for value in moment.held]}
            for moment in moments(predicting(report))
        ],
    }  # fmt: skip


def _peak_data(held: Held, width: int) -> dict[str, Any]:
    single = len(held.candidates) <= 1
    return {
        "bytes": plain(width * held.numbers) if single else None,
        "at": [moment.task.row.name for moment in held.candidates],
        "one_of": [plain(width * moment.numbers) for moment in held.candidates],
        "least": dict(held.least),
    }


def training_data(report: Report, found: Training) -> dict[str, Any]:
    """The same for a program; the worst instant is null where sizes are symbols."""
    names = [task.row.name for task in flow(report).tasks]
    worst = found.largest
    return {
        "schema": 1,
        "network": report.title,
        "inputs": {name: list(map(plain, shape)) for name, shape in report.inputs.items()},
        "dtypes": found.precision._asdict(),
        "training": found.optimizer_name,
        **{key: plain(getattr(found, key)) for key in ("weights", "master", "gradients", "optimizer", "buffers")},
        "saved": plain(found.saved),
        "peak": None if worst is None else {"bytes": plain(found.peak), "phase": worst.phase, "layer": worst.layer},
        "total": plain(found.total),
        "again": {
            "blocks": [[names[place] for place in block] for block in found.blocks.again],
            "macs": plain(found.again.macs),
            "flops": plain(found.again.flops),
        },
        "trained": plain(found.trained),
        "assumed": list(found.assumed),
        "untold": dict(found.untold),
        "backends": dict(found.backends),
        "layers": [
            {"name": name, "keeps": [str(value) for value in saving.values],
             "own": {own.what: plain(size) for own, size in saving.own}}
            for name, saving in zip(names, found.savings, strict=True)
        ],
    }  # fmt: skip
