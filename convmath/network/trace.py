"""One topological pass: shape, cost, receptive field and conditions of every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, GraphError
from ..core.receptive_field import IDENTITY, see
from ..report.meeting import Fields, arriving, meet
from ..report.row import Row, by_position
from ..report.turning import TURNING, Origin, Turned, followed, layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.base import Facts, Layer
    from .network import Node, Ref

Key = tuple[int, "tuple[Shape, ...]"]
"""A layer's kind and the shapes it reads."""


def trace(
    nodes: Sequence[Node],
    input_shapes: tuple[Shape, ...],
    origins: Mapping[str, str],
    stored: Mapping[str, tuple[int, int]],
) -> tuple[Row, ...]:
    """The row of every layer, in order; each distinct (layer, input shapes) is worked out once.

    `stored` says of a layer how many parameters and buffers it adds, where that is not what its type has.

    Receptive fields are over the first input; what depends on others alone sees nothing of it. Raises ShapeError,
    naming the node and the place it comes from, where a layer does not accept what reaches it.
    """
    known: dict[Key, Facts] = {}
    shapes: list[tuple[Shape, ...]] = []
    seen: list[Fields] = []
    turns: dict[int, Turned] = {}
    rows: list[Row] = []
    given = iter(input_shapes)
    first = next((index for index, node in enumerate(nodes) if node.layer is None), 0)
    axes = _layout(nodes, first, input_shapes)
    for name, layer, refs, kind in nodes:
        if layer is None:
            shape = next(given)
            start = Turned((IDENTITY,) * shape.rank, axes)
            if len(seen) == first and not start.is_back:
                turns[first] = start
            seen.append(() if len(seen) > first else start.fields)
            shapes.append((shape,))
            continue
        try:
            inputs = tuple([shapes[node][output] for node, output in refs])
        except IndexError:
            raise _no_such_output(nodes, name, refs, shapes, origins) from None
        try:
            facts = _facts(known, kind, layer, inputs)
        except ConvmathError as error:
            raise type(error)(f"{_place(name, origins)}{name}: {error}") from None
        fields, aligned = _look(facts, inputs, refs, seen, turns)
        turn = turns.get(len(seen)) if turns else None
        cost = facts.cost
        if name in stored:
            cost = cost._replace(params=stored[name][0], buffers=stored[name][1])
        shapes.append(facts.outputs)
        seen.append(fields)
        rows.append(
            Row(
                name, facts.layer.op, facts.layer, inputs, facts.outputs, cost, fields, aligned,
                facts.conditions, tuple([nodes[ref.node].name for ref in refs]),
                ports=tuple([ref.output for ref in refs]), moving=() if turn is None else turn.places,
            )
        )  # fmt: skip
    return by_position(rows, Origin(nodes[first].name, input_shapes[0], axes)) if input_shapes else tuple(rows)


def _layout(nodes: Sequence[Node], first: int, input_shapes: tuple[Shape, ...]) -> tuple[int, ...]:
    """The axes of the first input that are seen as spatial."""
    steps = ((index, node.layer, [ref.node for ref in node.inputs]) for index, node in enumerate(nodes))
    return layout(steps, first, len(input_shapes[0])) if input_shapes else ()


def _look(
    facts: Facts,
    inputs: tuple[Shape, ...],
    refs: tuple[Ref, ...],
    seen: list[Fields],
    turns: dict[int, Turned],
) -> tuple[Fields, bool | None]:
    """What the next layer sees, and whether its paths keep one centre; `turns` learns of axes that lie elsewhere."""
    aligned: bool | None = True
    paths = [seen[ref.node] for ref in refs]
    if facts.layer.op in TURNING or (turns and any(ref.node in turns for ref in refs)):
        before = [turns.get(ref.node) for ref in refs]
        turn = followed(facts.layer, inputs, facts.outputs[0], paths, before)
        if turn is not None:
            if not turn.is_back:
                turns[len(seen)] = turn
            return turn.fields, turn.aligned
    if len(refs) == 1:
        (fields,) = paths
        for stage in facts.stages:
            fields = see(fields, stage)
    else:
        fields, aligned = meet(arriving(facts.layer, inputs, facts.outputs[0], paths))
    return fields, aligned


def _facts(known: dict[Key, Facts], kind: int, layer: Layer, inputs: tuple[Shape, ...]) -> Facts:
    key = (kind, inputs)
    try:
        facts = known.get(key)
    except TypeError:  # arrays do not hash, so what they reach is worked out each time
        return layer.facts(*inputs)
    if facts is None:
        facts = known[key] = layer.facts(*inputs)
    return facts


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
