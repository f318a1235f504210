"""Residual networks: He et al., "Deep residual learning for image recognition" (2016); ResNeXt: Xie et al. (2017).

The default is torchvision's variant (v1.5), whose bottleneck strides in its 3×3 convolution; `stride_in_1x1`
gives the paper's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.field import Flag
from ..layers.linear import Linear
from ..layers.merge import Add
from ..layers.norm import BatchNorm2d
from ..layers.pool import MaxPool2d
from ..layers.reshape import Flatten
from ..network.network import Network
from .parameters import CLASSES, IN_CHANNELS, WIDTH, published, width_field

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor


PLAIN = {"width": WIDTH, "classes": CLASSES, "in_channels": IN_CHANNELS}
BOTTLENECK = PLAIN | {"stride_in_1x1": Flag("whether a bottleneck strides where the paper's does")}


@published(**PLAIN)
def resnet18(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """ResNet-18: two basic blocks a stage.

    >>> resnet18().analyze().totals.params
    11689512
    """
    return _resnet("resnet18", (2, 2, 2, 2), width, classes, in_channels)


@published(**PLAIN)
def resnet34(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """ResNet-34: 3, 4, 6 and 3 basic blocks.

    >>> resnet34().analyze().totals.params
    21797672
    """
    return _resnet("resnet34", (3, 4, 6, 3), width, classes, in_channels)


@published(**BOTTLENECK)
def resnet50(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3, stride_in_1x1: bool = False) -> Network:
    """ResNet-50: 3, 4, 6 and 3 bottleneck blocks.

    >>> resnet50(stride_in_1x1=True).analyze().totals.macs  # the paper's 3.8 billion
    3857973248
    """
    return _resnet("resnet50", (3, 4, 6, 3), width, classes, in_channels, 4, stride_in_1x1)


@published(**BOTTLENECK)
def resnet101(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3, stride_in_1x1: bool = False) -> Network:
    """ResNet-101: 3, 4, 23 and 3 bottleneck blocks.

    >>> resnet101().analyze().totals.params
    44549160
    """
    return _resnet("resnet101", (3, 4, 23, 3), width, classes, in_channels, 4, stride_in_1x1)


@published(**BOTTLENECK)
def resnet152(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3, stride_in_1x1: bool = False) -> Network:
    """ResNet-152: 3, 8, 36 and 3 bottleneck blocks.

    >>> resnet152().analyze().totals.params
    60192808
    """
    return _resnet("resnet152", (3, 8, 36, 3), width, classes, in_channels, 4, stride_in_1x1)


@published(width=width_field(least=16, step=16), classes=CLASSES, in_channels=IN_CHANNELS)
def resnext50_32x4d(*, width: Size = 64, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """ResNeXt-50: bottlenecks of 32 groups of 4 channels.

    >>> resnext50_32x4d().analyze().totals.params
    25028904
    """
    return _resnet("resnext50_32x4d", (3, 4, 6, 3), width, classes, in_channels, 4, False, groups=32, inner=2)


def _resnet(
    name: str,
    blocks: tuple[int, ...],
    width: Size,
    classes: Size,
    in_channels: Size,
    expansion: int = 1,
    stride_in_1x1: bool = False,
    groups: int = 1,
    inner: int = 1,
) -> Network:
    net = Network(name)
    x = net.input(shape=(1, in_channels, 224, 224))
    x, channels = trunk(net, x, blocks, width, in_channels, expansion, stride_in_1x1, groups, inner)[-1]
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(channels, classes), x, name="fc")
    return net


def _stem(net: Network, x: Tensor, in_channels: Size, width: Size, prefix: str) -> Tensor:
    x = _conv_norm(net, x, Conv2d(in_channels, width, 7, 2, 3, bias=False), f"{prefix}conv1", f"{prefix}bn1")
    x = net.add(ReLU(inplace=True), x, name=f"{prefix}relu")
    return net.add(MaxPool2d(3, 2, 1), x, name=f"{prefix}maxpool")


def trunk(
    net: Network,
    x: Tensor,
    blocks: tuple[int, ...],
    width: Size = 64,
    in_channels: Size = 3,
    expansion: int = 4,
    stride_in_1x1: bool = False,
    groups: int = 1,
    inner: int = 1,
    dilate: tuple[bool, bool, bool] = (False, False, False),
    prefix: str = "",
) -> list[tuple[Tensor, Size]]:
    """The stem and the four stages: what each stage makes, and its channels.

    A stage of `dilate` keeps its resolution and dilates instead of striding.
    """
    x = _stem(net, x, in_channels, width, prefix)
    channels, dilation = width, 1
    stages = []
    for stage, count in enumerate(blocks):
        middle = width * 2**stage
        out_channels = middle * expansion
        for place in range(count):
            stride, spread = (2 if stage and not place else 1), dilation
            if stride == 2 and dilate[stage - 1]:
                stride, dilation = 1, dilation * 2
            block = f"{prefix}layer{stage + 1}.{place}"
            if expansion == 1:
                convs = [_conv3(channels, middle, stride), _conv3(middle, out_channels)]
            else:
                first, second = (stride, 1) if stride_in_1x1 else (1, stride)
                convs = [
                    Conv2d(channels, middle * inner, 1, first, bias=False),
                    _conv3(middle * inner, middle * inner, second, spread, groups),
                    Conv2d(middle * inner, out_channels, 1, bias=False),
                ]
            changes = place == 0 and (stage > 0 or expansion > 1)
            shortcut = Conv2d(channels, out_channels, 1, stride, bias=False) if changes else None
            x = _residual(net, x, convs, shortcut, block)
            channels = out_channels
        stages.append((x, channels))
    return stages


def _residual(net: Network, x: Tensor, convs: list[Conv2d], shortcut: Conv2d | None, block: str) -> Tensor:
    y = x
    for number, conv in enumerate(convs, 1):
        y = _conv_norm(net, y, conv, f"{block}.conv{number}", f"{block}.bn{number}")
        if number < len(convs):
            y = net.add(ReLU(inplace=True), y, name=f"{block}.relu{number}")
    if shortcut is not None:
        x = _conv_norm(net, x, shortcut, f"{block}.downsample.0", f"{block}.downsample.1")
    y = net.add(Add(), y, x, name=f"{block}.add")
    return net.add(ReLU(inplace=True), y, name=f"{block}.relu")


def _conv_norm(net: Network, x: Tensor, conv: Conv2d, conv_name: str, norm_name: str) -> Tensor:
    x = net.add(conv, x, name=conv_name)
    return net.add(BatchNorm2d(conv.out_channels), x, name=norm_name)


def _conv3(channels: Size, out_channels: Size, stride: int = 1, dilation: int = 1, groups: int = 1) -> Conv2d:
    return Conv2d(channels, out_channels, 3, stride, dilation, dilation, groups, bias=False)
