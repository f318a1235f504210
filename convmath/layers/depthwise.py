"""Depthwise convolution: DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import ConventionField, Count, Flag, PaddingField, PerAxis
from .rank import conv_like

if TYPE_CHECKING:
    from .base import Layer


class DepthwiseConv(Composite, abstract=True):
    """Every channel is convolved with kernels of its own: `multiplier` of them, and no sums over channels.

    A convolution with groups = C_in and C_out = C_in·m: parameters C_in·m·∏k, MACs N·C_in·m·∏o·∏k; sizes as
    Conv. Output channel c·m + q is kernel q of input channel c.

    >>> from convmath.layers.depthwise import DepthwiseConv2d
    >>> DepthwiseConv2d(32, 3, multiplier=2, padding=1).output_shape((1, 32, 10, 14))
    (1, 64, 10, 14)

    Source: Sifre, "Rigid-motion scattering for image classification" (2014); Howard et al., MobileNets (2017).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    multiplier = Count("output channels for each input channel", 1, symbol="m", keras="depth_multiplier")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    convention = ConventionField()

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        channels = self.in_channels
        return (("", conv_like(self, out_channels=channels * self.multiplier, groups=channels)),)


class DepthwiseConv1d(DepthwiseConv):
    """Depthwise convolution over (N, C, L); see DepthwiseConv."""

    rank = 1


class DepthwiseConv2d(DepthwiseConv):
    """Depthwise convolution over (N, C, H, W); see DepthwiseConv."""

    rank = 2


class DepthwiseConv3d(DepthwiseConv):
    """Depthwise convolution over (N, C, D, H, W); see DepthwiseConv."""

    rank = 3
