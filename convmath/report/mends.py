"""What would let two paths join that differ: how much longer which of them must be, or how much is cropped from it.

Sizes behind a join are told as if it were mended: a concatenation has its first input's, a sum the larger. So what is
told of a join holds once those before it are mended as told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError
from ..core.size import Symbolic
from ..layers.merge import Concat
from ..layers.transposed import ConvTranspose
from ..symbolic.proposition import Proposition
from ..symbolic.solve import period_of, residue, solutions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.conditions import Condition
    from .analysis import Report
    from .row import Row

MOST_DIFFERENCES = 4
"""So many different differences are told one by one."""

LONGEST = 1024
"""Differences that repeat after more sizes are told as a formula."""


def mending(report: Report, row: Row, condition: Condition, before: Sequence[Proposition]) -> str:
    """How two paths that meet at a layer are made equal, for which sizes; nothing for other conditions.

    `before` is what earlier layers ask for, so that sizes are told for which there is anything to mend.
    """
    proposition = condition.verdict
    if condition.relation not in {"=", "broadcasts with"} or len(row.inputs) != 2 or len(row.reads) != 2:
        return ""
    if not isinstance(proposition, Proposition):
        return ""
    difference: Any = proposition.left - proposition.right
    if not isinstance(difference, Symbolic):
        return ""
    by_sizes = _differences(difference)
    if not by_sizes:
        first, second = row.reads
        opposite: Any = 0 - proposition.left + proposition.right
        if opposite.at_least(0) is True:
            first, second, difference = second, first, opposite
        unless = "" if difference.at_least(0) is True else ", or shorter where that is negative"
        return f"{first} is longer than {second} by {difference}{unless}: pad or crop one of them by it"
    names: dict[str, int] = difference.names  # type: ignore[attr-defined]
    both = [Proposition(side, "≥", 2) for side in (proposition.left, proposition.right)]
    known = [one for one in before if one.names.keys() <= names.keys()]
    if condition.relation == "broadcasts with":
        known += [one for one in both if not isinstance(one.decided(), bool)]
    told = []
    for value in by_sizes:
        sizes = solutions(Proposition(difference, "=", value), *known)
        if not sizes.is_empty:
            told.append(f"for {sizes.say(next(iter(names)))}: {_advice(report, row, value)}")
    return "; ".join(told)


def _advice(report: Report, row: Row, difference: int) -> str:
    """What makes the second input as long as the first, or the shorter of a sum as long as the longer."""
    first, second = row.reads
    if difference < 0 and not isinstance(row.layer, Concat):
        return _longer(report, first, -difference)
    return _longer(report, second, difference) if difference > 0 else f"crop {second} by {-difference}"


def _longer(report: Report, name: str, by: int) -> str:
    """A transposed convolution may be given more output, as far as its stride allows; anything else is padded."""
    source = report.whole[name].layer if name in report.whole else None
    if isinstance(source, ConvTranspose) and all(
        type(size) is int and extra + by < size for size, extra in zip(source.stride, source.extra, strict=True)
    ):
        return f"give {name} output_padding={by + min(source.extra)}"
    return f"pad {name} by {by}"


def _differences(difference: Any) -> list[int]:
    """By how much two paths differ, where by a few constants only; nothing where not."""
    if len(difference.names) != 1:
        return []
    values = set()
    try:
        period = period_of(difference)
        for r in range(period if period <= LONGEST else 0):
            begin, coefficients = residue(difference, period, r)
            if begin or coefficients.keys() - {0}:
                return []
            values.add(coefficients.get(0, 0))
    except FormulaError:
        return []
    return sorted(values - {0}) if len(values) <= MOST_DIFFERENCES else []
