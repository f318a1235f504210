"""`lint`: the rules asked about an analysed network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError, UnknownNameError, show
from ..core.size import Symbolic
from ..resources.hardware import profile
from .catalogue import chosen, meant, rule
from .rule import Finding
from .subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..report.analysis import Report
    from ..resources.hardware import Profile
    from .rule import Found, Rule

MACHINE = "a100"
"""The machine that rules about time think of unless another is named."""


def lint(
    report: Report,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    *,
    object_size: int | tuple[int, ...] = (),
    machine: str | Profile = MACHINE,
    dtype: str = "float32",
) -> list[Finding]:
    """What the rules find in an analysed network, layer by layer; an empty list if nothing.

    `select` and `ignore` are codes or beginnings of codes: ["CM3", "CM101"], or as text "CM3,CM101"; "+CM204" adds to
    the usual rules. `object_size`, in positions of the input, is what should be seen at once; `machine` and `dtype` are
    what rules about time think of. Layers that `network.exempt` names are spared. Rules that need numbers find nothing
    where sizes are symbols; the others say for which sizes. Raises UnknownNameError for a code that is none.

    >>> from convmath.layers.transposed import ConvTranspose2d
    >>> from convmath.network.network import Sequential
    >>> for one in lint(Sequential(ConvTranspose2d(8, 4, 3, stride=2)).analyze((1, 8, 5, 7))):
    ...     print(one.code, one.layer, one.figures["overlaps"])
    CM301 0 [2, 1]
    """
    known = profile(machine) if isinstance(machine, str) else machine
    subject = Subject(report, _sizes(object_size), known, dtype)
    findings = []
    for code in chosen(select, ignore):
        asked = rule(code)
        if asked.numbers and has_symbols(report):
            continue
        findings += [_told(report, code, asked, found) for found in asked.find(subject)]
    positions = {name: place for place, name in enumerate([*report.inputs, *subject.row_of])}
    spared = {name: _spared(report, name, codes) for name, codes in report.whole.exempt.items()}
    kept = [finding for finding in findings if finding.code not in spared.get(finding.layer, ())]
    return sorted(kept, key=lambda finding: (positions.get(finding.layer, -1), finding.code))


def unasked(report: Report, codes: Iterable[str]) -> tuple[str, ...]:
    """Those of the rules that need numbers, where the report has symbols."""
    return tuple(code for code in codes if rule(code).numbers) if has_symbols(report) else ()


def has_symbols(report: Report) -> bool:
    """Whether a size of the network is a symbol."""
    shapes = [*report.inputs.values(), *(shape for row in report.whole.rows for shape in row.outputs)]
    return any(isinstance(size, Symbolic) for shape in shapes for size in shape)


def _spared(report: Report, name: str, codes: tuple[str, ...]) -> set[str]:
    try:
        return meant(codes or ["CM"])
    except UnknownNameError as error:
        raise UnknownNameError(f"{report.whole.origins.get(name, name)}: noqa: {error}") from None


def _told(report: Report, code: str, asked: Rule, found: Found) -> Finding:
    says, mend = asked.says.format(**found.figures), asked.mend.format(**found.figures)
    place = report.whole.origins.get(found.layer, "")
    return Finding(code, asked.title, found.layer, says, mend, place, found.figures)


def _sizes(given: Any) -> tuple[int, ...]:
    sizes = (given,) if type(given) is int else given
    if not isinstance(sizes, tuple) or not all(type(size) is int and size > 0 for size in sizes):
        raise ParameterError(
            f"object_size must be an integer of at least 1, or one for each axis, not {show(given)} (such as 96)"
        )
    return sizes
