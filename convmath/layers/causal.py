"""Causal convolution over time: CausalConv1d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import Count, Flag, PerAxis
from .rank import conv_like

if TYPE_CHECKING:
    from .base import Layer


class CausalConv1d(Composite):
    """Output t reads inputs t·s − d(k − 1) … t·s and never a later one: all padding is before the first.

    o = ⌈i / s⌉ = ⌊(i − 1) / s⌋ + 1; parameters and MACs as Conv1d. Input (N, C_in, L), output (N, C_out, o).

    >>> layer = CausalConv1d(4, 6, 2, dilation=512)
    >>> layer.output_shape((1, 4, 16000)), layer.receptive_field((1, 4, 16000))[0].interval(600)
    ((1, 6, 16000), (88, 600))

    Source: van den Oord et al., "WaveNet" (2016).
    """

    rank = 1
    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps", symbol="k")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", conv_like(self, padding="causal")),)
