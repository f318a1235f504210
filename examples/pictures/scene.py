"""A picture to try filters on: a lighthouse by the sea, with edges, gradients, thin lines and letters."""

from __future__ import annotations

import numpy as np

from .letters import written

SIZE = 256
FINER = 4
"""The scene is drawn as many times as large and then averaged, so that edges are soft."""


def lighthouse() -> np.ndarray:
    """Numbers from 0 to 255, (256, 256)."""
    y, x = np.mgrid[: SIZE * FINER, : SIZE * FINER] / FINER
    picture = np.where(y < 170, sky(x, y), sea(x, y))
    for inside, value in (*island(x, y), *tower(x, y), *boat(x, y)):
        picture = np.where(inside, value, picture)
    sign = written("CONV", 5)
    top, left = 232 * FINER, 56 * FINER
    picture[top : top + sign.shape[0], left : left + sign.shape[1]][sign] = 35
    return picture.reshape(SIZE, FINER, SIZE, FINER).mean((1, 3))


def sky(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Brighter towards the horizon, with a moon, clouds and two beams of light."""
    picture = 60 + 0.7 * y
    for left, top, width in ((40, 105, 46), (95, 128, 60), (225, 120, 50)):
        thickness = np.exp(-(((x - left) / width) ** 2)) * np.exp(-(((y - top) / 7) ** 2))
        picture += 45 * thickness * (1 + 0.25 * np.sin(x / 5 + y))
    picture += 42 * np.exp(-(((abs(y - 62 - 0.16 * (176 - x))) / (4 + 0.07 * abs(x - 176))) ** 2)) * (x < 176)
    moon = (x - 52) ** 2 + (y - 42) ** 2
    picture += 60 * np.exp(-moon / 900)
    craters = ((x - 46) ** 2 + (y - 38) ** 2 < 16) | ((x - 58) ** 2 + (y - 47) ** 2 < 9)
    return np.where(moon < 18**2, np.where(craters, 205, 240), picture)


def sea(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Waves that grow towards the viewer, and the moon's path on them."""
    depth = (y - 170) / 86
    waves = np.sin(x / (4 + 14 * depth) + 3 * np.sin(y / 3)) * np.sin(60 * np.sqrt(depth.clip(0)))
    path = np.exp(-(((x - 52) / (8 + 30 * depth)) ** 2))
    return 85 - 30 * depth + 14 * waves + 80 * path * (0.6 + 0.4 * waves)


def island(x: np.ndarray, y: np.ndarray) -> tuple[tuple[np.ndarray, object], ...]:
    """Rocks with a rough outline."""
    rough = 4 * np.sin(x / 7) + 2.5 * np.sin(x / 2.7) + 1.5 * np.sin(x / 1.3)
    top = 178 + ((x - 185) / 13) ** 2 + rough
    shade = 62 + 18 * np.sin(x / 3 + y / 2) * np.sin(y / 4 - x / 9) - 0.25 * (y - 180)
    return ((y > top) & (y < 222 + rough), shade), ((y > top) & (y < top + 2.2) & (y < 222 + rough), 120)


def tower(x: np.ndarray, y: np.ndarray) -> tuple[tuple[np.ndarray, object], ...]:
    """A striped tower, round by its shading, with windows, a gallery with rails, and a lantern."""
    half = 11 + 7 * (y - 78) / 104
    across = (x - 182) / half
    light = np.sqrt((1 - across**2).clip(0)) * (1 - 0.35 * across)
    stripe = np.where((y - 78) // 17.4 % 2 == 0, 235, 95)
    windows = (abs(x - 180) < 2.6) & (abs((y - 86) % 34.8 - 8) < 4.5) & (y > 80) & (y < 170)
    rails = (abs(x - 182) < 17) & (y > 66) & (y < 76) & (((x + 1) % 4 < 1) | (y < 67.3))
    roof = (y > 40) & (y < 53) & (abs(x - 182) < (y - 40) * 0.95)
    lamp = (y >= 53) & (y < 76) & (abs(x - 182) < 9)
    return (
        ((y >= 78) & (y < 182.4) & (abs(across) < 1), stripe * (0.35 + 0.65 * light)),
        (windows, 25), (lamp, 175 + 75 * np.exp(-(((x - 182) / 5) ** 2) - ((y - 63) / 7) ** 2)),
        (lamp & ((x - 173) % 6 < 0.9), 60), (roof, 48 + 30 * (x < 182)), (rails, 30),
        ((abs(x - 182) < 0.8) & (y > 31) & (y < 42), 40), ((abs(x - 182) < 18) & (y >= 75) & (y < 79), 55),
    )  # fmt: skip


def boat(x: np.ndarray, y: np.ndarray) -> tuple[tuple[np.ndarray, object], ...]:
    """A boat with rigging, and its name on the bow."""
    hull = (y > 226) & (y < 246) & (x > 38 + 0.9 * (y - 226)) & (x < 118 - 0.5 * (y - 226))
    sail = (y > 150) & (y < 218) & (x > 78) & (x < 78 + 0.55 * (y - 150))
    jib = (y > 158) & (y < 216) & (x < 73) & (x > 73 - 0.5 * (y - 158))
    seams = sail & ((y - 150) % 11 < 0.8)
    stay = (y > 148) & (y < 219) & (abs(x - (75.5 + 0.5 * (y - 148))) < 0.4)
    return (
        (sail, 222 - 0.9 * (x - 78)), (seams, 150), (jib, 196 + 0.5 * (x - 50)), (stay, 30),
        ((abs(x - 75.5) < 1.1) & (y > 144) & (y < 228), 38), (hull, 205 - 2.5 * (y - 226)), (hull & (y < 228.5), 90),
    )  # fmt: skip
