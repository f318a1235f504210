"""A layer as lines of PyTorch: a module that is made once and called, or an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ...bridge.port import port
from ...bridge.resizing import check_factor
from ...bridge.sliding import KINDS
from ...bridge.unequal import NoEqualError
from ...core.errors import ParameterError, ShapeError
from ...layers.pool import LPPool
from ...layers.shuffle import PixelShuffle
from ...render.table import printable
from .unfit import unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...layers.base import Layer
    from ..leaves import Leaf

CALLED = "{m}({0})"
"""How a module of one input is called."""


class Line(NamedTuple):
    """An expression, in which {0}, {1} … are what is read and {m} the module, which `module` makes."""

    call: str
    module: str = ""
    target: str = ""
    """What the results are called, {0}, {1} …, where they are not plainly one after the other."""

    @property
    def is_plain(self) -> bool:
        """Whether it is a module that is called with what is read."""
        return bool(self.module) and self.call == CALLED


def lines_of(leaf: Leaf, inplace: bool) -> tuple[Line, ...]:
    """What computes a layer, one line after the other, each from what the one before it made.

    `inplace` says whether the memory of what is read may be written to. Raises ParameterError, naming the layer.
    """
    try:
        return written(leaf, inplace)
    except (NoEqualError, ParameterError) as error:
        raise ParameterError(
            f"{printable(leaf.name[:60])}: {leaf.layer!r}: PyTorch {error} (write it by other layers, or export --to"
            " yaml)"
        ) from None


def written(leaf: Leaf, inplace: bool = False) -> tuple[Line, ...]:
    """The same; NoEqualError says why PyTorch has no equal, ParameterError why none is found."""
    from .functions import FUNCTIONS

    if unfit(leaf):
        raise NoEqualError(unfit(leaf))
    if isinstance(leaf.layer, (*KINDS, PixelShuffle)):
        return _with_its_indices(leaf, tuple(map(_row, _ported(leaf))))
    rule = next((FUNCTIONS[cls.__name__] for cls in type(leaf.layer).__mro__ if cls.__name__ in FUNCTIONS), None)
    return (rule(leaf),) if rule is not None else (Line(CALLED, _namesake(leaf, inplace)),)


def _with_its_indices(leaf: Leaf, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The indices of maxima that are returned beside them must be those in the input."""
    if leaf.layer.makes_indices and len(lines) > 1:
        raise NoEqualError("counts the indices of maxima in a padded copy")
    return lines


def _namesake(leaf: Leaf, inplace: bool) -> str:
    if leaf.layer.op in REFUSED:
        raise NoEqualError(REFUSED[leaf.layer.op])
    check_factor(leaf.layer, leaf.inputs[0])
    return module(leaf.layer, inplace)


_CUSTOM = "has it in no module of its own"

REFUSED = {
    **{f"{kind}{rank}d": "has it in torchvision alone" for kind in ("DeformConv", "OffsetConv") for rank in (1, 2, 3)},
    **{f"LocallyConnected{rank}d": _CUSTOM for rank in (1, 2, 3)},
    "Scatter": "is not told where the numbers go",
}
"""Types that no line of PyTorch is equal to, and why."""


def module(layer: Layer, inplace: bool = False, without: str = "") -> str:
    """The call that makes PyTorch's module of the same name; NoEqualError for what it does not take.

    >>> from convmath.layers.norm import BatchNorm2d
    >>> module(BatchNorm2d(8, eps=0.001))
    'nn.BatchNorm2d(8, eps=0.001)'
    """
    convention = layer.__dict__.get("convention")
    if convention is not None and convention.name != "pytorch":
        raise NoEqualError(f"pools otherwise than {convention.name} does")
    words, positional = [], True
    for name, field in layer.fields.items():
        value, default = layer.__dict__[name], layer.settled_defaults()[name]
        positional = positional and repr(default) == "required"
        if positional:
            words.append(_spelled(field, value))
        elif name == "dilation" and value != default and isinstance(layer, LPPool):
            raise NoEqualError("takes no dilation here")
        elif value != default and name != without and (name != "inplace" or inplace):
            words.append(f"{name}={_spelled(field, value)}")
    return f"nn.{layer.op}({', '.join(words)})"


def _spelled(field: Any, value: Any) -> str:
    return str(value) if isinstance(value, tuple) and field.name in ALWAYS_TUPLES else field.spell(value)


ALWAYS_TUPLES = {"unflattened_size", "normalized_shape"}
"""Fields that PyTorch takes as a tuple of one too."""


def _ported(leaf: Leaf) -> tuple[str, ...]:
    """The rows that the bridge writes, for all sizes where there are such."""
    try:
        return port(leaf.layer, "pytorch").code
    except (ParameterError, ShapeError):
        return port(leaf.layer, "pytorch", leaf.inputs[0]).code


PAD = re.compile(r"nn\.(Zero|Constant|Reflection|Replication|Circular)Pad\dd\((\(.*?\))(?:, (.*))?\)")

MODES = {"Reflection": ', mode="reflect"', "Replication": ', mode="replicate"', "Circular": ', mode="circular"'}


def _row(row: str) -> Line:
    """A row of the bridge's as a line: a module, a padding, or an expression in x."""
    padded = PAD.fullmatch(row)
    if padded:
        value = f", value={padded[3]}" if padded[3] else ""
        return Line(f"F.pad({{0}}, {padded[2]}{MODES.get(padded[1], '')}{value})")
    if re.search(r"\bx\b", row):
        return Line(re.sub(r"\bx\b", "{0}", row))
    return Line(CALLED, row)


def reads(leaf: Leaf) -> list[str]:
    """A place for each value that is read.

    >>> from ..leaves import Leaf, Value
    >>> reads(Leaf("sum", None, (Value(0), Value(1)), (), ()))
    ['{0}', '{1}']
    """
    return [f"{{{place}}}" for place in range(len(leaf.reads))]


if TYPE_CHECKING:
    Rule = Callable[[Leaf], Line]
