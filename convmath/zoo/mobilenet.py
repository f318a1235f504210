"""MobileNets: Howard et al. (2017); version 2: Sandler et al., "Inverted residuals and linear bottlenecks" (2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU, ReLU6
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.depthwise import DepthwiseConv2d
from ..layers.field import Count, Real
from ..layers.linear import Linear
from ..layers.merge import Add
from ..layers.norm import BatchNorm2d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import conv_norm
from .parameters import CLASSES, IN_CHANNELS, Multiplier, published

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size
    from ..layers.base import Layer
    from ..network.tensor import Tensor

    Block = Callable[[Size, Size, int], Network]
    """From channels, output channels and stride, what stands for a 3×3 convolution."""

BLOCKS_V1 = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1),
)  # fmt: skip
"""The channels and the stride of each block; the paper's table 1 misprints the last stride as 2."""

BLOCKS_V2 = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
"""The expansion, the channels, the number and the first stride of the blocks: the paper's table 2."""


RESOLUTION = Count("height and width of the input")
WIDTH_V1 = Multiplier("what multiplies all channels, the paper's α", least=1 / 32, most=1000)
WIDTH_V2 = Real("what multiplies all channels", least=1 / 32, most=1000)


@published(width=WIDTH_V1, resolution=RESOLUTION, classes=CLASSES, in_channels=IN_CHANNELS)
def mobilenet_v1(
    *, width: Size | float = 1.0, resolution: Size = 224, classes: Size = 1000, in_channels: Size = 3
) -> Network:
    """MobileNet, every convolution parted into a depthwise and a pointwise one; `width` is the paper's α.

    A fraction of a channel is dropped; a `width` that is an integer or a symbol multiplies exactly.

    >>> report = mobilenet_v1().analyze()
    >>> report.totals.params, report.totals.macs
    (4231976, 568740352)
    """
    return _mobilenet_v1("mobilenet_v1", (1, in_channels, resolution, resolution), width, classes, _separable)


@published(width=WIDTH_V1, resolution=RESOLUTION, classes=CLASSES, in_channels=IN_CHANNELS)
def mobilenet_v1_full(
    *, width: Size | float = 1.0, resolution: Size = 224, classes: Size = 1000, in_channels: Size = 3
) -> Network:
    """MobileNet with ordinary convolutions, the paper's "Conv MobileNet" for comparison.

    >>> mobilenet_v1_full().analyze().totals.params
    29294088
    """
    return _mobilenet_v1("mobilenet_v1_full", (1, in_channels, resolution, resolution), width, classes, _full)


@published(width=WIDTH_V2, classes=CLASSES, in_channels=IN_CHANNELS)
def mobilenet_v2(*, width: float = 1.0, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """MobileNet v2: inverted residuals; `width` multiplies all channels, rounded to multiples of 8.

    Rounding needs to know the number, so `width` is one here, and never a symbol.

    >>> mobilenet_v2().analyze().totals.params
    3504872
    """
    net = Network("mobilenet_v2")
    x = net.input(shape=(1, in_channels, 224, 224))
    channels = rounded(32 * width)
    x = net.add(
        conv_norm(Conv2d(in_channels, channels, 3, 2, 1, bias=False), ReLU6(inplace=True)), x, name="features.0"
    )
    place = 1
    for expansion, base, count, first_stride in BLOCKS_V2:
        for repeat in range(count):
            out_channels = rounded(base * width)
            stride = 1 if repeat else first_stride
            x = _inverted_residual(net, x, channels, out_channels, expansion, stride, f"features.{place}")
            channels = out_channels
            place += 1
    last = rounded(1280 * max(1.0, width))
    x = net.add(conv_norm(Conv2d(channels, last, 1, bias=False), ReLU6(inplace=True)), x, name=f"features.{place}")
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Sequential(Dropout(0.2), Linear(last, classes)), x, name="classifier")
    return net


def rounded(channels: float) -> int:
    """The nearest multiple of 8, but never more than a tenth below `channels`.

    >>> rounded(24.0), rounded(10.0)
    (24, 16)
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest


def _mobilenet_v1(name: str, shape: tuple[Size, ...], width: Size | float, classes: Size, block: Block) -> Network:
    net = Network(name)
    x = net.input(shape=shape)
    channels = _scaled(32, width)
    first = conv_norm(Conv2d(shape[1], channels, 3, 2, 1, bias=False), ReLU(inplace=True))
    x = net.add(first, x, name="conv0")
    for number, (base, stride) in enumerate(BLOCKS_V1, 1):
        out_channels = _scaled(base, width)
        x = net.add(block(channels, out_channels, stride), x, name=f"block{number}")
        channels = out_channels
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(channels, classes), x, name="fc")
    return net


def _separable(channels: Size, out_channels: Size, stride: int) -> Network:
    depthwise = DepthwiseConv2d(channels, 3, stride=stride, padding=1, bias=False)
    pointwise = Conv2d(channels, out_channels, 1, bias=False)
    return Sequential(
        ("depthwise", Sequential(depthwise, BatchNorm2d(channels), ReLU(inplace=True))),
        ("pointwise", conv_norm(pointwise, ReLU(inplace=True))),
    )


def _full(channels: Size, out_channels: Size, stride: int) -> Network:
    return conv_norm(Conv2d(channels, out_channels, 3, stride, 1, bias=False), ReLU(inplace=True))


def _scaled(channels: int, width: Size | float) -> Size:
    return int(channels * width) if isinstance(width, float) else channels * width


def _inverted_residual(
    net: Network, x: Tensor, channels: int, out_channels: int, expansion: int, stride: int, name: str
) -> Tensor:
    middle = channels * expansion
    steps: list[Network | Layer] = []
    if expansion > 1:
        steps.append(conv_norm(Conv2d(channels, middle, 1, bias=False), ReLU6(inplace=True)))
    steps.append(conv_norm(Conv2d(middle, middle, 3, stride, 1, groups=middle, bias=False), ReLU6(inplace=True)))
    steps += [Conv2d(middle, out_channels, 1, bias=False), BatchNorm2d(out_channels)]
    y = net.add(Sequential(*steps), x, name=f"{name}.conv")
    return net.add(Add(), x, y, name=f"{name}.add") if stride == 1 and channels == out_channels else y
