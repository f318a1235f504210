"""The sizes that a model states: numbers, and dynamic ones as symbols by the names that the file gives them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ...core.errors import FormulaError, ParameterError, ShapeError, show, unknown_name
from ...core.shape import Shape, as_shape, as_size
from ...core.size import LARGEST, Symbolic, same
from ...symbolic.names import checked_name
from ...symbolic.polynomial import symbols

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...core.size import Size

Stated = list[int | str] | None
"""A shape as a file states it: numbers and names; None if it states none."""


class Sizes:
    """Values for names, and a symbol for every name without one; equal names are one symbol.

    `given` holds values by the symbols' names, and must be used up; `spare` holds some that may not be needed.
    """

    def __init__(self, given: Mapping[str, Size], spare: Mapping[str, Size]) -> None:
        self.given = {name: _checked(name, value) for name, value in given.items()}
        self.spare = {name: _checked(name, value) for name, value in spare.items()}
        self.names: dict[str, str] = {}
        """Each name of the file with the symbol that stands for it."""
        self.bound: dict[str, Size] = {}
        """Values that follow from shapes that were given."""
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}
        """How many names were called after each stem."""

    def size(self, stated: int | str) -> Size:
        """The size that a number or a name means."""
        if not isinstance(stated, str):
            return stated
        name = self.symbol(stated)
        for values in (self.given, self.bound, self.spare):
            if name in values:
                return values[name]
        symbol: Size = symbols(name)
        return symbol

    def symbol(self, name: str) -> str:
        """The symbol of a name: the name itself where it may be one, with _ for what may not stand in it."""
        if name not in self.names:
            stem = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")[:28] or "size"
            stem = stem if stem[0].isalpha() else f"n_{stem}"[:28]
            found, count = _allowed(stem), self._counts.get(stem, 1)
            while found in self._taken:
                count += 1
                found = f"{_allowed(stem)}_{count}"
            self._counts[stem] = count
            self._taken.add(found)
            self.names[name] = found
        return self.names[name]

    def shape(self, stated: list[int | str]) -> Shape:
        """The shape that numbers and names mean."""
        return Shape(self.size(size) for size in stated)

    def bind(self, who: str, stated: list[int | str], shape: object) -> Shape:
        """The shape given for an input, whose sizes the file's names stand for from here on."""
        wanted = as_shape(shape)
        if len(wanted) != len(stated):
            raise ShapeError(f"{who}: {wanted} has {len(wanted)} sizes, the model's input has {len(stated)}")
        for size, name in zip(wanted, stated, strict=True):
            if isinstance(name, str):
                symbol = self.symbol(name)
                if not same(self.bound.setdefault(symbol, size), size):
                    raise ShapeError(
                        f"{who}: {symbol} is {self.bound[symbol]} and {size} (sizes of one name are equal)"
                    )
        return wanted

    def check(self) -> None:
        """UnknownNameError for a value that no name took."""
        for name in self.given:
            if name not in self._taken:
                known = sorted(self.names.values())
                error = unknown_name("size of the model", name, known)
                told = (
                    f"it has {', '.join(known[:4])}{' …' * (len(known) > 4)}" if known else "all its sizes are numbers"
                )
                raise type(error)(f"{error} ({told})")

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """The names that are called otherwise here, as (the file's, ours)."""
        return [(stated, ours) for stated, ours in self.names.items() if stated != ours]


def _allowed(name: str) -> str:
    try:
        return checked_name(name)
    except FormulaError:
        return f"n_{name}"[:32]


def _checked(name: str, value: Any) -> Size:
    size = as_size(value, -LARGEST)
    if not isinstance(size, int | Symbolic):
        raise ParameterError(f"given: {name} must be an integer from -10^18 to 10^18, not {show(value)}")
    return size


def stated_shape(value: Any) -> Stated:
    """The shape of a ValueInfoProto; None if it states none, or is no tensor.

    A size that is left open gets a name from the value's and its axis; so does one that is no size, such as 0 or -1.
    """
    if value.type.WhichOneof("value") != "tensor_type" or not value.type.tensor_type.HasField("shape"):
        return None
    return [_stated(dim, value.name, axis) for axis, dim in enumerate(value.type.tensor_type.shape.dim)]


def _stated(dim: Any, name: str, axis: int) -> int | str:
    if dim.HasField("dim_value") and 1 <= dim.dim_value <= LARGEST:
        return int(dim.dim_value)
    word = dim.dim_param.strip()
    return word if re.search(r"[A-Za-z]", word) else f"{name}_{axis}"
