"""Networks for video: C3D (Tran et al., 2015), R3D and R(2+1)D (Tran et al., "A closer look …", 2018).

R3D and R(2+1)D with names and sizes as in torchvision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool3d
from ..layers.conv import Conv3d
from ..layers.linear import Linear
from ..layers.merge import Add
from ..layers.norm import BatchNorm3d
from ..layers.pool import MaxPool3d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import in_proportion
from .parameters import CLASSES, IN_CHANNELS, WIDTH, published, width_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size
    from ..layers.base import Layer
    from ..network.tensor import Tensor

    Conv = Callable[[Size, Size, Size, int], Layer | Network]
    """From channels, output channels, middle channels and stride, a 3×3×3 convolution or what stands for it."""

C3D_BLOCKS = (("1", 1), ("2", 2), ("3a", 4), ("3b", 4), ("4a", 8), ("4b", 8), ("5a", 8), ("5b", 8))
"""The convolutions of C3D and their channels, in multiples of the first one's."""


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def c3d(*, width: Size = 64, classes: Size = 101, in_channels: Size = 3) -> Network:
    """C3D: eight convolutions over space and time, for UCF-101's classes.

    >>> c3d().analyze().totals.params
    78409573
    """
    net = Network("c3d")
    x = net.input(shape=(1, in_channels, 16, 112, 112))
    channels = in_channels
    for label, factor in C3D_BLOCKS:
        x = net.add(Conv3d(channels, width * factor, 3, padding=1), x, name=f"conv{label}")
        x = net.add(ReLU(inplace=True), x, name=f"relu{label}")
        channels = width * factor
        if not label.endswith("a"):
            step = (1, 2, 2) if label == "1" else (2, 2, 2)
            pool = MaxPool3d(step, step, (0, 1, 1) if label == "5b" else 0)
            x = net.add(pool, x, name=f"pool{label[0]}")
    x = net.add(Flatten(), x, name="flatten")
    for number, inputs in ((6, channels * 4 * 4), (7, 4096)):
        x = net.add(Linear(inputs, 4096), x, name=f"fc{number}")
        x = net.add(ReLU(inplace=True), x, name=f"relu{number}")
        x = net.add(Dropout(), x, name=f"dropout{number}")
    net.add(Linear(4096, classes), x, name="fc8")
    return net


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def r3d_18(*, width: Size = 64, classes: Size = 400, in_channels: Size = 3) -> Network:
    """R3D-18: ResNet-18 with 3×3×3 convolutions.

    >>> r3d_18().analyze().totals.params
    33371472
    """
    stem = Sequential(
        Conv3d(in_channels, width, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False), BatchNorm3d(width), ReLU(inplace=True)
    )
    return _video_resnet("r3d_18", stem, _conv_3d, width, classes, in_channels)


@published(width=width_field(least=2), classes=CLASSES, in_channels=IN_CHANNELS)
def r2plus1d_18(*, width: Size = 64, classes: Size = 400, in_channels: Size = 3) -> Network:
    """R(2+1)D-18: ResNet-18 with every 3×3×3 convolution parted into space and time at equal parameters.

    >>> r2plus1d_18().analyze().totals.params
    31505325
    """
    middle = in_proportion(width, 45, 64)
    stem = Sequential(
        Conv3d(in_channels, middle, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
        BatchNorm3d(middle), ReLU(inplace=True),
        Conv3d(middle, width, (3, 1, 1), 1, (1, 0, 0), bias=False), BatchNorm3d(width), ReLU(inplace=True),
    )  # fmt: skip
    return _video_resnet("r2plus1d_18", stem, _conv_2plus1d, width, classes, in_channels)


def middle_channels(channels: Size, out_channels: Size) -> Size:
    """How many channels lie between space and time so that a (2+1)-D convolution has a 3-D one's parameters.

    >>> middle_channels(64, 64), middle_channels(64, 128)
    (144, 230)
    """
    return channels * out_channels * 27 // (channels * 9 + 3 * out_channels)


def _video_resnet(name: str, stem: Network, conv: Conv, width: Size, classes: Size, in_channels: Size) -> Network:
    net = Network(name)
    x = net.add(stem, net.input(shape=(1, in_channels, 16, 112, 112)), name="stem")
    channels = width
    for stage in range(4):
        for place in range(2):
            x = _block(net, x, conv, (channels, width * 2**stage), 2 if stage and not place else 1, stage, place)
            channels = width * 2**stage
    x = net.add(AdaptiveAvgPool3d(1), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(channels, classes), x, name="fc")
    return net


def _block(
    net: Network, x: Tensor, conv: Conv, channels: tuple[Size, Size], stride: int, stage: int, place: int
) -> Tensor:
    before, after = channels
    middle, name = middle_channels(before, after), f"layer{stage + 1}.{place}"
    first = Sequential(conv(before, after, middle, stride), BatchNorm3d(after), ReLU(inplace=True))
    y = net.add(first, x, name=f"{name}.conv1")
    y = net.add(Sequential(conv(after, after, middle, 1), BatchNorm3d(after)), y, name=f"{name}.conv2")
    if stride > 1:
        shortcut = Sequential(Conv3d(before, after, 1, stride, bias=False), BatchNorm3d(after))
        x = net.add(shortcut, x, name=f"{name}.downsample")
    y = net.add(Add(), y, x, name=f"{name}.add")
    return net.add(ReLU(inplace=True), y, name=f"{name}.relu")


def _conv_3d(channels: Size, out_channels: Size, middle: Size, stride: int) -> Conv3d:
    return Conv3d(channels, out_channels, 3, stride, 1, bias=False)


def _conv_2plus1d(channels: Size, out_channels: Size, middle: Size, stride: int) -> Network:
    return Sequential(
        Conv3d(channels, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
        BatchNorm3d(middle), ReLU(inplace=True),
        Conv3d(middle, out_channels, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
    )  # fmt: skip
