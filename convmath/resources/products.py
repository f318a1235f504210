"""What products keep for their gradients: their factors, as the matrices that PyTorch multiplies.

A product of more than two axes is one of matrices, or of a batch of them: axes are repeated and joined before, and what
does not lie in memory like that is copied, and the copy kept.

Source: PyTorch 2.13, aten/src/ATen/native/LinearAlgebra.cpp (matmul, should_fold) and Linear.cpp (linear, einsum).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import product
from .keeping import NOTHING, Kept, Matrix

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..core.size import Size
    from .keeping import Needs


def linear(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The input, for the matrix alone."""
    return NOTHING if "weight" in needs.frozen else _kept([_rows(0, inputs[0])])


def product_of_matrices(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The factors; beside a single matrix the other's rows are joined, a batch by a batch is a batch of products."""
    if len(inputs[0]) <= 2 or len(inputs[1]) <= 2:
        return _kept([_rows(place, inputs[place]) for place in needs.factors(2)])
    batch = tuple(outputs[0][:-2])
    return _kept([batch_of_matrices(place, inputs[place], batch) for place in needs.factors(2)])


def _rows(place: int, x: Shape) -> Matrix | int:
    """All rows as those of one matrix; of a second factor all columns."""
    if len(x) <= 2:
        return place
    *before, row, column = range(len(x))
    axes = (*before, column, row) if place else (*before, row, column)
    sizes = tuple(x[axis] for axis in axes)
    return Matrix(place, axes, sizes, (product(sizes[:-1]), sizes[-1]))


def batch_of_matrices(place: int, x: Shape, batch: tuple[Size, ...]) -> Matrix:
    """An input as a batch of matrices, repeated until the batch is as large as stated."""
    new = len(batch) + 2 - len(x)
    sizes = (*batch, *x[-2:])
    return Matrix(place, (*(None,) * new, *range(len(x))), sizes, (product(batch), *x[-2:]))


def einsum(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """The factors; of two that share an axis which is summed, as a batch of matrices."""
    places = needs.factors(len(inputs))
    words = layer.operands
    if len(words) != 2 or not (summed := [one for one in words[0] if one in words[1] and one not in layer.result]):
        return Kept(places)
    sizes = {letter: size for word, x in zip(words, inputs, strict=True) for letter, size in zip(word, x, strict=True)}
    shared = [one for one in words[0] if one in words[1] and one in layer.result]
    alone = [[one for one in word if one not in other] for word, other in (words, words[::-1])]
    if any(one not in layer.result for some in alone for one in some):
        return Kept(places)  # what is summed before makes an array of its own
    groups = ((shared, alone[0], summed), (shared, summed, alone[1]))

    def matrix(place: int) -> Matrix:
        letters = [letter for group in groups[place] for letter in group]
        axes = tuple(words[place].index(letter) for letter in letters)
        joined = tuple(product([sizes[letter] for letter in group]) for group in groups[place])
        return Matrix(place, axes, tuple(sizes[letter] for letter in letters), joined)

    return _kept([matrix(place) for place in places])


def _kept(found: list[Matrix | int]) -> Kept:
    plain = tuple(one for one in found if isinstance(one, int))
    return Kept(plain, matrices=tuple(one for one in found if isinstance(one, Matrix)))
