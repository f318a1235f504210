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

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer


def alexnet(*, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """AlexNet in one tower, as torchvision has it.

    >>> alexnet().analyze().totals.params
    61100840
    """
    features = Sequential(
        Conv2d(in_channels, 64, 11, 4, 2), ReLU(inplace=True), MaxPool2d(3, 2),
        Conv2d(64, 192, 5, padding=2), ReLU(inplace=True), MaxPool2d(3, 2),
        Conv2d(192, 384, 3, padding=1), ReLU(inplace=True),
        Conv2d(384, 256, 3, padding=1), ReLU(inplace=True),
        Conv2d(256, 256, 3, padding=1), ReLU(inplace=True), MaxPool2d(3, 2),
    )  # fmt: skip
    classifier = Sequential(
        Dropout(), Linear(256 * 6 * 6, 4096), ReLU(inplace=True),
        Dropout(), Linear(4096, 4096), ReLU(inplace=True),
        Linear(4096, classes),
    )  # fmt: skip
    net = Network("alexnet")
    x = net.add(features, net.input(shape=(1, in_channels, 224, 224)), name="features")
    x = net.add(AdaptiveAvgPool2d(6), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(classifier, x, name="classifier")
    return net


def alexnet_paper(*, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """AlexNet as published, its two halves as groups, on the 227 pixels that its sizes need.

    >>> report = alexnet_paper().analyze()
    >>> report.totals.params, report.totals.macs
    (60965224, 724406816)
    """
    layers: list[tuple[str, Layer]] = [
        ("conv1", Conv2d(in_channels, 96, 11, 4)), ("relu1", ReLU(inplace=True)),
        ("norm1", LocalResponseNorm(5, 5e-4, k=2.0)), ("pool1", MaxPool2d(3, 2)),
        ("conv2", Conv2d(96, 256, 5, padding=2, groups=2)), ("relu2", ReLU(inplace=True)),
        ("norm2", LocalResponseNorm(5, 5e-4, k=2.0)), ("pool2", MaxPool2d(3, 2)),
        ("conv3", Conv2d(256, 384, 3, padding=1)), ("relu3", ReLU(inplace=True)),
        ("conv4", Conv2d(384, 384, 3, padding=1, groups=2)), ("relu4", ReLU(inplace=True)),
        ("conv5", Conv2d(384, 256, 3, padding=1, groups=2)), ("relu5", ReLU(inplace=True)),
        ("pool5", MaxPool2d(3, 2)), ("flatten", Flatten()),
        ("fc6", Linear(256 * 6 * 6, 4096)), ("relu6", ReLU(inplace=True)), ("drop6", Dropout()),
        ("fc7", Linear(4096, 4096)), ("relu7", ReLU(inplace=True)), ("drop7", Dropout()),
        ("fc8", Linear(4096, classes)),
    ]  # fmt: skip
    return Sequential(*layers, name="alexnet_paper", shape=(1, in_channels, 227, 227))
