"""WaveNet: van den Oord et al., "WaveNet: a generative model for raw audio" (2016).

The paper states dilations and kernel, not channels: those here are this file's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.activation import ReLU, Sigmoid, Softmax, Tanh
from ..layers.causal import CausalConv1d
from ..layers.conv import Conv1d
from ..layers.merge import Add, Multiply
from ..network.network import Network, Sequential
from .parameters import CLASSES, IN_CHANNELS, WIDTH, Limited, Repeats, published

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.tensor import Tensor


BLOCKS = Repeats("blocks of layers", most=100)
LAYERS = Repeats("layers of each block, each dilated twice as far as the one before", most=50)
SKIP_CHANNELS = Limited("channels of the skip connections", most=10**6)


@published(
    blocks=BLOCKS, layers=LAYERS, width=WIDTH, skip_channels=SKIP_CHANNELS, classes=CLASSES, in_channels=IN_CHANNELS
)
def wavenet(
    *,
    blocks: int = 3,
    layers: int = 10,
    width: Size = 32,
    skip_channels: Size = 256,
    classes: Size = 256,
    in_channels: Size = 256,
) -> Network:
    """WaveNet: `blocks` times `layers` gated causal convolutions, dilated 1, 2, 4, … within each block.

    A block of ten sees 1,024 samples; each further block adds 1,023.

    >>> row = wavenet(blocks=1).analyze().rows[-1]
    >>> row.fields[0].size, row.fields[0].interval(5000)
    (1024, (3977, 5000))
    """
    net = Network("wavenet")
    x = net.add(Conv1d(in_channels, width, 1), net.input(shape=(1, in_channels, 16000)), name="input_conv")
    skipped = []
    for place in range(blocks * layers):
        name = f"block{place // layers}.layer{place % layers}"
        gated = _gated(net, x, width, 2 ** (place % layers), name)
        skipped.append(net.add(Conv1d(width, skip_channels, 1), gated, name=f"{name}.skip"))
        if place < blocks * layers - 1:  # nothing reads the last residual
            y = net.add(Conv1d(width, width, 1), gated, name=f"{name}.residual")
            x = net.add(Add(), x, y, name=f"{name}.add")
    x = net.add(Add(), *skipped, name="skips") if len(skipped) > 1 else skipped[0]
    head = (ReLU(), Conv1d(skip_channels, skip_channels, 1), ReLU(), Conv1d(skip_channels, classes, 1), Softmax(1))
    net.add(Sequential(*head), x, name="output")
    return net


def _gated(net: Network, x: Tensor, channels: Size, dilation: int, name: str) -> Tensor:
    signal = net.add(CausalConv1d(channels, channels, 2, dilation=dilation), x, name=f"{name}.filter")
    gate = net.add(CausalConv1d(channels, channels, 2, dilation=dilation), x, name=f"{name}.gate")
    signal = net.add(Tanh(), signal, name=f"{name}.tanh")
    gate = net.add(Sigmoid(), gate, name=f"{name}.sigmoid")
    return net.add(Multiply(), signal, gate, name=f"{name}.multiply")
