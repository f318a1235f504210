"""The matrix of a convolution: written out by rows or by blocks, in factors, or only as what it does.

A convolution is linear: flattened, y = C·x, and the transposed layer's matrix is Cᵀ. C has a nonzero for every
multiplication that touches real input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.shape import Shape, as_shape
from ...layers.transposed import ConvTranspose
from ..arrays import as_array, as_dtype, checked_weights
from ..demands import demand
from ..plans import Plan
from .explicit import bsr, csr
from .factored import Factored
from .geometry import convolution_in, geometry_of
from .sizes import MatrixSizes, refuse_explicit, refuse_factored, sizes_of, transposed_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike

    from ...layers.base import Layer
    from ...layers.conv import Conv
    from ..arrays import Array
    from .geometry import Geometry


def matrix(layer: Layer, shape: object, weights: Mapping[str, Array], memory: int | str | None = None) -> Any:
    """The CSR matrix C with which a convolution maps one sample, flattened, to its output without the bias.

    C has ∏o·M rows and ∏i·C columns, both channel by channel, and as many nonzeros as multiplications touch the input:
    M·C/g·∏(pairs of an output and a tap that are not on zeros). Of a batch every sample is mapped alike. With padding
    that copies (reflect, replicate, circular) each tap reads the input, and weights of taps that read the same position
    are added up into one nonzero. A transposed convolution's matrix is its convolution's `.T`, hence CSC.

    Takes the numbers' size + 4 bytes for each nonzero. Raises ParameterError for layers that are no convolution and,
    before anything is made, above 32 million nonzeros or more `memory` than is allowed, in bytes or as a text such as
    2GiB, half of what is free if left out; `matrix_sizes` tells what it would take.

    >>> from convmath.layers.conv import Conv1d
    >>> matrix(Conv1d(1, 1, 3, padding=1, bias=False), (1, 1, 4), {"weight": np.array([[[1, 2, 3]]])}).toarray()
    array([[2, 3, 0, 0],
           [1, 2, 3, 0],
           [0, 1, 2, 3],
           [0, 0, 1, 2]])

    Source: Dumoulin and Visin (2016), section 4.1.
    """
    return _made(csr, refuse_explicit, layer, shape, weights, memory)


def block_matrix(layer: Layer, shape: object, weights: Mapping[str, Array], memory: int | str | None = None) -> Any:
    """The same as a BSR matrix, pixel by pixel: a block M/g × C/g for each group, output, and input that it reads.

    Row o·M + m and column i·C + c, so that it maps samples of (∏i, C) to (∏o, M): what is called NHWC. A block's index
    serves all its nonzeros; in float32 that halves the memory of CSR, unless the blocks are of 1 × 1.

    >>> from convmath.layers.conv import Conv1d
    >>> c = block_matrix(Conv1d(2, 1, 2, bias=False), (1, 2, 3), {"weight": np.array([[[1, 10], [2, 20]]])})
    >>> c.toarray(), c.blocksize
    (array([[ 1,  2, 10, 20,  0,  0],
           [ 0,  0,  1,  2, 10, 20]]), (1, 2))
    """
    return _made(bsr, refuse_explicit, layer, shape, weights, memory)


def factored_matrix(layer: Layer, shape: object, weights: Mapping[str, Array], memory: int | str | None = None) -> Any:
    """The same in factors, C = Σ_t W_t ⊗ S_t: `C @ x`, `C.T`, `C.factors()`, whatever the number of nonzeros.

    Channel by channel, as `matrix`. It keeps the weights and which input each tap reads, about 9 bytes for each tap of
    each output position, and applies tens of times faster than CSR where filters see many channels; of a depthwise
    convolution CSR is the faster one.

    >>> from convmath.layers.conv import Conv2d
    >>> layer = Conv2d(64, 64, 3, padding=1, bias=False)
    >>> c = factored_matrix(layer, (1, 64, 56, 56), {"weight": np.ones(layer.weights()["weight"], "float32")})
    >>> c, (c @ np.ones(c.shape[1], "float32")).max()
    (<200704x200704 factored matrix, float32, 112,869,376 nonzeros, 398,140 bytes>, np.float32(576.0))
    """
    return _made(Factored, refuse_factored, layer, shape, weights, memory)


def matrix_sizes(layer: Layer, shape: object, dtype: DTypeLike = "float32") -> MatrixSizes:
    """Rows and columns, nonzeros, and the bytes of each form of a convolution's matrix, without making it.

    >>> from convmath.layers.conv import Conv2d
    >>> print(matrix_sizes(Conv2d(64, 64, 3, padding=1), (1, 64, 56, 56)))
    200704x200704, 112,869,376 nonzeros: CSR 861.9 MiB, BSR 430.7 MiB, factored 388.8 KiB
    """
    found = convolution_in(layer, shape)
    tell = transposed_sizes if isinstance(found, ConvTranspose) else sizes_of
    return tell(geometry_of(found, shape), as_dtype(dtype).itemsize)


def operator(layer: Layer, shape: object, weights: Mapping[str, Array], memory: int | str | None = None) -> Any:
    """The same as a SciPy LinearOperator, which applies C and Cᴴ without making them.

    >>> from convmath.layers.conv import Conv1d
    >>> c = operator(Conv1d(1, 1, 2, bias=False), (1, 1, 3), {"weight": np.array([[[1.0, 10.0]]])})
    >>> c.matvec(np.array([1.0, 2.0, 3.0])), c.rmatvec(np.array([1.0, 2.0]))
    (array([21., 32.]), array([ 1., 12., 20.]))
    """
    from scipy.sparse.linalg import LinearOperator

    found = convolution_in(layer, shape)
    weight = _weight(found, weights)
    x = Shape((1, *as_shape(shape)[1:]))
    geometry = geometry_of(found, shape)
    refuse_factored(geometry, weight.itemsize, memory, demand(found, x, weight.dtype).total)
    made = Factored(geometry, weight)
    factored = made.T if isinstance(found, ConvTranspose) else made
    adjoint = factored.conj().T
    given = {name: np.zeros(sizes, weight.dtype) for name, sizes in found.weights().items()} | {"weight": weight}
    ready: dict[np.dtype[Any], Plan] = {}

    def forward(columns: Array) -> Array:
        dtype = np.result_type(columns, weight)
        if dtype not in ready:
            ready[dtype] = Plan(found, (x,), dtype)
        made = np.empty((factored.shape[0], columns.shape[1]), dtype)
        for place in range(columns.shape[1]):
            made[:, place] = ready[dtype](columns[:, place].reshape(x), given).reshape(-1)
        return made

    def one(v: Array) -> Array:
        return forward(v.reshape(-1, 1))[:, 0]

    return LinearOperator(factored.shape, one, adjoint.__matmul__, forward, weight.dtype, adjoint.__matmul__)


def _made(
    form: Callable[[Geometry, Array], Any],
    refuse: Callable[[Geometry, int, int | str | None], None],
    layer: Layer,
    shape: object,
    weights: Mapping[str, Array],
    memory: int | str | None,
) -> Any:
    found = convolution_in(layer, shape)
    geometry, weight = geometry_of(found, shape), _weight(found, weights)
    refuse(geometry, weight.itemsize, memory)
    made = form(geometry, weight)
    return made.T if isinstance(found, ConvTranspose) else made


def _weight(layer: Conv | ConvTranspose, weights: Mapping[str, Array]) -> Array:
    given = {name: array for name, array in weights.items() if name != "bias"} if isinstance(weights, Mapping) else {}
    who, shape = f"{layer.op}: weight", layer.weights()["weight"]
    dtype = (
        as_dtype(as_array(who, given["weight"]).dtype, f"{who}'s dtype") if "weight" in given else np.dtype("float32")
    )
    known = given if isinstance(weights, Mapping | None) else weights
    return checked_weights(known, {"weight": (shape, dtype)}, layer.op)["weight"]
