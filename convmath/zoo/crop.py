"""Cropping one map to the size of another, as networks do whose convolutions shrink or overhang."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.pad import Cropping2d

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..network.network import Network
    from ..network.tensor import Tensor
    from ..report.analysis import Report


def crop_to(net: Network, x: Tensor, like: Tensor, name: str, offset: int | None = None) -> Tensor:
    """`x` cropped to the height and width of `like`: `offset` positions before, or as many before as after.

    The input must remember its shape. Raises ParameterError if `x` is too small.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Network
    >>> net = Network()
    >>> x = net.input(shape=(1, 3, 20, 31))
    >>> crop = crop_to(net, x, net.add(Conv2d(3, 8, 6), x), "crop")
    >>> net["crop"]
    Cropping2d((2, 3, 2, 3))
    """
    report = net.analyze()
    sides: list[int] = []
    for size, target in zip(_shape(report, x).spatial, _shape(report, like).spatial, strict=True):
        before = (size - target) // 2 if offset is None else offset
        sides = [before, size - target - before, *sides]  # the last axis comes first
    return net.add(Cropping2d(tuple(sides)), x, name=name)


def _shape(report: Report, x: Tensor) -> Shape:
    name = x.network.nodes[x.ref.node].name
    return report.inputs[name] if name in report.inputs else report[name].outputs[x.ref.output]
