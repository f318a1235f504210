"""Convolution line by line: only the taps within a line are copied; those of the first axis are reached as a view.

Lines are laid one after the other, each with what its outputs read along the other axes, so that the lines which one
output line reads stand together: a matrix without being copied. A kernel of k lines is thus lowered at 1/k of the
columns.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...core.window import Window
from ..windows import reading
from .by_column import cut

if TYPE_CHECKING:
    from ..arrays import Array
    from .lowering import Lowering

TILE = 2 << 20
"""Bytes of lines at a time; those that one output line reads are made whatever they take."""

LONG = 48
"""Lines of fewer outputs are too short for a product of their own."""

LARGEST = 6 << 20


def suits(layer: Lowering, weight: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    first, *others = layer.windows
    return (
        dtype.kind in "fc"
        and first.stride < first.kernel
        and first.dilation == 1
        and prod(layer.outputs[1:]) >= LONG
        and prod(weight[1:]) * prod(layer.outputs[1:]) * dtype.itemsize <= LARGEST
        and any(window.kernel > 1 for window in others)
    )


def room(layer: Lowering, x: tuple[int, ...], weight: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Bytes for a tile of lines, and for the weights in their order."""
    return (prod(_tile(layer, weight, dtype.itemsize)) + prod(weight)) * dtype.itemsize


def _tile(layer: Lowering, weight: tuple[int, ...], item: int) -> tuple[int, int, int]:
    """Groups, lines and what stands in a line, at a time."""
    first, (total, *across) = layer.windows[0], layer.outputs
    along = weight[1] * prod(weight[3:]) * prod(across)
    at_once, several = cut((total, layer.groups), TILE // (along * first.stride * item))
    return several, (at_once - 1) * first.stride + weight[2], along


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    groups, (filters, share, lines, *kernel) = layer.groups, weight.shape
    first, *others = layer.windows
    total, *across = layer.outputs
    rows = weight.reshape(groups, filters // groups, share, lines, -1).transpose(0, 1, 3, 2, 4)
    rows = np.ascontiguousarray(rows).reshape(groups, 1, filters // groups, -1)
    width, wide = share * prod(kernel), prod(across)
    scratch = np.empty(_tile(layer, weight.shape, x.itemsize), x.dtype)
    several, at_once = len(scratch), (scratch.shape[1] - lines) // first.stride + 1
    windows = (Window(), *others)
    step, line = scratch.strides[:2]
    for sample, result in zip(x, y, strict=True):
        grouped = sample.reshape(groups, share, *sample.shape[1:])
        out = result.reshape(groups, filters // groups, total, wide).transpose(0, 2, 1, 3)
        for group in range(0, groups, several):
            for begin in range(0, total, at_once):
                some, count = slice(group, group + several), min(at_once, total - begin)
                needed = (count - 1) * first.stride + lines
                view = reading(grouped[some, :, begin * first.stride :], windows, (needed, *across))
                # (groups, share, 1, *k, lines, *o) to (groups, lines, share, *k, *o)
                view = np.moveaxis(view[:, :, 0], 2 + len(kernel), 1)
                np.copyto(scratch[: len(view), :needed].reshape(view.shape), view)
                columns = as_strided(
                    scratch,
                    (len(view), count, lines * width, wide),
                    (step, first.stride * line, wide * x.itemsize, x.itemsize),
                )
                np.matmul(rows[some], columns, out=out[some, begin : begin + count])
