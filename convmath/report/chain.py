"""A chain of convolutions and poolings as the single convolution that it equals in size and field.

With S the product of the strides before a layer, RF = 1 + Σ d(k − 1)·S and P = Σ (p_low + p_high)·S over the layers,
the whole chain makes ⌊(i + P − RF) / S⌋ + 1 of i positions: one convolution of kernel RF, stride ∏ s and padding P.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..core.size import are_numbers, is_one
from ..core.window import Window
from ..layers.windowed import Windowed

if TYPE_CHECKING:
    from ..core.receptive_field import Stage
    from .analysis import Report
    from .row import Row


class OneConvolution(NamedTuple):
    """The windows along each axis that the layers up to `last` are together."""

    last: str
    windows: tuple[Window, ...]

    def __str__(self) -> str:
        words = [_say(window) for window in self.windows]
        axes = words[0] if len(set(words)) == 1 else "; ".join(words)
        return f"one convolution of {axes}"


def one_convolution(report: Report) -> OneConvolution | None:
    """What the longest chain of windows at the beginning equals; None where it is no chain, or shorter than two.

    >>> from convmath.zoo.vgg import vgg16
    >>> print(one_convolution(vgg16().analyze()))
    one convolution of kernel 212, stride 32, padding (90, 90)
    """
    windows: tuple[Window, ...] | None = None
    readers = Counter(name for row in report.whole.rows for name in row.reads)
    count, last, before = 0, "", next(iter(report.inputs), "")
    for row in report.whole.rows:
        if row.reads != (before,) or readers[before] > 1:
            break
        stages = row.layer.stages(*row.inputs) if row.layer is not None else ()
        if any(not _is_chained(row, stage) for stage in stages):
            break
        for stage in stages:
            if stage:
                windows = _after(windows, stage)
                count, last = count + 1, row.name
        before = row.name
    return OneConvolution(last, windows) if windows is not None and count > 1 else None


def _is_chained(row: Row, stage: Stage) -> bool:
    """Whether a step reads plain windows, whose numbers are known."""
    plain = isinstance(row.layer, Windowed) or not stage
    return plain and all(isinstance(w, Window) and is_one(w.input_dilation) and are_numbers(*w) for w in stage)


def _after(windows: tuple[Window, ...] | None, stage: Stage) -> tuple[Window, ...]:
    """The windows so far and one more step, as single windows."""
    so_far = windows or (Window(),) * len(stage)
    return tuple(_joined(first, second) for first, second in zip(so_far, stage, strict=True))  # type: ignore[arg-type]


def _joined(first: Window, second: Window) -> Window:
    """One window over another: kernels add by the stride between them.

    >>> _joined(Window(7, 2, 1, 3, 3), Window(3, 2, 1, 1, 1))
    Window(kernel=11, stride=4, dilation=1, low=5, high=5, input_dilation=1)
    """
    return Window(
        first.extent + second.dilation * (second.kernel - 1) * first.stride,
        first.stride * second.stride,
        1,
        first.low + second.low * first.stride,
        first.high + second.high * first.stride,
    )


def _say(window: Window) -> str:
    return f"kernel {window.kernel}, stride {window.stride}, padding ({window.low}, {window.high})"
