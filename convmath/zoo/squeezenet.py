"""SqueezeNet: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50× fewer parameters …" (2016).

Names and sizes as in torchvision; version 1.1 is the authors' later release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.merge import Concat
from ..layers.pool import MaxPool2d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import in_proportion
from .parameters import CLASSES, IN_CHANNELS, published, width_field

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

POOL = 0
"""Among the fire modules, a pooling."""

FIRES_1_0 = (POOL, 16, 16, 32, POOL, 32, 48, 48, 64, POOL, 64)
FIRES_1_1 = (POOL, 16, 16, POOL, 32, 32, POOL, 48, 48, 64, 64)
"""The squeezed channels of each fire module; it expands them fourfold by 1×1 and by 3×3 kernels."""


@published(width=width_field(least=6), classes=CLASSES, in_channels=IN_CHANNELS)
def squeezenet1_0(*, width: Size = 96, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """SqueezeNet 1.0, as published.

    >>> squeezenet1_0().analyze().totals.params
    1248424
    """
    return _squeezenet("squeezenet1_0", Conv2d(in_channels, width, 7, 2), FIRES_1_0, 96, classes)


@published(width=width_field(least=4), classes=CLASSES, in_channels=IN_CHANNELS)
def squeezenet1_1(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """SqueezeNet 1.1, which pools earlier and takes 2.4 times less arithmetic.

    >>> squeezenet1_1().analyze().totals.macs
    349151936
    """
    return _squeezenet("squeezenet1_1", Conv2d(in_channels, width, 3, 2), FIRES_1_1, 64, classes)


def _squeezenet(name: str, stem: Conv2d, fires: tuple[int, ...], base: int, classes: Size) -> Network:
    net = Network(name)
    channels = width = stem.out_channels
    x = net.input(shape=(1, stem.in_channels, 224, 224))
    x = net.add(Sequential(stem, ReLU(inplace=True)), x, name="features")
    for place, standard in enumerate(fires, 2):
        if standard == POOL:
            x = net.add(MaxPool2d(3, 2, ceil_mode=True), x, name=f"features.{place}")
        else:
            squeezed = in_proportion(width, standard, base)
            x = _fire(net, x, channels, squeezed, f"features.{place}")
            channels = 8 * squeezed
    head = Sequential(Dropout(), Conv2d(channels, classes, 1), ReLU(inplace=True), AdaptiveAvgPool2d(1))
    x = net.add(head, x, name="classifier")
    net.add(Flatten(), x, name="flatten")
    return net


def _fire(net: Network, x: Tensor, channels: Size, squeezed: Size, name: str) -> Tensor:
    x = net.add(Conv2d(channels, squeezed, 1), x, name=f"{name}.squeeze")
    x = net.add(ReLU(inplace=True), x, name=f"{name}.squeeze_activation")
    expanded = []
    for label, kernel in (("expand1x1", 1), ("expand3x3", 3)):
        y = net.add(Conv2d(squeezed, 4 * squeezed, kernel, padding=kernel // 2), x, name=f"{name}.{label}")
        expanded.append(net.add(ReLU(inplace=True), y, name=f"{name}.{label}_activation"))
    return net.add(Concat(), *expanded, name=f"{name}.concat")
