"""Operators that only give another shape: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Expand, Tile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.errors import GraphError
from ....core.shape import Shape
from ....core.size import exact_div, is_one, product, same
from ....layers.axes import Permute, Squeeze, Unsqueeze
from ....layers.matching import broadcast
from ....layers.repeat import Expand, Repeat
from ....layers.reshape import Flatten
from ..folding import axes_of
from ..step import UnsupportedError, reshaped

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Value


def _reshaped(step: Step) -> Value:
    x = step.x
    sizes = step.numbers(1) if step.has(1) else step.integers("shape", ())
    assert sizes is not None
    if not step.integer("allowzero", 0):
        if any(same(size, 0) and axis >= len(x.shape) for axis, size in enumerate(sizes)):
            raise GraphError(f"{step.operator}: a size of 0 copies an axis that its input {x.shape} does not have")
        sizes = [x.shape[axis] if same(size, 0) else size for axis, size in enumerate(sizes)]
    if sum(same(size, -1) for size in sizes) == 1:
        sizes = _filled(x.shape, sizes)
    if len(sizes) == 2 < len(x.shape) and same(sizes[0], x.shape[0]):
        return step.add(Flatten(), x) if same(sizes[1], product(x.shape[1:])) else reshaped(step, x, sizes)
    return reshaped(step, x, sizes)


def _filled(x: Shape, sizes: list[Any]) -> list[Any]:
    """The sizes with -1 worked out: axes that both have are cancelled first, so that no formula need be divided."""
    left, rest = list(x), [size for size in sizes if not same(size, -1)]
    for size in list(rest):
        found = next((place for place, other in enumerate(left) if same(other, size)), None)
        if found is not None:
            del left[found]
            rest.remove(size)
    open_size = exact_div(product(left), product(rest)) if rest else product(left)
    if not same(open_size * product(rest), product(left)) and all(type(size) is int for size in (*left, *rest)):
        raise UnsupportedError(f"{x} cannot be given the sizes {tuple(sizes)}")
    return [open_size if same(size, -1) else size for size in sizes]


def _flattened(step: Step) -> Value:
    x = step.x
    first = step.integer("axis", 1)
    first = first if first == len(x.shape) else step.axis(first, len(x.shape))
    if first == 1 and len(x.shape) > 2:
        return step.add(Flatten(), x)
    return reshaped(step, x, (product(x.shape[:first]), product(x.shape[first:])))


def _squeezed(step: Step) -> Value:
    x, axes = step.x, axes_of(step, 13)
    if axes is None:
        axes = [axis for axis, size in enumerate(x.shape) if is_one(size)]
    return step.add(Squeeze(tuple(axes)), x) if axes else x


def _unsqueezed(step: Step) -> Value:
    axes = axes_of(step, 13)
    return step.add(Unsqueeze(tuple(axes)), step.x) if axes else step.x


def _turned(step: Step) -> Value:
    x = step.x
    order = tuple(step.integers("perm", reversed(range(len(x.shape)))) or ())
    return x if order == tuple(range(len(x.shape))) else step.add(Permute(order), x)


def _expanded(step: Step) -> Value:
    x, sizes = step.x, Shape(step.numbers(1))
    if any(type(size) is int and size < 1 for size in sizes):
        raise UnsupportedError(f"an empty shape {tuple(sizes)}")
    shape = broadcast((x.shape, sizes))
    return x if shape == x.shape else step.add(Expand(tuple(shape)), x)


def _tiled(step: Step) -> Value:
    times = tuple(step.numbers(1))
    return step.x if all(is_one(count) for count in times) else step.add(Repeat(times), step.x)


RULES = {
    "Reshape": _reshaped,
    "Flatten": _flattened,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Transpose": _turned,
    "Expand": _expanded,
    "Tile": _tiled,
}
