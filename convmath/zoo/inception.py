"""Inception v3: Szegedy et al., "Rethinking the Inception architecture for computer vision" (2016).

Names and sizes as in torchvision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..layers.activation import ReLU
from ..layers.adaptive_pool import AdaptiveAvgPool2d
from ..layers.conv import Conv2d
from ..layers.linear import Linear
from ..layers.merge import Concat
from ..layers.norm import BatchNorm2d
from ..layers.pool import AvgPool2d, MaxPool2d
from ..layers.reshape import Dropout, Flatten
from ..network.network import Network, Sequential
from .blocks import in_proportion
from .parameters import AUX, CLASSES, IN_CHANNELS, WIDTH, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer
    from ..network.tensor import Tensor


class Conv(NamedTuple):
    """A convolution on a branch: its channels at width 32, its kernel, stride, and whether it pads to keep the size."""

    name: str
    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    pads: bool = True

    def after(self, net: Network, x: Tensor, channels: Size, width: Size, name: str) -> tuple[Tensor, Size]:
        """What the convolution, its norm and ReLU make of `x`, and how many channels that has."""
        out_channels = in_proportion(width, self.channels, 32)
        padding = tuple(kernel // 2 for kernel in self.kernel) if self.pads else 0
        unit = Sequential(
            ("conv", Conv2d(channels, out_channels, self.kernel, self.stride, padding, bias=False)),
            ("bn", BatchNorm2d(out_channels, eps=0.001)),
            ("relu", ReLU(inplace=True)),
        )
        return net.add(unit, x, name=name), out_channels


class Pool(NamedTuple):
    """A pooling on a branch."""

    name: str
    layer: Layer

    def after(self, net: Network, x: Tensor, channels: Size, width: Size, name: str) -> tuple[Tensor, Size]:
        """What the pooling makes of `x`, and how many channels that has."""
        return net.add(self.layer, x, name=name), channels


Branch = tuple[Conv | Pool, ...]

STEM = (
    Conv("Conv2d_1a_3x3", 32, (3, 3), 2, pads=False),
    Conv("Conv2d_2a_3x3", 32, (3, 3), pads=False),
    Conv("Conv2d_2b_3x3", 64, (3, 3)),
    Pool("maxpool1", MaxPool2d(3, 2)),
    Conv("Conv2d_3b_1x1", 80),
    Conv("Conv2d_4a_3x3", 192, (3, 3), pads=False),
    Pool("maxpool2", MaxPool2d(3, 2)),
)

AVERAGE = Pool("avgpool", AvgPool2d(3, 1, 1))
SHRINK = Pool("maxpool", MaxPool2d(3, 2))


@published(width=WIDTH, classes=CLASSES, in_channels=IN_CHANNELS, aux=AUX)
def inception_v3(*, width: Size = 32, classes: Size = 1000, in_channels: Size = 3, aux: bool = False) -> Network:
    """Inception v3; `aux` adds the auxiliary classifier that only training uses.

    >>> report = inception_v3().analyze()
    >>> report.totals.params, report.totals.macs
    (23834568, 5713216096)
    >>> inception_v3(aux=True).analyze().totals.params
    27161264
    """
    net = Network("inception_v3")
    x, channels = net.input(shape=(1, in_channels, 299, 299)), in_channels
    for step in STEM:
        x, channels = step.after(net, x, channels, width, step.name)
    for name, branches in MIXED_5_TO_6:
        x, channels = _mixed(net, x, channels, width, name, branches)
    if aux:
        _auxiliary(net, x, channels, width, classes)
    x, channels = _mixed(net, x, channels, width, "Mixed_7a", REDUCTION_D)
    for letter in "bc":
        x, channels = _block_e(net, x, channels, width, f"Mixed_7{letter}")
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Dropout(), x, name="dropout")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(channels, classes), x, name="fc")
    return net


def _block_a(pooled: int) -> tuple[Branch, ...]:
    return (
        (Conv("branch1x1", 64),),
        (Conv("branch5x5_1", 48), Conv("branch5x5_2", 64, (5, 5))),
        (Conv("branch3x3dbl_1", 64), Conv("branch3x3dbl_2", 96, (3, 3)), Conv("branch3x3dbl_3", 96, (3, 3))),
        (AVERAGE, Conv("branch_pool", pooled)),
    )


def _block_c(middle: int) -> tuple[Branch, ...]:
    return (
        (Conv("branch1x1", 192),),
        (Conv("branch7x7_1", middle), Conv("branch7x7_2", middle, (1, 7)), Conv("branch7x7_3", 192, (7, 1))),
        (
            Conv("branch7x7dbl_1", middle),
            Conv("branch7x7dbl_2", middle, (7, 1)),
            Conv("branch7x7dbl_3", middle, (1, 7)),
            Conv("branch7x7dbl_4", middle, (7, 1)),
            Conv("branch7x7dbl_5", 192, (1, 7)),
        ),
        (AVERAGE, Conv("branch_pool", 192)),
    )


REDUCTION_B: tuple[Branch, ...] = (
    (Conv("branch3x3", 384, (3, 3), 2, pads=False),),
    (
        Conv("branch3x3dbl_1", 64),
        Conv("branch3x3dbl_2", 96, (3, 3)),
        Conv("branch3x3dbl_3", 96, (3, 3), 2, pads=False),
    ),
    (SHRINK,),
)

REDUCTION_D: tuple[Branch, ...] = (
    (Conv("branch3x3_1", 192), Conv("branch3x3_2", 320, (3, 3), 2, pads=False)),
    (
        Conv("branch7x7x3_1", 192),
        Conv("branch7x7x3_2", 192, (1, 7)),
        Conv("branch7x7x3_3", 192, (7, 1)),
        Conv("branch7x7x3_4", 192, (3, 3), 2, pads=False),
    ),
    (SHRINK,),
)

MIXED_5_TO_6 = (
    *((f"Mixed_5{letter}", _block_a(pooled)) for letter, pooled in (("b", 32), ("c", 64), ("d", 64))),
    ("Mixed_6a", REDUCTION_B),
    *((f"Mixed_6{letter}", _block_c(middle)) for letter, middle in (("b", 128), ("c", 160), ("d", 160), ("e", 192))),
)


def _mixed(
    net: Network, x: Tensor, channels: Size, width: Size, name: str, branches: tuple[Branch, ...]
) -> tuple[Tensor, Size]:
    """The branches side by side."""
    ends = [_along(net, x, channels, width, name, branch) for branch in branches]
    return net.add(Concat(), *(y for y, _ in ends), name=f"{name}.concat"), sum(made for _, made in ends)


def _along(net: Network, x: Tensor, channels: Size, width: Size, block: str, branch: Branch) -> tuple[Tensor, Size]:
    for step in branch:
        x, channels = step.after(net, x, channels, width, f"{block}.{step.name}")
    return x, channels


def _block_e(net: Network, x: Tensor, channels: Size, width: Size, name: str) -> tuple[Tensor, Size]:
    """Two of the branches fork at their end into 1×3 and 3×1."""
    one = _along(net, x, channels, width, name, (Conv("branch1x1", 320),))
    two = _along(net, x, channels, width, name, (Conv("branch3x3_1", 384),))
    twos = _forked(net, *two, width, name, "branch3x3_2")
    three = _along(net, x, channels, width, name, (Conv("branch3x3dbl_1", 448), Conv("branch3x3dbl_2", 384, (3, 3))))
    threes = _forked(net, *three, width, name, "branch3x3dbl_3")
    ends = [one, *twos, *threes, _along(net, x, channels, width, name, (AVERAGE, Conv("branch_pool", 192)))]
    return net.add(Concat(), *(y for y, _ in ends), name=f"{name}.concat"), sum(made for _, made in ends)


def _forked(
    net: Network, x: Tensor, channels: Size, width: Size, block: str, name: str
) -> tuple[tuple[Tensor, Size], tuple[Tensor, Size]]:
    across = _along(net, x, channels, width, block, (Conv(f"{name}a", 384, (1, 3)),))
    return across, _along(net, x, channels, width, block, (Conv(f"{name}b", 384, (3, 1)),))


def _auxiliary(net: Network, x: Tensor, channels: Size, width: Size, classes: Size) -> None:
    branch = (Pool("avgpool", AvgPool2d(5, 3)), Conv("conv0", 128), Conv("conv1", 768, (5, 5), pads=False))
    x, channels = _along(net, x, channels, width, "AuxLogits", branch)
    x = net.add(AdaptiveAvgPool2d(1), x, name="AuxLogits.adaptive_avgpool")
    x = net.add(Flatten(), x, name="AuxLogits.flatten")
    net.add(Linear(channels, classes), x, name="AuxLogits.fc")
