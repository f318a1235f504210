"""DCGAN: Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional … networks" (2016).

Names and sizes as in PyTorch's example of it, for images of 64×64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import LeakyReLU, ReLU, Sigmoid, Tanh
from ..layers.conv import Conv2d
from ..layers.field import Count
from ..layers.norm import BatchNorm2d
from ..layers.transposed import ConvTranspose2d
from ..network.network import Network, Sequential
from .parameters import IN_CHANNELS, Limited, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer


LAST = "channels of the largest maps; the others are in proportion"


@published(latent=Count("numbers of noise"), width=Limited(LAST, 10**6), out_channels=Count("channels of the image"))
def dcgan_generator(*, latent: Size = 100, width: Size = 64, out_channels: Size = 3) -> Network:
    """The DCGAN generator: noise of one pixel grows to an image of 64×64.

    >>> dcgan_generator().analyze().totals.params
    3576704
    """
    layers: list[Layer] = []
    channels = latent
    for factor, stride, padding in ((8, 1, 0), (4, 2, 1), (2, 2, 1), (1, 2, 1)):
        layers += [
            ConvTranspose2d(channels, width * factor, 4, stride, padding, bias=False),
            BatchNorm2d(width * factor),
            ReLU(inplace=True),
        ]
        channels = width * factor
    layers += [ConvTranspose2d(channels, out_channels, 4, 2, 1, bias=False), Tanh()]
    return _main("dcgan_generator", layers, (1, latent, 1, 1))


@published(width=Limited(LAST, 10**6), in_channels=IN_CHANNELS)
def dcgan_discriminator(*, width: Size = 64, in_channels: Size = 3) -> Network:
    """The DCGAN discriminator: an image of 64×64 shrinks to one number.

    >>> dcgan_discriminator().analyze().totals.params
    2765568
    """
    layers: list[Layer] = [Conv2d(in_channels, width, 4, 2, 1, bias=False), LeakyReLU(0.2, inplace=True)]
    for factor in (2, 4, 8):
        layers += [
            Conv2d(width * (factor // 2), width * factor, 4, 2, 1, bias=False),
            BatchNorm2d(width * factor),
            LeakyReLU(0.2, inplace=True),
        ]
    layers += [Conv2d(width * 8, 1, 4, bias=False), Sigmoid()]
    return _main("dcgan_discriminator", layers, (1, in_channels, 64, 64))


def _main(name: str, layers: list[Layer], shape: tuple[Size, ...]) -> Network:
    net = Network(name)
    net.add(Sequential(*layers), net.input(shape=shape), name="main")
    return net
