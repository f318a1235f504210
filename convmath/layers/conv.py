"""Convolution: Conv1d, Conv2d, Conv3d."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, divides, equal
from ..core.padding import NamedPads
from ..core.size import Size, exact_div, larger, product, smaller
from ..core.window import Window
from .field import Choice, ConventionField, Count, Flag, PaddingField, PerAxis, spell_tuple
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.convention import Convention
    from ..core.padding import AxisPads
    from ..core.shape import Shape


class Conv(Windowed, abstract=True):
    """Convolution (as in every framework, cross-correlation): C_out filters of C_in/g kernels slide over the input.

    o = ⌊(i + p_low + p_high − d(k − 1) − 1) / s⌋ + 1 along each axis; parameters C_out·(C_in/g)·∏k, and
    C_out more with a bias; MACs N·C_out·∏o·(C_in/g)·∏k. Input (N, C_in, *spatial), output (N, C_out, *o).
    Raises ParameterError if groups does not divide both channel counts, ShapeError if the channels differ
    or the kernel does not fit.

    >>> from convmath.layers.conv import Conv2d
    >>> Conv2d(4, 6, 3, stride=2, padding=1, groups=2).output_shape((1, 4, 9, 12))
    (1, 6, 5, 6)
    >>> Conv2d(4, 6, (3, 5), groups=2, bias=False).params  # 6 filters of 2 kernels of 15 weights
    180

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), relationships 6
    and 15; groups: Krizhevsky, Sutskever and Hinton (2012); dilation: Yu and Koltun (2016).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output: the number of filters", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side")
    dilation = PerAxis("input positions between neighbouring taps", 1, symbol="d", keras="dilation_rate")
    groups = Count("independent convolutions, each over its share of the channels", 1, symbol="g")
    bias = Flag("whether a number is added to each output channel", True, keras="use_bias")
    padding_mode = Choice("what the padding holds", "zeros", ("zeros", "reflect", "replicate", "circular"))
    convention = ConventionField()

    def constraints(self) -> Iterable[Condition]:
        yield divides(self.groups, self.in_channels, "groups={right} must divide in_channels={left}")
        yield divides(self.groups, self.out_channels, "groups={right} must divide out_channels={left}")
        yield from padding_constraints(self.padding, self.convention)
        yield from stride_constraints(self.padding, self.stride, self.dilation, self.convention)

    def channel_groups(self) -> Size | None:
        return self.groups

    def window(self, axis: int, size: Size) -> Window:
        kernel, stride, dilation = self.kernel_size[axis], self.stride[axis], self.dilation[axis]
        return Window(kernel, stride, dilation, *self.padding[axis].pads(size, kernel, stride, dilation))

    def output_channels(self, x: Shape) -> Size:
        return self.out_channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        yield channels_match(x, self.in_channels)
        yield from super().conditions(x)
        if self.padding_mode in ("reflect", "circular"):
            # Reflection leaves out the border itself, so one position fewer is there to copy.
            spare = 1 if self.padding_mode == "reflect" else 0
            for axis, (window, size) in enumerate(zip(self.windows(x), x.spatial, strict=True)):
                yield at_least(
                    size - spare,
                    larger(window.low, window.high),
                    f"axis {axis}: {self.padding_mode} padding copies {{right}} positions, the input offers {{left}}",
                    "use less padding or padding_mode='zeros'",
                )

    def weights(self) -> dict[str, tuple[Size, ...]]:
        weight = (self.out_channels, exact_div(self.in_channels, self.groups), *self.kernel_size)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * exact_div(self.in_channels, self.groups) * product(self.kernel_size)

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        if self.padding_mode != "zeros":
            return self.count_macs(inputs, outputs)  # every tap reads real input, some of it copied
        x, y = inputs[0], outputs[0]
        return (
            x.batch * self.out_channels * exact_div(self.in_channels, self.groups) * touching_of(self.windows(x), x, y)
        )

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements if self.bias else 0


class Conv1d(Conv):
    """Convolution over (N, C, L); see Conv."""

    rank = 1


class Conv2d(Conv):
    """Convolution over (N, C, H, W); see Conv."""

    rank = 2


class Conv3d(Conv):
    """Convolution over (N, C, D, H, W); see Conv."""

    rank = 3


def touching_of(windows: tuple[Window, ...], x: Shape, y: Shape) -> Size:
    """The (output, tap) pairs on real input, over all axes."""
    return product(w.touching(i, o) for w, i, o in zip(windows, x.spatial, y.spatial, strict=True))


def channels_match(x: Shape, expected: Size) -> Condition:
    """The input has the channels that the layer was made for."""
    return equal(
        x.channels,
        expected,
        "the input has {left} channels, in_channels is {right}",
        "use in_channels={left}, or an input of {right} channels",
    )


def padding_constraints(padding: tuple[AxisPads, ...], convention: Convention) -> Iterable[Condition]:
    """What a framework says about negative padding."""
    for axis, pads in enumerate(padding):
        for side in () if convention.negative_padding or isinstance(pads, NamedPads) else pads:
            yield at_least(
                side, 0, f"axis {axis}: padding={{left}} is negative",
                "crop with a layer of its own, or use convention='jax'",
            )  # fmt: skip


def stride_constraints(
    padding: tuple[AxisPads, ...], stride: tuple[Size, ...], dilation: tuple[Size, ...], convention: Convention
) -> Iterable[Condition]:
    """What a framework says about strides together with 'same' padding or with dilation."""
    for axis, (pads, s) in enumerate(zip(padding, stride, strict=True)):
        name = pads.name if isinstance(pads, NamedPads) else ""
        if name in {"same", "same_lower"} and not convention.same_with_stride:
            yield equal(
                s, 1, f"axis {axis}: {convention.name} takes padding={name!r} only with stride 1, not {{left}}",
                "write the padding in numbers, or convention='tensorflow'",
            )  # fmt: skip
    if not convention.stride_with_dilation:
        yield equal(
            smaller(reduce(larger, stride), reduce(larger, dilation)), 1,
            f"{convention.name} takes no stride above 1 together with a dilation above 1, here "
            f"stride={spell_tuple(stride)} with dilation={spell_tuple(dilation)}",
            "set one of the two to 1",
        )  # fmt: skip
