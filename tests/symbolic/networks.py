"""Random networks along one axis or two, in whose sizes nothing is a number but the channels.

    grow(dice)  a Network with one input, its channels and its number of spatial axes

Chains, residual blocks, two paths that are cropped or padded and joined again, and U-shapes; every layer type whose
sizes follow from its input, in the spellings of the frameworks that allow them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import convmath as cm

if TYPE_CHECKING:
    from random import Random

    from convmath.layers.base import Layer
    from convmath.network.network import Network
    from convmath.network.tensor import Tensor


class Grower:
    """A network under construction, and where it stands."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.rank = dice.choice((1, 1, 2))
        self.net: Network = cm.Network("random")
        self.channels = self.start = dice.choice((1, 2, 4))
        self.x: Tensor = self.net.input()

    def make(self, family: str, *args: Any, **kwargs: Any) -> Layer:
        return getattr(cm, f"{family}{self.rank}d")(*args, **kwargs)

    def add(self, layer: Layer, *inputs: Tensor) -> Tensor:
        self.x = self.net.add(layer, *(inputs or (self.x,)))
        return self.x

    def each(self, draw: Any) -> tuple[Any, ...]:
        return tuple(draw() for _ in range(self.rank))

    # One layer

    def conv(self, stride: Any = None) -> None:
        dice = self.dice
        groups = dice.choice([g for g in (1, 1, 2, 4) if self.channels % g == 0])
        after = groups * dice.randint(1, 2)
        kernel = self.each(lambda: dice.choice((1, 2, 3, 3, 5)))
        stride = stride or self.each(lambda: dice.choice((1, 1, 2, 3, 4)))
        dilation = self.each(lambda: dice.choice((1, 1, 2, 3)))
        framework = dice.choice(("pytorch", "pytorch", "jax", "tensorflow", "onnx"))
        padding: Any = self.each(lambda: (dice.randint(0, 3), dice.randint(0, 3)))
        if framework == "jax" and dice.random() < 0.5:
            padding = self.each(lambda: (dice.randint(-2, 2), dice.randint(-2, 2)))
        elif framework == "tensorflow" or (framework == "onnx" and dice.random() < 0.4):
            padding = dice.choice(("same", "same", "valid"))
        elif dice.random() < 0.2:
            padding = dice.choice(("causal", "full", "valid"))
        if framework == "tensorflow" and max(stride) > 1:
            dilation = (1,) * self.rank
        self.add(
            self.make(
                "Conv", self.channels, after, kernel, stride, padding, dilation, groups, dice.random() < 0.5,
                convention=framework,
            )
        )  # fmt: skip
        self.channels = after

    def pool(self) -> None:
        dice = self.dice
        kernel = self.each(lambda: dice.randint(1, 5))
        stride = self.each(lambda: dice.randint(1, 4))
        padding: Any = tuple((dice.randint(0, k // 2), dice.randint(0, k // 2)) for k in kernel)
        framework = "pytorch"
        if dice.random() < 0.3:
            padding, framework = "same", "tensorflow"
        family = dice.choice(("MaxPool", "AvgPool"))
        self.add(self.make(family, kernel, stride, padding, ceil_mode=dice.random() < 0.5, convention=framework))

    def transposed(self) -> None:
        dice = self.dice
        kernel = self.each(lambda: dice.randint(1, 5))
        stride = self.each(lambda: dice.randint(1, 4))
        after = dice.randint(1, 3)
        padding: Any = self.each(lambda: (dice.randint(0, 2), dice.randint(0, 2)))
        extra: Any = tuple(dice.randint(0, s - 1) for s in stride)
        framework = dice.choice(("pytorch", "pytorch", "jax", "tensorflow"))
        if framework == "tensorflow":
            padding, extra = dice.choice(("same", "valid")), None
        self.add(
            self.make(
                "ConvTranspose", self.channels, after, kernel, stride, padding, extra, convention=framework
            )
        )  # fmt: skip
        self.channels = after

    def resize(self) -> None:
        self.add(cm.Upsample(scale_factor=self.dice.choice((2, 3, 0.5, 1.5))))

    def pad(self) -> None:
        family = self.dice.choice(("ZeroPad", "ReplicationPad", "ReflectionPad", "CircularPad"))
        least = -2 if family == "ZeroPad" else 0
        self.add(self.make(family, tuple(self.dice.randint(least, 2) for _ in range(2 * self.rank))))

    def shuffle(self) -> None:
        if self.rank != 2 or self.channels % 4:
            self.add(self.make("BatchNorm", self.channels))
        elif self.dice.random() < 0.5:
            self.add(cm.PixelShuffle(2))
            self.channels //= 4
        else:
            self.add(cm.ChannelShuffle(2))

    def unshuffle(self) -> None:
        if self.rank == 2 and self.channels <= 4:
            self.add(cm.PixelUnshuffle(2))
            self.channels *= 4
        else:
            self.add(cm.ReLU())

    # Blocks

    def residual(self) -> None:
        """Two paths whose sizes are always the same."""
        before = self.x
        for _ in range(self.dice.randint(1, 2)):
            kernel = self.dice.choice((1, 3, 5))
            dilation = self.dice.randint(1, 3)
            self.add(self.make(
                "Conv", self.channels, self.channels, kernel, 1, dilation * (kernel // 2), dilation
            ))  # fmt: skip
        self.add(cm.Add(), before, self.x)

    def halved(self) -> None:
        """Two strided paths, cropped and concatenated: their sizes may agree for some inputs only."""
        before, channels = self.x, self.channels
        stride = self.each(lambda: self.dice.choice((2, 2, 3)))
        ends = []
        for _ in range(2):
            self.x, self.channels = before, channels
            kernel = self.dice.choice((1, 2, 3))
            self.add(self.make("Conv", channels, channels, kernel, stride, kernel // 2))
            if self.dice.random() < 0.2:
                self.add(self.make("Cropping", tuple(self.dice.randint(0, 1) for _ in range(2 * self.rank))))
            ends.append((self.x, self.channels))
        self.add(cm.Concat(), *(end for end, _ in ends))
        self.channels = sum(channels for _, channels in ends)

    def u_shape(self, levels: int) -> None:
        """Down by 2, up by 2, and what was skipped joined again, cropped or not."""
        skip, skipped = self.x, self.channels
        if self.dice.random() < 0.5:
            self.add(self.make("MaxPool", 2, ceil_mode=self.dice.random() < 0.3))
        else:
            self.add(self.make("Conv", self.channels, self.channels, 3, 2, 1))
        if levels > 1:
            self.u_shape(levels - 1)
        elif self.dice.random() < 0.5:
            self.residual()
        if self.dice.random() < 0.5:
            self.add(cm.Upsample(scale_factor=2))
        else:
            self.add(self.make("ConvTranspose", self.channels, 2, 2, 2))
            self.channels = 2
        if self.dice.random() < 0.3:
            crop = self.make("Cropping", (0, 1) * self.rank)
            if self.dice.random() < 0.5:
                self.add(crop)
            else:
                skip = self.net.add(crop, skip)
        self.add(cm.Concat(), skip, self.x)
        self.channels += skipped


def grow(dice: Random) -> tuple[Network, int, int]:
    grower = Grower(dice)
    single = (
        grower.conv, grower.conv, grower.conv, grower.pool, grower.pool, grower.transposed, grower.resize, grower.pad,
        grower.shuffle, grower.unshuffle,
    )  # fmt: skip
    blocks = (grower.residual, grower.halved, lambda: grower.u_shape(dice.randint(1, 3)))
    for _ in range(dice.randint(2, 5)):
        dice.choice(blocks if dice.random() < 0.25 else single)()
    return grower.net, grower.start, grower.rank
