"""Attention: ScaledDotProductAttention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ShapeError
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.window import Window
from .activation import Softmax
from .base import Layer
from .field import Flag, Optional, Real
from .matching import broadcast, broadcasting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size


class ScaledDotProductAttention(Layer):
    """softmax(q·kᵀ·scale + mask)·v: (…, L, E), (…, S, E) and (…, S, V) → (…, L, V); a fourth input is the mask.

    L·S·(E + V) MACs for every head; softmax 5, the scale 1 and the mask 1 FLOP for each of the L·S weights. A causal
    mask is counted as a dense one. Raises ShapeError where E or S differ.

    >>> q, k, v = (2, 8, 49, 32), (2, 8, 50, 32), (2, 8, 50, 64)
    >>> ScaledDotProductAttention().output_shape(q, k, v), ScaledDotProductAttention().macs(q, k, v)
    ((2, 8, 49, 64), 3763200)

    Source: Vaswani et al., Attention Is All You Need (2017).
    """

    arity = (3, 4)
    is_causal = Flag("whether a position reads only those before it, and itself", False)
    scale = Optional(Real("what products are multiplied by; 1/√E if None"))

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        q, k, v, *mask = inputs
        if min(len(k), len(v)) < 2:
            raise ShapeError(f"{self.op}: {q}, {k} and {v}: all need two axes at least (put Unsqueeze before)")
        yield equal(q[-1], k[-1], "queries have {left} numbers, keys have {right}", "make the two equal")
        yield equal(k[-2], v[-2], "there are {left} keys and {right} values", "give a value for each key")
        yield from broadcasting((Shape(q[:-2]), Shape(k[:-2])), (q, k))
        yield from broadcasting((_before(q, k), Shape(v[:-2])), (q, v))
        for one in mask:
            yield from self._masking(self._weights(inputs), one)

    def _masking(self, weights: Shape, mask: Shape) -> Iterable[Condition]:
        """A mask may be repeated along an axis, the weights may not."""
        new = len(weights) - len(mask)
        if new < 0:
            raise ShapeError(f"{self.op}: the mask {mask} has more axes than the weights {weights} (leave some out)")
        yield from broadcasting((weights, mask))
        for axis, (size, own) in enumerate(zip(weights[new:], mask, strict=True)):
            yield at_least(
                size, own, f"axis {axis} of the mask {{about}} is {{right}} long, of the weights {{left}}",
                "make it {left} long", mask,
            )  # fmt: skip

    def _weights(self, inputs: tuple[Shape, ...]) -> Shape:
        q, k, v = inputs[:3]
        return Shape((*_before(q, k, v), q[-2], k[-2]))

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (Shape((*self._weights(inputs)[:-1], inputs[2][-1])),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        axes = len(inputs[0])
        return (tuple(Window() if axis < axes - 2 else MOVED for axis in range(2, axes)),)

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return self._weights(inputs).elements * (inputs[0][-1] + inputs[2][-1])

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        masks = len(inputs) - 3 + self.is_causal
        return self._weights(inputs).elements * (Softmax.operations + 1 + masks)


def _before(*inputs: Shape) -> Shape:
    """The axes before the last two, broadcast."""
    return broadcast([Shape(x[:-2]) for x in inputs])
