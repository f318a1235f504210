"""The same convolution over one, two or three spatial axes, for types that are written once for all ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .conv import Conv, Conv1d, Conv2d, Conv3d

if TYPE_CHECKING:
    from .base import Layer

CONV: dict[int | None, type[Conv]] = {1: Conv1d, 2: Conv2d, 3: Conv3d}
"""The convolution over so many spatial axes."""


def conv_like(layer: Layer, **fixed: Any) -> Conv:
    """The convolution with a layer's own hyper-parameters, but for those fixed here.

    >>> from convmath.layers.dilated import DilatedConv2d
    >>> conv_like(DilatedConv2d(3, 8, 5, dilation=2), groups=1)
    Conv2d(3, 8, 5, dilation=2)
    """
    cls = CONV[layer.rank]
    own = {name: layer.__dict__[name] for name in cls.fields if name in layer.__dict__}
    return cls(**own | fixed)
