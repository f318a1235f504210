"""Arrays that a network holds and no layer makes: Parameter, which is trained, and Constant, which is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.shape import Shape
from .base import Layer
from .field import Extents

if TYPE_CHECKING:
    from ..core.size import Size


class Source(Layer, abstract=True):
    """An array of the stated shape, batch axis included: it reads nothing, and computes and writes nothing."""

    arity = (0, 0)
    shape = Extents("the sizes of every axis")

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (Shape(self.shape),)

    def count_activations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return 0

    def count_moved(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        return 0


class Parameter(Source):
    """A trained array that other layers read: a position embedding, a class token, the scale of a layer.

    Its numbers are parameters; there is no arithmetic, and nothing is written.

    >>> Parameter((1, 197, 768)).params
    151296

    Source: PyTorch's class of this name.
    """

    def weights(self) -> dict[str, tuple[Size, ...]]:
        return {"weight": self.shape}


class Constant(Source):
    """An array that is stored and not trained, and that other layers read: a mask, a table of frequencies.

    Its numbers are buffers; there is no arithmetic, and nothing is written.

    >>> Constant((1, 3, 1, 1)).cost().buffers
    3

    Source: PyTorch's buffers; ONNX's operator of this name.
    """

    def buffers(self) -> dict[str, tuple[Size, ...]]:
        return {"value": self.shape}
