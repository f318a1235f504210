"""Pictures read from PGM, PPM and PNG files and written as PNG, with the standard library and NumPy alone."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
"""Of PNG's colour types: grey, RGB, both with transparency."""


class PictureError(ValueError):
    """A file is no picture that can be read here."""


def read(path: str) -> np.ndarray:
    """A picture as numbers from 0 to 255, (height, width); colours become grey by their luma."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror}") from None
    kinds = {SIGNATURE: read_png, b"P5": read_netpbm, b"P6": read_netpbm}
    for begin, reader in kinds.items():
        if data.startswith(begin):
            try:
                return grey(reader(data))
            except PictureError as error:
                raise PictureError(f"{path}: {error}") from None
            except (ValueError, IndexError, struct.error, zlib.error):
                raise PictureError(f"{path}: the file is damaged or cut off") from None
    raise PictureError(f"{path}: neither PNG nor binary PGM or PPM (convert it first)")


def grey(picture: np.ndarray) -> np.ndarray:
    """(height, width, channels) as (height, width); transparency is left out."""
    if picture.shape[2] < 3:
        return picture[:, :, 0].astype(float)
    return picture[:, :, :3] @ np.array([0.299, 0.587, 0.114])


def read_netpbm(data: bytes) -> np.ndarray:
    """A binary PGM or PPM of up to 255 levels."""
    header = re.match(rb"P([56])(?:\s|#.*\n)+(\d+)(?:\s|#.*\n)+(\d+)(?:\s|#.*\n)+(\d+)\s", data)
    if not header or not 0 < int(header[4]) < 256:
        raise PictureError("a header of width, height and at most 255 levels is expected")
    kind, width, height, levels = map(int, header.groups())
    channels = 3 if kind == 6 else 1
    pixels = np.frombuffer(data, np.uint8, width * height * channels, header.end())
    return pixels.reshape(height, width, channels) * (255 / levels)


def read_png(data: bytes) -> np.ndarray:
    """A PNG of 8 bits for each channel, grey or RGB, not interlaced."""
    place, packed, header = len(SIGNATURE), b"", b""
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size]
        header, packed = (body, packed) if kind == b"IHDR" else (header, packed + body * (kind == b"IDAT"))
        place += 12 + size
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise PictureError("only 8 bits for each channel, without palette and interlacing, are read")
    channels = CHANNELS[colour]
    stored, length = zlib.decompress(packed), 1 + width * channels
    above, rows = bytes(width * channels), []
    for begin in range(0, height * length, length):
        above = unfiltered(GUESSES[stored[begin]], stored[begin + 1 : begin + length], above, channels)
        rows.append(above)
    return np.frombuffer(b"".join(rows), np.uint8).reshape(height, width, channels)


def unfiltered(guess: Callable[[int, int, int], int], line: bytes, above: bytes, channels: int) -> bytes:
    """A line, which is stored as differences to what its neighbours on the left and above let one guess."""
    made, above = bytearray(channels), bytes(channels) + above
    for place, stored in enumerate(line, channels):
        made.append((stored + guess(made[place - channels], above[place], above[place - channels])) % 256)
    return bytes(made[channels:])


def paeth(left: int, up: int, corner: int) -> int:
    """The neighbour nearest to left + up − corner; of equally near ones the first."""
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))


GUESSES = (
    lambda left, up, corner: 0,
    lambda left, up, corner: left,
    lambda left, up, corner: up,
    lambda left, up, corner: (left + up) // 2,
    paeth,
)
"""PNG's filters by number."""


def write(path: str, picture: np.ndarray) -> str:
    """A picture of bytes, (height, width, 3), as PNG; gives the path back."""
    height, width, _ = picture.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = picture.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = {b"IHDR": header, b"IDAT": zlib.compress(lines.tobytes(), 9), b"IEND": b""}
    packed = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks.items()
    ]
    try:
        with open(path, "wb") as file:
            file.write(SIGNATURE + b"".join(packed))
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror}") from None
    return path
