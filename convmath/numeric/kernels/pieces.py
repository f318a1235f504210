"""Pieces of an axis joined or parted: Concat, Split, Chunk."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.merge import Chunk, Concat, Split

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ..arrays import Array
    from ..workspaces import Ask
    from . import Back, Run


def carries(layer: Concat | Split | Chunk) -> bool:
    return True


def exact(layer: Concat | Split | Chunk) -> bool:
    return True


def prepare(
    layer: Concat | Split | Chunk, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    axis = layer.dim % len(inputs[0])
    change = _joined if isinstance(layer, Concat) else _parted
    return lambda xs, weights: change(xs, outputs, axis)


def room(ask: Ask) -> int:
    return 0


def backward(
    layer: Concat | Split | Chunk, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    axis = layer.dim % len(inputs[0])
    change = _parted if isinstance(layer, Concat) else _joined
    return lambda xs, weights, dys: (change(dys, inputs, axis), {})


def _joined(pieces: tuple[Array, ...], shapes: tuple[Shape, ...], axis: int) -> tuple[Array, ...]:
    return (np.concatenate(pieces, axis),)


def _parted(whole: tuple[Array, ...], shapes: tuple[Shape, ...], axis: int) -> tuple[Array, ...]:
    ends = list(accumulate(shape[axis] for shape in shapes))
    return tuple(np.split(whole[0], ends[:-1], axis))
