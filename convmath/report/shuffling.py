"""What is read by layers that move numbers between channels and positions: which channel a position comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.positions import members

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .moves import Box, Boxes, Shapes


def into_positions(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    """PixelShuffle: position (h, w) of channel k is position (h ÷ r, w ÷ r) of channel k·r² + (h mod r)·r + w mod r."""
    r = layer.upscale_factor
    batch, channels, rows, columns = box
    found = []
    for high, above in _grouped(_by_residue(rows, r)):
        for wide, beside in _grouped(_by_residue(columns, r)):
            of_block = [i * r + j for i in above for j in beside]
            own = _bits(k * r * r + place for k in members(channels) for place in of_block)
            found.append((batch, own, high, wide))
    return [tuple(one for one in found if all(one))]


def into_channels(layer: Any, inputs: Shapes, outputs: Shapes, port: int, box: Box) -> list[Boxes]:
    """PixelUnshuffle, the inverse: channel k is channel k ÷ r² at that place of each block that k mod r² counts."""
    r = layer.downscale_factor
    batch, channels, rows, columns = box
    found = []
    for bits, positions in _grouped(_by_residue(channels, r * r)):
        by_row: dict[int, int] = dict.fromkeys(range(r), 0)
        for place in positions:
            by_row[place // r] |= 1 << place % r
        for beside, above in _grouped(by_row):
            high = _bits(h * r + i for h in members(rows) for i in above)
            wide = _bits(w * r + j for w in members(columns) for j in members(beside))
            found.append((batch, bits, high, wide))
    return [tuple(one for one in found if all(one))]


def _by_residue(bits: int, r: int) -> dict[int, int]:
    """For every residue of a position mod r the quotients."""
    found = dict.fromkeys(range(r), 0)
    for place in members(bits):
        found[place % r] |= 1 << place // r
    return found


def _grouped(sets: dict[int, int]) -> Iterable[tuple[int, list[int]]]:
    """The sets that differ and hold anything, each with the residues that have it."""
    found: dict[int, list[int]] = {}
    for residue, bits in sets.items():
        if bits:
            found.setdefault(bits, []).append(residue)
    return found.items()


def _bits(positions: Iterable[int]) -> int:
    found = 0
    for place in positions:
        found |= 1 << place
    return found
