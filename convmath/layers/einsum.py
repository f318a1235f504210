"""Sums of products by the letters of the axes: Einsum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.conditions import Condition, equal
from ..core.errors import ParameterError, ShapeError
from ..core.receptive_field import MOVED, Stage
from ..core.shape import Shape
from ..core.size import product
from ..core.window import Window
from .base import Layer
from .field import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size


class Einsum(Layer):
    """One or two arrays multiplied and summed over every axis whose letter is not in the output.

    Of two arrays: as many MACs as all letters' sizes multiply to. Of one: a sum. Each axis of an array has a letter of
    its own, and the arrow is written. Raises ParameterError for other equations, ShapeError for a letter of two sizes.

    >>> Einsum("bhqd,bhkd->bhqk").macs((2, 8, 49, 32), (2, 8, 50, 32))
    1254400

    Source: Einstein (1916); NumPy's function of this name.
    """

    arity = (1, 2)
    least_axes = 0
    equation = Text("the letters of each input's axes, an arrow, and those of the output's")

    def constraints(self) -> Iterable[Condition]:
        words = (*self.operands, self.result)
        sound = self.equation.count("->") == 1 and all(
            word.isascii() and (word.isalpha() or not word) for word in words
        )
        repeated = any(len(set(word)) < len(word) for word in words)
        if not sound or repeated or not set(self.result) <= set("".join(self.operands)):
            raise ParameterError(
                f"{self.op}: equation={self.equation!a} is not understood (a letter for each axis: 'bqd,bkd->bqk')"
            )
        return ()

    @property
    def operands(self) -> list[str]:
        """The letters of each input."""
        return self.equation.partition("->")[0].replace(" ", "").split(",")  # type: ignore[no-any-return]

    @property
    def result(self) -> str:
        """The letters of the output."""
        return self.equation.partition("->")[2].strip()  # type: ignore[no-any-return]

    def _sizes(self, inputs: tuple[Shape, ...]) -> dict[str, Size]:
        pairs = zip(self.operands, inputs, strict=True)
        return {letter: size for word, x in pairs for letter, size in zip(word, x, strict=True)}

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        words = self.operands
        if [len(word) for word in words] != [len(x) for x in inputs]:
            shapes = " and ".join(map(str, inputs))
            raise ShapeError(f"{self.op}: {self.equation!a} does not name the axes of {shapes} (one letter for each)")
        last = self._sizes(inputs)
        for letter, size in zip(words[0], inputs[0], strict=True):
            yield equal(size, last[letter], f"{letter} is {{left}} and {{right}} long", "make the two equal")

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        sizes = self._sizes(inputs)
        return (Shape(sizes[letter] for letter in self.result),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        words = (*self.operands, self.result)
        return (tuple(Window() if _kept(words, axis) else MOVED for axis in range(2, len(inputs[0]))),)

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return product(self._sizes(inputs).values()) if len(inputs) == 2 else 0

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return inputs[0].elements - outputs[0].elements if len(inputs) == 1 else 0


def _kept(words: tuple[str, ...], axis: int) -> bool:
    """Whether every array has the same letter at this place, so that each position is read by itself."""
    return len({word[axis : axis + 1] for word in words}) == 1 and len({len(word) for word in words[:-1]}) == 1
