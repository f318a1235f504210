"""Window: what one layer reads along one axis; convolution, pooling and transposed convolution are all this."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from .size import Size, are_numbers, ceil_div, common_divisor, exact_div, is_one, pairs_below


class Window(NamedTuple):
    """Output position o reads the positions o·stride − low + t·dilation, t = 0 … kernel − 1.

    The positions are those of the input stretched by `input_dilation` (that many minus one zeros between
    neighbours) and padded by `low` and `high`; a negative pad crops.

    >>> Window(7, stride=2, low=3, high=3).output_size(224)
    112
    >>> Window(3, low=1, high=2, input_dilation=2).output_size(4)  # a transposed convolution of stride 2
    8

    Source: Dumoulin and Visin (2016), relationships 1 to 15; XLA's ConvGeneralDilated for the six numbers.
    """

    kernel: Size = 1
    stride: Size = 1
    dilation: Size = 1
    low: Size = 0
    high: Size = 0
    input_dilation: Size = 1

    @property
    def extent(self) -> Size:
        """The span of one placement, d(k − 1) + 1 positions."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def span(self) -> Size:
        """The most input positions, from first to last, that any output sees: (⌈k·g/e⌉ − 1)·d/g + 1, g = gcd(d, e).

        Over a stretched input the outputs take turns: each sees about one tap in e. Ordinarily e = 1, and every
        output sees the whole extent d(k − 1) + 1.

        >>> Window(3, dilation=2).span, Window(4, input_dilation=2).span, Window(3, input_dilation=2).span
        (5, 2, 2)
        """
        common = common_divisor(self.dilation, self.input_dilation)
        taps = ceil_div(self.kernel, exact_div(self.input_dilation, common))
        return exact_div(self.dilation, common) * (taps - 1) + 1

    def padded_size(self, size: Size) -> Size:
        """The length of the stretched and padded input, (i − 1)·input_dilation + 1 + low + high."""
        return (size - 1) * self.input_dilation + 1 + self.low + self.high

    def output_size(self, size: Size) -> Size:
        """⌊(padded − extent) / stride⌋ + 1: how many placements fit."""
        kernel, stride, dilation, low, high, input_dilation = self
        return ((size - 1) * input_dilation + (low + high - dilation * (kernel - 1))) // stride + 1

    def touching(self, size: Size, outputs: Size) -> Size:
        """The pairs (output, tap) that read a real input rather than padding or a stretched-in zero.

        >>> Window(3, low=1, high=1).touching(10, 10)  # 30 taps, one in the padding at either end
        28
        """
        kernel, stride, dilation, low, _, input_dilation = self
        if is_one(stride):
            # A window over a stretched input is the transpose of a strided one: input and output change places.
            return _taps_on(outputs, size, input_dilation, kernel, dilation, dilation * (kernel - 1) - low)
        # Outputs o = e·m + r and taps t = e·n + q meet real inputs where r·stride + q·dilation ≡ low (mod e).
        total: Size = 0
        for r in range(input_dilation):
            for q in range(input_dilation):
                place = r * stride + q * dilation - low
                if is_one(input_dilation) or place % input_dilation == 0:
                    total = total + _taps_on(
                        size,
                        ceil_div(outputs - r, input_dilation),
                        stride,
                        ceil_div(kernel - q, input_dilation),
                        dilation,
                        -(place // input_dilation),
                    )
        return total

    @property
    def pace(self) -> tuple[Size, Size]:
        """(outputs, inputs): every `outputs` further outputs read exactly `inputs` further on."""
        if is_one(self.input_dilation):
            return 1, self.stride
        if not are_numbers(*self):
            return None, None  # what a stretched input makes of symbols and arrays is not told
        common = gcd(self.stride, self.input_dilation)
        return self.input_dilation // common, self.stride // common

    def interval(self, output: int) -> tuple[Size, Size]:
        """The first and last input that `output` reads (padding counted as input); first > last if none.

        >>> Window(3, stride=2, low=1).interval(0)
        (-1, 1)
        """
        begin = output * self.stride - self.low
        if is_one(self.input_dilation):
            return begin, begin + self.dilation * (self.kernel - 1)
        seen = self.reads(output)
        nearest = ceil_div(begin, self.input_dilation)
        return (seen[0], seen[-1]) if seen else (nearest, nearest - 1)

    def reads(self, output: int) -> range:
        """Every input that `output` reads, in order (padding counted as input).

        >>> list(Window(3, dilation=2).reads(0)), list(Window(2, low=1, high=1, input_dilation=3).reads(2))
        ([0, 2, 4], [])
        """
        begin, stretch = output * self.stride - self.low, self.input_dilation
        hits = [t for t in range(min(self.kernel, stretch)) if (begin + t * self.dilation) % stretch == 0]
        if not hits:
            return range(0)
        end = begin + self.dilation * (self.kernel - 1)
        step = 1 if is_one(self.kernel) else self.dilation // gcd(self.dilation, stretch)
        return range((begin + hits[0] * self.dilation) // stretch, end // stretch + 1, step)


def _taps_on(size: Size, outputs: Size, stride: Size, kernel: Size, dilation: Size, low: Size) -> Size:
    upto_end = pairs_below(size - 1 + low, outputs, stride, kernel, dilation)
    return upto_end - pairs_below(low - 1, outputs, stride, kernel, dilation)
