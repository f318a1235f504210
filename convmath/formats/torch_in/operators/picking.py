"""What chooses numbers, or reads them where others say: gather, topk, sort, grid_sampler, diagonal; and cumsum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.size import product
from ....layers.axes import Permute, Reshape
from ....layers.cumulative import CumSum
from ....layers.grid_sample import GridSample
from ....layers.lookup import GatherElements
from ....layers.matmul import MatMul
from ....layers.ranking import TopK
from ....layers.slice import Slice
from ..call import NotReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..call import Call, Value


def gather(call: Call) -> Value:
    """Numbers at indices along an axis."""
    return call.add(GatherElements(call["dim"]), call["self"], call["index"])


def largest(call: Call) -> list[Value]:
    """The largest or smallest numbers, and their indices."""
    return _ranked(call, TopK(call["k"], call["dim"], call["largest"]))


def sort(call: Call) -> list[Value]:
    """All numbers of an axis in order, and their indices."""
    return _ranked(call, _in_order(call))


def argsort(call: Call) -> Value:
    """The indices of all numbers of an axis in order."""
    return _ranked(call, _in_order(call))[1]


def _in_order(call: Call) -> TopK:
    dim = call["dim"]
    return TopK(call.shape(call["self"])[dim], dim, call["descending"])


def _ranked(call: Call, layer: TopK) -> list[Value]:
    made = call.add(layer, call["self"])
    return [made, made._replace(output=1)]


def cumsum(call: Call) -> Value:
    """Sums of all that comes before."""
    return call.add(CumSum(call["dim"]), call["self"])


MODES = ("bilinear", "nearest")
PADDING = ("zeros", "border", "reflection")
"""PyTorch's words by their numbers."""


def sampled(call: Call) -> Value:
    """Numbers at indices that an input tells."""
    mode = call["interpolation_mode"]
    if mode >= len(MODES):
        raise NotReadError("it interpolates by cubics")
    layer = GridSample(MODES[mode], PADDING[call["padding_mode"]], call["align_corners"])
    return call.add(layer, call["input"], call["grid"])


def affine_grid(call: Call) -> Value:
    """The places of an output's positions, by a matrix for each sample: a product with all positions, (∏o, n + 1)."""
    theta, made = call["theta"], call.shapes[0]
    positions = call.constant((product(made[1:-1]), made[-1] + 1))
    turned = call.add(Permute((0, 2, 1)), theta)
    return call.add(Reshape((-1, *made[1:])), call.add(MatMul(), positions, turned))


def diagonal(call: Call) -> Value:
    """Two axes as one: of their rows, one after the other, each number one further on than in the row before."""
    x, offset = call["self"], call["offset"]
    axes = len(call.shape(x))
    first, second = call["dim1"] % axes, call["dim2"] % axes
    order = (*(axis for axis in range(axes) if axis not in {first, second}), first, second)
    y = x if order == tuple(range(axes)) else call.add(Permute(order), x)
    *before, rows, columns = call.shape(y)
    flat = call.add(Reshape((*before, rows * columns)), y)
    begin = offset if offset >= 0 else -offset * columns
    stop = begin + (call.shapes[0][-1] - 1) * (columns + 1) + 1
    return call.add(Slice(axes - 2, begin, stop, columns + 1), flat)


OPERATORS: dict[str, Callable[[Call], Any]] = {
    "gather": gather,
    "topk": largest,
    "sort": sort,
    "argsort": argsort,
    "cumsum": cumsum,
    "affine_grid_generator": affine_grid,
    "diagonal": diagonal,
    **dict.fromkeys(("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"), sampled),
}
