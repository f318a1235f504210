"""Whose the arrays of an exported layer are: its own or another layer's, trained or not, parameters or buffers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ParameterError
from ..layers.source import Constant
from ..render.table import printable

if TYPE_CHECKING:
    from ..network.network import Network
    from ..report.row import Row


class Arrays(NamedTuple):
    """The arrays of a layer by the names of its `weights`, as far as they are not trained parameters of its own."""

    frozen: tuple[str, ...] = ()
    """Those that training leaves as they are."""
    buffers: tuple[str, ...] = ()
    """Those that are stored as buffers, and are no parameters."""
    owner: int | None = None
    """The position of the leaf before it that stores all of them; None where it does so itself."""
    counted: bool = True
    """Whether they count: numbers that are stated in code are no array that is stored."""

    def part(self, prefix: str, owner: int | None) -> Arrays:
        """Those of a part of the layer, whose names begin with its own.

        >>> Arrays(("depthwise.weight", "pointwise.bias")).part("pointwise", None).frozen
        ('bias',)
        """
        dotted = f"{prefix}." if prefix else ""
        frozen, buffers = (
            tuple(name[len(dotted) :] for name in names if name.startswith(dotted))
            for names in (self.frozen, self.buffers)
        )
        return Arrays(frozen, buffers, owner, self.counted)


def arrays_of(net: Network, row: Row) -> Arrays:
    """The arrays of a layer of the network; ParameterError where no other format can say what is stored of them."""
    assert row.layer is not None
    layer, sizes = row.layer, {name: prod(shape) for name, shape in row.layer.weights().items()}
    found = net.frozen.get(row.name)
    frozen = () if found is None else tuple(sizes) if found.arrays is None else found.arrays
    stored, own = net.stored.get(row.name), layer.cost(*row.inputs)
    if stored is None or stored == (own.params, own.buffers) or row.name in net.shares or isinstance(layer, Constant):
        return Arrays(frozen, counted=stored != (0, 0))
    moved = own.params - stored[0]
    if moved == stored[1] - own.buffers:
        for some in (tuple(sizes), frozen):
            if moved == sum(sizes[name] for name in some):
                return Arrays(frozen, some)
    if stored[0] < own.params:
        raise ParameterError(
            f"{quoted(row.name)}: {layer!r} has {own.params} parameters, of which {stored[0]} are its own: it shares"
            " some of its arrays with other layers, which is written by a spec file alone (use --to yaml)"
        )
    raise ParameterError(
        f"{quoted(row.name)}: {layer!r} has {own.params} parameters and {own.buffers} buffers, of which {stored[0]}"
        f" and {stored[1]} are stored: its arrays are computed from others, as by weight normalisation (remove that"
        " before it is imported, or use --to yaml)"
    )


def quoted(name: str) -> str:
    """A name as an error says it: without what would steer a terminal, and never long."""
    return printable(name[:60])
