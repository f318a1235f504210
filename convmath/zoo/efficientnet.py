"""EfficientNet: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks" (2019)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import Sigmoid, SiLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.merge import Add, Multiply
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import conv_norm, in_proportion
from .parameters import CLASSES, IN_CHANNELS, published, width_field

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

STAGES = (
    (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)  # fmt: skip
"""The expansion, the kernel, the first stride, the channels and the number of blocks: the paper's table 1."""


@published(width=width_field(least=8, step=8), classes=CLASSES, in_channels=IN_CHANNELS)
def efficientnet_b0(*, width: Size = 32, classes: Size = 1000, in_channels: Size = 3) -> Network:
    """EfficientNet-B0: inverted residuals with squeeze-and-excitation; the rest of the family scales it.

    >>> report = efficientnet_b0().analyze()
    >>> report.totals.params, report.totals.macs
    (5288548, 385814752)
    """
    net = Network("efficientnet_b0")
    x = net.input(shape=(1, in_channels, 224, 224))
    x = net.add(conv_norm(Conv2d(in_channels, width, 3, 2, 1, bias=False), SiLU(inplace=True)), x, name="features.0")
    channels = width
    for stage, (expansion, kernel, first_stride, base, count) in enumerate(STAGES, 1):
        out_channels = in_proportion(width, base, 32)
        for place in range(count):
            block = f"features.{stage}.{place}"
            stride = 1 if place else first_stride
            y = _inverted_residual(net, x, (channels, out_channels), expansion, kernel, stride, block)
            x = net.add(Add(), y, x, name=f"{block}.add") if place else y
            channels = out_channels
    x = net.add(conv_norm(Conv2d(channels, width * 40, 1, bias=False), SiLU(inplace=True)), x, name="features.8")
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Sequential(Dropout(0.2), Linear(width * 40, classes)), x, name="classifier")
    return net


def _inverted_residual(
    net: Network, x: Tensor, channels: tuple[Size, Size], expansion: int, kernel: int, stride: int, name: str
) -> Tensor:
    before, after = channels
    middle = before * expansion
    steps = [
        conv_norm(Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False), SiLU(inplace=True))
    ]
    if expansion > 1:
        steps.insert(0, conv_norm(Conv2d(before, middle, 1, bias=False), SiLU(inplace=True)))
    y = net.add(Sequential(*steps), x, name=f"{name}.block")
    y = _squeeze_excite(net, y, middle, before // 4, f"{name}.block.{len(steps)}")
    project = conv_norm(Conv2d(middle, after, 1, bias=False))
    return net.add(project, y, name=f"{name}.block.{len(steps) + 1}")


def _squeeze_excite(net: Network, x: Tensor, channels: Size, squeezed: Size, name: str) -> Tensor:
    gate = Sequential(
        ("avgpool", AdaptiveAvgPool2d(1)), ("fc1", Conv2d(channels, squeezed, 1)), ("activation", SiLU(inplace=True)),
        ("fc2", Conv2d(squeezed, channels, 1)), ("scale_activation", Sigmoid()),
    )  # fmt: skip
    return net.add(Multiply(), x, net.add(gate, x, name=name), name=f"{name}.multiply")
