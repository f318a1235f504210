"""The matrix of a convolution in factors, C = Σ_t W_t ⊗ S_t: its weights, and which input every tap selects."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ShapeError
from ...core.shape import by_axis
from ..products import matmul
from .explicit import csr
from .selections import selections, tiles
from .sizes import refuse_explicit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..arrays import Array
    from .geometry import Geometry
    from .selections import Tile


class _Product:
    """What both the factored matrix and its transpose do; each says how it maps one vector."""

    __slots__ = ()
    __array_ufunc__ = None  # so that NumPy leaves x @ C to the matrix

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    nnz: int
    nbytes: int

    @property
    def T(self) -> _Product:  # noqa: N802 (as NumPy and SciPy call it)
        """The transpose, of the same arrays."""
        raise NotImplementedError

    def tocsr(self) -> Any:
        """The explicit matrix; ParameterError above 32 million nonzeros, or half of the memory that is free."""
        raise NotImplementedError

    def _map(self, vector: Array) -> Array:
        raise NotImplementedError

    def toarray(self) -> Array:
        """The dense matrix, for small ones."""
        return self.tocsr().toarray()

    def __matmul__(self, x: Any) -> Array:
        """C·x for a vector, or for every column of a matrix."""
        x = np.asarray(x)
        if x.ndim not in {1, 2} or len(x) != self.shape[1]:
            raise ShapeError(
                f"a matrix of {by_axis(self.shape)} times {by_axis(x.shape) or 'a number'}"
                f" (give a vector of {self.shape[1]} numbers, or such columns)"
            )
        x = x.astype(np.result_type(x, self.dtype), copy=False)
        if x.ndim == 1:
            return self._map(x)
        y = np.empty((self.shape[0], x.shape[1]), x.dtype)
        for column in range(x.shape[1]):
            y[:, column] = self._map(x[:, column])
        return y

    def __rmatmul__(self, x: Any) -> Array:
        """x·C, which is (Cᵀ·xᵀ)ᵀ."""
        return (self.T @ np.asarray(x).T).T

    def __repr__(self) -> str:
        return (
            f"<{by_axis(self.shape)} factored matrix, {self.dtype.name}, {self.nnz:,} nonzeros, {self.nbytes:,} bytes>"
        )


class Factored(_Product):
    """C = Σ_t W_t ⊗ S_t: every tap t selects an input for every output (S_t, of 0 and 1), and weighs it (W_t).

    `C @ x` selects and then multiplies, `C.T @ y` multiplies and then adds up where the selections came from; neither
    makes C. `nnz` is what the explicit matrix would hold, `nbytes` what this one does.

    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.numeric import factored_matrix
    >>> c = factored_matrix(Conv1d(1, 1, 2, bias=False), (1, 1, 3), {"weight": np.array([[[1, 10]]])})
    >>> c @ [1, 2, 3], c.T @ [1, 2], c.nnz
    (array([21, 32]), array([ 1, 12, 20]), 4)
    """

    __slots__ = ("dtype", "geometry", "nbytes", "nnz", "shape", "tiles", "weight")

    def __init__(self, geometry: Geometry, weight: Array, cut: tuple[Tile, ...] | None = None) -> None:
        self.geometry, self.weight = geometry, weight
        self.tiles = tuple(tiles(geometry, weight.itemsize)) if cut is None else cut
        self.shape, self.dtype, self.nnz = geometry.shape, weight.dtype, geometry.nonzeros
        self.nbytes = weight.nbytes + sum(tile.nbytes for tile in self.tiles)

    @property
    def T(self) -> Transposed:  # noqa: N802 (as NumPy and SciPy call it)
        return Transposed(self)

    def conj(self) -> Factored:
        """The matrix of the conjugate weights, with the same selections."""
        return Factored(self.geometry, self.weight.conj(), self.tiles)

    def tocsr(self) -> Any:
        refuse_explicit(self.geometry, self.weight.itemsize)
        return csr(self.geometry, self.weight)

    def factors(self) -> Iterator[tuple[Array, Any]]:
        """(W_t, S_t) of every tap: dense (M, C), 0 between groups, and CSR (∏o, ∏i)."""
        from scipy.linalg import block_diag

        groups = self.geometry.groups
        taps = self.weight.reshape(groups, -1, self.geometry.share, self.geometry.taps)
        for tap, selection in enumerate(selections(self.geometry)):
            yield block_diag(*taps[..., tap]), selection

    def _map(self, vector: Array) -> Array:
        geometry, rows = self.geometry, self._rows(vector.dtype)
        pixels = np.ascontiguousarray(vector.reshape(geometry.inputs.channels, -1).T)
        y = np.empty((prod(geometry.outputs.spatial), geometry.outputs.channels), vector.dtype)
        for tile in self.tiles:
            read = tile.selection @ pixels[tile.inputs]
            columns = read.reshape(-1, geometry.taps, geometry.groups, geometry.share).transpose(2, 0, 1, 3)
            made = matmul(columns.reshape(geometry.groups, -1, rows.shape[1]), rows)
            y[tile.outputs] = made.transpose(1, 0, 2).reshape(-1, y.shape[1])
        return y.T.reshape(-1)

    def _map_back(self, vector: Array) -> Array:
        geometry, rows = self.geometry, self._rows(vector.dtype)
        y = vector.reshape(geometry.groups, rows.shape[2], -1).transpose(0, 2, 1)
        pixels = np.zeros((prod(geometry.inputs.spatial), geometry.inputs.channels), vector.dtype)
        for tile in self.tiles:
            added = matmul(np.ascontiguousarray(y[:, tile.outputs]), rows.transpose(0, 2, 1))
            added = added.reshape(geometry.groups, -1, geometry.taps, geometry.share).transpose(1, 2, 0, 3)
            pixels[tile.inputs] += tile.selection.T @ added.reshape(-1, pixels.shape[1])
        return pixels.T.reshape(-1)

    def _rows(self, dtype: np.dtype[Any]) -> Array:
        """(g, ∏k·C/g, M/g): for every group, what is selected times this is what comes out."""
        geometry = self.geometry
        rows = self.weight.reshape(geometry.groups, -1, geometry.share, geometry.taps).transpose(0, 3, 2, 1)
        return rows.astype(dtype, "C").reshape(geometry.groups, geometry.taps * geometry.share, -1)


class Transposed(_Product):
    """Cᵀ = Σ_t W_tᵀ ⊗ S_tᵀ of a factored C."""

    __slots__ = ("dtype", "nbytes", "nnz", "of", "shape")

    def __init__(self, of: Factored) -> None:
        self.of, self.shape, self.dtype, self.nnz, self.nbytes = of, of.shape[::-1], of.dtype, of.nnz, of.nbytes

    @property
    def T(self) -> Factored:  # noqa: N802 (as NumPy and SciPy call it)
        return self.of

    def conj(self) -> Transposed:
        """The transpose of the conjugate weights' matrix."""
        return Transposed(self.of.conj())

    def tocsr(self) -> Any:
        return self.of.tocsr().T.tocsr()

    def _map(self, vector: Array) -> Array:
        return self.of._map_back(vector)  # noqa: SLF001 (the two are one thing)
