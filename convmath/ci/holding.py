"""What a file claims of a network, held against its analysis: a finding for everything that is otherwise."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..core.bound import is_known
from ..report.claim import LATENCY, PER_PIXEL, UNITS
from ..report.questions import demands
from ..rules.rule import Finding
from ..symbolic.ratio import ratio
from .premise import always, impossible, stated
from .quantities import of_report, of_row, positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.analysis import Report
    from ..report.claim import Claim, Range

EXPECTED, REFUSED = "CM011", "CM012"

TITLES = {EXPECTED: "a claim of the file does not hold", REFUSED: "a size that must be accepted is not"}


def held(report: Report, claims: list[Claim], required: Range | None) -> Iterator[Finding]:
    """A finding for every claim that does not hold, and for every layer that refuses a size it must accept.

    >>> from convmath.formats.spec import loads
    >>> net = loads("{input: [1, 3, 9, 9], expect: {params: 200}, layers: ['Conv2d(3, 8, 3)']}", name="net.yaml")
    >>> [one.message for one in held(net.analyze(), net.claims, None)]
    ['params is 224, 200 is claimed']
    """
    for claim in claims:
        message = _otherwise(report, claim, required)
        if message:
            yield Finding(EXPECTED, TITLES[EXPECTED], claim.layer, message, "", claim.place, {})
    if required is None:
        yield from _never(report)
    elif impossible(required):
        message = f"valid_for: {required.text}: no size meets that, so that nothing is asked"
        yield Finding(REFUSED, TITLES[REFUSED], "", message, "write a range that some size meets", required.place, {})
    else:
        yield from _refused(report, required)


def _otherwise(report: Report, claim: Claim, required: Range | None) -> str:
    """What is to be said of a claim; nothing where it holds."""
    quantity = PER_PIXEL.get(claim.quantity, claim.quantity)
    found = of_row(report[claim.layer], quantity, report) if claim.layer else of_report(report, quantity)
    if found is None or not all(map(is_known, _parts(found))):
        return f"{claim.quantity} is not known here, {_said(claim)} is claimed"
    share = 1 if quantity == claim.quantity else positions(report)  # so that whole numbers are compared
    sizes, wanted = _parts(found), _parts(claim.wanted)
    if not isinstance(claim.wanted, tuple):
        wanted *= len(sizes)  # along every axis
    elif len(wanted) > len(sizes):
        return f"{claim.quantity} {_shown(found)} has {len(sizes)} sizes, {len(wanted)} are claimed"
    for size, other in zip(sizes[-len(wanted) :], wanted, strict=True):
        answer = always(stated(size, claim.relation, other * share), required)
        if not answer.holds:
            why = f", which fails for {answer.said}" if answer.example else ""
            why = why or (f", which is not decided ({answer.why})" if answer.holds is None else "")
            is_so = _told(quantity, found if quantity == claim.quantity else ratio(found, share))
            return f"{claim.quantity} is {is_so}, {_said(claim)} is claimed{why}"
    return ""


def _refused(report: Report, required: Range) -> Iterator[Finding]:
    told: list[dict[str, int]] = []
    for demand in demands(report):
        answer = always(demand.proposition, required)
        if answer.holds or (answer.example and answer.example in told):  # of one size one layer tells
            continue
        told.append(answer.example)
        fails = f"fails for {answer.said}" if answer.example else f"is not decided ({answer.why})"
        message = f"valid_for: {required.text}, but {demand.layer} asks that {demand}, which {fails}"
        mend = demand.mend or f"change {demand.layer}, or the sizes that are asked for"
        yield Finding(REFUSED, TITLES[REFUSED], demand.layer, message, mend, required.place, {})
    for proposition, said in report.built_where:
        answer = always(proposition, required)
        if not answer.holds:
            fails = f"fails for {answer.said}" if answer.example else f"is not decided ({answer.why})"
            message = f"valid_for: {required.text}, but the network is built where {said}, which {fails}"
            mend = "build it for all of them, or ask for those sizes alone"
            yield Finding(REFUSED, TITLES[REFUSED], "", message, mend, required.place, {})


def _never(report: Report) -> Iterator[Finding]:
    for demand in demands(report):
        if demand.solved is not None and demand.solved.is_empty:
            message = f"{demand.layer} asks that {demand}, which no size meets"
            place = report.whole.origins.get(demand.layer, "")
            yield Finding(
                REFUSED, TITLES[REFUSED], demand.layer, message, demand.mend or f"change {demand.layer}", place, {}
            )


def _said(claim: Claim) -> str:
    return f"{claim.relation} {_told(claim.quantity, claim.wanted)}".removeprefix("= ")


def _told(quantity: str, value: Any) -> str:
    """A value with its unit."""
    if LATENCY.fullmatch(quantity):
        return f"{Decimal(value).scaleb(-6).normalize():,f} ms"
    return _shown(value) + UNITS.get(quantity, "")


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " x ".join(map(_shown, value))
    if isinstance(value, Fraction):
        return f"{value.numerator:,}" if value.denominator == 1 else _fraction(value)
    return f"{value:,}" if type(value) is int else str(value)


def _fraction(value: Fraction) -> str:
    """A number that is no integer, with as many digits as tell it from one."""
    texts = [f"{float(value):,.{digits}f}" for digits in (3, 6, 9, 15)]
    return next((text for text in texts if text.partition(".")[2].strip("0")), texts[-1])
