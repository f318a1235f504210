"""Locally connected layers: LocallyConnected1d, LocallyConnected2d, LocallyConnected3d."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.shape import Shape
from ..core.size import Size, product
from ..core.window import Window
from .conv import channels_match, padding_constraints, touching_of
from .field import Count, Flag, PaddingField, PerAxis
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable


class LocallyConnected(Windowed, abstract=True):
    """A convolution that shares nothing: every output position has filters of its own.

    Sizes and MACs as Conv; parameters ∏o·C_out·C_in·∏k, and ∏o·C_out more with a bias, so the layer is made
    for one input size. Raises ParameterError for negative padding, ShapeError for any other input size.

    >>> from convmath.layers.locally_connected import LocallyConnected2d
    >>> LocallyConnected2d(3, 8, 3, input_size=(10, 12), bias=False).params  # 8·10 positions, 8·3·9 weights each
    17280

    Source: LeCun, "Generalization and network design strategies" (1989); Taigman et al., DeepFace (2014).
    """

    in_channels = Count("channels of the input", symbol="C_in")
    out_channels = Count("channels of the output", symbol="C_out", keras="filters")
    kernel_size = PerAxis("taps along each axis", symbol="k")
    input_size = PerAxis("the spatial size the layer is made for", symbol="i")
    stride = PerAxis("input positions between neighbouring outputs", 1, symbol="s", keras="strides")
    padding = PaddingField("positions added on either side", 0, ())
    bias = Flag("whether a number is added to each output", True, keras="use_bias")

    def constraints(self) -> Iterable[Condition]:
        # No framework's convention is to be chosen here, so that none is offered.
        for condition in padding_constraints(self.padding, self.convention):
            yield condition._replace(mend="crop with a layer of its own")
        yield from super().conditions(Shape((1, self.in_channels, *self.input_size)))

    def window(self, axis: int, size: Size) -> Window:
        return Window(self.kernel_size[axis], self.stride[axis], 1, *self.padding[axis])

    def output_channels(self, x: Shape) -> Size:
        return self.out_channels

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield channels_match(inputs[0], self.in_channels)
        for axis, (size, made_for) in enumerate(zip(inputs[0].spatial, self.input_size, strict=True)):
            yield equal(
                size, made_for, f"axis {axis}: the input has {{left}} positions, input_size is {{right}}",
                "use input_size={left}, or an input of {right}",
            )  # fmt: skip
        yield from super().conditions(*inputs)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        (y,) = self.infer(Shape((1, self.in_channels, *self.input_size)))
        weight = (self.out_channels, self.in_channels, *y.spatial, *self.kernel_size)
        return {"weight": weight, "bias": (self.out_channels, *y.spatial)} if self.bias else {"weight": weight}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements * self.in_channels * product(self.kernel_size)

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, y = inputs[0], outputs[0]
        return x.batch * self.out_channels * self.in_channels * touching_of(self.windows(x), x, y)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return outputs[0].elements if self.bias else 0


class LocallyConnected1d(LocallyConnected):
    """Locally connected layer over (N, C, L); see LocallyConnected."""

    rank = 1


class LocallyConnected2d(LocallyConnected):
    """Locally connected layer over (N, C, H, W); see LocallyConnected."""

    rank = 2


class LocallyConnected3d(LocallyConnected):
    """Locally connected layer over (N, C, D, H, W); see LocallyConnected."""

    rank = 3
