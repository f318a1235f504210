"""Fully convolutional networks: Long, Shelhamer and Darrell (2015), in Caffe; and torchvision's on ResNet-50.

The crop offsets are those of the authors' prototxt files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.conv import Conv2d
from ..layers.merge import Add
from ..layers.norm import BatchNorm2d
from ..layers.pool import MaxPool2d
from ..layers.reshape import Dropout, Dropout2d
from ..layers.transposed import ConvTranspose2d
from ..layers.upsample import Upsample
from ..network.network import Network, Sequential
from .crop import crop_to
from .parameters import AUX, CLASSES, IN_CHANNELS, SIZE, WIDTH, published
from .resnet import trunk

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

BLOCKS = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))
"""VGG-16: the convolutions of each block, and its channels in multiples of the first block's."""


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def fcn32s(*, size: Size = 500, width: Size = 64, classes: Size = 21, in_channels: Size = 3) -> Network:
    """FCN-32s on VGG-16: the coarse score is enlarged at once.

    Its crops fit inputs of `size` pixels, one number or (height, width), and no others are accepted.

    >>> str(fcn32s(size=(320, 512)).analyze().rows[-1].outputs[0])
    '1x21x320x512'
    """
    net = Network("fcn32s")
    data, _, score = _vgg(net, size, width, classes, in_channels)
    score = _enlarged(net, score, classes, 32, "upscore")
    crop_to(net, score, data, "score", 19)
    net.made_for = size
    return net


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def fcn16s(*, size: Size = 500, width: Size = 64, classes: Size = 21, in_channels: Size = 3) -> Network:
    """FCN-16s on VGG-16: joined by the score of pool4 on the way; built for one `size` as FCN-32s is.

    >>> fcn16s().analyze().totals.params
    134815994
    """
    net = Network("fcn16s")
    data, pools, score = _vgg(net, size, width, classes, in_channels)
    score = _enlarged(net, score, classes, 2, "upscore2")
    score = _fused(net, score, pools[3], 8 * width, classes, "pool4", 5)
    score = _enlarged(net, score, classes, 16, "upscore16")
    crop_to(net, score, data, "score", 27)
    net.made_for = size
    return net


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def fcn8s(*, size: Size = 500, width: Size = 64, classes: Size = 21, in_channels: Size = 3) -> Network:
    """FCN-8s on VGG-16: joined by the scores of pool4 and of pool3 on the way; built for one `size` as FCN-32s is.

    >>> report = fcn8s().analyze()
    >>> [report[name].outputs[0].spatial[0] for name in ("pool5", "fc7", "upscore2", "upscore_pool4", "upscore8")]
    [22, 16, 34, 70, 568]
    """
    net = Network("fcn8s")
    data, pools, score = _vgg(net, size, width, classes, in_channels)
    score = _enlarged(net, score, classes, 2, "upscore2")
    score = _fused(net, score, pools[3], 8 * width, classes, "pool4", 5)
    score = _enlarged(net, score, classes, 2, "upscore_pool4")
    score = _fused(net, score, pools[2], 4 * width, classes, "pool3", 9)
    score = _enlarged(net, score, classes, 8, "upscore8")
    crop_to(net, score, data, "score", 31)
    net.made_for = size
    return net


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS, aux=AUX)
def fcn_resnet50(*, width: Size = 64, classes: Size = 21, in_channels: Size = 3, aux: bool = True) -> Network:
    """FCN on a dilated ResNet-50, as in torchvision; `aux` adds the head that training uses on stage 3.

    The output is as large as the input if 8 divides its size.

    >>> report = fcn_resnet50().analyze()
    >>> report.totals.params, round(report.totals.macs / 1e9, 3)
    (35322218, 152.717)
    """
    net = Network("fcn_resnet50")
    x = net.input(shape=(1, in_channels, 520, 520))
    stages = trunk(net, x, (3, 4, 6, 3), width, in_channels, dilate=(False, True, True), prefix="backbone.")
    heads = [("aux_classifier", *stages[2]), ("classifier", *stages[3])]
    for name, features, channels in heads if aux else heads[1:]:
        x = net.add(fcn_head(channels, classes), features, name=name)
        net.add(Upsample(scale_factor=8, mode="bilinear", align_corners=False), x, name=f"{name}.upsample")
    return net


def fcn_head(channels: Size, classes: Size) -> Network:
    """torchvision's FCNHead: a 3×3 convolution to a quarter of the channels, and a score for each class.

    >>> fcn_head(1024, 21).analyze((1, 1024, 65, 65)).totals.params
    2365205
    """
    return Sequential(
        Conv2d(channels, channels // 4, 3, padding=1, bias=False), BatchNorm2d(channels // 4), ReLU(),
        Dropout(0.1), Conv2d(channels // 4, classes, 1),
    )  # fmt: skip


def _vgg(
    net: Network, size: tuple[Size, ...], width: Size, classes: Size, in_channels: Size
) -> tuple[Tensor, list[Tensor], Tensor]:
    """The input, the five poolings and the coarse score of VGG-16; its first convolution pads by 100."""
    data = x = net.input(shape=(1, in_channels, *size))
    channels, pools = in_channels, []
    for block, (count, factor) in enumerate(BLOCKS, 1):
        for place in range(1, count + 1):
            conv = Conv2d(channels, width * factor, 3, padding=100 if block == place == 1 else 1)
            x = net.add(conv, x, name=f"conv{block}_{place}")
            x = net.add(ReLU(inplace=True), x, name=f"relu{block}_{place}")
            channels = width * factor
        x = net.add(MaxPool2d(2, 2, ceil_mode=True), x, name=f"pool{block}")
        pools.append(x)
    for number, kernel in ((6, 7), (7, 1)):
        x = net.add(Conv2d(channels, 4096, kernel), x, name=f"fc{number}")
        x = net.add(ReLU(inplace=True), x, name=f"relu{number}")
        x = net.add(Dropout2d(), x, name=f"drop{number}")
        channels = 4096
    return data, pools, net.add(Conv2d(channels, classes, 1), x, name="score_fr")


def _enlarged(net: Network, x: Tensor, classes: Size, factor: int, name: str) -> Tensor:
    return net.add(ConvTranspose2d(classes, classes, 2 * factor, factor, bias=False), x, name=name)


def _fused(net: Network, score: Tensor, pool: Tensor, channels: Size, classes: Size, name: str, offset: int) -> Tensor:
    finer = net.add(Conv2d(channels, classes, 1), pool, name=f"score_{name}")
    finer = crop_to(net, finer, score, f"score_{name}c", offset)
    return net.add(Add(), score, finer, name=f"fuse_{name}")
