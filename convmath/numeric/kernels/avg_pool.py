"""Average pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..transposes import shared, unread
from ..windows import at_tap, spread_out
from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...core.window import Window
    from ...layers.pool import AvgPool
    from ...layers.windowed import Windowed
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(layer: AvgPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    x, spatial = inputs[0], outputs[0].spatial
    windows, divisor = layer.windows(x), _divisor(layer, x, spatial)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (divided(sums(wide(xs[0]), windows, spatial), divisor).astype(dtype, copy=False),)

    return run


def room(ask: Ask) -> int:
    if ask.integers:
        return ask.wide * (ask.x + ask.spread + 6 * ask.y)
    return ask.spread + (2 + ask.wide) * ask.y


def backward(layer: AvgPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    x, spatial = inputs[0], outputs[0].spatial
    windows, divisor = layer.windows(x), _divisor(layer, x, spatial)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        return (unread(shared(divided(dys[0], divisor), windows), windows, x.spatial),), {}

    return back


def reads(layer: Windowed, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Everything that a window holds, whatever is made of it."""
    windows = layer.windows(inputs[0])
    return lambda marked: (unread(shared(marked[0], windows), windows, inputs[0].spatial),)


def sums(x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...]) -> Array:
    """The sum of what each window reads."""
    x = spread_out(x, windows)
    taps = list(np.ndindex(*(window.kernel for window in windows)))
    y = at_tap(x, windows, outputs, taps[0]).copy()
    for tap in taps[1:]:
        y += at_tap(x, windows, outputs, tap)
    return y


def wide(x: Array) -> Array:
    """The numbers in a dtype that holds sums of them: integers in 64 bits."""
    return x.astype(np.result_type(x, np.uint64 if x.dtype.kind == "u" else np.int64)) if x.dtype.kind in "iu" else x


def divided(x: Array, divisor: Any) -> Array:
    """x / divisor; of integers the whole part, towards zero, as C divides."""
    if x.dtype.kind in "iu":
        return (np.sign(x) * np.sign(divisor) * (abs(x) // abs(divisor))).astype(x.dtype)
    return (x / divisor).astype(x.dtype, copy=False)


def _divisor(layer: AvgPool, x: Shape, outputs: tuple[int, ...]) -> Any:
    """How many positions each output is the mean of: an array over the outputs, or one number."""
    if layer.divisor_override is not None:
        return layer.divisor_override
    result: Any = 1
    for axis, (size, count) in enumerate(zip(x.spatial, outputs, strict=True)):
        k, s, d = layer.kernel_size[axis], layer.steps[axis], layer.spread[axis]
        low, high = layer.padding[axis].pads(size, k, s, d)
        begin = np.arange(count) * s - low
        # What rounding up adds beyond the stated padding never counts.
        inside = _taps_before(size + high, begin, k, d)
        if not layer.counts_padding:
            inside = _taps_before(size, begin, k, d) - _taps_before(0, begin, k, d)
        result = result * inside.reshape(-1, *(1,) * (len(outputs) - 1 - axis))
    return result


def _taps_before(end: int, begin: Array, kernel: int, dilation: int) -> Array:
    """How many taps of each window stand before a position."""
    return np.clip(-((begin - end) // dilation), 0, kernel)
