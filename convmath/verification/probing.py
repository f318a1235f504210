"""What changing numbers shows: which arrays a layer's run reads, and which inputs an output responds to."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.receptive_field import EMPTY
from ..layers.composite import Composite
from ..layers.deformable import OffsetConv
from ..numeric.plans import Plan
from .counting import padded_like
from .figures import Intervals
from .rounding import DOUBLE, SINGLE, run
from .values import any_inputs, any_numbers, other

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..numeric.arrays import Array, Weights

DRAWS = 6
"""A change that shows nowhere, because another number is larger or a function is flat there, is drawn again."""

FAR = 1000.0
"""By how much an input is changed: beyond all others."""

FLAT = 1e-9
"""A slope that counts as none."""


def arrays_read(layer: Layer, inputs: tuple[Shape, ...]) -> dict[str, int]:
    """How many numbers each stored array has, of those that change what comes out.

    Other numbers in an array, or NaN where it is multiplied by 0, must show; where nothing comes out, nothing can. What
    padding alone would meet shows in a run where padding is filled; a chain is run part by part.

    >>> from convmath.layers.linear import Linear
    >>> from convmath.core.shape import Shape
    >>> arrays_read(Linear(5, 3), (Shape((2, 5)),))
    {'weight': 15, 'bias': 3}
    """
    if isinstance(layer, Composite):
        found = [(name, arrays_read(part, x)) for name, part, x, _ in layer.steps(inputs)]
        return {f"{name}.{own}" if name else own: count for name, read in found for own, count in read.items()}
    filled, x = padded_like(layer, inputs[0])
    ready = Plan(filled, (x, *inputs[1:]), SINGLE)
    elements = {name: prod(ready.weights[name][0]) for name in (*ready.layer.weights(), *ready.layer.buffers())}
    if not any(shape.elements for shape in ready.outputs):
        return elements
    left = set(elements)
    for draw in range(DRAWS):
        left -= _showing(ready, left, np.random.default_rng(draw))
        if not left:
            break
    return {name: count for name, count in elements.items() if name not in left}


def _showing(ready: Plan, names: set[str], generator: np.random.Generator) -> set[str]:
    """The arrays whose change shows on inputs and with other arrays that are drawn."""
    xs = any_inputs(ready, generator)
    stored, others = any_numbers(ready, generator), any_numbers(ready, generator)
    before = run(ready, xs, stored)

    def shows(name: str) -> bool:
        changes = [others[name]]
        if not name.startswith("offset"):  # offsets that are not finite are refused
            changes.append(np.full_like(stored[name], np.nan))
        return any(_differ(before, run(ready, xs, stored | {name: array})) for array in changes)

    return set(filter(shows, names))


def contradicted(layer: Layer, inputs: tuple[Shape, ...], at: tuple[int, ...], read: Array) -> Intervals | None:
    """None where running a layer bears out that its last output depends at a place on `read` (C, *spatial) alone.

    Changing all other inputs must not show, changing the outermost of these along each axis must, unless the output has
    no slope there. Else every position is tried: the first and last along each axis that the output responds to.

    >>> from convmath.layers.pool import MaxPool1d
    >>> from convmath.core.shape import Shape
    >>> layer, x, third = MaxPool1d(3), (Shape((1, 1, 9)),), np.arange(9)[None] // 3
    >>> contradicted(layer, x, (1,), third == 1)
    >>> print(contradicted(layer, x, (1,), third == 2))
    3…5
    """
    return _Probe(Plan(layer, inputs, DOUBLE), at).against(read)


class _Probe:
    """A layer's run in float64 and one position of its last output."""

    def __init__(self, ready: Plan, at: tuple[int, ...]) -> None:
        self.ready = ready
        self.at: tuple[Any, ...] = (0, slice(None), *at)[: len(ready.outputs[-1])]

    def against(self, read: Array) -> Intervals | None:
        """None where these inputs are those that the output responds to."""
        sizes, anywhere = read.shape[1:], read.any(axis=0)
        said = [self._places(anywhere, axis) for axis in range(len(sizes))]
        ends = ((axis, place) for axis, positions in enumerate(said) for place in {*positions[:1], *positions[-1:]})
        if not self._tried(~read) and all(self._responds(self._plane(read.shape, *end)) for end in ends):
            return None
        shown = ([i for i in range(n) if self._tried(self._plane(read.shape, a, i))] for a, n in enumerate(sizes))
        return Intervals((positions[0], positions[-1]) if positions else EMPTY for positions in shown)

    @staticmethod
    def _places(anywhere: Array, axis: int) -> list[int]:
        other = tuple(rest for rest in range(anywhere.ndim) if rest != axis)
        return [int(place) for place in np.flatnonzero(anywhere.any(axis=other))]

    @staticmethod
    def _plane(shape: tuple[int, ...], axis: int, place: int) -> Array:
        made = np.zeros(shape, bool)
        made[(slice(None),) * (axis + 1) + (place,)] = True
        return made

    def _tried(self, inputs: Array) -> bool:
        """Whether changing these inputs shows in any draw."""
        return bool(inputs.any()) and any(self._shows(inputs, draw) for draw in range(DRAWS))

    def _responds(self, inputs: Array) -> bool:
        """Whether changing these inputs shows wherever the output has a slope."""
        flat = True
        for draw in range(DRAWS):
            if self._shows(inputs, draw):
                return True
            flat = flat and not self._slopes(inputs, draw)
        return flat

    def _drawn(self, draw: int) -> tuple[tuple[Array, ...], Weights]:
        """Positive numbers, of which every root is one; then any."""
        generator = np.random.default_rng(draw)
        xs = any_inputs(self.ready, generator)
        stored = any_numbers(self.ready, generator)
        still = {name: array * (not name.startswith("offset")) for name, array in stored.items()}
        if isinstance(self.ready.layer, OffsetConv):
            xs = xs[0], np.zeros_like(xs[1]), *xs[2:]
        return (xs if draw % 3 else tuple(map(abs, xs))), still

    def _shows(self, inputs: Array, draw: int) -> bool:
        xs, stored = self._drawn(draw)
        before = self._made(xs, stored)
        changed = other(self.ready, xs[0], inputs, FAR if draw % 2 == 0 else -FAR)
        return _differ((before,), (self._made((changed, *xs[1:]), stored),))

    def _made(self, xs: tuple[Array, ...], stored: Weights) -> Array:
        return run(self.ready, xs, stored)[len(self.ready.outputs) - 1][self.at].copy()

    def _slopes(self, inputs: Array, draw: int) -> bool:
        xs, stored = self._drawn(draw)
        dys = tuple(np.zeros(y) for y in self.ready.outputs)
        dys[-1][self.at] = np.random.default_rng(draw).uniform(0.5, 1.5, dys[-1][self.at].shape)
        dxs, _ = self.ready.gradients(xs, stored, dys)
        return bool((abs(dxs[0][0][inputs]) > FLAT).any())


def _differ(before: tuple[Array, ...], after: tuple[Array, ...]) -> bool:
    return not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(before, after, strict=True))
