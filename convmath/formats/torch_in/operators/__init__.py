"""Which layer type an operator is: a file for each kind, and the table of all.

A function reads one `Call` and returns the value it makes, after it has added the layers that make it; None, or any
error of ours, where the call is one that no layer type stands for, which then stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import composed, functions, joins, moves, norms, picking, products, sliding

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..call import Call, Value

OPERATORS: dict[str, Callable[[Call], Value | list[Value] | None]] = {
    **sliding.OPERATORS,
    **norms.OPERATORS,
    **functions.OPERATORS,
    **joins.OPERATORS,
    **moves.OPERATORS,
    **picking.OPERATORS,
    **products.OPERATORS,
    **composed.OPERATORS,
}
"""Every operator that is known, by its name without an overload."""
