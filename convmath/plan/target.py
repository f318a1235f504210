"""Targets: what the network that is searched for must be."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..core.errors import ParameterError, ParseError, show, unknown_name
from .asking import COUNT, written_out

PART = re.compile(r"\s*(?P<what>\w+)\s*(?P<sign><=|>=|==|=|≤|≥)\s*(?P<value>\S.*?)\s*")

SHAPE = re.compile(r"\d+(\s*[xX×]\s*\d+)*")

COSTS = ("macs", "params", "flops", "activations")
"""What adds up over layers, and can be made least or be limited."""

EXAMPLE = "write for example 'output=14x14, receptive_field>=200, params<=2M'"


class Target(NamedTuple):
    """`output` and `channels` are exact, of `field` no axis may be smaller, of `limits` no cost larger.

    Where no field is asked for, every one is worth its cost.
    """

    output: tuple[int, ...] = ()
    channels: int | None = None
    field: int | None = None
    limits: tuple[tuple[str, int], ...] = ()


def parse_target(text: str) -> Target:
    """The target that a text states, parted by commas; ParseError for what is none.

    >>> parse_target("output=14x14, receptive_field>=200, params<=2M")
    Target(output=(14, 14), channels=None, field=200, limits=(('params', 2000000),))
    """
    target = Target()
    for part in text.split(","):
        found = PART.fullmatch(part)
        if found is None:
            raise ParseError(f"{show(part.strip())} is no target ({EXAMPLE})")
        what, sign, value = found["what"], found["sign"], found["value"]
        if what not in {"output", "channels", "receptive_field", *COSTS}:
            raise unknown_name("target", what, ["output", "channels", "receptive_field", *COSTS])
        wanted = "=" if what in {"output", "channels"} else ">=" if what == "receptive_field" else "<="
        if sign.replace("==", "=").replace("≤", "<=").replace("≥", ">=") != wanted:
            raise ParseError(f"{show(part.strip())}: of {what} one says {what}{wanted}… ({EXAMPLE})")
        if what == "output":
            if not SHAPE.fullmatch(value):
                raise ParseError(f"{show(value)} is no size of an output ({EXAMPLE})")
            target = target._replace(output=tuple(int(size) for size in re.split(r"\s*[xX×]\s*", value)))
        elif what == "channels":
            target = target._replace(channels=_number(value))
        elif what == "receptive_field":
            target = target._replace(field=_number(value))
        else:
            target = target._replace(limits=(*target.limits, (what, _number(value))))
    limited = [what for what, _ in target.limits]
    if len(set(limited)) < len(limited):
        raise ParameterError(f"{text}: a cost is limited twice (state the lower limit)")
    return target


def _number(text: str) -> int:
    found = COUNT.fullmatch(text)
    if found is None:
        raise ParseError(f"{show(text)} is no number ({EXAMPLE})")
    return int(written_out(found))
