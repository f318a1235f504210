"""VGG: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2015).

Configurations A, B, C, D and E of the paper's table 1; names as in torchvision, which has all but C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.pool import MaxPool2d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .parameters import CLASSES, IN_CHANNELS, WIDTH, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer

Kernels = tuple[tuple[int, ...], ...]
"""The kernel sizes of the convolutions, block by block."""

WIDTHS = (1, 2, 4, 8, 8)
"""The channels of each block, in multiples of the first block's."""


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def vgg11(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """VGG-11, the paper's configuration A.

    >>> vgg11().analyze().totals.params
    132863336
    """
    return _vgg("vgg11", _threes(1, 1, 2, 2, 2), width, classes, in_channels)


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def vgg13(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """VGG-13, the paper's configuration B.

    >>> vgg13().analyze().totals.params
    133047848
    """
    return _vgg("vgg13", _threes(2, 2, 2, 2, 2), width, classes, in_channels)


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def vgg16(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """VGG-16, the paper's configuration D.

    >>> report = vgg16().analyze()
    >>> report.totals.params, report.totals.macs
    (138357544, 15470264320)
    """
    return _vgg("vgg16", _threes(2, 2, 3, 3, 3), width, classes, in_channels)


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def vgg16_1x1(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """VGG-16 whose third convolutions are 1×1, the paper's configuration C.

    >>> vgg16_1x1().analyze().totals.params
    133638952
    """
    return _vgg("vgg16_1x1", ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)), width, classes, in_channels)


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def vgg19(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """VGG-19, the paper's configuration E.

    >>> vgg19().analyze().totals.params
    143667240
    """
    return _vgg("vgg19", _threes(2, 2, 4, 4, 4), width, classes, in_channels)


def _threes(*counts: int) -> Kernels:
    return tuple((3,) * count for count in counts)


def _vgg(name: str, kernels: Kernels, width: Size, classes: Size, in_channels: Size) -> Network:
    layers: list[Layer] = []
    channels = in_channels
    for block, factor in zip(kernels, WIDTHS, strict=True):
        for kernel in block:
            layers += [Conv2d(channels, width * factor, kernel, padding=kernel // 2), ReLU(inplace=True)]
            channels = width * factor
        layers.append(MaxPool2d(2, 2))
    classifier = Sequential(
        Linear(channels * 7 * 7, 4096), ReLU(inplace=True), Dropout(),
        Linear(4096, 4096), ReLU(inplace=True), Dropout(),
        Linear(4096, classes),
    )  # fmt: skip
    net = Network(name)
    x = net.add(Sequential(*layers), net.input(shape=(1, in_channels, 224, 224)), name="features")
    x = net.add(AdaptiveAvgPool2d(7), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(classifier, x, name="classifier")
    return net
