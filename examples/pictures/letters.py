"""Capital letters of 5 by 7 dots, as many as the captions need."""

from __future__ import annotations

import numpy as np

DOTS = {
    " ": "00 00 00 00 00 00 00",
    "A": "0E 11 11 1F 11 11 11",
    "B": "1E 11 11 1E 11 11 1E",
    "C": "0E 11 10 10 10 11 0E",
    "D": "1E 11 11 11 11 11 1E",
    "E": "1F 10 10 1E 10 10 1F",
    "F": "1F 10 10 1E 10 10 10",
    "G": "0E 11 10 17 11 11 0E",
    "H": "11 11 11 1F 11 11 11",
    "I": "0E 04 04 04 04 04 0E",
    "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11",
    "N": "11 19 15 13 11 11 11",
    "O": "0E 11 11 11 11 11 0E",
    "P": "1E 11 11 1E 10 10 10",
    "R": "1E 11 11 1E 14 12 11",
    "S": "0F 10 10 0E 01 01 1E",
    "T": "1F 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 11 11 0A 04",
    "X": "11 11 0A 04 0A 11 11",
    "Y": "11 11 0A 04 04 04 04",
    "Z": "1F 01 02 04 08 10 1F",
}
"""Seven rows from the top, each five dots as a hexadecimal number."""


def written(text: str, size: int) -> np.ndarray:
    """Where the dots of a text are, each of size by size, with a column of nothing after every letter."""
    rows = [[int(row, 16) for row in DOTS[letter].split()] for letter in text]
    dots = np.array(
        [[[row >> place & 1 for place in (4, 3, 2, 1, 0)] + [0] for row in letter] for letter in rows], bool
    )
    return np.hstack(dots).repeat(size, 0).repeat(size, 1)
