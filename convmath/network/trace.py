"""One topological pass: shape, cost, receptive field and conditions of every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, GraphError
from ..core.receptive_field import IDENTITY, ReceptiveField, Seen, joined
from ..core.size import is_one
from ..layers.base import see
from ..report.analysis import Row, all_aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.base import Facts, Layer
    from .network import Node

Fields = tuple[Seen, ...]

Key = tuple[int, "tuple[Shape, ...]"]
"""A layer's kind and the shapes it reads."""


def trace(nodes: Sequence[Node], input_shapes: tuple[Shape, ...], origins: Mapping[str, str]) -> tuple[Row, ...]:
    """The row of every layer, in order; each distinct (layer, input shapes) is worked out once.

    Receptive fields are over the first input; what depends on others alone sees nothing of it. Raises ShapeError,
    naming the node and the place it comes from, where a layer does not accept what reaches it.
    """
    known: dict[Key, Facts] = {}
    shapes: list[tuple[Shape, ...]] = []
    seen: list[Fields] = []
    rows: list[Row] = []
    given = iter(input_shapes)
    for name, layer, refs, kind in nodes:
        if layer is None:
            shape = next(given)
            seen.append(() if any(shapes) else (IDENTITY,) * shape.rank)
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
        if len(refs) == 1:
            fields: Fields = seen[refs[0].node]
            aligned: bool | None = True
        else:
            paths = [_spread(seen[ref.node], x, facts.outputs[0]) for ref, x in zip(refs, inputs, strict=True)]
            fields, aligned = _meet(paths)
        for stage in facts.stages:
            fields = see(fields, stage)
        shapes.append(facts.outputs)
        seen.append(fields)
        rows.append(
            Row(
                name, facts.layer.op, facts.layer, inputs, facts.outputs, facts.cost, fields, aligned,
                facts.conditions, tuple([nodes[ref.node].name for ref in refs]),
            )
        )  # fmt: skip
    return tuple(rows)


def _facts(known: dict[Key, Facts], kind: int, layer: Layer, inputs: tuple[Shape, ...]) -> Facts:
    key = (kind, inputs)
    try:
        facts = known.get(key)
    except TypeError:  # arrays do not hash, so what they reach is worked out each time
        return layer.facts(*inputs)
    if facts is None:
        facts = known[key] = layer.facts(*inputs)
    return facts


def _spread(fields: Fields, x: Shape, y: Shape) -> Fields:
    """A field of one position that is broadcast over an axis does not move along with the others there."""
    if x is y or len(fields) != len(x) - 2 or len(x) != len(y):
        return fields
    sizes = zip(fields, x.spatial, y.spatial, strict=True)
    return tuple(None if is_one(i) and not is_one(o) else field for field, i, o in sizes)


def _meet(paths: list[Fields]) -> tuple[Fields, bool | None]:
    fields = paths[0]
    answers: set[bool | None] = {True}
    for other in paths[1:]:
        if other is fields or not other:
            continue
        if not fields:
            fields = other
            continue
        if len(other) != len(fields):
            return (None,) * len(fields), False
        for a, b in zip(fields, other, strict=True):
            if isinstance(a, ReceptiveField) and isinstance(b, ReceptiveField):
                answers.add(a.aligned(b))
        fields = tuple(map(joined, fields, other))
    return fields, all_aligned(answers)


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
