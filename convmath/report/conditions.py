"""What symbols leave to hold, in words beside a table and as data: one layer's, or those of a whole network.

Where there are no symbols, the engine is not loaded to say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import Symbolic
from ..render.table import Heading, Table
from .data import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .analysis import Report
    from .questions import Demand


def asked(report: Report) -> tuple[Demand, ...]:
    """Every demand of a report, if it has any condition.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.report.describe import layer_report
    >>> from convmath.symbolic.polynomial import symbols
    >>> C, H = symbols("C H")
    >>> [(str(one), one.holds_for) for one in asked(layer_report(Conv2d(C, 8, 3, groups=4), ((1, C, H, 9),)))]
    [('C is divisible by 4', 'C ≡ 0 (mod 4), C ≥ 4'), ('H ≥ 3', 'H ≥ 3')]
    """
    if not any(row.conditions for row in report.whole.rows):
        return ()
    from .questions import demands

    return demands(report)


def symbols_of(report: Report) -> dict[str, int]:
    """The symbols of a report, of inputs and of hyper-parameters, each with its least value."""
    found: dict[str, int] = {}
    for size in _sizes(report):
        if isinstance(size, Symbolic):
            found |= getattr(size, "names", {})
    return dict(sorted(found.items()))


def remarks_on_layer(report: Report) -> tuple[str, ...]:
    """What a reader of one layer's table wants to know where it has symbols."""
    if not symbols_of(report):
        return ()
    from .questions import accepted

    reasons = [f"Unless {one}: {one.condition.explain()}." for one in asked(report)]
    return (f"Accepted: {accepted(report)}.", *reasons)


def remarks_on_network(report: Report) -> tuple[str, ...]:
    """What must hold where hyper-parameters alone have symbols; where the input has some, the table says it itself."""
    if any(isinstance(size, Symbolic) for shape in report.inputs.values() for size in shape) or not asked(report):
        return ()
    from .questions import accepted

    return (f"Accepted: {accepted(report)}.",)


def conditions_data(report: Report) -> dict[str, Any]:
    """The keys that `--format json` adds to a report with symbols; none for one without.

    `{"symbols": {name: least}, "conditions": [{"layer", "text", "left", "relation", "right", "holds_for",
    "otherwise", "mend"}], "accepted": {"sizes", "undecided"}}`: `left` and `right` are integers or expressions of
    Python, the relation is "≥", "=", "divisible by" or "broadcasts with"; `holds_for` is null where it is not decided,
    `mend` where no crop or output_padding would help.
    """
    names = symbols_of(report)
    if not names:
        return {}
    from .questions import accepted, answer_data

    answer = answer_data(accepted(report))
    return {
        "symbols": names,
        "conditions": _as_data(report),
        "accepted": {key: answer[key] for key in ("sizes", "undecided")},
    }


def demands_table(report: Report) -> Table:
    """Every open condition of a network, the layer that makes it, the sizes that meet it and what would mend others."""
    from .questions import accepted

    rows = tuple((one.layer, str(one), one.holds_for or "not decided", one.mend) for one in asked(report))
    given = ", ".join(f"{name} {shape}" for name, shape in report.inputs.items())
    answer = accepted(report) if symbols_of(report) else "this input"
    return Table(
        f"{report.title} ({given}) accepts {answer}",
        (Heading("layer"), Heading("asks for"), Heading("holds for"), Heading("otherwise")),
        rows or (("every layer", "nothing", "every size", ""),),
        notes=(*report.remarks, f"All layers accept: {answer}."),
    )


def demands_data(report: Report) -> dict[str, Any]:
    """What a network accepts and what each layer asks for, as `convmath solve NETWORK --format json` writes it."""
    from .questions import accepted, answer_data

    return {**answer_data(accepted(report)), "conditions": _as_data(report)}


def _as_data(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "layer": one.layer,
            "text": str(one),
            "left": plain(one.condition.left),
            "relation": one.condition.relation,
            "right": plain(one.condition.right),
            "holds_for": one.holds_for or None,
            "otherwise": one.condition.explain(),
            "mend": one.mend or None,
        }
        for one in asked(report)
    ]


def _sizes(report: Report) -> Iterator[Any]:
    for shape in report.inputs.values():
        yield from shape
    for row in report.whole.rows:
        yield row.cost.params
        for shape in row.outputs:
            yield from shape
        for condition in row.conditions:
            yield from (condition.left, condition.right)
