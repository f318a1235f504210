"""Depthwise-separable convolution: space and channels apart. DepthwiseSeparableConv1d, …2d, …3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import ConventionField, Count, Flag, PaddingField, PerAxis
from .rank import CONV, conv_like

if TYPE_CHECKING:
    from .base import Layer


class DepthwiseSeparableConv(Composite, abstract=True):
    """A depthwise convolution over space, then a pointwise one over channels.

    Parameters C_in·m·∏k + C_in·m·C_out, MACs N·∏o of the same: m(1/C_out + 1/∏k) of the standard
    convolution. The bias is the pointwise one's alone, as in Keras' SeparableConv.

    >>> from convmath.layers.separable import DepthwiseSeparableConv2d
    >>> layer = DepthwiseSeparableConv2d(512, 512, 3, padding=1, bias=False)
    >>> layer.macs((1, 512, 14, 14))  # 52.3 M; the standard convolution takes 462 M
    52283392

    Source: Howard et al., "MobileNets" (2017), table 3; Chollet, "Xception" (2017).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    multiplier = Count("middle channels for each input channel", 1, symbol="m", keras="depth_multiplier")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    convention = ConventionField()

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        channels, middle = self.in_channels, self.in_channels * self.multiplier
        depthwise = conv_like(self, out_channels=middle, groups=channels, bias=False)
        pointwise = CONV[self.rank](middle, self.out_channels, 1, bias=self.bias, convention=self.convention)
        return (("depthwise", depthwise), ("pointwise", pointwise))


class DepthwiseSeparableConv1d(DepthwiseSeparableConv):
    """Depthwise-separable convolution over (N, C, L); see DepthwiseSeparableConv."""

    rank = 1


class DepthwiseSeparableConv2d(DepthwiseSeparableConv):
    """Depthwise-separable convolution over (N, C, H, W); see DepthwiseSeparableConv."""

    rank = 2


class DepthwiseSeparableConv3d(DepthwiseSeparableConv):
    """Depthwise-separable convolution over (N, C, D, H, W); see DepthwiseSeparableConv."""

    rank = 3
