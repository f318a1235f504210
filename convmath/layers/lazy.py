"""Layers that take their channels from the input: LazyConv2d, LazyLinear and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..core.errors import ParameterError
from .base import Layer
from .conv import Conv1d, Conv2d, Conv3d
from .linear import Linear
from .norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..core.size import Size


class Lazy(Layer, abstract=True):
    """A layer written without its input channels, which it takes from its first input.

    Its weights are known only with an input: `resolve` gives the ordinary layer.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.lazy import LazyConv2d
    >>> LazyConv2d(64, 3).resolve(Shape((1, 3, 32, 32)))
    Conv2d(3, 64, 3)

    Source: PyTorch's lazy modules.
    """

    target: ClassVar[type[Layer]]
    axis: ClassVar[int] = 1

    def __init_subclass__(cls, abstract: bool = False) -> None:
        super().__init_subclass__(abstract)
        if not abstract:
            cls.rank = cls.target.rank
            cls.fields = dict(list(cls.target.fields.items())[1:])

    def resolve(self, *inputs: Shape) -> Layer:
        given = {name: self.__dict__[name] for name in self.fields}
        return self.target(inputs[0][self.axis], **given)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        raise ParameterError(
            f"{self.op}: the weights depend on the input (give its shape: --input, or resolve(shape) in Python)"
        )


class LazyConv1d(Lazy):
    """Conv1d that takes its input channels from the input; see Lazy."""

    target = Conv1d


class LazyConv2d(Lazy):
    """Conv2d that takes its input channels from the input; see Lazy."""

    target = Conv2d


class LazyConv3d(Lazy):
    """Conv3d that takes its input channels from the input; see Lazy."""

    target = Conv3d


class LazyConvTranspose1d(Lazy):
    """ConvTranspose1d that takes its input channels from the input; see Lazy."""

    target = ConvTranspose1d


class LazyConvTranspose2d(Lazy):
    """ConvTranspose2d that takes its input channels from the input; see Lazy."""

    target = ConvTranspose2d


class LazyConvTranspose3d(Lazy):
    """ConvTranspose3d that takes its input channels from the input; see Lazy."""

    target = ConvTranspose3d


class LazyBatchNorm1d(Lazy):
    """BatchNorm1d that takes its input channels from the input; see Lazy."""

    target = BatchNorm1d


class LazyBatchNorm2d(Lazy):
    """BatchNorm2d that takes its input channels from the input; see Lazy."""

    target = BatchNorm2d


class LazyBatchNorm3d(Lazy):
    """BatchNorm3d that takes its input channels from the input; see Lazy."""

    target = BatchNorm3d


class LazyLinear(Lazy):
    """Linear that takes in_features from the input's last axis; see Lazy."""

    target = Linear
    axis = -1
