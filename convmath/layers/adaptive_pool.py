"""Pooling to a stated size, or to one position: AdaptiveAvgPool1d … 3d, AdaptiveMaxPool1d … 3d, GlobalAvgPool …"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.receptive_field import UNTOLD, WHOLE, Stage
from ..core.shape import Shape, as_size
from ..core.size import Size, are_numbers, ceil_div, common_divisor, is_one, product
from ..core.window import Window
from .base import Layer
from .field import Field, Flag, spell_tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Bins(NamedTuple):
    """Output j of an adaptive pooling reads ⌊j·i/o⌋ … ⌈(j + 1)·i/o⌉ − 1; bins overlap where o does not divide i.

    >>> [Bins(7, 3).interval(j) for j in range(3)]
    [(0, 2), (2, 4), (4, 6)]
    """

    inputs: Size
    outputs: Size

    @property
    def pace(self) -> tuple[Size, Size]:
        """(o, i) in lowest terms: then the pattern repeats."""
        common = common_divisor(self.outputs, self.inputs)
        return self.outputs // common, self.inputs // common

    def interval(self, output: int) -> tuple[Size, Size]:
        """The first and last input of a bin."""
        return output * self.inputs // self.outputs, ceil_div((output + 1) * self.inputs, self.outputs) - 1

    def reads(self, output: int) -> range:
        """Every input of a bin."""
        first, last = self.interval(output)
        return range(first, last + 1)


def _reach(inputs: Size, outputs: Size) -> Any:
    if is_one(outputs):
        return WHOLE
    return Bins(inputs, outputs) if are_numbers(inputs, outputs) else UNTOLD


def bin_elements(x: Shape, y: Shape) -> Size:
    """How many numbers all bins from `x` to `y` hold: i + o − gcd(i, o) along an axis, as neighbours may overlap."""
    bins = product(i + o - common_divisor(i, o) for i, o in zip(x.spatial, y.spatial, strict=True))
    return x.batch * x.channels * bins


class OutputSize(Field):
    """A size for each axis; None keeps the input's."""

    expects = "an integer from 1 to 10^18 or None, or a tuple of {rank} of them"

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return tuple(symbol(self.symbol + axis, 1) for axis in axes)

    def settle(self, value: Any, rank: int) -> Any:
        values = value if isinstance(value, tuple | list) else (value,) * rank
        sizes = tuple(None if size is None else as_size(size) for size in values)
        wrong = any(size is None and given is not None for size, given in zip(sizes, values, strict=True))
        return None if wrong or len(sizes) != rank else sizes

    def spell(self, value: Any) -> str:
        return spell_tuple(value)


class AdaptivePool(Layer, abstract=True):
    """Pooling into as many bins as there shall be outputs: o is stated, output j reads ⌊j·i/o⌋ … ⌈(j + 1)·i/o⌉ − 1.

    No parameters. FLOPs count every number of a bin once for the average (sums and one scaling), and one less
    for each output for the maximum; the bins of an axis hold i + o − gcd(i, o) numbers in all.
    """

    output_size: tuple[Size | None, ...]

    def target(self, x: Shape) -> tuple[Size, ...]:
        """The output's spatial sizes."""
        return tuple(i if o is None else o for i, o in zip(x.spatial, self.output_size, strict=True))

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        return (Shape((x.batch, x.channels, *self.target(x))),) * (self.output_count or 1)

    def channel_groups(self) -> Size | None:
        return None

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        sizes = zip(inputs[0].spatial, self.output_size, strict=True)
        return (tuple(Window() if o is None else _reach(i, o) for i, o in sizes),)


class AdaptiveAvgPool(AdaptivePool, abstract=True):
    """The mean of every bin; see AdaptivePool for sizes and FLOPs.

    >>> from convmath.layers.adaptive_pool import AdaptiveAvgPool2d
    >>> AdaptiveAvgPool2d((7, None)).output_shape((1, 512, 16, 20))
    (1, 512, 7, 20)

    Source: PyTorch's adaptive pooling, observed.
    """

    output_size = OutputSize("positions of the output along each axis; None keeps the input's", symbol="o")

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return bin_elements(inputs[0], outputs[0])


class AdaptiveMaxPool(AdaptivePool, abstract=True):
    """The largest number of every bin; see AdaptivePool for sizes and FLOPs, MaxPool for return_indices.

    >>> from convmath.layers.adaptive_pool import AdaptiveMaxPool1d
    >>> AdaptiveMaxPool1d(3).receptive_field((1, 4, 7))[0].sizes
    (3, 3, 3)

    Source: PyTorch's adaptive pooling, observed.
    """

    output_size = OutputSize("positions of the output along each axis; None keeps the input's", symbol="o")
    return_indices = Flag("whether the place of each maximum is returned too", False)

    @property
    def output_count(self) -> int:
        return 2 if self.return_indices else 1

    @property
    def makes_indices(self) -> bool:
        found: bool = self.return_indices
        return found

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return bin_elements(inputs[0], outputs[0]) - outputs[0].elements


class GlobalPool(Layer, abstract=True):
    """Pooling of each channel into one number: the output keeps its axes, each of size 1."""

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        return (Shape((x.batch, x.channels, *(1,) * x.rank)),)

    def met(self, axes: int) -> Sequence[int] | None:
        return range(2, axes)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)


class GlobalAvgPool(GlobalPool):
    """The mean of each channel; ∏i operations for each.

    >>> GlobalAvgPool().output_shape((1, 512, 7, 9))
    (1, 512, 1, 1)

    Source: Lin, Chen and Yan, "Network in Network" (2013).
    """

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return inputs[0].elements


class GlobalMaxPool(GlobalPool):
    """The largest number of each channel; ∏i − 1 comparisons for each.

    >>> GlobalMaxPool().flops((1, 512, 7, 9))
    31744

    Source: Oquab et al., "Is object localization for free?" (2015).
    """

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return inputs[0].elements - outputs[0].elements


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """Adaptive average pooling over (N, C, L); see AdaptiveAvgPool."""

    rank = 1


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """Adaptive average pooling over (N, C, H, W); see AdaptiveAvgPool."""

    rank = 2


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """Adaptive average pooling over (N, C, D, H, W); see AdaptiveAvgPool."""

    rank = 3


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """Adaptive max pooling over (N, C, L); see AdaptiveMaxPool."""

    rank = 1


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """Adaptive max pooling over (N, C, H, W); see AdaptiveMaxPool."""

    rank = 2


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """Adaptive max pooling over (N, C, D, H, W); see AdaptiveMaxPool."""

    rank = 3
