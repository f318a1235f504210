"""A layer as rows of Keras: calls of layers, or expressions, one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...bridge.port import port
from ...bridge.sliding import KINDS
from ...bridge.unequal import NoEqualError
from ...core.errors import ParameterError, ShapeError
from ...layers.shuffle import PixelShuffle
from ...layers.transposed import ConvTranspose
from ...render.table import printable
from .functions import FUNCTIONS
from .moves import MOVES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..leaves import Leaf

    Rule = Callable[[Leaf], tuple[str, ...]]


def rows_of(leaf: Leaf) -> tuple[str, ...]:
    """What computes a layer: {0}, {1} … are what is read, or what the row above gave, {name} is the layer's name.

    Raises ParameterError, naming the layer.
    """
    layer = leaf.layer
    try:
        if isinstance(layer, (*KINDS, PixelShuffle)):
            return _ported(leaf)
        rule = next((ROWS[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in ROWS), None)
        if rule is None:
            raise NoEqualError("has no layer of this kind, or none that is written here")  # noqa: TRY301
        return rule(leaf)
    except (NoEqualError, ParameterError) as error:
        raise ParameterError(
            f"{printable(leaf.name[:60])}: {layer!r}: Keras {error} (write it by other layers, or export --to torch)"
        ) from None


def _ported(leaf: Leaf) -> tuple[str, ...]:
    """The rows that the bridge writes, unless they reckon more than the layer does."""
    if leaf.layer.makes_indices:
        raise NoEqualError("does not tell the indices of maxima")
    try:
        code = port(leaf.layer, "keras").code
    except (ParameterError, ShapeError):
        code = port(leaf.layer, "keras", leaf.inputs[0]).code
    if isinstance(leaf.layer, ConvTranspose) and len(code) > 1 and code[0].startswith("ZeroPadding"):
        raise NoEqualError("crops nothing less than its full output, and zeros around the input would cost more")
    if code[-1].startswith("x[:"):
        raise NoEqualError("takes no stride together with a dilation, and computing every position would cost more")
    weighted = next((place for place, row in enumerate(code) if re.match(r"\w*Conv|\w+Pooling\dD\([^x]*$", row)), -1)
    return tuple(_row(row, place == weighted) for place, row in enumerate(code))


def _row(row: str, named: bool) -> str:
    """A row of the bridge's: a layer, or an expression in x."""
    told = re.sub(r"\b(?=[A-Z]\w*\()", "layers.", row)
    if re.search(r"\bx\b", told):
        said = re.sub(r"\bx\b", "{0}", told)
        return f"layers.Lambda(lambda x: {told})({{0}})" if "tf." in told else said
    return f"{told[:-1]}{', {name}' if named else ''})({{0}})"


ROWS = FUNCTIONS | MOVES
"""Families by how they are written."""
