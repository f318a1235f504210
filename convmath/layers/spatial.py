"""Spatially separable convolution: one axis after the other. SpatiallySeparableConv2d, …3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.padding import NONE
from .composite import Composite
from .field import ConventionField, Count, Flag, Optional, PaddingField, PerAxis
from .rank import CONV

if TYPE_CHECKING:
    from .base import Layer


class SpatiallySeparableConv(Composite, abstract=True):
    """One convolution along each axis in turn: k×1 then 1×k in two dimensions, with M channels between.

    Exact for a filter bank of rank M (each kernel the outer product u·vᵀ when M = C_in = C_out = 1, R such
    products for rank R). Parameters k(C_in·M + M·C_out) in two dimensions; MACs N·M·(o_h·i_w·k·C_in + o_h·o_w·k·C_out):
    the first pass still has the full width. The bias is the last pass's.

    >>> from convmath.layers.spatial import SpatiallySeparableConv2d
    >>> layer = SpatiallySeparableConv2d(3, 8, 5, mid_channels=4, bias=False)
    >>> layer.output_shape((1, 3, 20, 30)), layer.params
    ((1, 8, 16, 26), 220)

    Source: Jaderberg, Vedaldi and Zisserman, "Speeding up convolutional neural networks with low rank
    expansions" (2014); Szegedy et al., Inception v3 (2016), for the 1×7 and 7×1 pairs.
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    mid_channels = Optional(
        Count("channels between the passes: the rank R; out_channels if None", symbol="M"), otherwise="out_channels"
    )
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    convention = ConventionField()

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        rank = len(self.kernel_size)
        middle = self.out_channels if self.mid_channels is None else self.mid_channels
        channels = (self.in_channels, *(middle,) * (rank - 1), self.out_channels)

        def only(values: tuple[object, ...], axis: int, rest: object) -> tuple[object, ...]:
            return tuple(value if other == axis else rest for other, value in enumerate(values))

        return tuple(
            (
                f"axis{axis}",
                CONV[rank](
                    channels[axis], channels[axis + 1], only(self.kernel_size, axis, 1), only(self.stride, axis, 1),
                    only(self.padding, axis, NONE), only(self.dilation, axis, 1),
                    bias=self.bias and axis == rank - 1, convention=self.convention,
                ),
            )
            for axis in range(rank)
        )  # fmt: skip


class SpatiallySeparableConv2d(SpatiallySeparableConv):
    """Spatially separable convolution over (N, C, H, W); see SpatiallySeparableConv."""

    rank = 2


class SpatiallySeparableConv3d(SpatiallySeparableConv):
    """Spatially separable convolution over (N, C, D, H, W); see SpatiallySeparableConv."""

    rank = 3
