"""A network as exporters write it: layers that consist of no others, with the shapes that they read and make."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import GraphError, ParameterError
from ..core.size import are_numbers
from ..layers.composite import Composite
from ..layers.values import symbols_of
from .identifiers import Identifiers
from .owned import Arrays, arrays_of, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..report.row import Row


class Value(NamedTuple):
    """Output number `output` of the leaf at position `leaf`."""

    leaf: int
    output: int = 0


class Leaf(NamedTuple):
    """A layer, lazy ones settled; an input of the network is a leaf without one."""

    name: str
    layer: Any
    reads: tuple[Value, ...]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    arrays: Arrays = Arrays()


class Leaves(NamedTuple):
    """All leaves in an order in which they can run, and what the network hands out."""

    name: str
    items: tuple[Leaf, ...]
    outputs: tuple[Value, ...]
    left_out: tuple[Leaf, ...] = ()
    """The layers on which no output depends."""

    @property
    def inputs(self) -> list[tuple[int, Leaf]]:
        """The network's inputs with their positions."""
        return [(place, leaf) for place, leaf in enumerate(self.items) if leaf.layer is None]

    @property
    def readers(self) -> dict[Value, int]:
        """How often each value is read, or handed out."""
        counts: dict[Value, int] = {}
        for value in (*(value for leaf in self.items for value in leaf.reads), *self.outputs):
            counts[value] = counts.get(value, 0) + 1
        return counts

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is said of every export."""
        if not self.left_out:
            return ()
        lost = sum(
            prod(shape)
            for leaf in self.left_out
            for name, shape in leaf.layer.weights().items()
            if leaf.arrays.owner is None and name not in leaf.arrays.buffers
        )
        named = named_in_remark(self.left_out)
        return (f"Left out, as no output depends on it: {named} ({lost:,} parameters; a spec file keeps them).",)


MOST_NAMED = 4
"""Layers that a remark names."""


def named_in_remark(leaves: Sequence[Leaf]) -> str:
    """The names of layers, or of the first few and how many more there are."""
    more = f" and {len(leaves) - MOST_NAMED} more" if len(leaves) > MOST_NAMED else ""
    return ", ".join(quoted(leaf.name) for leaf in leaves[:MOST_NAMED]) + more


def leaves_of(net: Network, shapes: tuple[object, ...], named: Mapping[str, object]) -> Leaves:
    """A network for inputs of these shapes; what no other format can state is refused.

    Raises ParameterError, naming the layer, for symbols, unknown operators and arrays that are neither a layer's own
    nor those of another one; ShapeError as `analyze` does.
    """
    report = net.analyze(*shapes, **named)
    for name, shape in report.inputs.items():
        if not are_numbers(*shape):
            raise ParameterError(
                f"{net.name}: the input {quoted(name)} is {shape}, and a network is exported in numbers"
                " (give its symbols values)"
            )
    if not len(net):
        raise GraphError(f"{net.name}: has no layers to export (add at least one)")
    items: list[Leaf] = []
    made: dict[tuple[str, int], Value] = {}
    first: dict[str, int] = {}
    held: dict[str, Arrays] = {}
    names = Identifiers()
    rows = iter(report.rows)
    for node in net.nodes:
        if node.layer is None:
            made[node.name, 0] = Value(len(items))
            items.append(Leaf(names.free(node.name), None, (), (), (report.inputs[node.name],)))
            continue
        row = next(rows)
        _check(row)
        owner_of = net.shares.get(row.name, row.name)
        held[row.name] = held[owner_of] if owner_of in held else arrays_of(net, row)
        first[row.name] = len(items)
        reads = tuple(made[read, port] for read, port in zip(row.reads, row.ports, strict=True))
        assert row.layer is not None
        for name, layer, inputs, outputs in parts_of(row.name, row.layer, row.inputs, row.outputs):
            owner = None if owner_of == row.name else first[owner_of] + len(items) - first[row.name]
            arrays = held[row.name].part(name[len(row.name) + 1 :], owner)
            items.append(Leaf(names.free(name), layer, reads, inputs, outputs, arrays))
            reads = (Value(len(items) - 1),)
        made |= {(row.name, output): Value(len(items) - 1, output) for output in range(len(row.outputs))}
    return _live(net.name, items, tuple(made[net.nodes[ref.node].name, ref.output] for ref in net.outputs))


def _live(name: str, items: Sequence[Leaf], outputs: tuple[Value, ...]) -> Leaves:
    """Inputs, and the layers on which an output depends, at new positions."""
    live, waiting = set[int](), [value.leaf for value in outputs]
    while waiting:
        place = waiting.pop()
        if place not in live:
            live.add(place)
            waiting += [value.leaf for value in items[place].reads]
    kept = [place for place, leaf in enumerate(items) if place in live or leaf.layer is None]
    at = {place: number for number, place in enumerate(kept)}
    owners: dict[int, int] = {}

    def moved(leaf: Leaf, place: int) -> Leaf:
        reads = tuple(Value(at[value.leaf], value.output) for value in leaf.reads)
        owner = place if leaf.arrays.owner is None else leaf.arrays.owner
        holder = owners.setdefault(owner, at[place])  # the first that is kept, if the one that stores them is not
        arrays = leaf.arrays._replace(owner=None if holder == at[place] else holder)
        return leaf._replace(reads=reads, arrays=arrays)

    left = [(place, leaf) for place, leaf in enumerate(items) if place not in at]
    leaves = tuple(moved(items[place], place) for place in kept)
    left_out = tuple(
        leaf._replace(arrays=leaf.arrays._replace(owner=owners.get(place, leaf.arrays.owner))) for place, leaf in left
    )
    return Leaves(name, leaves, tuple(Value(at[value.leaf], value.output) for value in outputs), left_out)


def parts_of(
    name: str, layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]
) -> Iterator[tuple[str, Layer, tuple[Shape, ...], tuple[Shape, ...]]]:
    """(name, layer, inputs, outputs) of what a layer consists of: itself, or the parts of a chain.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.separable import DepthwiseSeparableConv2d
    >>> x, y = (Shape((1, 8, 5, 7)),), (Shape((1, 4, 3, 5)),)
    >>> [(name, layer) for name, layer, _, _ in parts_of("mix", DepthwiseSeparableConv2d(8, 4, 3), x, y)]
    [('mix.depthwise', Conv2d(8, 8, 3, groups=8, bias=False)), ('mix.pointwise', Conv2d(8, 4, 1))]
    """
    if not isinstance(layer, Composite):
        yield name, layer, inputs, outputs
        return
    for inner, part, x, y in layer.steps(inputs):
        yield from parts_of(f"{name}.{inner}" if inner else name, part, x, y)


def _check(row: Row) -> None:
    if row.op == "Unknown":
        raise ParameterError(
            f"{quoted(row.name)}: {row.layer!r} is an operator that nobody knows, and cannot be exported"
            " (leave it out, or keep the file it came from)"
        )
    layer = row.layer
    if layer is None or not are_numbers(*(size for shape in row.outputs for size in shape)) or symbols_of(layer):
        raise ParameterError(f"{quoted(row.name)}: {layer!r} is exported in numbers only (give its symbols values)")
    if any(size == 0 for shape in row.outputs for size in shape):
        made = next(shape for shape in row.outputs if 0 in shape)
        raise ParameterError(f"{quoted(row.name)}: makes {made}, which holds nothing (give a larger input)")
