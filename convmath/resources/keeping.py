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


class Matrix(NamedTuple):
    """An input that is kept as a product reads it, which is a copy where it does not lie in memory like that."""

    place: int
    axes: tuple[int | None, ...]
    """The input's axes in the order of the product, None for a new one."""
    sizes: tuple[Size, ...]
    """Their sizes, after axes of size 1 are repeated."""
    joined: tuple[Size, ...]
    """The sizes after neighbouring axes are joined."""


class Kept(NamedTuple):
    """What a layer keeps: which of its inputs, whether its output, arrays of its own, and inputs as matrices."""

    inputs: tuple[int, ...] = ()
    output: bool = False
    own: tuple[Own, ...] = ()
    matrices: tuple[Matrix, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it keeps anything that it reads, be it as a matrix."""
        return bool(self.inputs or self.matrices)


class Needs(NamedTuple):
    """What a rule is asked: for which gradients, and of inputs that lie how."""

    inputs: tuple[bool, ...] = ()
    """Of which inputs; of all, where there are no more words."""
    frozen: frozenset[str] = frozenset()
    """Of which arrays none is."""
    turned: tuple[bool, ...] = ()
    """Of which inputs the last axis is not the innermost in memory."""

    def of(self, place: int) -> bool:
        """Whether an input's gradient is asked for."""
        return place >= len(self.inputs) or self.inputs[place]

    def others(self, place: int, count: int) -> bool:
        """Whether the gradient of any other of so many inputs is."""
        return any(self.of(other) for other in range(count) if other != place)

    def factors(self, count: int) -> tuple[int, ...]:
        """Which of so many factors are kept: those of others that have a gradient."""
        return tuple(place for place in range(count) if self.others(place, count))


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


def indices(shape: Shape) -> Own:
    """Where the maxima were, in int64."""
    return Own("indices", shape.elements, lambda width: 8)
