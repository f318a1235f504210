"""What each kernel takes in memory beside its inputs, weights and outputs: bounds, worked out before anything runs."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from .kernels import kernel
from .kernels.deformable import TILE
from .lowering import Lowering

if TYPE_CHECKING:
    from collections.abc import Callable

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
        return self.item * prod(self.inputs[0][:2]) * prod(self._padded)

    @property
    def first_axis_done(self) -> int:
        """What a kernel that goes axis by axis has after the first."""
        x, y = self.inputs[0], self.outputs[0]
        rest = self._padded[1:] if hasattr(self.layer, "windows") else x.spatial[1:]
        return self.item * prod(x[:2]) * prod(y.spatial[:1]) * prod(rest)

    @property
    def _padded(self) -> tuple[int, ...]:
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
    rule = RULES.get(kernel(layer).__name__.rpartition(".")[2], _unknown)
    made = rule(ask) if 0 not in outputs[0] else 0
    return made if isinstance(made, Workspace) else Workspace(0, made)


def _unknown(ask: Ask) -> int:
    return ask.x + ask.y


def _chain(ask: Ask) -> Workspace:
    kept = at_once = 0
    steps = list(ask.layer.steps(ask.inputs))
    for place, (_, part, x, y) in enumerate(steps):
        own = Ask(part, x, y, ask.dtype)
        rule = RULES[kernel(part).__name__.rpartition(".")[2]](own)
        inner = rule if isinstance(rule, Workspace) else Workspace(0, rule)
        between = (own.x if place else 0) + (own.y if place < len(steps) - 1 else 0)
        kept, at_once = kept + inner.kept, max(at_once, inner.at_once + between)
    return Workspace(kept, at_once)


def _conv(ask: Ask) -> int:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    windows = layer.windows(x)
    spread = (*x[:2], *(w.padded_size(size) for w, size in zip(windows, x.spatial, strict=True)))
    lowered = Lowering(windows, y.spatial, layer.groups)
    room = lowered.room(spread, layer.weights()["weight"], ask.dtype)
    return room + ask.spread * (1 if layer.padding_mode == "zeros" else 2)


def _transposed(ask: Ask) -> Workspace:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    share = layer.out_channels // layer.groups
    pairs = layer.count_touching(ask.inputs, ask.outputs) // (x.batch * layer.in_channels * share)
    kept = (ask.item + WIDE) * pairs + WIDE * prod(y.spatial)
    made = WIDE * WIDE * pairs + 2 * WIDE * prod(y.spatial)
    added = ask.item * prod(x.spatial) * prod(layer.kernel_size) * share
    again = 2 if x.batch * layer.groups > 1 else 1
    run = (again + (ask.wide if ask.integers else 0)) * added + ask.item * prod(y.spatial) * share
    return Workspace(kept, max(made, run + ask.weights + ask.x // x.batch))


def _deformable(ask: Ask) -> Workspace:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    rank, taps = x.rank, prod(layer.kernel_size)
    samples = prod(y.spatial) * taps
    some = min(prod(y.spatial), max(1, TILE // (taps * layer.in_channels * ask.item))) * taps
    branch = layer.offset.infer(x)
    own = ask._replace(layer=layer.offset, outputs=branch)
    grid = rank * samples * ask.item
    # Of each sample: its corners in the matrix, what leads there along each axis, and what is read, old and new.
    each = 2**rank * (ask.item + 4) + rank * (6 * ask.item + 24) + 3 * ask.item * layer.in_channels
    told = ask.item * prod(branch[0]) * (2 if layer.mask else 1)
    return Workspace(grid, max(ask.wide * grid, told + max(_conv(own), some * each + ask.x // x.batch + ask.weights)))


def _locally_connected(ask: Ask) -> int:
    layer, x, y = ask.layer, ask.inputs[0], ask.outputs[0]
    read: int = ask.item * x.batch * layer.in_channels * prod(layer.kernel_size) * prod(y.spatial)
    product = read + ask.weights + ask.y
    return ask.spread + product + ask.y + (ask.wide * product if ask.integers else 0)


def _max_pool(ask: Ask) -> Workspace | int:
    if not ask.layer.return_indices:
        return ask.spread + ask.first_axis_done
    places = WIDE * prod(ask.inputs[0].spatial)
    found = ask.wide * ask.y  # int64, and several masks at a time
    return Workspace(places, ask.spread + 2 * places + ask.y + 2 * found)


def _avg_pool(ask: Ask) -> int:
    return ask.spread + (2 + ask.wide) * ask.y


def _adaptive(ask: Ask) -> int:
    places = WIDE * prod(ask.inputs[0].spatial)
    return 2 * ask.first_axis_done + (2 + ask.wide) * ask.y + places


def _upsample(ask: Ask) -> int:
    x, sizes = ask.inputs[0], list(ask.inputs[0].spatial)
    most = before = 0
    for axis in reversed(range(x.rank)):
        sizes[axis] = ask.outputs[0].spatial[axis]
        made = ask.item * prod(x[:2]) * prod(sizes)
        most, before = max(most, before + 3 * made), made
    return most


BUSY = {"GELU": 2 * WIDE, "ReLU": 0, "ReLU6": 0, "Hardtanh": 0, "Tanh": 0}
"""Bytes for each number that a function takes, where it is not twice the number's own."""


def _activation(ask: Ask) -> int:
    return prod(ask.inputs[0]) * BUSY.get(ask.layer.op, 2 * ask.item + 1)


RULES: dict[str, Callable[[Ask], Workspace | int]] = {
    "chain": _chain,
    "conv": _conv,
    "transposed": _transposed,
    "deformable": _deformable,
    "locally_connected": _locally_connected,
    "linear": lambda ask: ask.y + (ask.wide * (ask.x + ask.weights + ask.y) if ask.integers else 0),
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "lp_pool": lambda ask: ask.x + 3 * ask.wide * ask.y,
    "adaptive_pool": _adaptive,
    "unpool": lambda ask: WIDE * prod(ask.inputs[0][:2]),
    "upsample": _upsample,
    "norm": lambda ask: ask.y * (4 if ask.layer.op == "LocalResponseNorm" else 1) + ask.y // 8,
    "pad": lambda ask: ask.y,
    "elementwise": lambda ask: ask.y if len(ask.inputs) > 2 else 0,
    "activation": _activation,
    "shuffle": lambda ask: 0,
    "reshape": lambda ask: 0,
    "pieces": lambda ask: 0,
}
"""By the file of `kernels/` that runs a layer."""
