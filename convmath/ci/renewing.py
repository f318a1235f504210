"""Renewing: the numbers that `expect` claims of a spec file, put right at their places; all else stays as it is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, GraphError
from ..core.files import write_bytes
from ..core.size import Symbolic
from ..formats.claims import COUNT, RELATION
from ..formats.events import read_tree
from ..formats.faults import Faults
from ..formats.load import SPECIFICATIONS, load
from ..formats.source import clean, decode, read_bytes
from ..formats.spell import spell_size
from ..formats.tree import Listing, Mapping, Place, Scalar
from .holding import EXPECTED, held
from .quantities import of_report, of_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Table

    from ..core.size import Size
    from ..formats.tree import Node
    from ..report.analysis import Report
    from ..report.claim import Claim

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")

FORMULA = re.compile(r"[A-Za-z_]")

PLAIN = re.compile(r"[A-Za-z0-9_(-][A-Za-z0-9_()+*/ -]*")
"""What may stand in YAML without quotes, inside of brackets too."""


def renew(path: str, given: Table[str, Size] | None = None) -> int:
    """Writes what is so in place of what `expect` claims otherwise; how many places were renewed.

    Comments, layout and the signs of relations stay. A bound (≤, ≥) and what `limits` states are decisions, and stay;
    so does a formula where the analysis gives a number, and a claim in a block that is used in several ways. The file
    is written whole or not at all. Raises what `load` and `Network.analyze` raise, FileError where it cannot be
    written.
    """
    if not path.lower().endswith(SPECIFICATIONS):
        return 0
    net = load(path, spare=given)
    report = net.analyze()
    wrong = {one.place for one in held(report, net.claims, net.required) if one.code == EXPECTED}
    data, faults = read_bytes(path), Faults(path)
    text = decode(data, faults)
    tree = read_tree(clean(text, faults), faults)
    nodes = {faults.origin(node.place): node for node in _expected(tree)}
    told = {}
    for place in wrong & nodes.keys():
        claims = [one for one in net.claims if one.place == place]
        found = _agreed(claims, report)
        told[place] = {} if found is None else _swaps(nodes[place], found, [one.wanted for one in claims])
    renewed = _replaced(text, tree, {place: word for some in told.values() for place, word in some.items()})
    if renewed is None or renewed == text:
        return 0
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    write_bytes(path, mark + renewed.encode("utf-8"))
    return sum(map(bool, told.values()))


def _expected(node: Node) -> Iterator[Node]:
    """What stands for each quantity under every `expect`."""
    if isinstance(node, Listing):
        for item in node.items:
            yield from _expected(item)
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            if key.text == "expect" and isinstance(value, Mapping):
                yield from (wanted for _, wanted in value.pairs)
            yield from _expected(value)


def _agreed(claims: list[Claim], report: Report) -> Any:
    """What is so of all the layers for which one place claims something; None where they differ, or for bounds."""
    if any(claim.relation != "=" for claim in claims):
        return None
    found = [_measured(claim, report) for claim in claims]
    return found[0] if all(one == found[0] for one in found) else None


def _measured(claim: Claim, report: Report) -> Any:
    found = of_row(report[claim.layer], claim.quantity, report) if claim.layer else of_report(report, claim.quantity)
    if isinstance(found, tuple) and isinstance(claim.wanted, tuple):
        return found[-len(claim.wanted) :]
    if isinstance(found, tuple):  # one number for every axis
        return found[0] if all(size == found[0] for size in found) else None
    return found


def _swaps(node: Node, found: Any, wanted: list[Any]) -> dict[Place, str]:
    """The new text at each place of a value that is not right; none where one cannot be told as the old one was."""
    nodes: tuple[Node, ...] = node.items if isinstance(node, Listing) else (node,)
    sizes, claimed = _parts(found), [_parts(one) for one in wanted]
    if len(nodes) != len(sizes):
        return {}
    swaps = {}
    for place, (one, size) in enumerate(zip(nodes, sizes, strict=True)):
        if all(parts[place] == size for parts in claimed):
            continue
        text = _text(one, size) if isinstance(one, Scalar) and one.inner else None
        if text is None:
            return {}
        swaps[one.place] = text
    return swaps


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _text(node: Scalar, size: Any) -> str | None:
    """A size in the words of what stands there."""
    sign = RELATION.match(node.text)
    before, stated = node.text[: sign.end() if sign else 0], node.text[sign.end() if sign else 0 :]
    try:
        new = spell_size(size)
    except GraphError:
        return None
    is_formula = FORMULA.search(stated) and not COUNT.fullmatch(stated.strip())
    if not isinstance(size, int | Symbolic) or (isinstance(size, int) and is_formula):
        return None
    return before + new


def _replaced(text: str, tree: Node, swaps: Table[Place, str]) -> str | None:
    """The text with new words at some places; None unless it then reads as the old one with just these changed."""
    starts = [match.start() for match in LINE.finditer(text)]
    edits = []
    for node in _scalars(tree):
        if node.place in swaps:
            new = swaps[node.place]
            start = starts[node.place.line - 1] + node.inner - 1
            if text[start : start + len(node.text)] != node.text:
                return None
            quoted = node.plain and not PLAIN.fullmatch(new) and new != node.text
            edits.append((start, start + len(node.text), json.dumps(new, ensure_ascii=False) if quoted else new))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    faults = Faults("")
    try:
        again = read_tree(clean(text, faults), faults)
        faults.check()
    except ConvmathError:
        return None
    words = [swaps.get(node.place, node.text) for node in _scalars(tree)]
    return text if words == [node.text for node in _scalars(again)] else None


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Listing):
        for item in node.items:
            yield from _scalars(item)
    else:
        for key, value in node.pairs:
            yield key
            yield from _scalars(value)
