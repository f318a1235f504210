"""LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import Tanh
from ..layers.conv import Conv2d
from ..layers.depthwise import DepthwiseConv2d
from ..layers.linear import Linear
from ..layers.merge import Concat, Split
from ..layers.pool import AvgPool2d
from ..layers.reshape import Flatten
from ..network.network import Network, Sequential
from .parameters import CLASSES, IN_CHANNELS, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor

TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""The maps of S2 that each of the 16 maps of C3 reads: the paper's table I."""


@published(classes=CLASSES, in_channels=IN_CHANNELS)
def lenet5(*, classes: Size = 10, in_channels: Size = 1) -> Network:
    """LeNet-5 as published, with C3's partial connections and trained subsampling.

    The paper trains 60,000 parameters and sets the output's 84·10 weights by hand; those are the layer `output`.

    >>> report = lenet5().analyze()
    >>> report.totals.params - report["output"].cost.params
    60000
    """
    net = Network("lenet5")
    x = net.input(shape=(1, in_channels, 32, 32))
    x = net.add(Sequential(("conv", Conv2d(in_channels, 6, 5)), ("tanh", Tanh())), x, name="c1")
    x = net.add(_subsampling(6), x, name="s2")
    x = _partly_connected(net, x)
    x = net.add(_subsampling(16), x, name="s4")
    x = net.add(Sequential(("conv", Conv2d(16, 120, 5)), ("tanh", Tanh())), x, name="c5")
    x = net.add(Flatten(), x, name="flatten")
    x = net.add(Sequential(("linear", Linear(120, 84)), ("tanh", Tanh())), x, name="f6")
    net.add(Linear(84, classes, bias=False), x, name="output")
    return net


def _subsampling(channels: int) -> Network:
    """The sum of four, times a trained coefficient, plus a trained bias, through the squashing function."""
    scale = DepthwiseConv2d(channels, 1)
    return Sequential(("pool", AvgPool2d(2)), ("scale", scale), ("tanh", Tanh()))


def _partly_connected(net: Network, x: Tensor) -> Tensor:
    maps = net.add(Split((1,) * 6), x, name="c3.split")
    parts = []
    for reads in sorted({len(row) for row in TABLE}):
        rows = [row for row in TABLE if len(row) == reads]
        gathered = net.add(Concat(), *(maps[number] for row in rows for number in row), name=f"c3.maps_of_{reads}")
        conv = Conv2d(reads * len(rows), len(rows), 5, groups=len(rows))
        parts.append(net.add(conv, gathered, name=f"c3.conv_of_{reads}"))
    x = net.add(Concat(), *parts, name="c3.concat")
    return net.add(Tanh(), x, name="c3.tanh")
