"""The matrix of a convolution: explicit, factored into one selection for each tap, or only as what it does.

A convolution is linear: flattened, y = C·x, and the transposed layer's matrix is Cᵀ. C has a nonzero for every
multiplication that touches real input.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ParameterError, show
from ..core.shape import Shape, as_shape
from ..layers.conv import Conv
from ..layers.transposed import ConvTranspose
from .arrays import as_dtype, checked_weights
from .lowering import Lowering
from .scatter import scattering, transposed_windows
from .transposing import Transposing
from .windows import spread_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.window import Window
    from ..layers.base import Layer
    from .arrays import Array

MOST_NONZEROS = 32_000_000
"""An explicit matrix of more is refused: it takes 12 bytes for each in float64."""


def matrix(layer: Layer, shape: object, weights: Mapping[str, Array]) -> Any:
    """The CSR matrix C with which a convolution maps one sample, flattened, to its output without the bias.

    C has ∏o·M rows and ∏i·C columns, both channel by channel, and as many nonzeros as multiplications touch the input.
    A transposed convolution's is the transpose of its convolution's. Raises ParameterError for other layers, and above
    32 million nonzeros.

    >>> from convmath.layers.conv import Conv1d
    >>> matrix(Conv1d(1, 1, 3, padding=1, bias=False), (1, 1, 4), {"weight": np.array([[[1, 2, 3]]])}).toarray()
    array([[2, 3, 0, 0],
           [1, 2, 3, 0],
           [0, 1, 2, 3],
           [0, 0, 1, 2]])

    Source: Dumoulin and Visin (2016), section 4.1.
    """
    x, y, windows, weight = _convolution(layer, shape, weights)
    nonzeros = layer.macs_touching(shape) // as_shape(shape).batch
    if nonzeros > MOST_NONZEROS:
        raise ParameterError(
            f"{layer.op}: the matrix has {nonzeros:,} nonzeros, more than {MOST_NONZEROS:,} (use operator(), which"
            " applies it without making it)"
        )
    made = _explicit(windows, x, y, weight, layer.groups)  # type: ignore[attr-defined]
    return made.T if isinstance(layer, ConvTranspose) else made


def _convolution(
    layer: Layer, shape: object, weights: Mapping[str, Array]
) -> tuple[Shape, Shape, tuple[Window, ...], Array]:
    """What a convolution, or the one that a layer is the transpose of, maps to what, with its windows and weight."""
    x = as_shape(shape)
    x = Shape((1, *x[1:]))
    y = layer.output_shape(x)
    if not isinstance(layer, Conv | ConvTranspose) or (isinstance(layer, Conv) and layer.padding_mode != "zeros"):
        raise ParameterError(f"{show(layer)} is no convolution with zeros around it, so it has no matrix here")
    stated = {name: given for name, given in weights.items() if name != "bias"}
    dtype = as_dtype(np.asarray(stated.get("weight")).dtype) if "weight" in stated else np.dtype("float32")
    weight = checked_weights(stated, {"weight": (layer.weights()["weight"], dtype)}, layer.op)["weight"]
    if isinstance(layer, ConvTranspose):
        return y, x, transposed_windows(layer.windows(x), x.spatial, y.spatial), weight
    return x, y, layer.windows(x), weight


def _explicit(windows: tuple[Window, ...], x: Shape, y: Shape, weight: Array, groups: int) -> Any:
    """Built in the order of CSR, row by row, so that nothing is sorted."""
    from scipy.sparse import csr_array

    filters, share = weight.shape[:2]
    inputs, outputs, taps = prod(x.spatial), prod(y.spatial), prod(w.kernel for w in windows)
    row, column, tap = scattering(windows, x.spatial, y.spatial)
    counts = np.bincount(row, minlength=outputs)
    starts = np.concatenate(([0], np.cumsum(counts)))
    pairs = len(row)
    size = np.int32 if max(pairs * share * filters, inputs * x.channels) < 1 << 31 else np.int64
    # Pair p of row o stands in each of the row's channels: places (channel, p) of one filter's block of rows.
    place = (share * starts[row] + np.arange(pairs) - starts[row])[:, None] + counts[row][:, None] * np.arange(share)
    columns, taken = np.empty(pairs * share, size), np.empty(pairs * share, np.intp)
    columns[place] = column[:, None] + inputs * np.arange(share)
    taken[place] = tap[:, None] + taps * np.arange(share)
    data = weight.reshape(filters, share * taps).take(taken, axis=1)
    firsts = (np.arange(groups) * share * inputs).repeat(filters // groups).astype(size)
    indices = columns + firsts[:, None]
    lengths = np.tile(share * counts, filters)
    indptr = np.zeros(len(lengths) + 1, size)
    np.cumsum(lengths, out=indptr[1:])
    shape = (filters * outputs, x.channels * inputs)
    return csr_array((data.reshape(-1), indices.reshape(-1), indptr), shape=shape)


def operator(layer: Layer, shape: object, weights: Mapping[str, Array]) -> Any:
    """The same as a SciPy LinearOperator, which applies C and Cᵀ without making them.

    >>> from convmath.layers.conv import Conv1d
    >>> c = operator(Conv1d(1, 1, 2, bias=False), (1, 1, 3), {"weight": np.array([[[1.0, 10.0]]])})
    >>> c.matvec(np.array([1.0, 2.0, 3.0])), c.rmatvec(np.array([1.0, 2.0]))
    (array([21., 32.]), array([ 1., 12., 20.]))
    """
    from scipy.sparse.linalg import LinearOperator

    x, y, windows, weight = _convolution(layer, shape, weights)
    groups: int = layer.groups  # type: ignore[attr-defined]
    lowered = Lowering(windows, y.spatial, groups)
    transposing = Transposing(windows, y.spatial, x.spatial, weight.dtype)

    def forward(v: Array) -> Array:
        batch = _batch(v, x, weight)
        return lowered(spread_out(batch, windows), weight.astype(batch.dtype, copy=False)).reshape(len(batch), -1).T

    def back(v: Array) -> Array:
        batch = _batch(v, y, weight)
        return transposing(batch, weight.conj().astype(batch.dtype, copy=False), groups).reshape(len(batch), -1).T

    there, again = (back, forward) if isinstance(layer, ConvTranspose) else (forward, back)
    size = (prod(y), prod(x)) if there is forward else (prod(x), prod(y))
    return LinearOperator(size, _one(there), _one(again), there, weight.dtype, again)


def _batch(v: Array, shape: Shape, weight: Array) -> Array:
    """Columns as a batch of samples."""
    return np.ascontiguousarray(v.T).reshape(-1, *shape[1:]).astype(np.result_type(v, weight), copy=False)


def _one(of_columns: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda v: of_columns(v.reshape(-1, 1)).reshape(-1)
