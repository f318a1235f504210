"""A network as exporters write it: layers that consist of no others, with the shapes that they read and make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import GraphError, ParameterError
from ..core.size import Symbolic, are_numbers
from ..layers.composite import Composite
from ..layers.source import Constant
from ..render.table import printable
from .identifiers import Identifiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    counted: bool = True
    """Whether its arrays count: numbers that are stated in code are no array that is stored."""


class Leaves(NamedTuple):
    """All leaves in an order in which they can run, and what the network hands out."""

    name: str
    items: tuple[Leaf, ...]
    outputs: tuple[Value, ...]

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
    def idle(self) -> list[Leaf]:
        """The layers on which no output depends."""
        live, waiting = set[int](), [value.leaf for value in self.outputs]
        while waiting:
            place = waiting.pop()
            if place not in live:
                live.add(place)
                waiting += [value.leaf for value in self.items[place].reads]
        return [leaf for place, leaf in enumerate(self.items) if place not in live and leaf.layer is not None]


def leaves_of(net: Network, shapes: tuple[object, ...], named: Mapping[str, object]) -> Leaves:
    """A network for inputs of these shapes; what no other format can state is refused.

    Raises ParameterError, naming the layer, for symbols, unknown operators and arrays that several layers share;
    ShapeError as `analyze` does.
    """
    report = net.analyze(*shapes, **named)
    for name, shape in report.inputs.items():
        if not are_numbers(*shape):
            raise ParameterError(
                f"{net.name}: the input {_quoted(name)} is {shape}, and a network is exported in numbers"
                " (give its symbols values)"
            )
    if not len(net):
        raise GraphError(f"{net.name}: has no layers to export (add at least one)")
    items: list[Leaf] = []
    made: dict[tuple[str, int], Value] = {}
    names = Identifiers()
    rows = iter(report.rows)
    for node in net.nodes:
        if node.layer is None:
            made[node.name, 0] = Value(len(items))
            items.append(Leaf(names.free(node.name), None, (), (), (report.inputs[node.name],)))
            continue
        row = next(rows)
        _check(net, row)
        reads = tuple(made[read, port] for read, port in zip(row.reads, row.ports, strict=True))
        assert row.layer is not None
        for name, layer, inputs, outputs in parts_of(row.name, row.layer, row.inputs, row.outputs):
            items.append(Leaf(names.free(name), layer, reads, inputs, outputs, net.stored.get(row.name) != (0, 0)))
            reads = (Value(len(items) - 1),)
        made |= {(row.name, output): Value(len(items) - 1, output) for output in range(len(row.outputs))}
    handed_out = tuple(made[net.nodes[ref.node].name, ref.output] for ref in net.outputs)
    leaves = Leaves(net.name, tuple(items), handed_out)
    if leaves.idle:
        raise ParameterError(
            f"{_quoted(leaves.idle[0].name)}: no output depends on it, and what nothing reads is lost on the way"
            " (leave it out, or make it an output)"
        )
    return leaves


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


def _check(net: Network, row: Row) -> None:
    if row.op == "Unknown":
        raise ParameterError(
            f"{_quoted(row.name)}: {row.layer!r} is an operator that nobody knows, and cannot be exported"
            " (leave it out, or keep the file it came from)"
        )
    layer = row.layer
    if layer is None or not are_numbers(*(size for shape in row.outputs for size in shape)) or _symbolic(layer):
        raise ParameterError(f"{_quoted(row.name)}: {layer!r} is exported in numbers only (give its symbols values)")
    if any(size == 0 for shape in row.outputs for size in shape):
        made = next(shape for shape in row.outputs if 0 in shape)
        raise ParameterError(f"{_quoted(row.name)}: makes {made}, which holds nothing (give a larger input)")
    stored = net.stored.get(row.name)
    own = layer.cost(*row.inputs)
    if stored is None or stored == (own.params, own.buffers) or isinstance(layer, Constant):
        return
    if stored[0] < own.params:
        raise ParameterError(
            f"{_quoted(row.name)}: {layer!r} has {own.params} parameters, of which {stored[0]} are its own: it shares"
            " arrays with other layers, which is written by a spec file alone (use --to yaml)"
        )
    raise ParameterError(
        f"{_quoted(row.name)}: {layer!r} has {own.params} parameters and {own.buffers} buffers, of which {stored[0]}"
        f" and {stored[1]} are stored: its arrays are computed from others, as by weight normalisation (remove that"
        " before it is imported, or use --to yaml)"
    )


def _symbolic(layer: Layer) -> bool:
    waiting = [layer.__dict__[name] for name in layer.fields]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Symbolic):
            return True
        if isinstance(value, tuple):
            waiting += value
    return False


def _quoted(name: str) -> str:
    """A name as an error says it: without what would steer a terminal, and never long."""
    return printable(name[:60])
