"""What a network is analysed for: a shape for each input, and values for the symbols that it was built with."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FormulaError, ShapeError, UnknownNameError, unknown_name
from ..core.shape import Shape, as_shape, as_size, by_axis
from ..core.size import Symbolic, are_numbers
from ..layers.values import at, symbols_of, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from ..layers.base import Layer
    from ..symbolic.proposition import Proposition
    from .network import Network


class Guard(NamedTuple):
    """What holds of the sizes for which a network was built or imported: for others it would be another one."""

    proposition: Proposition
    said: str
    """The same in words."""
    place: str
    """Where the code asks, or a file says so."""

    def check(self, who: str, values: Mapping[str, Size]) -> None:
        """ShapeError where these values break it; nothing where they do not decide it.

        >>> from convmath.symbolic.polynomial import symbols
        >>> Guard(symbols("H") <= 300, "H ≤ 300", "net.py:7").check("Net", {"H": 400})
        Traceback (most recent call last):
        convmath.core.errors.ShapeError: Net: H = 400, and it is built where H ≤ 300 (net.py:7): build it for this size
        """
        known = {name: values[name] for name in self.proposition.names if name in values}
        if known and self.proposition.at(known) is False:
            told = ", ".join(f"{name} = {value}" for name, value in sorted(known.items()))
            raise ShapeError(f"{who}: {told}, and it is built where {self.said} ({self.place}): build it for this size")


def settled(net: Network, shapes: tuple[object, ...], named: Mapping[str, object]) -> tuple[Network, dict[str, Shape]]:
    """The network with values for its symbols, itself if it has none of them, and the shape of every input.

    What is named is an input or a symbol. Symbols have values by their names, and by the shapes of the inputs whose
    sizes they are, alone or as a multiple with a number added.
    """
    inputs = {name: value for name, value in named.items() if name in net.input_shapes}
    given = _given(net, shapes, inputs)
    values = _values(net, {name: value for name, value in named.items() if name not in inputs})
    if not values and not _opens(net):
        return net, _stated(net, given, values)
    own = _own_symbols(net)
    for name, shape in given.items():
        _bind(net, name, shape, values, own)
    for guard in net.guards:
        guard.check(net.name, values)
    found = _stated(net, given, values)
    values = {name: value for name, value in values.items() if name in own}
    return (_fixed(net, values, found) if values else net), found


def _given(net: Network, shapes: tuple[object, ...], named: Mapping[str, object]) -> dict[str, Shape]:
    """The shapes that are given, by the names of the inputs."""
    names = list(net.input_shapes)
    for name in named:
        if name in names[: len(shapes)]:
            raise ShapeError(f"{net.name}: the shape of {name!r} is given twice, by position and by name")
    if len(shapes) > len(names):
        inputs = f"{len(names)} input{'s' * (len(names) != 1)}: {', '.join(names)}"
        raise ShapeError(f"{net.name}: {len(shapes)} shapes given, the network has {inputs}")
    return {name: as_shape(shape) for name, shape in (*zip(names, shapes, strict=False), *named.items())}


def _values(net: Network, named: Mapping[str, object]) -> dict[str, Size]:
    """The values that are given by the names of symbols."""
    if not named:
        return {}
    known = _own_symbols(net) | {
        name for shape in net.input_shapes.values() for size in shape or () for name in getattr(size, "names", ())
    }
    values: dict[str, Size] = {}
    for name, value in named.items():
        if name not in known:
            kind = "input or size" if known else "input"
            raise unknown_name(kind, name, [*net.input_shapes, *sorted(known)])
        size = as_size(value)
        if not isinstance(size, int | Symbolic):
            raise ShapeError(f"{net.name}: {name} must be a size, an integer of at least 1, not {value!r}")
        values[name] = size
    return values


def _opens(net: Network) -> bool:
    """Whether a remembered shape has symbols, for which given shapes are values."""
    return any(isinstance(size, Symbolic) for shape in net.input_shapes.values() for size in shape or ())


def _own_symbols(net: Network) -> set[str]:
    """The symbols in the layers and guards of a network."""
    distinct: dict[int, Layer] = {node.kind: node.layer for node in net.nodes if node.layer is not None}
    found = {name for layer in distinct.values() for name in symbols_of(layer)}
    return found.union(*(guard.proposition.names for guard in net.guards))


def _bind(net: Network, name: str, shape: Shape, values: dict[str, Size], own: set[str]) -> None:
    """Adds the values that follow from the shape of an input; ShapeError where symbols cannot have them."""
    for axis, (stated, size) in enumerate(zip(net.input_shapes[name] or (), shape, strict=False)):
        (symbol, *more) = getattr(stated, "names", ()) or [""]
        if not symbol or more or (symbol not in own and symbol not in values) or not isinstance(size, int | Symbolic):
            continue
        value = _solved(stated, symbol, size)
        if value is None:
            raise ShapeError(f"{net.name}: axis {axis} of {name} is {stated} long, which {size} is for no {symbol}")
        if values.setdefault(symbol, value) != value:
            raise ShapeError(f"{net.name}: {symbol} is {values[symbol]} and {value} (sizes of one name are equal)")


def _solved(stated: Any, symbol: str, size: Size) -> Size | None:
    """The value for which a multiple of a symbol, with a number added, is this size."""
    one, two, three = (stated.at({symbol: number}) for number in (1, 2, 3))
    if stated.at({symbol: size}) == size:
        return size
    if two - one != three - two or two <= one or not are_numbers(size) or (size - one) % (two - one):
        return None
    value = 1 + (size - one) // (two - one)
    return value if value >= 1 else None


def _stated(net: Network, given: Mapping[str, Shape], values: Mapping[str, Size]) -> dict[str, Shape]:
    """The shape of every input, from what was given and what the network remembers."""
    result: dict[str, Shape] = {}
    for name, remembered in net.input_shapes.items():
        shape = given.get(name, remembered)
        if shape is None:
            more = ", or values for the sizes that the file leaves open" if name in net.origins else ""
            raise ShapeError(f"{net.name}: the shape of {name!r} is not known (give one, such as 1x3x224x224{more})")
        result[name] = shape if name in given or not values else Shape(at(size, values) for size in shape)
        _check_size(net, result[name])
    return result


def _check_size(net: Network, shape: Shape) -> None:
    made_for, sizes = net.made_for, shape.spatial
    if made_for and are_numbers(*sizes) and are_numbers(*made_for) and sizes != made_for:
        raise ShapeError(
            f"{net.name}: is built for inputs of {by_axis(made_for)}, got {by_axis(sizes)} (build it with size={sizes})"
        )


def _fixed(net: Network, values: Mapping[str, Size], shapes: Mapping[str, Shape]) -> Network:
    """The network with values for symbols in its layers."""
    made: dict[int, Layer | None] = {}
    for node in net.nodes:
        if node.kind not in made:
            try:
                made[node.kind] = None if node.layer is None else with_values(node.layer, values)
            except (FormulaError, UnknownNameError) as error:
                raise ShapeError(f"{node.name}: {error}") from None
            except ConvmathError as error:
                raise type(error)(f"{node.name}: {error}") from None
    fixed = copy(net)
    fixed.nodes = [node._replace(layer=made[node.kind]) for node in net.nodes]
    fixed.input_shapes = dict(shapes)
    return fixed
