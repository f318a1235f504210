"""ShuffleNet v2: Ma, Zhang, Zheng and Sun, "Practical guidelines for efficient CNN architecture design" (2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import exact_div
from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.merge import Chunk, Concat
from ..layers.norm import BatchNorm2d
from ..layers.pool import MaxPool2d
from ..layers.reshape import Flatten
from ..layers.shuffle import ChannelShuffle
from ..network.network import Network, Sequential
from .blocks import conv_norm
from .parameters import CLASSES, IN_CHANNELS, Limited, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

UNITS = (4, 8, 4)
"""The number of units in stages 2, 3 and 4; the first of each strides."""


WIDTH = Limited("channels of stage 2; stages 3 and 4 double them", 10**6, least=2, step=2)


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def shufflenet_v2_x1_0(*, width: Size = 116, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """ShuffleNet v2 at width 1.0, whose stages have 116, 232 and 464 channels.

    `width` is the channels of stage 2; as in the paper, the first and the last convolution keep theirs.

    >>> shufflenet_v2_x1_0().analyze().totals.params
    2278604
    """
    net = Network("shufflenet_v2_x1_0")
    x = net.input(shape=(1, in_channels, 224, 224))
    x = net.add(conv_norm(Conv2d(in_channels, 24, 3, 2, 1, bias=False), ReLU(inplace=True)), x, name="conv1")
    x = net.add(MaxPool2d(3, 2, 1), x, name="maxpool")
    channels: Size = 24
    for stage, count in enumerate(UNITS):
        out_channels = width * 2**stage
        for place in range(count):
            name = f"stage{stage + 2}.{place}"
            x = _unit(net, x, out_channels, name) if place else _down(net, x, channels, out_channels, name)
        channels = out_channels
    x = net.add(conv_norm(Conv2d(channels, 1024, 1, bias=False), ReLU(inplace=True)), x, name="conv5")
    x = net.add(AdaptiveAvgPool2d(1), x, name="mean")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(1024, classes), x, name="fc")
    return net


def _unit(net: Network, x: Tensor, channels: Size, name: str) -> Tensor:
    """Half of the channels pass, the other half is convolved, then they mix."""
    half = exact_div(channels, 2)
    parts = net.add(Chunk(2), x, name=f"{name}.chunk")
    y = net.add(_branch2(half, half, 1), parts[1], name=f"{name}.branch2")
    return _mix(net, parts[0], y, name)


def _down(net: Network, x: Tensor, channels: Size, out_channels: Size, name: str) -> Tensor:
    half = exact_div(out_channels, 2)
    shortcut = Sequential(
        Conv2d(channels, channels, 3, 2, 1, groups=channels, bias=False), BatchNorm2d(channels),
        Conv2d(channels, half, 1, bias=False), BatchNorm2d(half), ReLU(inplace=True),
    )  # fmt: skip
    y = net.add(shortcut, x, name=f"{name}.branch1")
    return _mix(net, y, net.add(_branch2(channels, half, 2), x, name=f"{name}.branch2"), name)


def _branch2(channels: Size, half: Size, stride: int) -> Network:
    return Sequential(
        Conv2d(channels, half, 1, bias=False), BatchNorm2d(half), ReLU(inplace=True),
        Conv2d(half, half, 3, stride, 1, groups=half, bias=False), BatchNorm2d(half),
        Conv2d(half, half, 1, bias=False), BatchNorm2d(half), ReLU(inplace=True),
    )  # fmt: skip


def _mix(net: Network, x: Tensor, y: Tensor, name: str) -> Tensor:
    return net.add(ChannelShuffle(2), net.add(Concat(), x, y, name=f"{name}.concat"), name=f"{name}.shuffle")
