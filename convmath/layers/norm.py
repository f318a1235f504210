"""Normalisation: BatchNorm1d … 3d, InstanceNorm1d … 3d, GroupNorm, LayerNorm, RMSNorm, LocalResponseNorm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, divides, equal
from ..core.errors import ShapeError
from ..core.receptive_field import WHOLE, Stage
from ..core.window import Window
from .base import Layer
from .field import Count, Flag, Optional, Real, Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.shape import Shape
    from ..core.size import Size

MOMENTS = 5
"""Operations on each number to normalise it by moments of its own: a sum, a difference, a square, a sum, a scaling."""

MEAN_SQUARE = 3
"""Operations on each number to normalise it by the mean of squares: a square, a sum, a scaling."""

AFFINE = 2
"""Operations on each number to scale and shift it."""


class ChannelNorm(Layer, abstract=True):
    """A normalisation with numbers of its own for each channel, by running statistics where they are kept."""

    num_features: Size
    affine: bool
    track_running_stats: bool

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield equal(
            inputs[0].channels, self.num_features, "the input has {left} channels, num_features is {right}",
            "use num_features={left}",
        )  # fmt: skip

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": (self.num_features,), "bias": (self.num_features,)} if self.affine else {}

    def buffers(self) -> dict[str, tuple[Size, ...]]:
        running = {"running_mean": (self.num_features,), "running_var": (self.num_features,)}
        return running if self.track_running_stats else {}

    def met(self, axes: int) -> Sequence[int] | None:
        return () if self.track_running_stats else range(2, axes)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return () if self.track_running_stats else ((WHOLE,) * inputs[0].rank,)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        if self.track_running_stats:
            return AFFINE * inputs[0].elements
        return (MOMENTS + (AFFINE if self.affine else 0)) * inputs[0].elements


class BatchNorm(ChannelNorm, abstract=True):
    """Normalises each channel by running statistics (when predicting): one scale and one shift, 2 FLOPs a number.

    Without running statistics it goes by the moments of the input: 5 FLOPs a number, 7 with parameters, and
    every output depends on the whole of each axis.

    Parameters 2C if affine; 2C running statistics are buffers, not parameters. Input (N, C, *spatial); the
    shape stays. PyTorch's counter of batches is not counted.

    >>> from convmath.layers.norm import BatchNorm2d
    >>> BatchNorm2d(64).params, BatchNorm2d(64).flops((1, 64, 10, 12))
    (128, 15360)

    Source: Ioffe and Szegedy (2015).
    """

    num_features = Count("channels C", symbol="C")
    eps = Real("added to the variance", 1e-5, 0, keras="epsilon")
    momentum = Optional(Real("share of a new batch in the running statistics; their mean if None"), 0.1)
    affine = Flag("whether each channel is scaled and shifted by parameters", True)
    track_running_stats = Flag("whether running statistics are kept", True)

    def met(self, axes: int) -> Sequence[int] | None:
        return () if self.track_running_stats else (0, *range(2, axes))


class BatchNorm1d(BatchNorm):
    """Batch normalisation over (N, C) or (N, C, L); see BatchNorm."""

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        if inputs[0].rank > 1:
            raise ShapeError(f"{self.op}: takes (N, C) or (N, C, L), got {inputs[0]} (use BatchNorm2d or BatchNorm3d)")
        yield from super().conditions(*inputs)


class BatchNorm2d(BatchNorm):
    """Batch normalisation over (N, C, H, W); see BatchNorm."""

    rank = 2


class BatchNorm3d(BatchNorm):
    """Batch normalisation over (N, C, D, H, W); see BatchNorm."""

    rank = 3


class InstanceNorm(ChannelNorm, abstract=True):
    """Normalises every channel of every sample by its own moments: 5 FLOPs a number, 7 with affine parameters.

    Every output depends on the whole of each axis. With running statistics it goes by those when predicting, as
    batch normalisation does.

    >>> from convmath.layers.norm import InstanceNorm2d
    >>> InstanceNorm2d(64, affine=True).params
    128

    Source: Ulyanov, Vedaldi and Lempitsky (2016).
    """

    num_features = Count("channels C", symbol="C")
    eps = Real("added to the variance", 1e-5, 0, keras="epsilon")
    momentum = Optional(Real("share of a new batch in the running statistics; their mean if None"), 0.1)
    affine = Flag("whether each channel is scaled and shifted by parameters", False)
    track_running_stats = Flag("whether running statistics are kept", False)


class InstanceNorm1d(InstanceNorm):
    """Instance normalisation over (N, C, L); see InstanceNorm."""

    rank = 1


class InstanceNorm2d(InstanceNorm):
    """Instance normalisation over (N, C, H, W); see InstanceNorm."""

    rank = 2


class InstanceNorm3d(InstanceNorm):
    """Instance normalisation over (N, C, D, H, W); see InstanceNorm."""

    rank = 3


class GroupNorm(Layer):
    """Normalises groups of channels of every sample by their own moments: 5 FLOPs a number, 7 with parameters.

    Every output depends on the whole of each axis. Raises ParameterError if num_groups does not divide num_channels.

    >>> GroupNorm(8, 64).flops((1, 64, 10, 12))
    53760

    Source: Wu and He (2018).
    """

    num_groups = Count("groups", symbol="G", keras="groups")
    num_channels = Count("channels C", symbol="C")
    eps = Real("added to the variance", 1e-5, 0, keras="epsilon")
    affine = Flag("whether each channel is scaled and shifted by parameters", True)

    def constraints(self) -> Iterable[Condition]:
        yield divides(self.num_groups, self.num_channels, "num_groups={right} must divide num_channels={left}")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield equal(
            inputs[0].channels, self.num_channels, "the input has {left} channels, num_channels is {right}",
            "use num_channels={left}",
        )  # fmt: skip

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": (self.num_channels,), "bias": (self.num_channels,)} if self.affine else {}

    def channel_groups(self) -> Size | None:
        return self.num_groups

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return (MOMENTS + (AFFINE if self.affine else 0)) * inputs[0].elements


class OverLastAxes(Layer, abstract=True):
    """A normalisation by moments over the last axes, whose sizes are stated.

    Every output depends on the whole of the spatial axes among them. Raises ShapeError if the input does not end
    in normalized_shape.
    """

    normalized_shape = Sizes("the sizes of the last axes")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x, shape = inputs[0], self.normalized_shape
        if len(shape) >= len(x):
            raise ShapeError(
                f"{self.op}: normalized_shape has {len(shape)} sizes, the input {x} has {len(x) - 1} beside the batch"
            )
        for axis, size in zip(range(len(x) - len(shape), len(x)), shape, strict=True):
            yield equal(
                x[axis], size, f"axis {axis} of the input {{about}} is {{left}}, normalized_shape says {{right}}",
                "use the input's last sizes", x,
            )  # fmt: skip

    def met(self, axes: int) -> Sequence[int] | None:
        return range(-len(self.normalized_shape), 0)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        spared = len(x) - len(self.normalized_shape)
        return (tuple(Window() if axis < spared else WHOLE for axis in range(2, len(x))),)


class LayerNorm(OverLastAxes):
    """Normalises over the last axes, whose sizes are stated: 5 FLOPs a number, 7 with scale and shift.

    Every output depends on the whole of the spatial axes among them. Raises ShapeError if the input does not end
    in normalized_shape.

    >>> LayerNorm((64, 8, 9)).params
    9216

    Source: Ba, Kiros and Hinton (2016).
    """

    eps = Real("added to the variance", 1e-5, 0, keras="epsilon")
    elementwise_affine = Flag("whether each number is scaled and shifted by parameters", True)
    bias = Flag("whether the shift is there", True)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        if not self.elementwise_affine:
            return {}
        shape = self.normalized_shape
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        affine = 1 + self.bias if self.elementwise_affine else 0
        return (MOMENTS + affine) * inputs[0].elements


class RMSNorm(OverLastAxes):
    """Divides by the root of the mean square over the last axes: 3 FLOPs a number, 4 with a scale.

    Every output depends on the whole of the spatial axes among them. Raises ShapeError if the input does not end
    in normalized_shape.

    >>> RMSNorm(64).params, RMSNorm(64).flops((2, 49, 64))
    (64, 25088)

    Source: Zhang and Sennrich (2019).
    """

    eps = Optional(Real("added to the mean square; the spacing of numbers at 1 if None", least=0))
    elementwise_affine = Flag("whether each number is scaled by parameters", True)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": self.normalized_shape} if self.elementwise_affine else {}

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return (MEAN_SQUARE + self.elementwise_affine) * inputs[0].elements


class LocalResponseNorm(Layer):
    """Divides every number by a power of the mean square over `size` neighbouring channels: size + 4 FLOPs a number.

    `size` multiply-adds are counted as `size` operations for the running sum of squares, then scale, shift,
    power and division. The shape stays.

    >>> LocalResponseNorm(5).flops((1, 96, 10, 12))
    103680

    Source: Krizhevsky, Sutskever and Hinton, AlexNet (2012).
    """

    size = Count("neighbouring channels")
    alpha = Real("scale of the mean square", 1e-4)
    beta = Real("the power", 0.75)
    k = Real("the shift", 1.0)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return (self.size + 4) * inputs[0].elements
