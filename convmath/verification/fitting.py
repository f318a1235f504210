"""Hyper-parameters and inputs that go together, for types that ask much of them: little is drawn in vain.

`pick(low, high)` gives a whole number in that range, from wherever the numbers come.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

from ..core.shape import Shape

if TYPE_CHECKING:
    from ..layers.base import Layer

Pick = Callable[[int, int], int]

Shapes = tuple[Shape, ...]


def _order(pick: Pick) -> tuple[int, ...]:
    axes = list(range(pick(2, 4)))
    return tuple(axes.pop(pick(0, len(axes) - 1)) for _ in range(len(axes)))


def _some(least: int, most: int, fewest: int = 2) -> Callable[[Pick], tuple[int, ...]]:
    return lambda pick: tuple(pick(least, most) for _ in range(pick(fewest, 4)))


def _partly_open(pick: Pick) -> tuple[int, ...]:
    sizes = [pick(1, 4) for _ in range(pick(2, 4))]
    if pick(0, 1):
        sizes[pick(0, len(sizes) - 1)] = -1
    return tuple(sizes)


EQUATIONS = ("bhqd,bhkd->bhqk", "nchw,cd->ndhw", "ab,cb->ac", "nchw->nwc", "ab,cd->dbca")

VALUES: dict[tuple[str, str], Callable[[Pick], Any]] = {
    ("Permute", "dims"): _order,
    ("Reshape", "shape"): _partly_open,
    ("Expand", "shape"): lambda pick: tuple(-1 if pick(0, 2) == 0 else pick(1, 4) for _ in range(pick(2, 4))),
    ("Repeat", "repeats"): _some(1, 3),
    ("Slice", "start"): lambda pick: pick(-3, 3),
    ("Slice", "stop"): lambda pick: pick(-2, 9),
    ("Select", "index"): lambda pick: pick(-1, 1),
    ("Einsum", "equation"): lambda pick: EQUATIONS[pick(0, len(EQUATIONS) - 1)],
    ("Roll", "shifts"): lambda pick: pick(-3, 3),
    ("Roll", "dims"): lambda pick: pick(-1, 1) or 1,  # not the batch, of which nothing is told
    ("Flip", "dims"): lambda pick: pick(-1, 1) or 1,
    ("CumSum", "dim"): lambda pick: pick(-1, 1) or 1,
    ("LSTM", "proj_size"): lambda pick: pick(0, 1),
    **{(f"MaxUnpool{rank}d", "output_size"): lambda pick: None for rank in (1, 2, 3)},  # few sizes fit an input
}
"""Fields, by type and name, that are drawn in a way of their own."""

AXES: dict[str, Callable[[Any], int]] = {
    "Permute": lambda layer: len(layer.dims),
    "Reshape": lambda layer: len(layer.shape),
    "Expand": lambda layer: len(layer.shape),
    "Repeat": lambda layer: len(layer.repeats),
    "Einsum": lambda layer: len(layer.operands[0]),
    "RNN": lambda layer: 3,
    "GRU": lambda layer: 3,
    "LSTM": lambda layer: 3,
    "Gather": lambda layer: 3,
    "GridSample": lambda layer: 4,
}
"""How many axes the input has, where the layer decides it."""


def _squeezed(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    for axis in layer.dim:
        if -len(sizes) <= axis < len(sizes):
            sizes[axis] = 1
    return (Shape(sizes),)


def _reshaped(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    made = [pick(1, 4) if size == -1 else size for size in layer.shape]
    return (Shape((*made[1:], made[0])),)


def _expanded(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    stated = zip(sizes, layer.shape, strict=True)
    return (Shape(own if size == -1 else (1, size)[(own + size) % 2] for own, size in stated),)


def _by_letters(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    known: dict[str, int] = {}
    for word in layer.operands:
        for letter in word:
            known.setdefault(letter, pick(1, 4))
    return tuple(Shape(known[letter] for letter in word) for word in layer.operands)


def _sequence(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    first = Shape((*sizes[:-1], layer.input_size))
    states = layer.infer(first)[1:]
    return (first, *states) if pick(0, 1) else (first,)


def _matrices(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    return Shape(sizes), Shape((*sizes[:-2], sizes[-1], pick(1, 4)))


def _attended(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    before, keys = sizes[:-2], pick(1, 4)
    values = Shape((*before, keys, pick(1, 4)))
    mask = (Shape((sizes[-2], keys)),) if pick(0, 1) else ()
    return Shape(sizes), Shape((*before, keys, sizes[-1])), values, *mask


def _columns(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    windows = zip(layer.windows(), layer.output_size, strict=True)
    placements = prod(window.output_size(size) for window, size in windows)
    return (Shape((sizes[0], sizes[1] * prod(layer.kernel_size), max(placements, 1))),)


def _halved(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    if -len(sizes) <= layer.dim < len(sizes):
        sizes[layer.dim] *= 2
    return (Shape(sizes),)


def _with_offsets(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    x = Shape(sizes)
    (output,), axes = layer.infer(x), len(layer.kernel_size)
    mask = (layer.told(output, 1),) if pick(0, 1) else ()
    return x, layer.told(output, axes), *mask


def _elements(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    indices = Shape(pick(1, size) for size in sizes)
    return Shape(sizes), indices, indices


def _listed(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    return Shape(sizes), Shape(pick(1, size) for size in sizes)


def _beside_others(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    """Of a position alone nothing would be added up, if its own number is left out."""
    if -len(sizes) <= layer.dim < len(sizes):
        sizes[layer.dim] += 2
    return (Shape(sizes),)


def _with_grid(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    spatial = sizes[2:] or [pick(1, 4)]
    return Shape((*sizes[:2], *spatial)), Shape((sizes[0], *(pick(1, 4) for _ in spatial), len(spatial)))


def _blocks(layer: Any, sizes: list[int], pick: Pick) -> Shapes:
    named, rows = pick(1, max(len(sizes) - 1, 1)), pick(1, 3)
    return Shape(sizes), Shape((rows, named)), Shape((rows, *sizes[named:]))


FITTED: dict[str, Callable[[Any, list[int], Pick], Shapes]] = {
    "Squeeze": _squeezed,
    "Reshape": _reshaped,
    "Expand": _expanded,
    "Einsum": _by_letters,
    "RNN": _sequence,
    "GRU": _sequence,
    "LSTM": _sequence,
    "MatMul": _matrices,
    "ScaledDotProductAttention": _attended,
    "Fold": _columns,
    "GLU": _halved,
    "CumSum": _beside_others,
    "GatherElements": _listed,
    "GridSample": _with_grid,
    "ScatterElements": _elements,
    "ScatterND": _blocks,
    **dict.fromkeys(("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"), lambda layer, sizes, pick: (Shape(sizes),)),
    **dict.fromkeys(("OffsetConv1d", "OffsetConv2d", "OffsetConv3d"), _with_offsets),
    "Gather": lambda layer, sizes, pick: (Shape(sizes), Shape((pick(1, 4), pick(1, 4)))),
}
"""Inputs that fit the layer, of sizes that are nearly those given."""


def fitted(layer: Layer, sizes: list[int], pick: Pick) -> Shapes | None:
    """Inputs for a layer whose type asks much of them; None for all others.

    >>> from convmath.layers.matmul import MatMul
    >>> fitted(MatMul(), [2, 3, 4], lambda low, high: high)
    ((2, 3, 4), (2, 4, 4))
    """
    fit = FITTED.get(layer.op)
    return None if fit is None else fit(layer, list(sizes), pick)
