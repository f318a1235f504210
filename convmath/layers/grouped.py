"""Grouped convolution, with the number of groups up front: GroupedConv1d, GroupedConv2d, GroupedConv3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .composite import Composite
from .field import ConventionField, Count, Flag, PaddingField, PerAxis
from .rank import conv_like

if TYPE_CHECKING:
    from .base import Layer


class GroupedConv(Composite, abstract=True):
    """g convolutions side by side, each from C_in/g channels to C_out/g.

    Parameters C_out·(C_in/g)·∏k and MACs are 1/g of the ungrouped convolution's; sizes as Conv. Raises
    ParameterError if g does not divide both channel counts.

    >>> from convmath.layers.grouped import GroupedConv2d
    >>> GroupedConv2d(64, 128, 3, groups=32, bias=False).params  # 128 filters of 2 kernels of 9 weights
    2304

    Source: Krizhevsky, Sutskever and Hinton (2012); Xie et al., ResNeXt (2017).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    groups = Count("independent convolutions, each over its share of the channels", symbol="g")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    convention = ConventionField()

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", conv_like(self)),)


class GroupedConv1d(GroupedConv):
    """Grouped convolution over (N, C, L); see GroupedConv."""

    rank = 1


class GroupedConv2d(GroupedConv):
    """Grouped convolution over (N, C, H, W); see GroupedConv."""

    rank = 2


class GroupedConv3d(GroupedConv):
    """Grouped convolution over (N, C, D, H, W); see GroupedConv."""

    rank = 3
