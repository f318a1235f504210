"""Cost: what a layer takes. The one place that says FLOPs = 2·MACs + the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .size import Size

BYTES = {
    "float64": 8, "float32": 4, "tf32": 4, "float16": 2, "bfloat16": 2, "float8": 1,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1,
}  # fmt: skip
"""Bytes that one number takes in memory."""


class Cost(NamedTuple):
    """What a layer or a network takes for one forward pass; costs add.

    `params` are trainable numbers, `buffers` stored ones that are not trained (running statistics);
    `macs` the multiply-accumulates of convolutions, linear layers and matrix products as a dense kernel does
    them, padding included; `macs_touching` only those on real input; `operations` every other arithmetic
    operation (bias, norms, activations, pooling, interpolation); `activations` the numbers written; `moved` the
    numbers that go through memory: inputs, parameters and buffers read, outputs written, each once.

    >>> (Cost(params=10, macs=100) + Cost(macs=5, operations=7)).flops
    217
    """

    params: Size = 0
    buffers: Size = 0
    macs: Size = 0
    macs_touching: Size = 0
    operations: Size = 0
    activations: Size = 0
    moved: Size = 0

    @property
    def flops(self) -> Size:
        """Floating-point operations: two for every dense MAC, and the other operations."""
        return 2 * self.macs + self.operations

    def __add__(self, other: Cost) -> Cost:  # type: ignore[override]
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))

    @staticmethod
    def total(costs: Iterable[Cost]) -> Cost:
        """The sum of costs; zero for none.

        >>> Cost.total([Cost(params=1), Cost(params=2)]).params
        3
        """
        return Cost(*map(sum, zip(*costs, strict=True)))

    def weight_bytes(self, dtype: str = "float32") -> Size:
        """The bytes that parameters and buffers take.

        >>> Cost(params=25).weight_bytes("float16")
        50
        """
        return (self.params + self.buffers) * bytes_per(dtype)

    def activation_bytes(self, dtype: str = "float32") -> Size:
        """The bytes of everything that the layers write."""
        return self.activations * bytes_per(dtype)


def bytes_per(dtype: str) -> int:
    """The bytes of one number of `dtype`; UnknownNameError if nobody knows it.

    >>> bytes_per("bfloat16")
    2
    """
    if dtype not in BYTES:
        raise unknown_name("dtype", dtype, list(BYTES))
    return BYTES[dtype]
