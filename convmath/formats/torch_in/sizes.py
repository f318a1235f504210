"""PyTorch's symbolic sizes to ours: a walk over the tree of a SymInt through a list of what sizes are made of."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from ...core.errors import GraphError, show
from ...core.shape import Shape
from ...core.size import Size, exact_div, larger, smaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Sizes:
    """Sizes of a traced graph by the names that its user gave: `names` holds a size for each of PyTorch's symbols."""

    def __init__(self, names: Mapping[str, Size]) -> None:
        self._names = names

    def settle(self, value: Any) -> Size:
        """The size that an int or a SymInt is; GraphError where it is made of more than sizes are."""
        return int(value) if isinstance(value, int) else self._read(value.node.expr)

    def shape(self, tensor: Any) -> Shape:
        """The shape of a traced tensor."""
        return Shape(self.settle(size) for size in tensor.shape)

    def _read(self, expression: Any) -> Size:
        if expression.is_Integer:
            return int(expression)
        if expression.is_Symbol:
            if expression.name not in self._names:
                raise GraphError(f"the size {expression.name} is known only when the module runs")
            return self._names[expression.name]
        parts = [self._read(part) for part in expression.args]
        kind = type(expression).__name__
        if kind == "Pow" and type(parts[1]) is int and 0 < parts[1] <= 16:
            return reduce(lambda a, b: a * b, [parts[0]] * parts[1])
        if kind not in WORDS:
            raise GraphError(f"the size {show(str(expression))} is made by {kind}, which no size is")
        return reduce(WORDS[kind], parts)


def numbers(shape: Any) -> tuple[int, ...]:
    """A traced shape in the numbers that it was traced with.

    >>> numbers((1, 3, 8))
    (1, 3, 8)
    """
    return tuple(size if isinstance(size, int) else int(size.node.hint) for size in shape)
