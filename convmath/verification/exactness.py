"""Which layers make the same of whole numbers whatever the order of their sums: those that only add and multiply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers.adaptive_pool import AdaptiveMaxPool, GlobalMaxPool
from ..layers.composite import Composite
from ..layers.upsample import Upsample
from ..numeric.kernels import kernel
from ..numeric.kernels.activation import INTEGERS_TOO

if TYPE_CHECKING:
    from ..layers.base import Layer

EXACT = {
    "conv", "transposed", "linear", "locally_connected", "deformable", "max_pool", "unpool", "shuffle", "pad",
    "reshape", "elementwise", "pieces", "unfold",
}  # fmt: skip
"""Files of `kernels/` whose layers add, multiply, compare and move numbers, and nothing else."""


def is_exact(layer: Layer) -> bool:
    """Whether a layer's outputs are sums of products of its numbers, or some of them: exact on small whole numbers.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.layers.activation import GELU
    >>> is_exact(Conv2d(3, 8, 3)), is_exact(GELU())
    (True, False)
    """
    if isinstance(layer, Composite):
        return all(is_exact(part) for _, part in layer.parts)
    if isinstance(layer, Upsample):
        return layer.mode in {"nearest", "nearest-exact"}
    exact_types = isinstance(layer, AdaptiveMaxPool | GlobalMaxPool) or layer.op in INTEGERS_TOO | {"PReLU"}
    return exact_types or kernel(layer).__name__.rpartition(".")[2] in EXACT
