"""AlexNet: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (2012).

`alexnet` is torchvision's, the single tower of Krizhevsky, "One weird trick …" (2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.norm import LocalResponseNorm
from ..layers.pool import MaxPool2d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import in_proportion
from .parameters import CLASSES, IN_CHANNELS, WIDTH, published, width_field

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def alexnet(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """AlexNet in one tower, as torchvision has it; the fully connected layers keep their 4,096 whatever the width.

    >>> alexnet().analyze().totals.params
    61100840
    """
    features = Sequential(
        Conv2d(in_channels, width, 11, 4, 2), ReLU(inplace=True), MaxPool2d(3, 2),
        Conv2d(width, width * 3, 5, padding=2), ReLU(inplace=True), MaxPool2d(3, 2),
        Conv2d(width * 3, width * 6, 3, padding=1), ReLU(inplace=True),
        Conv2d(width * 6, width * 4, 3, padding=1), ReLU(inplace=True),
        Conv2d(width * 4, width * 4, 3, padding=1), ReLU(inplace=True), MaxPool2d(3, 2),
    )  # fmt: skip
    classifier = Sequential(
        Dropout(), Linear(width * 4 * 6 * 6, 4096), ReLU(inplace=True),
        Dropout(), Linear(4096, 4096), ReLU(inplace=True),
        Linear(4096, classes),
    )  # fmt: skip
    net = Network("alexnet")
    x = net.add(features, net.input(shape=(1, in_channels, 224, 224)), name="features")
    x = net.add(AdaptiveAvgPool2d(6), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(classifier, x, name="classifier")
    return net


@published(width=width_field(step=2, least=2), classes=CLASSES, in_channels=IN_CHANNELS)
def alexnet_paper(*, width: Size = 96, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """AlexNet as published, its two halves as groups, on the 227 pixels that its sizes need.

    >>> report = alexnet_paper().analyze()
    >>> report.totals.params, report.totals.macs
    (60965224, 724406816)
    """
    second, third = 2 * in_proportion(width, 128, 96), width * 4
    layers: list[tuple[str, Layer]] = [
        ("conv1", Conv2d(in_channels, width, 11, 4)), ("relu1", ReLU(inplace=True)),
        ("norm1", LocalResponseNorm(5, 5e-4, k=2.0)), ("pool1", MaxPool2d(3, 2)),
        ("conv2", Conv2d(width, second, 5, padding=2, groups=2)), ("relu2", ReLU(inplace=True)),
        ("norm2", LocalResponseNorm(5, 5e-4, k=2.0)), ("pool2", MaxPool2d(3, 2)),
        ("conv3", Conv2d(second, third, 3, padding=1)), ("relu3", ReLU(inplace=True)),
        ("conv4", Conv2d(third, third, 3, padding=1, groups=2)), ("relu4", ReLU(inplace=True)),
        ("conv5", Conv2d(third, second, 3, padding=1, groups=2)), ("relu5", ReLU(inplace=True)),
        ("pool5", MaxPool2d(3, 2)), ("flatten", Flatten()),
        ("fc6", Linear(second * 6 * 6, 4096)), ("relu6", ReLU(inplace=True)), ("drop6", Dropout()),
        ("fc7", Linear(4096, 4096)), ("relu7", ReLU(inplace=True)), ("drop7", Dropout()),
        ("fc8", Linear(4096, classes)),
    ]  # fmt: skip
    return Sequential(*layers, name="alexnet_paper", shape=(1, in_channels, 227, 227))
