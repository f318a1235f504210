"""Operators as plain records, in an order in which they can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import GraphError, show
from ...render.table import printable
from .opening import graphs_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STANDARD = ("", "ai.onnx")
"""The names of ONNX's own domain."""


class Operator(NamedTuple):
    """One node of a graph: its type, its set's version, what it is called and at which place, and what it takes."""

    type: str
    domain: str
    version: int
    name: str
    place: int
    scopes: tuple[str, ...]
    """The modules it stands in, from the outermost one, where the exporter says so."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        named = f" {printable(self.name[:100])}" if self.name else ""
        return f"{printable(self.title[:60])}{named} (operator {self.place})"

    @property
    def title(self) -> str:
        """The type, with its domain where that is not ONNX's own."""
        return self.type if self.domain in STANDARD else f"{self.domain}.{self.type}"

    @property
    def standard(self) -> bool:
        """Whether it is one of ONNX's own."""
        return self.domain in STANDARD


def operators_of(graph: Any, versions: Mapping[str, int], who: str) -> list[Operator]:
    """The operators of a graph, each after those that it reads.

    Raises GraphError for two that make the same value, and for those that wait for each other.
    """
    made: dict[str, int] = {}
    for place, node in enumerate(graph.node):
        for output in node.output:
            if output and output in made:
                first, second = _said(graph.node[made[output]], made[output]), _said(node, place)
                raise GraphError(f"{who}: {show(output)} is made twice, by {first} and by {second}")
            if output:
                made[output] = place
    order = _ordered(graph.node, made, who)
    return [_record(graph.node[place], place, versions) for place in order]


def free_names(graph: Any) -> set[str]:
    """The names that a nested graph takes from the graphs around it, and maybe some of its own."""
    names: set[str] = {output.name for output in graph.output}
    for node in graph.node:
        names |= set(node.input)
        for inner in graphs_in(node):
            names |= free_names(inner)
    return names


def _ordered(nodes: Sequence[Any], made: Mapping[str, int], who: str) -> list[int]:
    waits: list[int] = []
    readers: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        names = set(node.input).union(*map(free_names, graphs_in(node)))
        sources = {made[name] for name in names if name in made}
        waits.append(len(sources))
        for source in sources:
            readers.setdefault(source, []).append(place)
    if all(source < min(after) for source, after in readers.items()):
        return list(range(len(nodes)))  # as the standard wants it
    ready = [place for place, count in enumerate(waits) if count == 0]
    order = []
    while ready:
        place = ready.pop()
        order.append(place)
        for reader in readers.get(place, ()):
            waits[reader] -= 1
            if waits[reader] == 0:
                ready.append(reader)
    if len(order) < len(nodes):
        stuck = next(place for place, count in enumerate(waits) if count > 0)
        raise GraphError(f"{who}: {_said(nodes[stuck], stuck)} waits for itself (a network has no cycles)")
    return order


def _record(node: Any, place: int, versions: Mapping[str, int]) -> Operator:
    return Operator(
        node.op_type,
        node.domain,
        versions.get("" if node.domain in STANDARD else node.domain, 1),
        node.name,
        place,
        _scopes(node.metadata_props),
        tuple(node.input),
        tuple(node.output),
        {attribute.name: attribute for attribute in node.attribute},
    )


def _said(node: Any, place: int) -> str:
    named = f" {printable(node.name[:100])}" if node.name else ""
    return f"{printable(node.op_type[:60])}{named} (operator {place})"


def _scopes(properties: Iterable[Any]) -> tuple[str, ...]:
    """The module paths that PyTorch's exporter notes: "['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']"."""
    for entry in properties:
        if entry.key == "pkg.torch.onnx.name_scopes" and len(entry.value) < 10_000:
            words = entry.value.strip("[]").split(",")
            return tuple(word.strip().strip("'\"") for word in words)[:-1]
    return ()
