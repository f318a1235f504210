"""Average pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..windows import at_tap, spread_out

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...core.window import Window
    from ...layers.pool import AvgPool
    from ..arrays import Array, Weights
    from . import Run


def prepare(layer: AvgPool, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    x, spatial = inputs[0], outputs[0].spatial
    windows, divisor = layer.windows(x), _divisor(layer, x, spatial)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        return (divided(sums(xs[0], windows, spatial), divisor),)

    return run


def sums(x: Array, windows: tuple[Window, ...], outputs: tuple[int, ...]) -> Array:
    """The sum of what each window reads."""
    x = spread_out(x, windows)
    taps = list(np.ndindex(*(window.kernel for window in windows)))
    y = at_tap(x, windows, outputs, taps[0]).copy()
    for tap in taps[1:]:
        y += at_tap(x, windows, outputs, tap)
    return y


def divided(x: Array, divisor: Any) -> Array:
    """x / divisor; of integers the whole part, towards zero, as C divides."""
    if x.dtype.kind in "iu":
        return (np.sign(x) * (abs(x) // divisor)).astype(x.dtype)
    return (x / divisor).astype(x.dtype, copy=False)


def _divisor(layer: AvgPool, x: Shape, outputs: tuple[int, ...]) -> Any:
    """How many positions each output is the mean of: an array over the outputs, or one number."""
    if layer.divisor_override is not None:
        return layer.divisor_override
    result: Any = 1
    for axis, (size, count) in enumerate(zip(x.spatial, outputs, strict=True)):
        k, s = layer.kernel_size[axis], layer.steps[axis]
        low, high = layer.padding[axis].pads(size, k, s, 1)
        begin = np.arange(count) * s - low
        # What rounding up adds beyond the stated padding never counts.
        inside = np.minimum(begin + k, size + high) - begin
        if not layer.count_include_pad:
            inside = np.minimum(begin + k, size) - np.maximum(begin, 0)
        result = result * inside.reshape(-1, *(1,) * (len(outputs) - 1 - axis))
    return result
