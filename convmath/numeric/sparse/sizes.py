"""How large the matrix of a convolution is in every form, by formulas: nothing is made to find out."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import ParameterError
from ...core.shape import by_axis
from ...core.size import ceil_div
from ...report.describe import show_bytes
from .geometry import index_dtype
from .selections import outputs_at_once

if TYPE_CHECKING:
    from .geometry import Geometry

MOST_NONZEROS = 32_000_000
"""An explicit matrix of more is refused: as CSR it takes 12 bytes for each in float64."""


class MatrixSizes(NamedTuple):
    """Rows and columns, nonzeros, and the bytes of each form.

    Where copies around the input let two taps read one position, `nonzeros`, `csr` and `bsr` are upper bounds.
    """

    shape: tuple[int, int]
    nonzeros: int
    csr: int
    bsr: int
    factored: int

    def __str__(self) -> str:
        forms = {"CSR": self.csr, "BSR": self.bsr, "factored": self.factored}
        told = ", ".join(f"{name} {show_bytes(count)}" for name, count in forms.items())
        return f"{by_axis(self.shape)}, {self.nonzeros:,} nonzeros: {told}"


def sizes_of(geometry: Geometry, itemsize: int) -> MatrixSizes:
    """The sizes of a convolution's matrix whose numbers take `itemsize` bytes."""
    rows, columns = geometry.shape
    touching, places = geometry.touching, prod(geometry.outputs.spatial)
    index = index_dtype(rows, columns, geometry.nonzeros).itemsize
    csr = geometry.nonzeros * (itemsize + index) + (rows + 1) * index
    index = index_dtype(rows, columns).itemsize
    bsr = geometry.nonzeros * itemsize + (touching + places) * geometry.groups * index + index
    several = outputs_at_once(geometry, itemsize)
    index = index_dtype(several * geometry.taps, prod(geometry.inputs.spatial)).itemsize
    weights = geometry.outputs.channels * geometry.share * geometry.taps * itemsize
    factored = weights + touching * (1 + index) + (places * geometry.taps + ceil_div(places, several)) * index
    return MatrixSizes(geometry.shape, geometry.nonzeros, csr, bsr, factored)


def transposed_sizes(geometry: Geometry, itemsize: int) -> MatrixSizes:
    """The sizes of its transpose: the same, but that BSR keeps a place for every row of blocks."""
    sizes = sizes_of(geometry, itemsize)
    more = prod(geometry.inputs.spatial) - prod(geometry.outputs.spatial)
    return sizes._replace(
        shape=sizes.shape[::-1], bsr=sizes.bsr + more * geometry.groups * index_dtype(*sizes.shape).itemsize
    )


def refuse_many(geometry: Geometry, itemsize: int) -> None:
    """ParameterError if the matrix has too many nonzeros to be written out."""
    if geometry.nonzeros > MOST_NONZEROS:
        sizes = sizes_of(geometry, itemsize)
        raise ParameterError(
            f"{geometry.op}: the matrix has {sizes.nonzeros:,} nonzeros, {show_bytes(sizes.csr)} as CSR; more than"
            f" {MOST_NONZEROS:,} are not written out (use factored_matrix(), which takes {show_bytes(sizes.factored)})"
        )
