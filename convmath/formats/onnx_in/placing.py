"""Which positions a resize by the nearest one reads, by ONNX's rules and by those of the layer that stands for it."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from ...core.size import are_numbers, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.size import Size

MOST = 1 << 12
"""Positions that are compared along an axis."""

COORDINATES: dict[str, Callable[[int, int, int], Fraction]] = {
    "asymmetric": lambda o, old, new: Fraction(o * old, new),
    "half_pixel": lambda o, old, new: Fraction((2 * o + 1) * old, 2 * new) - Fraction(1, 2),
    "half_pixel_symmetric": lambda o, old, new: Fraction((2 * o + 1) * old, 2 * new) - Fraction(1, 2),
    "pytorch_half_pixel": lambda o, old, new: (
        Fraction((2 * o + 1) * old, 2 * new) - Fraction(1, 2) if new > 1 else Fraction(0)
    ),
    "align_corners": lambda o, old, new: Fraction(o * (old - 1), new - 1) if new > 1 else Fraction(0),
}
"""Where output o lies among `old` positions that become `new`, by ONNX's name for it; its sizes give the scale."""

ROUNDED: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - Fraction(1, 2)),
    "round_prefer_ceil": lambda place: floor(place + Fraction(1, 2)),
}

LAYERS: dict[str, Callable[[int, int, int], int]] = {
    "nearest": lambda o, old, new: o * old // new,
    "nearest-exact": lambda o, old, new: (2 * o + 1) * old // (2 * new),
}
"""What our layer reads, by its mode."""


def nearest_mode(places: str, rounding: str, before: tuple[Size, ...], after: tuple[Size, ...]) -> str:
    """The mode of a layer that reads the same positions along every axis; '' where none is known to.

    Of formulas, what holds for 8 positions that become a whole multiple of them counts.

    >>> nearest_mode("half_pixel", "round_prefer_floor", (7,), (14,)), nearest_mode("asymmetric", "ceil", (4,), (8,))
    ('nearest', '')
    """
    pairs = [pair for pair in map(_in_numbers, before, after) if pair != (1, 1)]
    return next((mode for mode in LAYERS if all(_same(mode, places, rounding, pair) for pair in pairs)), "")


def _in_numbers(old: Size, new: Size) -> tuple[int, int]:
    if are_numbers(old, new):
        return (1, 1) if old == new else (old, new)
    factor = next((factor for factor in (1, 2, 3, 4, 8, 16, 32) if same(old * factor, new)), 0)
    return (1, 1) if factor == 1 else (8, 8 * factor)


def _same(mode: str, places: str, rounding: str, pair: tuple[int, int]) -> bool:
    old, new = pair
    if not new or places not in COORDINATES or rounding not in ROUNDED:
        return False
    coordinate, rounded, layer = COORDINATES[places], ROUNDED[rounding], LAYERS[mode]
    return all(
        min(max(rounded(coordinate(o, old, new)), 0), old - 1) == min(layer(o, old, new), old - 1)
        for o in range(min(new, MOST))
    )
