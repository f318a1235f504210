"""Precision: in which dtypes a network's arrays are kept, weights and activations each in their own."""

from __future__ import annotations

from typing import NamedTuple

from ..core.cost import bytes_per
from ..core.errors import ParseError, show, unknown_name


class Precision(NamedTuple):
    """The dtype of every kind of array; `master` is that of a second copy of the weights, which the optimiser steps."""

    weights: str = "float32"
    buffers: str = "float32"
    gradients: str = "float32"
    activations: str = "float32"
    optimizer: str = "float32"
    master: str | None = None

    def bytes_of(self, kind: str) -> int:
        """The bytes of one number of a kind of array; 0 where there is none.

        >>> Precision(master="float32").bytes_of("master"), Precision().bytes_of("master")
        (4, 0)
        """
        dtype = getattr(self, kind)
        return 0 if dtype is None else bytes_per(dtype)

    def __str__(self) -> str:
        if len({dtype for dtype in self if dtype is not None}) == 1:
            return self.weights
        return ", ".join(f"{kind} {dtype}" for kind, dtype in self._asdict().items() if dtype is not None)


MIXED = Precision("float16", "float32", "float16", "float16", "float32", "float32")
"""Half precision with a copy of the weights in float32 for the optimiser; Micikevicius et al. (2018)."""


def precision(text: str) -> Precision:
    """One dtype for everything, `mixed`, or either of them followed by exceptions.

    ParseError for what is none of these, UnknownNameError for a dtype that nobody knows.

    >>> precision("float16").weights, precision("float32,activations=bfloat16").activations
    ('float16', 'bfloat16')
    >>> str(precision("mixed"))[:38]
    'weights float16, buffers float32, grad'
    """
    first, *others = [word.strip() for word in text.split(",")]
    if "=" in first:
        first, others = "float32", [first, *others]
    if first != "mixed":
        bytes_per(first)
    result = MIXED if first == "mixed" else Precision(first, first, first, first, first)
    kinds: list[str] = []
    for word in others:
        kind, equals, dtype = (part.strip() for part in word.partition("="))
        if not equals:
            raise ParseError(f"--dtype {show(text)}: {show(word)} is not KIND=DTYPE (such as activations=float16)")
        if kind not in Precision._fields:
            raise unknown_name("kind of array", kind, list(Precision._fields))
        if kind in kinds:
            raise ParseError(f"--dtype {show(text)}: {kind} is given twice")
        bytes_per(dtype)
        kinds.append(kind)
        result = result._replace(**{kind: dtype})
    return result
