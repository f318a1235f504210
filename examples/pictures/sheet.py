"""Pictures side by side with captions, as one picture in colours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .letters import written

MARGIN, CAPTION, KEY = 14, 26, 23
PAPER, INK, FRAME = (250, 249, 246), (45, 48, 56), (150, 150, 150)


class Panel(NamedTuple):
    """A picture in colours, (height, width, 3), and a small one that tells what the colours mean."""

    picture: np.ndarray
    key: np.ndarray | None = None


def plain(picture: np.ndarray) -> Panel:
    """Grey from 0 to 255."""
    return Panel(np.repeat(picture.clip(0, 255).astype(np.uint8)[..., None], 3, 2))


def signed(picture: np.ndarray) -> Panel:
    """White where it is 0, red above and blue below, as the key has it from left to right."""
    return Panel(_of_signs(picture), _of_signs(np.tile(np.linspace(-1, 1, 64), (KEY, 1))))


def directed(across: np.ndarray, down: np.ndarray) -> Panel:
    """How steep as brightness, in which direction as hue: as the key has it around its middle."""
    y, x = np.mgrid[-1 : 1 : KEY * 1j, -1 : 1 : KEY * 1j]
    inside = np.hypot(x, y) <= 1
    disc = np.where(inside[..., None], _of_directions(x * inside, y * inside), np.array(PAPER, np.uint8))
    return Panel(_of_directions(across, down), disc)


def _of_signs(picture: np.ndarray) -> np.ndarray:
    """Full colours from the 99th percentile on."""
    strength = (picture / np.percentile(abs(picture), 99).clip(1e-9)).clip(-1, 1)[..., None]
    red, blue = np.array([178, 24, 43]), np.array([33, 102, 172])
    colour = np.where(strength > 0, red, blue)
    return (255 + (colour - 255) * abs(strength) ** 0.7).astype(np.uint8)


def _of_directions(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    size = np.hypot(across, down)
    hue = (np.arctan2(down, across) / (2 * np.pi) % 1)[..., None]
    colour = (abs((6 * hue + np.array([0, 4, 2])) % 6 - 3) - 1).clip(0, 1)
    bright = (size / np.percentile(size, 99).clip(1e-9)).clip(0, 1)[..., None] ** 0.8
    return (255 * bright * (0.35 + 0.65 * colour)).astype(np.uint8)


def side_by_side(panels: dict[str, Panel], columns: int) -> np.ndarray:
    """Panels of one size, each below its caption and its key."""
    height, width, _ = next(iter(panels.values())).picture.shape
    rows = -(-len(panels) // columns)
    down, right = height + CAPTION + MARGIN, width + MARGIN
    sheet = np.full((rows * down + MARGIN, columns * right + MARGIN, 3), PAPER, np.uint8)
    for place, (caption, (picture, key)) in enumerate(panels.items()):
        top, left = place // columns * down + MARGIN, place % columns * right + MARGIN
        dots = written(caption, 2)[:, :width]
        sheet[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = INK
        if key is not None and dots.shape[1] + key.shape[1] < width:
            sheet[top - 3 : top - 3 + key.shape[0], left + width - key.shape[1] : left + width] = key
        top += CAPTION
        sheet[top - 1 : top + height + 1, left - 1 : left + width + 1] = FRAME
        sheet[top : top + height, left : left + width] = picture
    return sheet
