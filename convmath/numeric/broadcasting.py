"""What undoes broadcasting: sums over the axes along which an array was repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core.shape import Shape
    from .arrays import Array


def summed(dx: Array, shape: Shape | tuple[int, ...]) -> Array:
    """The sum over all axes along which an array of this shape was broadcast to that of `dx`.

    >>> import numpy as np
    >>> summed(np.ones((2, 3, 4)), (3, 1)).tolist()
    [[8.0], [8.0], [8.0]]
    """
    axes = _repeated(dx, shape)
    return dx.sum(axes, dtype=dx.dtype).reshape(shape) if axes else dx.reshape(shape)


def met(marked: Array, shape: Shape | tuple[int, ...]) -> Array:
    """Which numbers of an array of this shape any of the marked ones was broadcast from."""
    return marked.any(_repeated(marked, shape)).reshape(shape)


def _repeated(made: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    new = made.ndim - len(shape)
    stretched = (axis + new for axis, size in enumerate(shape) if made.shape[axis + new] != size)
    return (*range(new), *stretched)
