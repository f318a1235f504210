"""Dilated (atrous) convolution, with the dilation up front: DilatedConv1d, DilatedConv2d, DilatedConv3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import ConventionField, Count, Flag, PaddingField, PerAxis
from .rank import conv_like

if TYPE_CHECKING:
    from .base import Layer


class DilatedConv(Composite, abstract=True):
    """The taps stand d positions apart: a kernel of k spans d(k − 1) + 1 positions at the cost of k.

    o = ⌊(i + p_low + p_high − d(k − 1) − 1) / s⌋ + 1; parameters and MACs per output as without dilation.

    >>> from convmath.layers.dilated import DilatedConv2d
    >>> DilatedConv2d(8, 16, 3, dilation=4, padding=4).receptive_field((1, 8, 32, 32))[0].size
    9

    Source: Yu and Koltun, "Multi-scale context aggregation by dilated convolutions" (2016).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    dilation = PerAxis("input positions between neighbouring taps", symbol="d", keras="dilation_rate")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    convention = ConventionField()

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", conv_like(self)),)


class DilatedConv1d(DilatedConv):
    """Dilated convolution over (N, C, L); see DilatedConv."""

    rank = 1


class DilatedConv2d(DilatedConv):
    """Dilated convolution over (N, C, H, W); see DilatedConv."""

    rank = 2


class DilatedConv3d(DilatedConv):
    """Dilated convolution over (N, C, D, H, W); see DilatedConv."""

    rank = 3
