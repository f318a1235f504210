"""Which input an output reads at which tap, over all axes: the pattern of a convolution's matrix."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.window import Window

if TYPE_CHECKING:
    from .arrays import Array


def transposed_windows(
    windows: tuple[Window, ...], inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> tuple[Window, ...]:
    """The windows of the convolution that a transposed layer is the transpose of: it maps `outputs` to `inputs`.

    >>> transposed_windows((Window(4, 1, 1, 2, 2, 2),), (5,), (10,))  # a kernel of 4, stride 2, padding 1
    (Window(kernel=4, stride=2, dilation=1, low=1, high=1, input_dilation=1),)
    """
    found = []
    for window, count, size in zip(windows, inputs, outputs, strict=True):
        reach = window.dilation * (window.kernel - 1)
        low, stride = reach - window.low, window.input_dilation
        found.append(Window(window.kernel, stride, window.dilation, low, (count - 1) * stride + reach + 1 - low - size))
    return tuple(found)


def scattering(windows: tuple[Window, ...], inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[Array, ...]:
    """(output, input, tap) of every pair that touches real input, each a flat index, outputs in order, then taps.

    >>> from convmath.core.window import Window
    >>> [part.tolist() for part in scattering((Window(3, low=1),), (4,), (2,))]
    [[0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [1, 2, 0, 1, 2]]
    """
    row = place = tap = np.zeros(1, np.int64)
    for window, size, count in zip(windows, inputs, outputs, strict=True):
        o, i, t = _axis(window, size, count)
        # Rows of what is there and of this axis meet in pairs; each pair of rows is put together in order.
        row, place, tap = _crossed((row, place, tap), (o, i, t), count, size, window.kernel)
    return row, place, tap


def _axis(window: Window, inputs: int, outputs: int) -> tuple[Array, Array, Array]:
    o, t = np.meshgrid(np.arange(outputs), np.arange(window.kernel), indexing="ij")
    read = o * window.stride - window.low + t * window.dilation
    inside = (read >= 0) & (read < (inputs - 1) * window.input_dilation + 1) & (read % window.input_dilation == 0)
    return o[inside], read[inside] // window.input_dilation, t[inside]


def _crossed(
    before: tuple[Array, Array, Array], axis: tuple[Array, Array, Array], count: int, size: int, kernel: int
) -> tuple[Array, Array, Array]:
    row, place, tap = (
        (one[:, None] * extent + other).reshape(-1)
        for one, other, extent in zip(before, axis, (count, size, kernel), strict=True)
    )
    order = np.lexsort((tap, row))
    return row[order], place[order], tap[order]


def summing(
    windows: tuple[Window, ...], inputs: tuple[int, ...], outputs: tuple[int, ...], dtype: np.dtype[Any]
) -> Any:
    """The CSR matrix of ones that adds up what a transposed convolution's inputs make: (∏o, ∏i·∏k).

    `windows` are those of the convolution that it transposes, whose outputs are its inputs. Each pair that falls on the
    output is one nonzero.

    >>> from convmath.core.window import Window
    >>> summing((Window(3, 2),), (2,), (5,), np.dtype(int)).toarray().tolist()
    [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]
    """
    from scipy.sparse import csr_array

    place, row, tap = scattering(windows, outputs, inputs)
    taps = prod(window.kernel for window in windows)
    columns = place * taps + tap
    order = np.argsort(row, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=prod(outputs)))))
    size = np.int32 if max(prod(inputs) * taps, len(columns)) < 1 << 31 else np.int64
    return csr_array(
        (np.ones(len(columns), dtype), columns[order].astype(size), starts.astype(size)),
        shape=(prod(outputs), prod(inputs) * taps),
    )
