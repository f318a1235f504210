"""Transposed convolution: ConvTranspose1d, ConvTranspose2d, ConvTranspose3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, divides
from ..core.errors import ParameterError
from ..core.padding import NamedPads
from ..core.size import Size, exact_div, larger, product
from ..core.window import Window
from .conv import channels_match, padding_constraints, stride_constraints, touching_of
from .field import Choice, ConventionField, Count, Flag, Optional, PaddingField, PerAxis
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.shape import Shape


class ConvTranspose(Windowed, abstract=True):
    """The transpose of a convolution's matrix: every input position adds its filter, s apart, into the output.

    o = (i − 1)s − p_low − p_high + d(k − 1) + output_padding + 1; parameters C_in·(C_out/g)·∏k; MACs
    N·C_in·(C_out/g)·∏i·∏k: charged where the work is done, per input position. Those that touch (fall on the
    output and not into the crop) are counted exactly. Raises ParameterError if output_padding is not below
    stride or dilation, ShapeError if cropping leaves nothing.

    >>> from convmath.layers.transposed import ConvTranspose2d
    >>> layer = ConvTranspose2d(16, 32, 4, stride=2, padding=1, bias=False)
    >>> layer.output_shape((1, 16, 10, 10)), layer.macs((1, 16, 10, 10))
    ((1, 32, 20, 20), 819200)

    Source: Dumoulin and Visin (2016), relationships 8 to 14; output_padding is their a.
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    stride = PerAxis("output positions between neighbouring inputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions cropped from either side", 0, ("valid", "same", "same_lower"))
    output_padding = Optional(PerAxis("positions added at the end", 0, 0, symbol="a"), otherwise=0)
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    dilation = PerAxis("output positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    padding_mode = Choice("what lies around the output; PyTorch takes only zeros", "zeros", ("zeros",))
    convention = ConventionField()

    def constraints(self) -> Iterable[Condition]:
        yield divides(self.groups, self.in_channels, "groups={right} must divide in_channels={left}")
        yield divides(self.groups, self.out_channels, "groups={right} must divide out_channels={left}")
        for axis, pads in enumerate(self.padding):
            if isinstance(pads, NamedPads) and pads.name not in self.convention.transposed_names:
                raise ParameterError(
                    f"{self.op}: axis {axis}: padding={pads.name!r} has no meaning for {self.convention.name}'s"
                    " transposed convolution (write the padding in numbers, or use convention='tensorflow')"
                )
        yield from padding_constraints(self.padding, self.convention)
        yield from stride_constraints(self.padding, self.stride, self.dilation, self.convention)
        for axis, (a, s, d) in enumerate(zip(self.extra, self.stride, self.dilation, strict=True)):
            bound = larger(s, d) if self.convention.output_padding_below_dilation else s
            yield at_least(
                bound - 1, a, f"axis {axis}: output_padding={{right}} is more than {{left}}",
                "keep output_padding below stride or dilation",
            )  # fmt: skip

    @property
    def extra(self) -> tuple[Size, ...]:
        """output_padding along each axis, 0 where it is not given."""
        return self.output_padding or (0,) * len(self.kernel_size)

    def channel_groups(self) -> Size | None:
        return self.groups

    def window(self, axis: int, size: Size) -> Window:
        kernel, stride, dilation = self.kernel_size[axis], self.stride[axis], self.dilation[axis]
        low, high = self.convention.crop(
            self.padding[axis],
            size,
            dilation * (kernel - 1) + 1,
            stride,
            self.extra[axis],
            self.output_padding is not None,
        )
        return Window(kernel, 1, dilation, low, high, stride)

    def output_channels(self, x: Shape) -> Size:
        return self.out_channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield channels_match(inputs[0], self.in_channels)
        for axis, (window, size) in enumerate(zip(self.windows(inputs[0]), inputs[0].spatial, strict=True)):
            yield at_least(
                window.output_size(size), 1, f"axis {axis} of size {{about}}: cropping leaves {{left}} positions",
                "use less padding or a larger kernel", size,
            )  # fmt: skip

    def weights(self) -> dict[str, tuple[Size, ...]]:
        weight = (self.in_channels, exact_div(self.out_channels, self.groups), *self.kernel_size)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return inputs[0].elements * exact_div(self.out_channels, self.groups) * product(self.kernel_size)

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, y = inputs[0], outputs[0]
        return (
            x.batch * self.in_channels * exact_div(self.out_channels, self.groups) * touching_of(self.windows(x), x, y)
        )

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements if self.bias else 0


class ConvTranspose1d(ConvTranspose):
    """Transposed convolution over (N, C, L); see ConvTranspose."""

    rank = 1


class ConvTranspose2d(ConvTranspose):
    """Transposed convolution over (N, C, H, W); see ConvTranspose."""

    rank = 2


class ConvTranspose3d(ConvTranspose):
    """Transposed convolution over (N, C, D, H, W); see ConvTranspose."""

    rank = 3
