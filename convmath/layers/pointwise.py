"""Pointwise (1×1) convolution: PointwiseConv1d, PointwiseConv2d, PointwiseConv3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import Count, Flag, PerAxis
from .rank import conv_like

if TYPE_CHECKING:
    from .base import Layer


class PointwiseConv(Composite, abstract=True):
    """A convolution of kernel 1: a linear layer over the channels, at every position alike.

    o = ⌊(i − 1) / s⌋ + 1; parameters C_in·C_out/g, MACs N·∏o·C_in·C_out/g.

    >>> from convmath.layers.pointwise import PointwiseConv2d
    >>> PointwiseConv2d(32, 64).macs((1, 32, 10, 14))
    286720

    Source: Lin, Chen and Yan, "Network in Network" (2013).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", conv_like(self, kernel_size=1)),)


class PointwiseConv1d(PointwiseConv):
    """Pointwise convolution over (N, C, L); see PointwiseConv."""

    rank = 1


class PointwiseConv2d(PointwiseConv):
    """Pointwise convolution over (N, C, H, W); see PointwiseConv."""

    rank = 2


class PointwiseConv3d(PointwiseConv):
    """Pointwise convolution over (N, C, D, H, W); see PointwiseConv."""

    rank = 3
