"""What a symbol may be called: nothing that means anything to a printer, a shell or a compiler."""

from __future__ import annotations

import keyword
import re

from ..core.errors import FormulaError, show

PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")


def checked_name(name: object) -> str:
    """The name, if it is one: a letter or _, then at most 31 letters, digits or _; otherwise FormulaError.

    Words of Python, and the functions that formulas are written with, are no names.

    >>> checked_name("C_in")
    'C_in'
    """
    if type(name) is not str or not PATTERN.fullmatch(name):
        raise FormulaError(f"{show(name)} is no symbol (use a letter, then at most 31 letters, digits or _)")
    if keyword.iskeyword(name) or name in TAKEN or name.startswith("__"):
        raise FormulaError(f"{show(name)} is no symbol, as it means something else in code (use another name)")
    return name


TAKEN = frozenset({"max", "min", "gcd", "floor", "ceil", "sum", "range", "Fraction"})
"""Functions in the formulas that are printed."""
