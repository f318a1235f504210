"""Which inputs of a model decide on shapes and branches, and so are numbers rather than data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .operators import Operator

DECIDING = {
    "If": (0,), "Reshape": (1,), "Expand": (1,), "Tile": (1,), "Resize": (2, 3), "Upsample": (1,), "Pad": (1, 3),
    "Slice": (1, 2, 3, 4), "ConstantOfShape": (0,), "Range": (0, 1, 2), "TopK": (1,), "CumSum": (1,), "Split": (1,),
    "Squeeze": (1,), "Unsqueeze": (1,), "CenterCropPad": (1,), "OneHot": (1,),
}  # fmt: skip
"""The inputs of operators that say what shape comes out, or what runs."""

SETTINGS = DECIDING | {"Resize": (1, 2, 3), "NonMaxSuppression": (2, 3, 4), "STFT": (1, 3), "DFT": (1, 2)}
"""The inputs of operators that say how they work, and are no weights whatever their numbers."""

ONLY_SHAPES = frozenset({"Shape", "Size"})
"""Operators behind which no number of what they read is seen."""


def deciding_names(operators: Iterable[Operator]) -> set[str]:
    """The values that shapes and branches are worked out from, from the last operator back to the first."""
    names: set[str] = set()
    for operator in reversed(list(operators)):
        if operator.type not in ONLY_SHAPES and not names.isdisjoint(operator.outputs):
            names.update(operator.inputs)
        for place in DECIDING.get(operator.type, ()):
            if place < len(operator.inputs):
                names.add(operator.inputs[place])
    return names
