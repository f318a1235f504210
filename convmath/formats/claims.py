"""What a specification says must hold: `expect` and `limits` as claims, `valid_for` as a range of sizes.

expect: {output: [64, 112, 112], receptive_field: "<= 483", macs: 118013952}    # = unless it says otherwise
limits: {params: 5M, macs: 600M, peak_activation: 64MiB, latency@v100: 5 ms}    # at most unless it says otherwise
valid_for: H % 32 == 0, 64 <= H <= 4096
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, show
from ..core.size import LARGEST
from ..report.claim import LATENCY, OF_NETWORKS, Claim, Range
from .scope import UNKNOWN, WORD
from .tree import Listing, Mapping, Scalar, describe

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..core.size import Size
    from .scope import Scope
    from .tree import Node

RELATION = re.compile(r"\s*(<=|>=|==|=|<|>|≤|≥)\s*")

SHOWN = {"<=": "≤", ">=": "≥", "==": "="}

COUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKMGTP]i?)?B?")

TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ns|us|µs|ms|s)")

SECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9}
"""Nanoseconds of each unit."""

UNIT = re.compile(r"[0-9]+(?:\.[0-9]+)?\s*([A-Za-z]+)")

WORDS = re.compile(r"[^\W\d]+(\s+[^\W\d]+)+")

FACTORS: dict[str, int] = {"": 1} | {
    f"{letter}{binary}": (1024 if binary else 1000) ** (place + 1)
    for place, letter in enumerate("KMGTP") for binary in ("", "i")
} | {"k": 1000}  # fmt: skip
"""What the letters behind a number stand for: 5M, 1.2G, 64MiB."""


def read_claims(
    node: Node | None, key: str, quantities: Collection[str], scope: Scope, layer: str = "", relation: str = "="
) -> tuple[Claim, ...]:
    """The claims of a mapping of quantities; none, with the fault noted, where a value is at fault."""
    if node is None:
        return ()
    if not isinstance(node, Mapping) or not node.pairs:
        said = "an empty mapping" if isinstance(node, Mapping) else describe(node)
        scope.report(node.place, f"{key} must be a mapping of quantities, not {said} (write {key}: {{params: 5M}})")
        return ()
    found = []
    for name, value in node.pairs:
        timed = LATENCY.fullmatch(name.text)
        if quantities is not OF_NETWORKS and (timed or name.text in {*OF_NETWORKS} - {*quantities}):
            said = f"{name.text} is claimed of a whole network, not of a layer (move it to the {key} of the file)"
            scope.report(name.place, said)
            continue
        if name.text not in quantities and timed is None:
            known = [*quantities, "latency@v100"] if quantities is OF_NETWORKS else quantities
            scope.faults.add_unknown(name.place, f"quantity of {key}", name.text, known)
            continue
        fault = _no_machine(timed) if timed else ""
        if fault:
            scope.report(name.place, fault)
            continue
        sign, wanted = _wanted(value, name.text, relation, scope)
        if wanted is not UNKNOWN:
            found.append(Claim(layer, name.text, sign, wanted, scope.faults.origin(value.place)))
    return tuple(found)


def _wanted(node: Node, what: str, relation: str, scope: Scope) -> tuple[str, Size | tuple[Size, ...]]:
    """The relation and the number, formula or sizes that a value states."""
    if isinstance(node, Listing):
        sizes = tuple(scope.integer(item, f"a size of {what}", 0) for item in node.items)
        if not sizes:
            scope.report(node.place, f"{what} must be a number, a formula or a list of sizes, not an empty list")
        return relation, UNKNOWN if any(size is UNKNOWN for size in sizes) or not sizes else sizes
    if not isinstance(node, Scalar):
        scope.report(node.place, f"{what} must be a number, a formula or a list of sizes, not a mapping")
        return relation, UNKNOWN
    sign = RELATION.match(node.text)
    if sign is not None:
        relation = SHOWN.get(sign[1], sign[1])
        at = sign.end() + 1
        node = Scalar(node.text[sign.end() :], True, node.at(at), node.inner + at - 1 if node.inner else 0)
    if LATENCY.fullmatch(what):
        return relation, _nanoseconds(node, what, scope)
    fault = _misspelt(node.text.strip(), what, "" if sign is None else sign[1])
    if fault:
        scope.report(node.place, fault)
        return relation, UNKNOWN
    count = COUNT.fullmatch(node.text.strip())
    if count is not None and (count[2] or "." in count[1] or node.text.endswith("B")):
        number = _counted(count)
        if number == int(number):
            return relation, int(number)
    return relation, scope.integer(node, what, 0)


def _no_machine(timed: re.Match[str]) -> str:
    """What is wrong with the machine of a latency; nothing where there is such a machine, and it has the dtype."""
    from ..resources.hardware import profile

    try:
        profile(timed["profile"]).peak(timed["dtype"] or "float32")
    except ConvmathError as error:
        return str(error)
    return ""


def _nanoseconds(node: Scalar, what: str, scope: Scope) -> Size:
    """A time with its unit, in whole nanoseconds; UNKNOWN, with the fault noted, for another text."""
    found = TIME.fullmatch(node.text.strip())
    time = Decimal(found[1]) * SECONDS[found[2]] if found else Decimal("0.5")
    if time > LARGEST or time != int(time):
        said = show(node.text.strip())
        scope.report(node.place, f"{what} must be a time with its unit such as 5 ms or 800 us, not {said}")
        return UNKNOWN
    return int(time)


def _counted(count: re.Match[str]) -> Decimal:
    """The number that a number with a unit stands for."""
    factor = FACTORS[count[2] or ""]
    return Decimal(count[1]) * factor


def _misspelt(text: str, what: str, sign: str) -> str:
    """What is wrong with a number that is no formula either; nothing where it may be right."""
    second = RELATION.search(text)
    if sign and second is not None and second.start() == 0:
        return f"{sign}{second[1]} is no relation (write <=, >=, <, > or =)"
    if second is not None:
        return f"{what} takes one relation and one number, not {show(text)} (write for example <= 22M)"
    if sign and not text:
        return f"{what} states no number after {sign} (write for example {sign} 22M)"
    return _no_number(text, what)


def _no_number(text: str, what: str) -> str:
    unit, count = UNIT.fullmatch(text), COUNT.fullmatch(text)
    if unit is not None and count is None:
        return f"{show(unit[1])} is no unit (write k, M, G, T or P for powers of 1000, Ki, Mi, … for powers of 1024)"
    if count is not None and count[2] and _counted(count) > LARGEST:
        return f"{text} is too large for {what} (at most 10^18)"
    if count is not None and count[2] and _counted(count) != int(_counted(count)):
        return f"{text} is {_counted(count).normalize():,f}, which is no integer (write it out, or round it)"
    if WORDS.fullmatch(text):
        return f"{what} must be a number such as 5M, a formula or a list of sizes, not {show(text)}"
    return ""


def read_range(node: Node | None, key: str, known: Collection[str], scope: Scope) -> Range | None:
    """Relations of sizes that a key of the file states, said of names that the network's input and its layers know."""
    if node is None:
        return None
    if not isinstance(node, Scalar) or not node.text.strip():
        said = f"{key} must be a text of relations, not {describe(node)}"
        scope.report(node.place, f'{said} (write {key}: "H % 32 == 0, 64 <= H <= 4096")')
        return None
    from ..symbolic.relation import relations

    for word in WORD.finditer(node.text):
        if word[0] not in known and word[0] in scope.names:
            place = node.at(word.start() + 1)
            scope.faults.add_unknown(place, "size of this network", word[0], sorted(known) or ["only numbers"])
            return None
    found = scope.read(node, relations)
    return None if found is UNKNOWN else Range(found, node.text, scope.faults.origin(node.place))
