"""Threshold: how much a network may grow or shrink before a comparison fails."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import AtLeast
from ..core.errors import ConvmathError, ParseError, show, unknown_name
from ..formats.claims import COUNT, FACTORS
from ..report.claim import Range
from ..report.comparing import difference, percent
from ..symbolic.relation import relations
from .premise import always, stated
from .snapshot import LABELS, Names, number, said

if TYPE_CHECKING:
    from .diff import Difference

QUANTITIES = ("params", "buffers", "macs", "macs_touching", "flops", "activations", "layers")
"""What may be held, of a network as a whole."""

SHAPE = re.compile(r"\s*(\w+)\s*(<=|>=|<|>|≤|≥)\s*([+\-−]?)\s*([0-9][0-9.]*\s*[a-zA-Z]*)\s*(%?)\s*")

OPPOSITE = {"<": "≥", "≤": ">", ">": "≤", "≥": "<"}

EXAMPLE = "write for example 'macs > +5%' or 'params > +10k'"


class Threshold(NamedTuple):
    """That a quantity changed by more, or by less, than an amount, or than a share of what it was."""

    text: str
    quantity: str
    relation: str
    amount: Fraction
    share: bool


def parse_threshold(text: str) -> Threshold:
    """What a text such as "macs > +5%" or "params > +10k" states; ParseError for any other.

    >>> parse_threshold("macs >= -2.5%")
    Threshold(text='macs ≥ -2.5%', quantity='macs', relation='≥', amount=Fraction(-1, 40), share=True)
    """
    found = SHAPE.fullmatch(text)
    if found is None:
        raise ParseError(f"{show(text)} is no change of a quantity ({EXAMPLE})")
    quantity, relation, sign, size, percent = found.groups()
    if quantity not in QUANTITIES:
        raise unknown_name("quantity", quantity, list(QUANTITIES))
    counted = COUNT.fullmatch(size.strip())
    if counted is None or (percent and counted[2]):
        raise ParseError(f"{show(text)}: {show(size.strip() + percent)} is no number ({EXAMPLE})")
    amount = Fraction(counted[1]) * FACTORS[counted[2] or ""] / (100 if percent else 1)
    if amount and not sign:
        raise ParseError(
            f"{show(text)}: {size.strip()}{percent} has no sign, and what is held is a change"
            f" (write +{size.strip()}{percent}; what a number itself may be, `limits` of the spec file says)"
        )
    relation = relation.replace("<=", "≤").replace(">=", "≥")
    signed = f"{'-' if sign in {'-', '−'} else sign}{size.strip()}{percent}"
    return Threshold(
        f"{quantity} {relation} {signed}", quantity, relation, amount * (-1 if signed[0] == "-" else 1), bool(percent)
    )


def exceeded(threshold: Threshold, found: Difference) -> str:
    """What is to be said of a network of which a threshold holds, for some size at least; nothing of any other.

    The law, with n/d the amount: d·(new − old) beside n·old for shares, beside n otherwise, in whole numbers,
    so that nothing is rounded and what grew from 0 grew by more than any share.
    """
    sizes = [number((entry.figures if entry else {}).get(threshold.quantity, 0)) for entry in found.whole[:2]]
    old, new = sizes
    head = f"{found.name}: {threshold.text}: {LABELS.get(threshold.quantity, threshold.quantity)}"
    if old is None or new is None or isinstance(old, AtLeast) or isinstance(new, AtLeast):
        return f"{head} is not known"
    n, d = threshold.amount.numerator, threshold.amount.denominator
    answer = always(
        stated(d * (new - old), OPPOSITE[threshold.relation], n * old if threshold.share else n), _asked(found)
    )
    if answer.holds:
        return ""
    where = _where(answer.example, old, new) if answer.example else ""
    where = where or (f", which is not decided ({answer.why})" if answer.why else "")
    return f"{head} was {_said(old)}, is {_said(new)} ({_by(old, new)}){where}"


def _where(example: dict[str, int], old: Any, new: Any) -> str:
    """The sizes for which a threshold holds, and how much was and is there."""
    sizes = ", ".join(f"{name} = {size}" for name, size in example.items())
    was, now = _at(example, old), _at(example, new)
    return f"; for {sizes} it was {_said(was)}, is {_said(now)} ({_by(was, now)})"


def _at(example: dict[str, int], size: Any) -> Any:
    """The number of a formula for these sizes."""
    return size if type(size) is int else size.at(**{name: example[name] for name in size.names if name in example})


def _asked(found: Difference) -> Range | None:
    """The sizes that both versions accept; None where neither asks anything of them."""
    asked = [text for entry in found.whole[:2] if entry for text in entry.figures.get("asks", ())]
    try:
        propositions = tuple(one for text in dict.fromkeys(asked) for one in relations(text, Names()))
    except ConvmathError:  # no text that we wrote
        return None
    return Range(propositions, ", ".join(asked), "") if propositions else None


def _said(size: Any) -> str:
    return said("", size) if type(size) is int else str(size)


def _by(old: Any, new: Any) -> str:
    share, more = percent(old, new), difference(old, new)
    return f"{share} %" if share else f"{'+' if type(more) is int and more > 0 else ''}{_said(more)}"
