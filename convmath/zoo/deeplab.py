"""DeepLab v3: Chen et al., "Rethinking atrous convolution for semantic image segmentation" (2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import ceil_div
from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.merge import Concat
from ..layers.norm import BatchNorm2d
from ..layers.reshape import Dropout
from ..layers.upsample import Upsample
from ..network.network import Network, Sequential
from .blocks import conv_norm
from .fcn import fcn_head
from .parameters import AUX, CLASSES, IN_CHANNELS, SIZE, WIDTH, published
from .resnet import trunk

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

RATES = (12, 24, 36)
"""The dilations of the atrous spatial pyramid."""


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS, aux=AUX)
def deeplabv3_resnet50(
    *, size: Size = 520, width: Size = 64, classes: Size = 21, in_channels: Size = 3, aux: bool = True
) -> Network:
    """DeepLab v3 on a dilated ResNet-50, as in torchvision; `aux` adds the head that training uses on stage 3.

    Its pyramid repeats one number over a whole map, so the network is built for inputs of `size` pixels, one
    number or (height, width); analysing another input raises ShapeError.

    >>> report = deeplabv3_resnet50().analyze()
    >>> report.totals.params, round(report.totals.macs / 1e9, 3)
    (42004074, 178.722)
    """
    net = Network("deeplabv3_resnet50")
    x = net.input(shape=(1, in_channels, *size))
    stages = trunk(net, x, (3, 4, 6, 3), width, in_channels, dilate=(False, True, True), prefix="backbone.")
    enlarged = Upsample(size=size, mode="bilinear", align_corners=False)
    if aux:
        x, channels = stages[2]
        x = net.add(fcn_head(channels, classes), x, name="aux_classifier")
        net.add(enlarged, x, name="aux_classifier.upsample")
    x = _pyramid(net, *stages[3], tuple(ceil_div(side, 8) for side in size))
    head = (Conv2d(256, 256, 3, padding=1, bias=False), BatchNorm2d(256), ReLU(), Conv2d(256, classes, 1))
    for place, layer in enumerate(head, 1):
        x = net.add(layer, x, name=f"classifier.{place}")
    net.add(enlarged, x, name="classifier.upsample")
    net.made_for = size
    return net


def _pyramid(net: Network, x: Tensor, channels: Size, size: tuple[Size, ...]) -> Tensor:
    """Atrous spatial pyramid pooling: several dilations and a global mean side by side."""
    views = [conv_norm(Conv2d(channels, 256, 1, bias=False), ReLU())]
    views += [conv_norm(Conv2d(channels, 256, 3, 1, rate, rate, bias=False), ReLU()) for rate in RATES]
    mean = Conv2d(channels, 256, 1, bias=False)
    views.append(
        Sequential(
            AdaptiveAvgPool2d(1), mean, BatchNorm2d(256), ReLU(),
            ("upsample", Upsample(size=size, mode="bilinear", align_corners=False)),
        )
    )  # fmt: skip
    ends = [net.add(view, x, name=f"classifier.0.convs.{place}") for place, view in enumerate(views)]
    x = net.add(Concat(), *ends, name="classifier.0.concat")
    project = Sequential(Conv2d(256 * len(ends), 256, 1, bias=False), BatchNorm2d(256), ReLU(), Dropout(0.5))
    return net.add(project, x, name="classifier.0.project")
