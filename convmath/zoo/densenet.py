"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks" (2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.merge import Concat
from ..layers.norm import BatchNorm2d
from ..layers.pool import AvgPool2d, MaxPool2d
from ..layers.reshape import Flatten
from ..network.network import Network, Sequential
from .parameters import CLASSES, IN_CHANNELS, Limited, published

if TYPE_CHECKING:
    from ..core.size import Size


GROWTH = Limited("channels that each layer adds, the paper's k", 10**6)
STEM = Limited("channels of the first convolution, 2k in the paper", 10**6)


@published(growth=GROWTH, width=STEM, classes=CLASSES, in_channels=IN_CHANNELS)
def densenet121(*, growth: Size = 32, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """DenseNet-121: blocks of 6, 12, 24 and 16 layers.

    >>> report = densenet121().analyze()
    >>> report.totals.params, report.totals.macs
    (7978856, 2834161664)
    """
    return _densenet("densenet121", (6, 12, 24, 16), growth, width, classes, in_channels)


@published(growth=GROWTH, width=STEM, classes=CLASSES, in_channels=IN_CHANNELS)
def densenet169(*, growth: Size = 32, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """DenseNet-169: blocks of 6, 12, 32 and 32 layers.

    >>> densenet169().analyze().totals.params
    14149480
    """
    return _densenet("densenet169", (6, 12, 32, 32), growth, width, classes, in_channels)


@published(growth=GROWTH, width=STEM, classes=CLASSES, in_channels=IN_CHANNELS)
def densenet201(*, growth: Size = 32, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """DenseNet-201: blocks of 6, 12, 48 and 32 layers.

    >>> densenet201().analyze().totals.params
    20013928
    """
    return _densenet("densenet201", (6, 12, 48, 32), growth, width, classes, in_channels)


def _densenet(
    name: str, blocks: tuple[int, ...], growth: Size, width: Size, classes: Size, in_channels: Size
) -> Network:
    net = Network(name)
    x = net.input(shape=(1, in_channels, 224, 224))
    channels = width
    stem = Sequential(
        ("conv0", Conv2d(in_channels, channels, 7, 2, 3, bias=False)), ("norm0", BatchNorm2d(channels)),
        ("relu0", ReLU(inplace=True)), ("pool0", MaxPool2d(3, 2, 1)),
    )  # fmt: skip
    x = net.add(stem, x, name="features")
    for number, count in enumerate(blocks, 1):
        if number > 1:
            x = net.add(_transition(channels), x, name=f"features.transition{number - 1}")
            channels = channels // 2
        for place in range(1, count + 1):
            layer = f"features.denseblock{number}.denselayer{place}"
            x = net.add(Concat(), x, net.add(_dense_layer(channels, growth), x, name=layer), name=f"{layer}.concat")
            channels = channels + growth
    x = net.add(BatchNorm2d(channels), x, name="features.norm5")
    head = (("relu", ReLU(inplace=True)), ("avgpool", AdaptiveAvgPool2d(1)), ("flatten", Flatten()))
    for label, layer_type in head:
        x = net.add(layer_type, x, name=label)
    net.add(Linear(channels, classes), x, name="classifier")
    return net


def _dense_layer(channels: Size, growth: Size) -> Network:
    return Sequential(
        ("norm1", BatchNorm2d(channels)), ("relu1", ReLU(inplace=True)),
        ("conv1", Conv2d(channels, 4 * growth, 1, bias=False)),
        ("norm2", BatchNorm2d(4 * growth)), ("relu2", ReLU(inplace=True)),
        ("conv2", Conv2d(4 * growth, growth, 3, padding=1, bias=False)),
    )  # fmt: skip


def _transition(channels: Size) -> Network:
    return Sequential(
        ("norm", BatchNorm2d(channels)), ("relu", ReLU(inplace=True)),
        ("conv", Conv2d(channels, channels // 2, 1, bias=False)), ("pool", AvgPool2d(2, 2)),
    )  # fmt: skip
