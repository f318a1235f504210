"""Deformable convolution, versions 1 and 2: DeformConv1d … 3d with a branch of its own, OffsetConv1d … 3d without."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..core.conditions import Condition, divides, equal
from ..core.errors import ShapeError
from ..core.shape import Shape
from ..core.size import Size, product
from .conv import channels_match, padding_constraints
from .field import Count, Flag, PaddingField, PerAxis
from .rank import conv_like
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.receptive_field import Stage
    from ..core.window import Window
    from .conv import Conv


class Deformable(Windowed, abstract=True):
    """A convolution over taps that are moved; a type says where the offsets come from."""

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side", 0, ())
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    offset_groups = Count("shares of the input channels that have offsets of their own", 1, symbol="g_off")

    def constraints(self) -> Iterable[Condition]:
        yield divides(self.groups, self.in_channels, "groups={right} must divide in_channels={left}")
        yield divides(self.groups, self.out_channels, "groups={right} must divide out_channels={left}")
        yield divides(self.offset_groups, self.in_channels, "offset_groups={right} must divide in_channels={left}")
        yield from padding_constraints(self.padding, self.convention)

    @cached_property
    def convolution(self) -> Conv:
        """The convolution over the sampled taps."""
        return conv_like(self)

    def channel_groups(self) -> Size | None:
        return self.groups

    def window(self, axis: int, size: Size) -> Window:
        return self.convolution.window(axis, size)

    def output_channels(self, x: Shape) -> Size:
        return self.out_channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield channels_match(inputs[0], self.in_channels)
        yield from super().conditions(*inputs)

    def told(self, output: Shape, each: Size) -> Shape:
        """What goes with every tap of an output: `each` numbers for each offset group."""
        channels = each * product(self.kernel_size) * self.offset_groups
        return Shape((output.batch, channels, *output.spatial))

    def is_masked(self, inputs: tuple[Shape, ...]) -> bool:
        """Whether every sample is multiplied with a number of its own."""
        raise NotImplementedError

    def count_sampling(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        """FLOPs of the samples that make an output, and of the bias."""
        axes, corners = len(self.kernel_size), 2 ** len(self.kernel_size)
        taps = product(output.spatial) * output.batch * product(self.kernel_size)
        sample = 2 * corners - 1 + (1 if self.is_masked(inputs) else 0)
        biases = self.convolution.count_operations(inputs[:1], (output,))
        return taps * (sample * self.in_channels + (corners + 3 * axes) * self.offset_groups) + biases


class DeformConv(Deformable, abstract=True):
    """A convolution whose taps are moved by offsets that a sibling convolution predicts from the same input.

    Sizes as Conv. Version 1 (mask=False) predicts n·∏k·g_off offsets at every output position in n dimensions,
    version 2 (mask=True) ∏k·g_off weights as well. Parameters and MACs are those of the convolution and of the
    offset branch; FLOPs add the linear sampling: 2ⁿ⁺¹ − 1 for each of N·∏o·∏k·C_in samples (one more with a
    mask) and 2ⁿ + 3n for the weights of each of N·∏o·∏k·g_off taps. The receptive field is that of zero
    offsets; real offsets widen it by what the data says.

    The layer is the whole block that is usual around torchvision's deform_conv2d: it makes its offsets by a convolution
    of its own, offset.weight and offset.bias, and its mask by a sigmoid of that branch's last channels; OffsetConv
    takes offsets that come from elsewhere. With 0 for offset.weight they are offset.bias at every position: for each
    offset group and tap n numbers, one for each axis in order, then what goes into the sigmoid, one for each tap.

    >>> from convmath.layers.deformable import DeformConv2d
    >>> DeformConv2d(512, 512, 3, padding=1, mask=True).weights()["offset.weight"]
    (27, 512, 3, 3)

    Source: Dai et al., "Deformable Convolutional Networks" (2017); Zhu et al., version 2 (2019).
    """

    mask = Flag("whether every sample is weighted too (version 2)", False)

    def is_masked(self, inputs: tuple[Shape, ...]) -> bool:
        masked: bool = self.mask
        return masked

    @cached_property
    def offset(self) -> Conv:
        """The sibling convolution that predicts offsets and, in version 2, masks."""
        axes = len(self.kernel_size)
        channels = (axes + 1 if self.mask else axes) * product(self.kernel_size) * self.offset_groups
        return conv_like(self, out_channels=channels, groups=1, bias=True)

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
        return self.count_sampling(inputs, outputs[0]) + self.offset.infer(*inputs)[0].elements


class OffsetConv(Deformable, abstract=True):
    """A convolution whose taps are moved by offsets that it reads: y = OffsetConv(…)(x, offset) or (x, offset, mask).

    Sizes as Conv. offset is (N, n·∏k·g_off, *o) in n dimensions, where o is the output's size: for each offset group
    and tap, in order, n numbers, one for each axis; mask, with which every sample is multiplied (version 2), is
    (N, ∏k·g_off, *o). Parameters and MACs are those of the convolution alone, FLOPs add the linear sampling as in
    DeformConv. Of x the receptive field is that of zero offsets, which real ones widen by what the data says; of
    offset and mask every output reads its own position. Raises ShapeError where their shapes are others.

    >>> from convmath.layers.deformable import OffsetConv2d
    >>> OffsetConv2d(64, 32, 3, stride=2, padding=1).output_shape((1, 64, 56, 48), (1, 18, 28, 24))
    (1, 32, 28, 24)

    Source: Dai et al., "Deformable Convolutional Networks" (2017); torchvision's deform_conv2d, ONNX's DeformConv.
    """

    arity = (2, 3)

    def is_masked(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs) > 2

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield from super().conditions(*inputs)
        (output,), axes = self.infer(*inputs), len(self.kernel_size)
        for name, each, given in zip(("offset", "mask"), (axes, 1), inputs[1:], strict=False):
            wanted = self.told(output, each)
            if len(given) != len(wanted):
                raise ShapeError(
                    f"{self.op}: {name} has {len(given)} axes, {given}, {len(wanted)} are wanted: {wanted}"
                )
            for axis, (found, right) in enumerate(zip(given, wanted, strict=True)):
                what = ("samples", "channels")[axis] if axis < 2 else f"positions along axis {axis - 2}"
                yield equal(found, right, f"{name} has {{left}} {what}, {{right}} are wanted", f"give it {wanted}")

    def stages_of(self, place: int, *inputs: Shape) -> tuple[Stage, ...]:
        return self.stages(*inputs) if place == 0 else ()

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return self.convolution.weights()

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return self.convolution.count_macs(inputs[:1], outputs)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return self.count_sampling(inputs, outputs[0])


class DeformConv1d(DeformConv):
    """Deformable convolution over (N, C, L); see DeformConv."""

    rank = 1


class DeformConv2d(DeformConv):
    """Deformable convolution over (N, C, H, W); see DeformConv."""

    rank = 2


class DeformConv3d(DeformConv):
    """Deformable convolution over (N, C, D, H, W); see DeformConv."""

    rank = 3


class OffsetConv1d(OffsetConv):
    """Deformable convolution over (N, C, L) with offsets that it reads; see OffsetConv."""

    rank = 1


class OffsetConv2d(OffsetConv):
    """Deformable convolution over (N, C, H, W) with offsets that it reads; see OffsetConv."""

    rank = 2


class OffsetConv3d(OffsetConv):
    """Deformable convolution over (N, C, D, H, W) with offsets that it reads; see OffsetConv."""

    rank = 3
