"""What rules of keeping are made of: what a layer keeps for its gradient, and what of it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.shape import Shape
    from ..core.size import Size

    Rule = Callable[[Any, tuple[Shape, ...], tuple[Shape, ...], "Needs"], "Kept"]


class Own(NamedTuple):
    """An array that is made to be kept: what it is, its numbers, the bytes of each where activations have so many."""

    what: str
    numbers: Size
    width: Callable[[int], int]


class Kept(NamedTuple):
    """What a layer keeps: which of its inputs, whether its output, and arrays of its own."""

    inputs: tuple[int, ...] = ()
    output: bool = False
    own: tuple[Own, ...] = ()


class Needs(NamedTuple):
    """Which gradients are asked for: of which inputs, all where there are no more words, and of which arrays none."""

    inputs: tuple[bool, ...] = ()
    frozen: frozenset[str] = frozenset()

    def of(self, place: int) -> bool:
        """Whether an input's gradient is asked for."""
        return place >= len(self.inputs) or self.inputs[place]

    def others(self, place: int, count: int) -> bool:
        """Whether the gradient of any other of so many inputs is."""
        return any(self.of(other) for other in range(count) if other != place)


NOTHING = Kept()
READ = Kept((0,))
MADE = Kept(output=True)


def like(what: str, numbers: Size) -> Own:
    """An array in the activations' dtype."""
    return Own(what, numbers, lambda width: width)


def single(what: str, numbers: Size) -> Own:
    """An array in float32 at least."""
    return Own(what, numbers, lambda width: max(width, 4))


def statistics(numbers: Size) -> Own:
    """Means and deviations, in float32 at least."""
    return single("mean and deviation", numbers)


def places(shape: Shape) -> Own:
    """Where the maxima were, in int64."""
    return Own("places", shape.elements, lambda width: 8)


def mask(numbers: Size) -> Own:
    """One byte for each number."""
    return Own("mask", numbers, lambda width: 1)
