"""PyTorch's symbolic sizes to ours: a walk over the tree of a SymInt through a list of what sizes are made of."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from ...core.errors import GraphError, show
from ...core.shape import Shape
from ...core.size import Size, as_fraction, ceil_div, exact_div, larger, smaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Ratio = tuple[Size, Size]

WORDS: dict[str, Callable[[Size, Size], Size]] = {
    "Add": lambda a, b: a + b,
    "Mul": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": exact_div,
    "IntTrueDiv": exact_div,
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "Max": larger,
    "Min": smaller,
}
"""What SymPy, and torch.utils._sympy, call the operations on sizes."""

ROUNDED: dict[str, Callable[[Size, Size], Size]] = {
    "TruncToInt": lambda a, b: a // b,
    "FloorToInt": lambda a, b: a // b,
    "CeilToInt": ceil_div,
}
"""What makes a size of a real number, here numerator over denominator, neither of them below 0."""

RATIOS: dict[str, Callable[[Ratio, Ratio], Ratio]] = {
    "Mul": lambda a, b: (a[0] * b[0], a[1] * b[1]),
    "IntTrueDiv": lambda a, b: (a[0] * b[1], a[1] * b[0]),
    "FloatTrueDiv": lambda a, b: (a[0] * b[1], a[1] * b[0]),
    "Add": lambda a, b: (a[0] * b[1] + b[0] * a[1], a[1] * b[1]),
}
"""The operations on real numbers between a size and the one that is made of it."""


class Sizes:
    """Sizes of a traced graph by the names that its user gave: `names` holds a size for each of PyTorch's symbols."""

    def __init__(self, names: Mapping[str, Size]) -> None:
        self._names = names

    def settle(self, value: Any) -> Size:
        """The size that an int or a SymInt is; GraphError where it is made of more than sizes are."""
        return int(value) if isinstance(value, int) else self.read(value.node.expr)

    def shape(self, tensor: Any) -> Shape:
        """The shape of a traced tensor."""
        return Shape(self.settle(size) for size in tensor.shape)

    def read(self, expression: Any) -> Size:
        """The size that an expression of PyTorch's is; GraphError as above."""
        if expression.is_Integer:
            return int(expression)
        if expression.is_Symbol:
            if expression.name not in self._names:
                raise GraphError(f"the size {expression.name} is known only when the module runs")
            return self._names[expression.name]
        kind = type(expression).__name__
        if kind in ROUNDED:
            return ROUNDED[kind](*self._ratio(expression.args[0]))
        if kind == "Pow" and expression.exp.is_Integer and 0 < expression.exp <= 16:
            return reduce(lambda a, b: a * b, [self.read(expression.base)] * int(expression.exp))
        if kind not in WORDS:
            raise GraphError(f"the size {self._in_words(expression)} is made by {kind}, which has no formula in sizes")
        return reduce(WORDS[kind], [self.read(part) for part in expression.args])

    def told(self, expression: Any) -> str:
        """An expression as a message says it: a formula, or PyTorch's own words with the user's sizes in them."""
        try:
            return str(self.read(expression))
        except GraphError:
            return self._in_words(expression)

    def _in_words(self, expression: Any) -> str:
        named = {one: type(one)(str(self._names.get(one.name, one.name))) for one in expression.free_symbols}
        return show(str(expression.xreplace(named)), 120)[1:-1]

    def _ratio(self, expression: Any) -> Ratio:
        """A real number as numerator and denominator; a float counts as the decimal that it is written as."""
        kind = type(expression).__name__
        if kind == "ToFloat":
            return self.read(expression.args[0]), 1
        if expression.is_Float:
            return as_fraction(float(expression))
        if kind in RATIOS:
            return reduce(RATIOS[kind], [self._ratio(part) for part in expression.args])
        return self.read(expression), 1


def numbers(shape: Any) -> tuple[int, ...]:
    """A traced shape in the numbers that it was traced with.

    >>> numbers((1, 3, 8))
    (1, 3, 8)
    """
    return tuple(size if isinstance(size, int) else int(size.node.hint) for size in shape)
