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

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.network import Tensor


class Step(NamedTuple):
    """A convolution of a branch: its name, channels, kernel, stride, and whether it pads to keep the size."""

    name: str
    channels: Size
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    pads: bool = True


Branch = tuple[Step, ...]


def inception_v3(*, classes: Size = 1000, in_channels: Size = 3, aux: bool = False) -> Network:
    """Inception v3; `aux` adds the auxiliary classifier that only training uses.

    >>> report = inception_v3().analyze()
    >>> report.totals.params, report.totals.macs
    (23834568, 5713216096)
    >>> inception_v3(aux=True).analyze().totals.params
    27161264
    """
    net = Network("inception_v3")
    x, channels = _stem(net, net.input(shape=(1, in_channels, 299, 299)), in_channels)
    for letter, pooled in (("b", 32), ("c", 64), ("d", 64)):
        x, channels = _mixed(net, x, channels, f"Mixed_5{letter}", *_block_a(pooled))
    x, channels = _mixed(net, x, channels, "Mixed_6a", *_reduction_b())
    for letter, middle in (("b", 128), ("c", 160), ("d", 160), ("e", 192)):
        x, channels = _mixed(net, x, channels, f"Mixed_6{letter}", *_block_c(middle))
    if aux:
        _auxiliary(net, x, channels, classes)
    x, channels = _mixed(net, x, channels, "Mixed_7a", *_reduction_d())
    for letter in "bc":
        x, channels = _block_e(net, x, channels, f"Mixed_7{letter}")
    x = net.add(AdaptiveAvgPool2d(1), x, name="avgpool")
    x = net.add(Dropout(), x, name="dropout")
    x = net.add(Flatten(), x, name="flatten")
    net.add(Linear(channels, classes), x, name="fc")
    return net


def _stem(net: Network, x: Tensor, in_channels: Size) -> tuple[Tensor, Size]:
    x = _conv(net, x, in_channels, Step("Conv2d_1a_3x3", 32, (3, 3), 2, pads=False))
    x = _conv(net, x, 32, Step("Conv2d_2a_3x3", 32, (3, 3), pads=False))
    x = _conv(net, x, 32, Step("Conv2d_2b_3x3", 64, (3, 3)))
    x = net.add(MaxPool2d(3, 2), x, name="maxpool1")
    x = _conv(net, x, 64, Step("Conv2d_3b_1x1", 80))
    x = _conv(net, x, 80, Step("Conv2d_4a_3x3", 192, (3, 3), pads=False))
    return net.add(MaxPool2d(3, 2), x, name="maxpool2"), 192


def _block_a(pooled: int) -> tuple[Branch, ...]:
    return (
        (Step("branch1x1", 64),),
        (Step("branch5x5_1", 48), Step("branch5x5_2", 64, (5, 5))),
        (Step("branch3x3dbl_1", 64), Step("branch3x3dbl_2", 96, (3, 3)), Step("branch3x3dbl_3", 96, (3, 3))),
        (Step("branch_pool", pooled),),
    )


def _reduction_b() -> tuple[Branch, ...]:
    return (
        (Step("branch3x3", 384, (3, 3), 2, pads=False),),
        (
            Step("branch3x3dbl_1", 64),
            Step("branch3x3dbl_2", 96, (3, 3)),
            Step("branch3x3dbl_3", 96, (3, 3), 2, pads=False),
        ),
        (),
    )


def _block_c(middle: int) -> tuple[Branch, ...]:
    return (
        (Step("branch1x1", 192),),
        (Step("branch7x7_1", middle), Step("branch7x7_2", middle, (1, 7)), Step("branch7x7_3", 192, (7, 1))),
        (
            Step("branch7x7dbl_1", middle),
            Step("branch7x7dbl_2", middle, (7, 1)),
            Step("branch7x7dbl_3", middle, (1, 7)),
            Step("branch7x7dbl_4", middle, (7, 1)),
            Step("branch7x7dbl_5", 192, (1, 7)),
        ),
        (Step("branch_pool", 192),),
    )


def _reduction_d() -> tuple[Branch, ...]:
    return (
        (Step("branch3x3_1", 192), Step("branch3x3_2", 320, (3, 3), 2, pads=False)),
        (
            Step("branch7x7x3_1", 192),
            Step("branch7x7x3_2", 192, (1, 7)),
            Step("branch7x7x3_3", 192, (7, 1)),
            Step("branch7x7x3_4", 192, (3, 3), 2, pads=False),
        ),
        (),
    )


def _mixed(net: Network, x: Tensor, channels: Size, name: str, *branches: Branch) -> tuple[Tensor, Size]:
    """The branches side by side: branch_pool averages first, and a branch without steps is a pooling that strides."""
    ends, total = [], 0
    for branch in branches:
        y, width = x, channels
        if not branch:
            y = net.add(MaxPool2d(3, 2), x, name=f"{name}.maxpool")
        elif branch[0].name == "branch_pool":
            y = net.add(AvgPool2d(3, 1, 1), x, name=f"{name}.avgpool")
        for step in branch:
            y, width = _conv(net, y, width, step, name), step.channels
        ends.append(y)
        total = total + width
    return net.add(Concat(), *ends, name=f"{name}.concat"), total


def _block_e(net: Network, x: Tensor, channels: Size, name: str) -> tuple[Tensor, Size]:
    ends = [_conv(net, x, channels, Step("branch1x1", 320), name)]
    y = _conv(net, x, channels, Step("branch3x3_1", 384), name)
    ends += _forked(net, y, f"{name}.branch3x3_2")
    y = _conv(net, x, channels, Step("branch3x3dbl_1", 448), name)
    y = _conv(net, y, 448, Step("branch3x3dbl_2", 384, (3, 3)), name)
    ends += _forked(net, y, f"{name}.branch3x3dbl_3")
    y = net.add(AvgPool2d(3, 1, 1), x, name=f"{name}.avgpool")
    ends.append(_conv(net, y, channels, Step("branch_pool", 192), name))
    return net.add(Concat(), *ends, name=f"{name}.concat"), 320 + 4 * 384 + 192


def _forked(net: Network, x: Tensor, name: str) -> list[Tensor]:
    across = _conv(net, x, 384, Step(f"{name}a", 384, (1, 3)))
    return [across, _conv(net, x, 384, Step(f"{name}b", 384, (3, 1)))]


def _auxiliary(net: Network, x: Tensor, channels: Size, classes: Size) -> None:
    x = net.add(AvgPool2d(5, 3), x, name="AuxLogits.avgpool")
    x = _conv(net, x, channels, Step("conv0", 128), "AuxLogits")
    x = _conv(net, x, 128, Step("conv1", 768, (5, 5), pads=False), "AuxLogits")
    x = net.add(AdaptiveAvgPool2d(1), x, name="AuxLogits.adaptive_avgpool")
    x = net.add(Flatten(), x, name="AuxLogits.flatten")
    net.add(Linear(768, classes), x, name="AuxLogits.fc")


def _conv(net: Network, x: Tensor, channels: Size, step: Step, block: str = "") -> Tensor:
    padding = tuple(kernel // 2 for kernel in step.kernel) if step.pads else 0
    unit = Sequential(
        ("conv", Conv2d(channels, step.channels, step.kernel, step.stride, padding, bias=False)),
        ("bn", BatchNorm2d(step.channels, eps=0.001)),
        ("relu", ReLU(inplace=True)),
    )
    return net.add(unit, x, name=f"{block}.{step.name}" if block else step.name)
