"""U-Net: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation" (2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU
from ..layers.conv import Conv2d
from ..layers.merge import Concat
from ..layers.pool import MaxPool2d
from ..layers.transposed import ConvTranspose2d
from ..network.network import Network, Sequential
from .crop import crop_to
from .parameters import CLASSES, IN_CHANNELS, SIZE, WIDTH, published

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size
    from ..network.tensor import Tensor

    Fit = Callable[[Network, Tensor, Tensor, str], Tensor]
    """From a network, what is skipped, the map it shall fit and a name, what fits."""

DEPTH = 4
"""Poolings on the way down, and transposed convolutions on the way up."""


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def unet(*, size: Size = 572, width: Size = 64, classes: Size = 2, in_channels: Size = 1) -> Network:
    """U-Net without padding, as published: what it skips is cropped, and `size` pixels give size − 184.

    All poolings come out even if size, one number or (height, width), is 188 + 16n; other sizes need other crops.

    >>> report = unet().analyze()
    >>> str(report.rows[-1].outputs[0]), report.totals.params
    ('1x2x388x388', 31030658)
    """
    net = _unet("unet", (1, in_channels, *size), width, classes, 0, crop_to)
    net.made_for = size
    return net


@published(size=SIZE, width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS)
def unet_padded(*, size: Size = 512, width: Size = 64, classes: Size = 2, in_channels: Size = 1) -> Network:
    """U-Net with padded convolutions, whose output is as large as its input, a multiple of 16.

    >>> str(unet_padded().analyze().rows[-1].outputs[0])
    '1x2x512x512'
    """
    return _unet("unet_padded", (1, in_channels, *size), width, classes, 1, _whole)


def _unet(name: str, shape: tuple[Size, ...], width: Size, classes: Size, padding: int, fit: Fit) -> Network:
    net = Network(name)
    x = net.input(shape=shape)
    x = net.add(_double_conv(shape[1], width, padding), x, name="down0")
    skipped = []
    for level in range(1, DEPTH + 1):
        skipped.append(x)
        x = net.add(MaxPool2d(2), x, name=f"down{level}.pool")
        channels = width * 2**level
        x = net.add(_double_conv(width * 2 ** (level - 1), channels, padding), x, name=f"down{level}")
    for level in reversed(range(DEPTH)):
        channels = width * 2**level
        x = net.add(ConvTranspose2d(2 * channels, channels, 2, 2), x, name=f"up{level}.upconv")
        skip = fit(net, skipped[level], x, f"up{level}.crop")
        x = net.add(Concat(), skip, x, name=f"up{level}.concat")
        x = net.add(_double_conv(2 * channels, channels, padding), x, name=f"up{level}")
    net.add(Conv2d(width, classes, 1), x, name="out")
    return net


def _whole(net: Network, skip: Tensor, like: Tensor, name: str) -> Tensor:
    return skip


def _double_conv(channels: Size, out_channels: Size, padding: int) -> Network:
    return Sequential(
        ("conv1", Conv2d(channels, out_channels, 3, padding=padding)), ("relu1", ReLU(inplace=True)),
        ("conv2", Conv2d(out_channels, out_channels, 3, padding=padding)), ("relu2", ReLU(inplace=True)),
    )  # fmt: skip
