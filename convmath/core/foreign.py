"""Sizes that another library made: a symbol of SymPy is a size wherever one of ours is.

What reads them lives in a higher room and is found by name when such a size comes, so that neither that room nor the
library is loaded for anybody else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .size import Size

READERS = {"sympy": ("convmath.symbolic.sympy_bridge", "from_sympy")}
"""By the package that a value's type comes from, the function that makes a size of it."""


def is_foreign(value: object) -> bool:
    """Whether another library made the value, and its sizes are understood here.

    >>> is_foreign(3)
    False
    """
    return type(value).__module__.partition(".")[0] in READERS


def read(value: Any) -> Size:
    """The size that such a value is; FormulaError if it is none."""
    module, function = READERS[type(value).__module__.partition(".")[0]]
    return getattr(import_module(module), function)(value)
