"""Measures: what a sweep asks of every design, as formulas over its sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ci.quantities import REPORTS, ROWS, of_report, of_row
from ..core.bound import AtLeast
from ..core.errors import ParameterError, ParseError, show, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size
    from ..report.analysis import Report

WORDING = re.compile(r"(?P<quantity>\w+)(@(?P<layer>[^\[\]]+))?")

QUANTITIES = tuple(dict.fromkeys((*REPORTS, *ROWS)))
"""What may be measured, of a network; what ROWS has, of a layer too."""


class Measure(NamedTuple):
    """A quantity of a network, or of one of its layers."""

    text: str
    quantity: str
    layer: str


def parse_measures(text: str) -> tuple[Measure, ...]:
    """The measures that a text names, parted by commas; ParseError and UnknownNameError for what is none.

    >>> parse_measures("macs, receptive_field@layer3")[1]
    Measure(text='receptive_field@layer3', quantity='receptive_field', layer='layer3')
    """
    return tuple(dict.fromkeys(_measure(part.strip()) for part in text.split(",")))


def _measure(text: str) -> Measure:
    found = WORDING.fullmatch(text)
    if found is None:
        raise ParseError(f"{show(text)} is no measure (write for example macs, or receptive_field@layer3)")
    quantity, layer = found["quantity"], found["layer"] or ""
    known = tuple(ROWS) if layer else QUANTITIES
    if quantity not in known:
        raise unknown_name("measure of a layer" if layer else "measure", quantity, list(known))
    return Measure(text, quantity, layer)


def formulas(report: Report, measures: Iterable[Measure]) -> dict[str, Size | tuple[Size, ...]]:
    """What is measured of a network, by columns: one for each measure, or for each number of it where they differ.

    A tuple in the place of a size stands for the largest of them. Raises ParameterError for what nobody knows.

    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.resnet import resnet18
    >>> H = symbols("H")
    >>> formulas(resnet18().analyze((1, 3, H, 224)), parse_measures("params,output@layer4"))["output@layer4[2]"]
    Polynomial('⌈H/32⌉')
    """
    found: dict[str, Size | tuple[Size, ...]] = {}
    for measure in measures:
        value = _value(report, measure)
        if value is None or isinstance(value, AtLeast):
            said = "is not known" if value is None else f"is only known to be {value}"
            raise ParameterError(f"{report.title}: {measure.text} {said} (leave it out)")
        if measure.quantity == PEAK or not isinstance(value, tuple):
            found[measure.text] = value
        elif value and all(part == value[0] for part in value):
            found[measure.text] = value[0]
        else:
            found |= {f"{measure.text}[{place}]": part for place, part in enumerate(value)}
    return found


def _value(report: Report, measure: Measure) -> Any:
    if measure.quantity == PEAK:
        return _peak(report)
    if not measure.layer:
        return of_report(report, measure.quantity)
    return of_row(report.whole[_row(report, measure.layer)], measure.quantity, report)


def _row(report: Report, name: str) -> str:
    """The layer that a name means: for a block, what is read of it from outside."""
    from ..report.sights import node

    found = node(report, name)
    if found in report.inputs:
        raise ParameterError(f"{found} is an input, and has no quantities of a layer (name a layer)")
    return found


PEAK = "peak_activation"


def _peak(report: Report) -> Size | tuple[Size, ...]:
    """Bytes of values at every moment, of which the largest counts: which one that is depends on the sizes."""
    from ..resources.flow import predicting
    from ..resources.liveness import moments
    from ..resources.precision import Precision

    width = Precision().bytes_of("activations")
    return tuple(dict.fromkeys(width * moment.numbers for moment in moments(predicting(report)))) or 0
