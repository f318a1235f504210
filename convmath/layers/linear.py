"""The fully connected layer: Linear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from ..core.size import Size, product
from ..core.window import Window
from .base import Layer
from .field import Count, Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Linear(Layer):
    """y = Wx + b over the last axis: (…, in_features) → (…, out_features).

    Parameters in·out, and out more with a bias; MACs in·out for every vector. Raises ShapeError if the last
    axis is not in_features long.

    >>> Linear(2048, 1000).params, Linear(2048, 1000).macs((2, 2048))
    (2049000, 4096000)

    Source: Rosenblatt (1958); PyTorch's layer of this name.
    """

    in_features = Count("length of the input's last axis", symbol="I")
    out_features = Count("length of the output's last axis", symbol="O", keras="units")
    bias = Flag("whether a number is added to each output", True, keras="use_bias")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield equal(
            inputs[0][-1], self.in_features, "the last axis of {about} is {left} long, in_features is {right}",
            "use in_features={left}, or flatten before", inputs[0],
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (Shape((*inputs[0][:-1], self.out_features)),)

    def met(self, axes: int) -> Sequence[int] | None:
        return (-1,)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        rank = inputs[0].rank
        return ((*(Window() for _ in range(rank - 1)), WHOLE),) if rank else ()

    def weights(self) -> dict[str, tuple[Size, ...]]:
        weight = (self.out_features, self.in_features)
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return product(inputs[0]) * self.out_features

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return product(outputs[0]) if self.bias else 0
