"""Pooling by a window: MaxPool1d … 3d, AvgPool1d … 3d, LPPool1d … 3d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.conditions import Condition, at_least
from ..core.padding import NONE, NamedPads
from ..core.shape import as_size
from ..core.size import LARGEST, Size, larger, product, smaller
from ..core.window import Window
from .conv import padding_constraints, stride_constraints
from .field import ConventionField, Count, Flag, Optional, PaddingField, PerAxis, Real
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.shape import Shape


class Divisor(Count):
    """An integer other than 0, as PyTorch takes it."""

    def __init__(self, meaning: str) -> None:
        super().__init__(meaning)
        self.expects = "an integer other than 0, to 10^18 on either side"

    def settle(self, value: Any, rank: int) -> Any:
        found = as_size(value, -LARGEST)
        return None if found is None or as_size(larger(found, -found)) is None else found


class Pool(Windowed, abstract=True):
    """A window that slides over each channel by itself; a type says what it makes of the window.

    o = ⌊(i + p_low + p_high − d(k − 1) − 1) / s⌋ + 1. With ceil_mode ⌈ ⌉ instead, but the last window must
    start on the input or its low padding: that is p_high = min(p_high + s − 1, d(k − 1)) and the same floor.
    """

    kernel_size: tuple[Size, ...]
    stride: tuple[Size, ...] | None
    padding: tuple[Any, ...]
    dilation: tuple[Size, ...] = ()
    ceil_mode: bool

    def channel_groups(self) -> Size | None:
        return None

    def constraints(self) -> Iterable[Condition]:
        yield from padding_constraints(self.padding, self.convention)
        yield from stride_constraints(self.padding, self.steps, self.spread, self.convention)
        if self.convention.half_pool_padding:
            for axis, (pads, k) in enumerate(zip(self.padding, self.kernel_size, strict=True)):
                for side in () if isinstance(pads, NamedPads) else pads:
                    yield at_least(
                        k // 2, side, f"axis {axis}: padding={{right}} is more than half the kernel, {{left}}",
                        "pad by at most {left}, or put a padding layer before",
                    )  # fmt: skip

    @property
    def steps(self) -> tuple[Size, ...]:
        """The stride along each axis: the kernel's size where none is given."""
        return self.kernel_size if self.stride is None else self.stride

    @property
    def spread(self) -> tuple[Size, ...]:
        """The dilation along each axis: 1 for types that have none."""
        return self.dilation or (1,) * len(self.kernel_size)

    def window(self, axis: int, size: Size) -> Window:
        k, s, d, pads = self.kernel_size[axis], self.steps[axis], self.spread[axis], self.padding[axis]
        low, high = pads.pads(size, k, s, d)
        return Window(k, s, d, low, smaller(high + s - 1, d * (k - 1)) if self._rounds_up(pads) else high)

    def _rounds_up(self, pads: object) -> bool:
        return self.ceil_mode and (self.convention.ceil_with_names or not isinstance(pads, NamedPads))


class MaxPool(Pool, abstract=True):
    """The largest number in each window: no parameters, ∏k − 1 comparisons for each output.

    With return_indices there is a second output: where each maximum was found, as a flat position of the input's map
    (row by row, each channel by itself, padding not counted), which MaxUnpool reads.

    >>> from convmath.layers.pool import MaxPool2d
    >>> MaxPool2d(3, stride=2, ceil_mode=True).output_shape((1, 64, 112, 9))
    (1, 64, 56, 4)

    Source: Riesenhuber and Poggio (1999); PyTorch's last-window rule for ceil_mode.
    """

    kernel_size = PerAxis("taps along each axis", symbol="k", keras="pool_size")
    stride = Optional(
        PerAxis("input positions between neighbouring outputs; kernel_size if None", symbol="s", keras="strides"),
        otherwise="kernel_size",
    )
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d")
    return_indices = Flag("whether the place of each maximum is returned too", False)
    ceil_mode = Flag("whether a last, partly filled window counts", False)
    convention = ConventionField()

    @property
    def output_count(self) -> int:
        return 2 if self.return_indices else 1

    @property
    def makes_indices(self) -> bool:
        found: bool = self.return_indices
        return found

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * (product(self.kernel_size) - 1)


class AvgPool(Pool, abstract=True):
    """The mean of each window: no parameters, ∏k operations (∏k − 1 sums, one scaling) for each output.

    count_include_pad decides whether padding counts in the divisor, where the convention lets it; sizes and costs do
    not depend on it. A dilation is ONNX's; PyTorch's averages have none.

    >>> from convmath.layers.pool import AvgPool2d
    >>> AvgPool2d(2).flops((1, 8, 6, 10))
    480

    Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998).
    """

    kernel_size = PerAxis("taps along each axis", symbol="k", keras="pool_size")
    stride = Optional(
        PerAxis("input positions between neighbouring outputs; kernel_size if None", symbol="s", keras="strides"),
        otherwise="kernel_size",
    )
    padding = PaddingField("positions added on either side")
    ceil_mode = Flag("whether a last, partly filled window counts", False)
    count_include_pad = Flag("whether padding counts in the divisor", True)
    divisor_override = Optional(Divisor("the divisor, if it is not the window's size"))
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d")
    convention = ConventionField()

    @property
    def counts_padding(self) -> bool:
        """Whether padding counts in the divisor: Keras never counts it, and has no flag for it."""
        counts: bool = self.count_include_pad
        return counts and self.convention.counts_padding

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * product(self.kernel_size)


class LPPool(Pool, abstract=True):
    """(Σ xᵖ)^(1/p) over each window: no parameters, 2·∏k operations for each output.

    A window that is partly filled counts as the mean of what it holds, times ∏k; ONNX takes |x|ᵖ, and such a window by
    itself; it alone has a dilation.

    >>> from convmath.layers.pool import LPPool2d
    >>> LPPool2d(2, (3, 2), stride=2).output_shape((1, 8, 9, 10))
    (1, 8, 4, 5)

    Source: Sermanet, Chintala and LeCun, "Convolutional neural networks applied to house numbers" (2012).
    """

    norm_type = Real("the exponent p")
    kernel_size = PerAxis("taps along each axis", symbol="k", keras="pool_size")
    stride = Optional(
        PerAxis("input positions between neighbouring outputs; kernel_size if None", symbol="s", keras="strides"),
        otherwise="kernel_size",
    )
    ceil_mode = Flag("whether a last, partly filled window counts", False)
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d")
    convention = ConventionField()

    @property
    def padding(self) -> tuple[Any, ...]:  # type: ignore[override]
        """None on any axis."""
        return (NONE,) * len(self.kernel_size)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * 2 * product(self.kernel_size)


class MaxPool1d(MaxPool):
    """Max pooling over (N, C, L); see MaxPool."""

    rank = 1


class MaxPool2d(MaxPool):
    """Max pooling over (N, C, H, W); see MaxPool."""

    rank = 2


class MaxPool3d(MaxPool):
    """Max pooling over (N, C, D, H, W); see MaxPool."""

    rank = 3


class AvgPool1d(AvgPool):
    """Average pooling over (N, C, L); see AvgPool."""

    rank = 1


class AvgPool2d(AvgPool):
    """Average pooling over (N, C, H, W); see AvgPool."""

    rank = 2


class AvgPool3d(AvgPool):
    """Average pooling over (N, C, D, H, W); see AvgPool."""

    rank = 3


class LPPool1d(LPPool):
    """Power-average pooling over (N, C, L); see LPPool."""

    rank = 1


class LPPool2d(LPPool):
    """Power-average pooling over (N, C, H, W); see LPPool."""

    rank = 2


class LPPool3d(LPPool):
    """Power-average pooling over (N, C, D, H, W); see LPPool."""

    rank = 3
