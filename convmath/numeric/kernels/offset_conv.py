"""Deformable convolution whose offsets and masks are inputs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..workspaces import Workspace
from . import reading
from .activation import floating
from .deformable import Deformed, sampling

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.deformable import OffsetConv
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(layer: OffsetConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    sampled = Deformed(layer, inputs[0], outputs[0], dtype)
    return lambda xs, weights: (sampled(xs[0], xs[1], _mask(xs), weights),)


def room(ask: Ask) -> Workspace:
    sampled = sampling(ask)
    return Workspace(sampled.kept, max(ask.wide * sampled.kept, sampled.at_once))


def backward(layer: OffsetConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    sampled = Deformed(layer, inputs[0], outputs[0], dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dx, doffset, dmask, dw = sampled.backward(xs[0], xs[1], _mask(xs), weights, dys[0])
        return (dx, doffset) if dmask is None else (dx, doffset, dmask), dw

    return back


def reads(layer: OffsetConv, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Of x where the taps are without offsets, which are data; of those all that go with a channel it sums over."""
    sampled = reading(layer.convolution, inputs[:1], outputs)
    batch, (filters, *sizes) = outputs[0][0], outputs[0][1:]

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        by_group = marked[0].reshape(batch, layer.groups, filters // layer.groups, *sizes).any(2)
        summed = np.repeat(by_group, layer.in_channels // layer.groups, 1)
        asked = summed.reshape(batch, layer.offset_groups, -1, *sizes).any(2)
        beside = (np.repeat(asked, each * prod(layer.kernel_size), 1) for each in (len(sizes), 1))
        told = tuple(moved for moved, _ in zip(beside, inputs[1:], strict=False))
        return (*sampled(marked), *told)

    return read


def _mask(xs: tuple[Array, ...]) -> Array | None:
    return xs[2] if len(xs) > 2 else None
