"""Layers that only move numbers between channels and space: PixelShuffle, PixelUnshuffle, ChannelShuffle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, divides
from ..core.piece import Piece
from ..core.shape import Shape
from ..core.size import exact_div
from ..core.window import Window
from .base import Layer
from .field import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.receptive_field import Stage


class PixelShuffle(Layer):
    """Every r² channels become an r×r block of one: (N, C·r², H, W) → (N, C, H·r, W·r). No arithmetic.

    Raises ShapeError if r² does not divide the channels.

    >>> PixelShuffle(2).output_shape((1, 12, 5, 7))
    (1, 3, 10, 14)

    Source: Shi et al., "Real-time single image and video super-resolution …" (2016).
    """

    rank = 2
    upscale_factor = Count("the block's side r", symbol="r")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        r = self.upscale_factor
        yield divides(
            r * r, inputs[0].channels, f"upscale_factor={r} takes channels divisible by {{right}}, not {{left}}",
            f"give it a multiple of {r * r} channels",
        )  # fmt: skip

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, r = inputs[0], self.upscale_factor
        return (Shape((x.batch, exact_div(x.channels, r * r), *(size * r for size in x.spatial))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        # Position o shows a channel of position ⌊o / r⌋: a kernel of r over the input stretched r-fold.
        r = self.upscale_factor
        return ((Window(r, 1, 1, r - 1, r - 1, r),) * inputs[0].rank,)


class PixelUnshuffle(Layer):
    """Every r×r block becomes r² channels: (N, C, H·r, W·r) → (N, C·r², H, W). No arithmetic.

    Raises ShapeError if r does not divide height and width.

    >>> PixelUnshuffle(2).output_shape((1, 3, 10, 14))
    (1, 12, 5, 7)

    Source: the inverse of Shi et al. (2016); as in YOLOv5's focus layer.
    """

    rank = 2
    downscale_factor = Count("the block's side r", symbol="r")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        r = self.downscale_factor
        for axis, size in enumerate(inputs[0].spatial):
            yield divides(
                r,
                size,
                f"axis {axis}: downscale_factor={{right}} must divide the size {{left}}",
                "use {choices}, or pad",
            )

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, r = inputs[0], self.downscale_factor
        return (Shape((x.batch, x.channels * r * r, *(exact_div(size, r) for size in x.spatial))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        r = self.downscale_factor
        return ((Window(r, r),) * inputs[0].rank,)


class ChannelShuffle(Layer):
    """Channels change places, c → (c mod C/g)·g + c div (C/g): groups mix in the next grouped convolution.

    The shape stays; no arithmetic. Raises ShapeError if groups does not divide the channels.

    >>> ChannelShuffle(3).output_shape((1, 12, 5, 7))
    (1, 12, 5, 7)

    Source: Zhang et al., ShuffleNet (2018).
    """

    groups = Count("groups whose channels are dealt out", symbol="g")

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield divides(self.groups, inputs[0].channels, "groups={right} must divide the input's {left} channels")

    def moved(self, axes: int) -> Sequence[int]:
        return (1,)

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        groups, share = self.groups, inputs[0][axis] // self.groups
        runs = ((range(g * share, (g + 1) * share), range(g, groups * share, groups)) for g in range(groups))
        return tuple(Piece(0, read, made) for read, made in runs)
