"""A worked example of every quantity: the formula at some numbers, and the layer's rules on the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from ..layers import layer_type
from ..symbolic.written import Written
from .general import general
from .quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .statement import Formula

NUMBERS: Mapping[str, int] = {
    "N": 2, "C": 12, "C_in": 12, "C_out": 8, "g": 2, "m": 2, "M": 3, "g_off": 3, "G": 4, "c": 3, "C_1": 5, "C_2": 7,
    "k": 3, "k_d": 2, "k_h": 3, "k_w": 5, "s": 2, "s_d": 1, "s_h": 2, "s_w": 3, "p": 1, "p_d": 1, "p_h": 1, "p_w": 2,
    "d": 2, "d_d": 1, "d_h": 2, "d_w": 1, "a": 1, "a_d": 0, "a_h": 1, "a_w": 2, "o": 3, "o_d": 2, "o_h": 3, "o_w": 4,
    "i": 14, "i_d": 6, "i_h": 13, "i_w": 18, "L": 14, "D": 6, "H": 14, "W": 18, "r": 2, "n": 5, "I": 10, "O": 6, "b": 4,
    "E": 9, "S": 11, "V": 8,
}  # fmt: skip
"""Numbers that differ from one another and that every type accepts."""


class Example(NamedTuple):
    """The values of a formula's symbols, and what comes out."""

    values: Mapping[str, int]
    result: Any


def example(f: Formula) -> Example:
    """The formula at example numbers; FormulaError if the layer's own rules say otherwise on the same numbers.

    >>> from convmath.formulas.formula import formula
    >>> f = formula("Conv2d", "output")
    >>> example(f)
    Example(values={'i': 14, 'p': 1, 'd': 2, 'k': 3, 's': 2}, result=6)
    """
    known = f.names
    values = {name: NUMBERS[name] for name in known}
    result = f.at(**values)
    asked = quantity(f.quantity)
    stated = asked.state(
        general(layer_type(f.of), alike=asked.alike, make=lambda name, least: NUMBERS[name], **asked.only)
    )
    expected, where = stated if isinstance(stated, tuple) else (stated, {})
    if isinstance(expected, Written):
        names = {name: meant.worked_out(NUMBERS) for name, meant in where.items()}
        expected = expected.worked_out({**NUMBERS, **names})
    if expected != result:
        raise FormulaError(f"{f.of} {f.quantity}: the formula gives {result}, the rule {expected} for {values}")
    return Example(values, result)
