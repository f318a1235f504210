"""Windows over arrays: the stretched, padded or cropped input, and a view of what every output position reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from ..core.window import Window
    from .arrays import Array


def spread_out(x: Array, windows: tuple[Window, ...], fill: Any = 0) -> Array:
    """The input along its last axes as the windows read it: stretched, and padded by `fill` or cropped.

    >>> from convmath.core.window import Window
    >>> spread_out(np.array([1, 2, 3]), (Window(low=1, high=-1, input_dilation=2),))
    array([0, 1, 0, 2, 0])
    """
    lead = x.ndim - len(windows)
    if all(
        w.low == w.high == 0 and (w.input_dilation == 1 or n == 1) for w, n in zip(windows, x.shape[lead:], strict=True)
    ):
        return np.ascontiguousarray(x)
    shape, taken, put = list(x.shape), [slice(None)] * lead, [slice(None)] * lead
    for axis, window in enumerate(windows, lead):
        size, step = x.shape[axis], window.input_dilation
        total = max(window.padded_size(size), 0)
        first = max(0, -(window.low // step))
        last = max(first - 1, min(size - 1, (total - 1 - window.low) // step))
        shape[axis] = total
        taken.append(slice(first, last + 1))
        place = window.low + first * step
        put.append(slice(place, place + (last - first) * step + 1, step) if last >= first else slice(0, 0))
    result = np.zeros(shape, x.dtype) if _is_zero(fill) else np.full(shape, fill, x.dtype)
    result[tuple(put)] = x[tuple(taken)]
    return result


def _is_zero(fill: Any) -> bool:
    return bool(fill == 0)


def reading(x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...]) -> Array:
    """A view (lead, *kernel, *outputs) of a spread-out input: entry (…, t, o) is what output o reads at tap t.

    >>> from convmath.core.window import Window
    >>> reading(np.arange(5), (Window(3, stride=2),), (2,))
    array([[0, 2],
           [1, 3],
           [2, 4]])
    """
    lead = x.ndim - len(windows)
    strides = x.strides[lead:]
    return as_strided(
        x,
        (*x.shape[:lead], *(w.kernel for w in windows), *outputs),
        (
            *x.strides[:lead],
            *(w.dilation * step for w, step in zip(windows, strides, strict=True)),
            *(w.stride * step for w, step in zip(windows, strides, strict=True)),
        ),
        writeable=False,
    )


def copied(x: Array, pads: tuple[tuple[int, int], ...], mode: str) -> Array:
    """The input with positions of its own around it: `reflect`, `replicate` or `circular`; negative pads crop.

    >>> [copied(np.arange(3), ((2, 1),), mode).tolist() for mode in ("reflect", "replicate", "circular")]
    [[2, 1, 0, 1, 2, 1], [0, 0, 0, 1, 2, 2], [1, 2, 0, 1, 2, 0]]
    """
    for place in in_order(pads):
        (low, high), axis = pads[place], x.ndim - len(pads) + place
        if low or high:
            x = np.take(x, COPIES[mode](low, high, x.shape[axis]), axis)
    return x


def in_order(pads: tuple[tuple[int, int], ...]) -> list[int]:
    """The axes, those that shrink first: so nothing on the way is larger than what there is at one of the ends.

    >>> in_order(((5, 5), (-2, 1), (0, 0)))
    [1, 2, 0]
    """
    return sorted(range(len(pads)), key=lambda axis: sum(pads[axis]))


def _reflected(low: int, high: int, size: int) -> Array:
    last = size - 1
    return last - abs(last - abs(np.arange(-low, size + high)) % max(2 * last, 1))


def _replicated(low: int, high: int, size: int) -> Array:
    return np.arange(-low, size + high).clip(0, size - 1)


def _around(low: int, high: int, size: int) -> Array:
    # What is cropped on one side does not come round on the other.
    begin, end = max(-low, 0), size + min(high, 0)
    return begin + np.arange(-max(low, 0), end - begin + max(high, 0)) % (end - begin)


COPIES = {"reflect": _reflected, "replicate": _replicated, "circular": _around}
"""Which positions of an axis stand in the padded one."""


def at_tap(x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...], tap: tuple[int, ...]) -> Array:
    """What every output reads at one tap: a view (lead, *outputs) of a spread-out input."""
    lead = (slice(None),) * (x.ndim - len(windows))
    return x[
        lead
        + tuple(
            slice(t * w.dilation, t * w.dilation + (o - 1) * w.stride + 1 if o else t * w.dilation, w.stride)
            for w, o, t in zip(windows, outputs, tap, strict=True)
        )
    ]
