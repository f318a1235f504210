"""How large the matrix of a convolution is in every form, by formulas: nothing is made to find out."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import ParameterError
from ...core.shape import by_axis
from ...core.size import ceil_div
from ...report.describe import show_bytes
from ..memory import allowed_bytes, refuse_above
from .bands import inside
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
    touching, positions = geometry.touching, prod(geometry.outputs.spatial)
    index = index_dtype(rows, columns, geometry.nonzeros).itemsize
    csr = geometry.nonzeros * (itemsize + index) + (rows + 1) * index
    index = index_dtype(rows, columns).itemsize
    bsr = geometry.nonzeros * itemsize + (touching + positions) * geometry.groups * index + index
    several = outputs_at_once(geometry, itemsize)
    index = index_dtype(several * geometry.taps, prod(geometry.inputs.spatial)).itemsize
    weights = geometry.outputs.channels * geometry.share * geometry.taps * itemsize
    factored = weights + touching * (1 + index) + (positions * geometry.taps + ceil_div(positions, several)) * index
    return MatrixSizes(geometry.shape, geometry.nonzeros, csr, bsr, factored)


def transposed_sizes(geometry: Geometry, itemsize: int) -> MatrixSizes:
    """The sizes of its transpose: the same, but that BSR keeps a place for every row of blocks."""
    sizes = sizes_of(geometry, itemsize)
    more = prod(geometry.inputs.spatial) - prod(geometry.outputs.spatial)
    return sizes._replace(
        shape=sizes.shape[::-1], bsr=sizes.bsr + more * geometry.groups * index_dtype(*sizes.shape).itemsize
    )


WIDE = 8
"""Bytes of a position while the pattern is worked out."""


def refuse_explicit(geometry: Geometry, itemsize: int, memory: int | str | None = None) -> None:
    """ParameterError if the matrix has too many nonzeros to be written out, or takes more than is allowed.

    The factored form is named where that is allowed.
    """
    sizes, allowed = sizes_of(geometry, itemsize), allowed_bytes(memory)
    factored = _while_factored(geometry, sizes)
    takes = f"factored_matrix(), which takes {show_bytes(sizes.factored)}"
    mend = f"use {takes}" if factored <= allowed else "use a smaller input"
    if geometry.nonzeros > MOST_NONZEROS:
        raise ParameterError(
            f"{geometry.op}: the matrix has {sizes.nonzeros:,} nonzeros, {show_bytes(sizes.csr)} as CSR; more than"
            f" {MOST_NONZEROS:,} are not written out ({mend})"
        )
    needed = max(sizes.csr, sizes.bsr) + _while_banded(geometry)
    refuse_above(memory, needed, geometry.op, takes if factored <= min(allowed, needed) else "allow more memory")


def refuse_factored(geometry: Geometry, itemsize: int, memory: int | str | None = None, besides: int = 0) -> None:
    """ParameterError if the factors, and what is needed besides, take more than is allowed."""
    refuse_above(memory, _while_factored(geometry, sizes_of(geometry, itemsize)) + besides, geometry.op)


def _while_factored(geometry: Geometry, sizes: MatrixSizes) -> int:
    """The factors, and at the same time which position every tap of every output reads."""
    return sizes.factored + 3 * WIDE * prod(geometry.outputs.spatial) * geometry.taps


def _while_banded(geometry: Geometry) -> int:
    """How many inputs every output reads, the first of them, and all of them at the borders."""
    axes = zip(geometry.windows, geometry.inputs.spatial, geometry.outputs.spatial, strict=True)
    border = 0
    for window, size, outputs in axes:
        begin, end = inside(window, size, outputs)
        border += (outputs - (end - begin)) * window.kernel
    return WIDE * (6 * prod(geometry.outputs.spatial) + 12 * border)
