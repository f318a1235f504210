"""Pictures side by side with captions, as one picture in colours."""

from __future__ import annotations

import numpy as np

from .letters import written

MARGIN, CAPTION = 14, 26
PAPER, INK, FRAME = (250, 249, 246), (45, 48, 56), (150, 150, 150)


def plain(picture: np.ndarray) -> np.ndarray:
    """Grey from 0 to 255."""
    return np.repeat(picture.clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def signed(picture: np.ndarray) -> np.ndarray:
    """White where it is 0, red above and blue below; full colours from the 99th percentile on."""
    strength = (picture / np.percentile(abs(picture), 99).clip(1e-9)).clip(-1, 1)[..., None]
    red, blue = np.array([178, 24, 43]), np.array([33, 102, 172])
    colour = np.where(strength > 0, red, blue)
    return (255 + (colour - 255) * abs(strength) ** 0.7).astype(np.uint8)


def directed(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """How steep as brightness, in which direction as hue."""
    size = np.hypot(across, down)
    hue = (np.arctan2(down, across) / (2 * np.pi) % 1)[..., None]
    colour = (abs((6 * hue + np.array([0, 4, 2])) % 6 - 3) - 1).clip(0, 1)
    bright = (size / np.percentile(size, 99).clip(1e-9)).clip(0, 1)[..., None] ** 0.8
    return (255 * bright * (0.35 + 0.65 * colour)).astype(np.uint8)


def side_by_side(panels: dict[str, np.ndarray], columns: int) -> np.ndarray:
    """Panels of one size, each below its caption."""
    height, width, _ = next(iter(panels.values())).shape
    rows = -(-len(panels) // columns)
    down, right = height + CAPTION + MARGIN, width + MARGIN
    sheet = np.full((rows * down + MARGIN, columns * right + MARGIN, 3), PAPER, np.uint8)
    for place, (caption, panel) in enumerate(panels.items()):
        top, left = place // columns * down + MARGIN, place % columns * right + MARGIN
        dots = written(caption, 2)[:, :width]
        sheet[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = INK
        top += CAPTION
        sheet[top - 1 : top + height + 1, left - 1 : left + width + 1] = FRAME
        sheet[top : top + height, left : left + width] = panel
    return sheet
