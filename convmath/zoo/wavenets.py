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

if TYPE_CHECKING:
    from ..core.size import Size
    from ..network.network import Tensor


def wavenet(
    *, blocks: int = 3, layers: int = 10, channels: Size = 32, skip_channels: Size = 256, classes: Size = 256
) -> Network:
    """WaveNet: `blocks` times `layers` gated causal convolutions, dilated 1, 2, 4, … within each block.

    A block of ten sees 1,024 samples; each further block adds 1,023.

    >>> row = wavenet(blocks=1).analyze().rows[-1]
    >>> row.fields[0].size, row.fields[0].interval(5000)
    (1024, (3977, 5000))
    """
    net = Network("wavenet")
    x = net.add(Conv1d(classes, channels, 1), net.input(shape=(1, classes, 16000)), name="input_conv")
    skipped = []
    for place in range(blocks * layers):
        name = f"block{place // layers}.layer{place % layers}"
        gated = _gated(net, x, channels, 2 ** (place % layers), name)
        skipped.append(net.add(Conv1d(channels, skip_channels, 1), gated, name=f"{name}.skip"))
        if place < blocks * layers - 1:  # nothing reads the last residual
            y = net.add(Conv1d(channels, channels, 1), gated, name=f"{name}.residual")
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
