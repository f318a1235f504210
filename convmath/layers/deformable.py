"""Deformable convolution, versions 1 and 2: DeformConv1d, DeformConv2d, DeformConv3d."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..core.conditions import Condition, divides
from ..core.size import Size, product
from .conv import channels_match, padding_constraints
from .field import Count, Flag, PaddingField, PerAxis
from .rank import conv_like
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.shape import Shape
    from ..core.window import Window
    from .conv import Conv


class DeformConv(Windowed, abstract=True):
    """A convolution whose taps are moved by offsets that a sibling convolution predicts from the same input.

    Sizes as Conv. Version 1 (mask=False) predicts n·∏k·g_off offsets at every output position in n dimensions,
    version 2 (mask=True) ∏k·g_off weights as well. Parameters and MACs are those of the convolution and of the
    offset branch; FLOPs add the linear sampling: 2ⁿ⁺¹ − 1 for each of N·∏o·∏k·C_in samples (one more with a
    mask) and 2ⁿ + 3n for the weights of each of N·∏o·∏k·g_off taps. The receptive field is that of zero
    offsets; real offsets widen it by what the data says.

    The layer is the whole block that is usual around torchvision's deform_conv2d: it makes its offsets by a convolution
    of its own, offset.weight and offset.bias, and its mask by a sigmoid of that branch's last channels. Offsets that
    come from elsewhere cannot be handed in. With 0 for offset.weight they are offset.bias at every position: for each
    offset group and tap n numbers, one for each axis in order, then what goes into the sigmoid, one for each tap.

    >>> from convmath.layers.deformable import DeformConv2d
    >>> DeformConv2d(512, 512, 3, padding=1, mask=True).weights()["offset.weight"]
    (27, 512, 3, 3)

    Source: Dai et al., "Deformable Convolutional Networks" (2017); Zhu et al., version 2 (2019).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side", 0, ())
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    offset_groups = Count("shares of the input channels that have offsets of their own", 1, symbol="g_off")
    mask = Flag("whether every sample is weighted too (version 2)", False)

    def constraints(self) -> Iterable[Condition]:
        yield divides(self.groups, self.in_channels, "groups={right} must divide in_channels={left}")
        yield divides(self.groups, self.out_channels, "groups={right} must divide out_channels={left}")
        yield divides(self.offset_groups, self.in_channels, "offset_groups={right} must divide in_channels={left}")
        yield from padding_constraints(self.padding, self.convention)

    @cached_property
    def convolution(self) -> Conv:
        """The convolution over the sampled taps."""
        return conv_like(self)

    @cached_property
    def offset(self) -> Conv:
        """The sibling convolution that predicts offsets and, in version 2, masks."""
        axes = len(self.kernel_size)
        channels = (axes + 1 if self.mask else axes) * product(self.kernel_size) * self.offset_groups
        return conv_like(self, out_channels=channels, groups=1, bias=True)

    def window(self, axis: int, size: Size) -> Window:
        return self.convolution.window(axis, size)

    def output_channels(self, x: Shape) -> Size:
        return self.out_channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield channels_match(inputs[0], self.in_channels)
        yield from super().conditions(*inputs)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        branch = {f"offset.{name}": shape for name, shape in self.offset.weights().items()}
        return {**self.convolution.weights(), **branch}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        branch = self.offset.infer(*inputs)
        return self.convolution.count_macs(inputs, outputs) + self.offset.count_macs(inputs, branch)

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        # Where the samples fall is up to the data, so every one of them counts as touching.
        branch = self.offset.infer(*inputs)
        return self.convolution.count_macs(inputs, outputs) + self.offset.count_touching(inputs, branch)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        axes, corners = len(self.kernel_size), 2 ** len(self.kernel_size)
        taps = product(outputs[0].spatial) * outputs[0].batch * product(self.kernel_size)
        sample = 2 * corners - 1 + (1 if self.mask else 0)
        biases = self.convolution.count_operations(inputs, outputs) + self.offset.infer(*inputs)[0].elements
        return taps * (sample * self.in_channels + (corners + 3 * axes) * self.offset_groups) + biases


class DeformConv1d(DeformConv):
    """Deformable convolution over (N, C, L); see DeformConv."""

    rank = 1


class DeformConv2d(DeformConv):
    """Deformable convolution over (N, C, H, W); see DeformConv."""

    rank = 2


class DeformConv3d(DeformConv):
    """Deformable convolution over (N, C, D, H, W); see DeformConv."""

    rank = 3
