"""Depthwise convolution channel by channel: each tap adds a multiple of the flat plane, shifted, to the output.

In a plane whose rows stand one after the other, a tap is a shift, whatever the rank: y += w·x is BLAS' axpy over all
rows at once. What it makes between the rows is dropped. A stride parts the plane into phases first, in each of which
neighbours are `stride` apart.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .by_column import TILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..arrays import Array
    from .lowering import Lowering

LARGE = 1500
"""Planes of fewer outputs are better taken all at once."""


def suits(layer: Lowering, weight: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    one = weight[1] == 1 and weight[0] == layer.groups
    return one and dtype.kind in "fc" and prod(layer.outputs) >= LARGE


def room(layer: Lowering, x: tuple[int, ...], weight: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Bytes for the phases, and for a plane of outputs."""
    strides = [window.stride for window in layer.windows]
    sizes = [-(-size // stride) for size, stride in zip(x[2:], strides, strict=True)]
    plane = prod(strides) * prod(sizes) * dtype.itemsize
    # The next part is made while the last plane of the one before is still read.
    phases = min(prod(x[:2]) * plane, 2 * max(TILE, plane)) if max(strides) > 1 else 0
    taken: int = phases + layer.outputs[0] * prod(sizes[1:]) * dtype.itemsize
    return taken


def fill(layer: Lowering, x: Array, weight: Array, y: Array) -> None:
    """Writes the convolution into y."""
    from scipy.linalg import get_blas_funcs

    axpy = get_blas_funcs("axpy", dtype=x.dtype)
    strides = tuple(window.stride for window in layer.windows)
    shape = (*strides, *(-(-size // stride) for size, stride in zip(x.shape[2:], strides, strict=True)))
    sizes = shape[len(layer.windows) :]
    pitches = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    shifts = [_shift(layer, tap, shape, pitches) for tap in np.ndindex(*weight.shape[2:])]
    first, *others = shifts
    # Rows of the output stand as far apart as those of the plane.
    spread = np.empty((layer.outputs[0], *sizes[1:]), x.dtype)
    length = sum((count - 1) * pitch for count, pitch in zip(layer.outputs, pitches, strict=True)) + 1
    flat, kept = spread.reshape(-1)[:length], spread[tuple(slice(count) for count in layer.outputs)]
    factors = weight.reshape(len(weight), -1)
    for sample, result in zip(x, y, strict=True):
        planes = _phases(sample, strides, shape)
        for channel, (factor, *rest) in enumerate(zip(factors[:, 0], *factors[:, 1:].T.tolist(), strict=True)):
            plane = next(planes)
            np.multiply(plane[first : first + length], factor, out=flat)
            for scale, shift in zip(rest, others, strict=True):
                if scale:
                    axpy(plane, flat, length, scale, shift)
                else:  # BLAS takes this for nothing, and 0 times infinity is something
                    flat += scale * plane[shift : shift + length]
            result[channel] = kept


def _phases(x: Array, strides: tuple[int, ...], shape: tuple[int, ...]) -> Iterator[Array]:
    """The planes of (C, *i) one after the other, flat, of this shape before: the strides, then the sizes of a phase."""
    if all(stride == 1 for stride in strides):
        yield from x.reshape(len(x), -1)
        return
    several = max(1, TILE // (prod(shape) * x.itemsize))
    for first in range(0, len(x), several):
        some = x[first : first + several]
        planes = np.zeros((len(some), *shape), x.dtype)
        for phase in np.ndindex(*strides):
            part = some[(..., *(slice(begin, None, stride) for begin, stride in zip(phase, strides, strict=True)))]
            planes[(slice(None), *phase, *map(slice, part.shape[1:]))] = part
        yield from planes.reshape(len(some), -1)


def _shift(layer: Lowering, tap: tuple[int, ...], shape: tuple[int, ...], pitches: list[int]) -> int:
    """Where the first output's tap stands in a flat plane."""
    rank = len(tap)
    places = [divmod(t * window.dilation, window.stride) for t, window in zip(tap, layer.windows, strict=True)]
    phase = int(np.ravel_multi_index([rest for _, rest in places], shape[:rank]))
    along: int = sum(q * pitch for (q, _), pitch in zip(places, pitches, strict=True))
    return phase * prod(shape[rank:]) + along
