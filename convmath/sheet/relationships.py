"""The fifteen relationships of Dumoulin and Visin, each checked against the layers' own rule when the sheet is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError
from ..formulas.formula import formula
from ..symbolic.derivation import normal
from ..symbolic.verdict import equal
from ..symbolic.written import symbol
from .document import Equation, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..symbolic.written import Operand

i, k, s, p, d, a, n = (symbol(name, least) for name, least in zip("ikspdan", (1, 1, 1, 0, 1, 0, 0), strict=True))

before = symbol("i_0")
"""The input of the convolution that a transposed convolution transposes."""

UNIT = Equation(s, 1)
NO_PADDING = Equation(p, 0)
HALF = (UNIT, ", ", Equation(k, 2 * n + 1), ", ", Equation(p, n))
FULL = (UNIT, ", ", Equation(p, k - 1))


class Relationship(NamedTuple):
    """One numbered relationship: when it holds, what it says, and the layer and values of which it is the case."""

    number: int
    setting: str
    conditions: Run
    output: Operand
    layer: str
    values: Mapping[str, Operand]


RELATIONSHIPS = (
    Relationship(1, "no padding, unit stride", (UNIT, ", ", NO_PADDING), i - k + 1, "Conv2d", {"s": 1, "p": 0, "d": 1}),
    Relationship(2, "padding, unit stride", (UNIT,), i - k + 2 * p + 1, "Conv2d", {"s": 1, "d": 1}),
    Relationship(
        3, "half (same) padding", HALF, i, "Conv2d", {"s": 1, "d": 1, "k": 2 * n + 1, "p": n},
    ),
    Relationship(4, "full padding", FULL, i + k - 1, "Conv2d", {"s": 1, "d": 1, "p": k - 1}),
    Relationship(5, "no padding, any stride", (NO_PADDING,), (i - k) // s + 1, "Conv2d", {"p": 0, "d": 1}),
    Relationship(6, "any padding, any stride", (), (i + 2 * p - k) // s + 1, "Conv2d", {"d": 1}),
    Relationship(7, "pooling", (NO_PADDING,), (i - k) // s + 1, "MaxPool2d", {"p": 0, "d": 1}),
    Relationship(
        8, "transposed, no padding, unit stride", (UNIT, ", ", NO_PADDING), i + k - 1, "ConvTranspose2d",
        {"s": 1, "p": 0, "d": 1, "a": 0},
    ),
    Relationship(
        9, "transposed, padding, unit stride", (UNIT, ", ", Equation(p, k - 1, "≤")), i + k - 1 - 2 * p,
        "ConvTranspose2d", {"s": 1, "d": 1, "a": 0},
    ),
    Relationship(
        10, "transposed half padding", HALF, i, "ConvTranspose2d",
        {"s": 1, "d": 1, "a": 0, "k": 2 * n + 1, "p": n},
    ),
    Relationship(
        11, "transposed full padding", FULL, i - (k - 1), "ConvTranspose2d",
        {"s": 1, "d": 1, "a": 0, "p": k - 1},
    ),
    Relationship(
        12, "transposed, no padding, any stride",
        (NO_PADDING, ", ", Equation(None, s), " divides ", Equation(None, before - k)),
        s * (i - 1) + k, "ConvTranspose2d", {"p": 0, "d": 1, "a": 0},
    ),
    Relationship(
        13, "transposed, any padding, any stride", (Equation(None, s), " divides ", Equation(None, before + 2 * p - k)),
        s * (i - 1) + k - 2 * p, "ConvTranspose2d", {"d": 1, "a": 0},
    ),
    Relationship(
        14, "transposed, any size", (Equation(a, (before + 2 * p - k) % s),), s * (i - 1) + a + k - 2 * p,
        "ConvTranspose2d", {"d": 1},
    ),
    Relationship(
        15, "dilated", (), (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1, "Conv2d", {},
    ),
)  # fmt: skip
"""Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016)."""


def checked(relation: Relationship) -> Equation:
    """The relationship as an equation; FormulaError if the layer's rule is not proven to say the same.

    >>> str(checked(RELATIONSHIPS[5]).right)
    '⌊(i + 2p − k)/s⌋ + 1'
    """
    rule = formula(relation.layer, "output").expression.worked_out(relation.values)
    verdict = equal(normal(rule), normal(relation.output))
    if verdict.state != "proven":
        raise FormulaError(f"relationship {relation.number}: {rule} is not {relation.output}: {verdict}")
    return Equation(symbol("o"), relation.output)
