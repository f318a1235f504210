"""What several networks are made of."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from ..layers.norm import BatchNorm2d
from ..network.network import Sequential

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer
    from ..layers.conv import Conv2d
    from ..network.network import Network


def conv_norm(conv: Conv2d, *activation: Layer) -> Network:
    """A convolution, the normalisation of what it makes, and perhaps an activation.

    >>> from convmath.layers.conv import Conv2d
    >>> conv_norm(Conv2d(3, 8, 3, bias=False)).analyze((1, 3, 16, 16)).totals.params  # 3·8·9 + 2·8
    232
    """
    return Sequential(conv, BatchNorm2d(conv.out_channels), *activation)


def in_proportion(width: Size, channels: int, base: int) -> Size:
    """The channels of a layer that has `channels` in the published network, whose width is `base`; rounded down.

    >>> in_proportion(32, 192, 64), in_proportion(16, 80, 32)
    (96, 40)
    """
    common = gcd(channels, base)
    scaled = width * (channels // common)
    return scaled if base == common else scaled // (base // common)
