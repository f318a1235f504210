"""The geometry of a convolution: everything that the pattern of its matrix depends on, and its weights do not."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...core.errors import ParameterError, show
from ...core.shape import Shape, as_shape
from ...core.size import are_numbers
from ...layers.base import Layer
from ...layers.composite import Composite
from ...layers.conv import Conv
from ...layers.transposed import ConvTranspose
from ..scatter import transposed_windows

if TYPE_CHECKING:
    from ...core.window import Window


class Geometry(NamedTuple):
    """One sample of C channels to one of M, by windows, over zeros or copies around the input, in groups."""

    op: str
    inputs: Shape
    outputs: Shape
    windows: tuple[Window, ...]
    mode: str
    groups: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix: numbers of an output, numbers of an input."""
        return prod(self.outputs), prod(self.inputs)

    @property
    def share(self) -> int:
        """C/g: the channels that a filter sees."""
        return int(self.inputs.channels // self.groups)

    @property
    def taps(self) -> int:
        """∏k."""
        return int(prod(window.kernel for window in self.windows))

    @property
    def touching(self) -> int:
        """The pairs (output, tap), over all axes, that read the input or a copy of it."""
        axes = zip(self.windows, self.inputs.spatial, self.outputs.spatial, strict=True)
        if self.mode == "zeros":
            return prod(window.touching(size, count) for window, size, count in axes)
        return prod(window.kernel * count for window, _, count in axes)

    @property
    def nonzeros(self) -> int:
        """M·C/g·touching: the matrix has as many nonzeros, or fewer where copies let two taps read one input."""
        return int(self.outputs.channels * self.share * self.touching)


def index_dtype(*largest: int) -> np.dtype[Any]:
    """int32 if it holds all these, else int64.

    SciPy would look through all indices to find that out.
    """
    return np.dtype(np.int32 if max(largest) < 1 << 31 else np.int64)


def convolution_in(layer: Layer, shape: object) -> Conv | ConvTranspose:
    """The convolution, transposed or not, that a layer is; ParameterError for layers that are none, or several.

    >>> from convmath.layers.causal import CausalConv1d
    >>> convolution_in(CausalConv1d(3, 8, 2), (1, 3, 9))
    Conv1d(3, 8, 2, padding='causal')
    """
    if not isinstance(layer, Layer):
        raise ParameterError(f"{show(layer)} is no layer, so it has no matrix here (give one, such as Conv2d(3, 8, 3))")
    layer = layer.facts(shape).layer
    while isinstance(layer, Composite) and len(layer.parts) == 1:
        layer = layer.parts[0][1]
    if isinstance(layer, Composite):
        parts = ", ".join(repr(part) for _, part in layer.parts)
        raise ParameterError(f"{layer.op}: is a chain (multiply the matrices of its parts: {parts})")
    if not isinstance(layer, Conv | ConvTranspose):
        raise ParameterError(f"{show(layer)} is no convolution, so it has no matrix here (use a Conv or ConvTranspose)")
    return layer


def geometry_of(layer: Conv | ConvTranspose, shape: object) -> Geometry:
    """The geometry of a convolution, or of the one that a layer is the transpose of; the batch plays no part.

    Raises ShapeError where the layer does not accept the shape, ParameterError for symbols.
    """
    x = Shape((1, *as_shape(shape)[1:]))
    y = layer.output_shape(x)
    if not are_numbers(*x, *y):
        raise ParameterError(f"{layer.op}: only numbers make a matrix, and the sizes have symbols (give them values)")
    if isinstance(layer, ConvTranspose):
        windows = transposed_windows(layer.windows(x), x.spatial, y.spatial)
        return Geometry(layer.op, y, x, windows, "zeros", layer.groups)
    return Geometry(layer.op, x, y, layer.windows(x), layer.padding_mode, layer.groups)
