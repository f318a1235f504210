"""One topological pass: shape, cost, receptive field and conditions of every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, GraphError
from ..core.receptive_field import IDENTITY
from ..report.carrying import Carrier, told_apart
from ..report.row import Row, by_position
from ..report.turning import Origin, Turned, layout

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.known import Known
    from .node import Node


def trace(
    nodes: Sequence[Node],
    input_shapes: tuple[Shape, ...],
    origins: Mapping[str, str],
    stored: Mapping[str, tuple[int, int]],
    known: Known,
) -> tuple[Row, ...]:
    """The row of every layer, in order; each distinct (layer, input shapes) that is not known is worked out once.

    `stored` says of a layer how many parameters and buffers it adds, where that is not what its type has.

    Receptive fields are over the first input; what depends on others alone sees nothing of it. Raises ShapeError,
    naming the node and the place it comes from, where a layer does not accept what reaches it.
    """
    shapes: list[tuple[Shape, ...]] = []
    rows: list[Row] = []
    given = iter(input_shapes)
    first = next((index for index, node in enumerate(nodes) if node.layer is None), 0)
    axes = _layout(nodes, first, input_shapes)
    carrier = Carrier(first, Turned((IDENTITY,) * len(axes), axes), _apart(nodes))
    for place, (name, layer, refs, _) in enumerate(nodes):
        if layer is None:
            shapes.append((next(given),))
            continue
        try:
            inputs = tuple([shapes[node][output] for node, output in refs])
        except IndexError:
            raise _no_such_output(nodes, name, refs, shapes, origins) from None
        try:
            facts = known.facts(layer, *inputs)
        except ConvmathError as error:
            raise type(error)(f"{_place(name, origins)}{name}: {error}") from None
        fields, aligned, _ = carrier.look(place, facts.layer, inputs, facts.outputs, refs, facts.stages)
        turn = carrier.turns.get(place) if carrier.turns else None
        cost = facts.cost
        if name in stored:
            cost = cost._replace(params=stored[name][0], buffers=stored[name][1])
        shapes.append(facts.outputs)
        rows.append(
            Row(
                name, facts.layer.op, facts.layer, inputs, facts.outputs, cost, fields, aligned,
                facts.conditions, tuple([nodes[ref.node].name for ref in refs]),
                ports=tuple([ref.output for ref in refs]), moving=() if turn is None else turn.axes,
            )
        )  # fmt: skip
    return by_position(rows, Origin(nodes[first].name, input_shapes[0], axes)) if input_shapes else tuple(rows)


def _layout(nodes: Sequence[Node], first: int, input_shapes: tuple[Shape, ...]) -> tuple[int, ...]:
    """The axes of the first input that are seen as spatial."""
    steps = ((index, node.layer, [ref.node for ref in node.inputs]) for index, node in enumerate(nodes))
    return layout(steps, first, len(input_shapes[0])) if input_shapes else ()


def _apart(nodes: Sequence[Node]) -> frozenset[Hashable]:
    """The nodes whose channels are told apart."""
    kinds = {type(node.layer) for node in nodes}
    steps = ((place, node.layer, [ref.node for ref in node.inputs]) for place, node in enumerate(nodes))
    return told_apart(kinds, steps)


def _no_such_output(
    nodes: Sequence[Node],
    name: str,
    refs: tuple[tuple[int, int], ...],
    shapes: list[tuple[Shape, ...]],
    origins: Mapping[str, str],
) -> GraphError:
    node, output = next((node, output) for node, output in refs if output >= len(shapes[node]))
    return GraphError(
        f"{_place(name, origins)}{name}: reads output {output} of {nodes[node].name}, which has {len(shapes[node])}"
        " (counted from 0)"
    )


def _place(name: str, origins: Mapping[str, str]) -> str:
    return f"{origins[name]}: " if name in origins else ""
