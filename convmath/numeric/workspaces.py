"""What each kernel takes in memory beside its inputs, weights and outputs: bounds, worked out before anything runs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from .kernels import kernel

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from ..core.shape import Shape
    from ..layers.base import Layer

WIDE = 8
"""Bytes of a float64 or an int64, in which some kernels compute whatever the dtype."""


class Workspace(NamedTuple):
    """Bytes that a plan keeps, and the most it takes besides while it is made or runs."""

    kept: int
    at_once: int


class Ask(NamedTuple):
    """A layer and what it runs on; sizes are in bytes."""

    layer: Any
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    dtype: np.dtype[Any]

    @property
    def item(self) -> int:
        """One number."""
        return self.dtype.itemsize

    @property
    def integers(self) -> bool:
        """Whether products go by way of float64."""
        return self.dtype.kind in "iu"

    @property
    def x(self) -> int:
        """All inputs."""
        return self.item * sum(map(prod, self.inputs))

    @property
    def y(self) -> int:
        """All outputs."""
        return self.item * sum(map(prod, self.outputs))

    @property
    def weights(self) -> int:
        """All weights."""
        return self.item * sum(map(prod, self.layer.weights().values()))

    @property
    def wide(self) -> int:
        """How many numbers in 8 bytes stand for one of the dtype."""
        return -(-WIDE // self.item)

    @property
    def spread(self) -> int:
        """The padded copy of the input; none where nothing is padded."""
        windows = self.layer.windows(self.inputs[0])
        if all(window.low == window.high == 0 for window in windows):
            return 0
        return self.item * prod(self.inputs[0][:2]) * prod(self.padded)

    def axis_by_axis(
        self, sizes: tuple[int, ...], made: tuple[int, ...], copies: int, order: Iterable[int] = range(3)
    ) -> int:
        """What a kernel takes that changes these sizes into those it makes axis by axis, each `copies` times."""
        now, most, before = list(sizes), 0, 0
        for axis in filter(lambda axis: axis < len(now), order):
            now[axis] = made[axis]
            after = self.item * prod(self.inputs[0][:2]) * prod(now)
            most, before = max(most, before + copies * after), after
        return most

    @property
    def padded(self) -> tuple[int, ...]:
        """The sizes along the axes once the input is padded."""
        sizes = zip(self.layer.windows(self.inputs[0]), self.inputs[0].spatial, strict=True)
        return tuple(max(window.padded_size(size), 0) for window, size in sizes)


def workspace(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Workspace:
    """What making and running a plan takes beside inputs, weights and outputs, at most.

    >>> import numpy as np
    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.activation import GELU
    >>> workspace(GELU(), (Shape((1, 8, 100)),), (Shape((1, 8, 100)),), np.dtype("float32"))
    Workspace(kept=0, at_once=12800)
    """
    ask = Ask(layer, inputs, outputs, dtype)
    made = kernel(layer).room(ask) if 0 not in outputs[0] else 0
    return made if isinstance(made, Workspace) else Workspace(0, made)
