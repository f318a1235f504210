"""Which positions a resize by the nearest one reads, by ONNX's rules and by those of the layer that stands for it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.size import are_numbers, as_fraction, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...core.size import Size

HALF = Fraction(1, 2)

MOST = 1 << 12
"""Positions that are compared along an axis."""

COORDINATES: dict[str, Callable[[int, int, int, Fraction], Fraction]] = {
    "asymmetric": lambda o, old, new, pace: o * pace,
    "half_pixel": lambda o, old, new, pace: (o + HALF) * pace - HALF,
    "half_pixel_symmetric": lambda o, old, new, pace: (
        Fraction(old, 2) * (1 - new * pace / old) + (o + HALF) * pace - HALF
    ),
    "pytorch_half_pixel": lambda o, old, new, pace: (o + HALF) * pace - HALF if new > 1 else Fraction(0),
    "align_corners": lambda o, old, new, pace: Fraction(o * (old - 1), new - 1) if new > 1 else Fraction(0),
}
"""Where output o lies among `old` positions that become `new`, `pace` of them for each, by ONNX's name for it."""

ROUNDED: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - Fraction(1, 2)),
    "round_prefer_ceil": lambda place: floor(place + Fraction(1, 2)),
}

LAYERS: dict[str, Callable[[int, Fraction], int]] = {
    "nearest": lambda o, pace: floor(o * pace),
    "nearest-exact": lambda o, pace: floor((o + HALF) * pace),
}
"""What our layer reads, by its mode."""


class Axis(NamedTuple):
    """An axis that is resized: its sizes before and after, and the scale that is stated, if one is."""

    before: Size
    after: Size
    scale: Any = None

    @property
    def numbers(self) -> tuple[int, int, Fraction]:
        """The sizes, and how many positions go by for each output; of formulas, what holds for 8 positions."""
        old, new = self.before, self.after
        if not are_numbers(old, new):
            factor = next((factor for factor in (1, 2, 3, 4, 8, 16, 32) if same(old * factor, new)), 0)
            return 8, 8 * factor, Fraction(1, max(factor, 1))
        if self.scale is None or old == new:
            return old, new, Fraction(old, new)
        above, below = as_fraction(self.scale)
        return old, new, Fraction(below, above)

    @property
    def stays(self) -> bool:
        """Whether nothing happens to it."""
        return same(self.before, self.after)


def nearest_mode(places: str, rounding: str, axes: Iterable[Axis], paced: Iterable[Fraction]) -> str:
    """The mode of a layer with these paces that reads the same positions along every axis; '' where none is known to.

    >>> half = [Fraction(1, 2)]
    >>> nearest_mode("half_pixel", "round_prefer_floor", [Axis(7, 14)], half)
    'nearest'
    >>> nearest_mode("asymmetric", "ceil", [Axis(4, 8)], half)
    ''
    """
    pairs = [(axis.numbers, pace) for axis, pace in zip(axes, paced, strict=True) if not axis.stays]
    return next((mode for mode in LAYERS if all(_same(mode, places, rounding, *pair) for pair in pairs)), "")


def _same(mode: str, places: str, rounding: str, numbers: tuple[int, int, Fraction], paced: Fraction) -> bool:
    old, new, pace = numbers
    if not new or places not in COORDINATES or rounding not in ROUNDED:
        return False
    coordinate, rounded, layer = COORDINATES[places], ROUNDED[rounding], LAYERS[mode]
    return all(
        min(max(rounded(coordinate(o, old, new, pace)), 0), old - 1) == min(layer(o, paced), old - 1)
        for o in range(min(new, MOST))
    )


def between(places: str, axis: Axis, paced: Fraction, aligned: bool) -> bool:
    """Whether a layer that works out values between positions, with this pace, finds its outputs at the same places.

    >>> between("half_pixel", Axis(5, 10), Fraction(1, 2), aligned=False)
    True
    >>> between("asymmetric", Axis(5, 10), Fraction(1, 2), aligned=False)
    False
    """
    old, new, pace = axis.numbers
    if axis.stays:
        return True
    if not new or places not in COORDINATES:
        return False
    if aligned:
        return places == "align_corners"
    ours, theirs = COORDINATES["half_pixel"], COORDINATES[places]
    return all(ours(o, old, new, paced) == theirs(o, old, new, pace) for o in {0, new - 1})
