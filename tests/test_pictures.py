"""The example that filters a picture: its arithmetic, the files it reads and writes, what it says of others."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from examples.pictures import files, scene, sheet

ROOT = Path(__file__).parent.parent


def run(*words, cwd):
    command = [sys.executable, ROOT / "examples" / "06_filters.py", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=cwd, check=False, encoding="utf-8"
    )


def png(pixels, colour, kinds):
    """A PNG by the book: line by line, each with the filter that is asked for."""
    height, width, channels = pixels.shape
    before = np.zeros((height + 1, width + 1, channels), int)
    before[1:, 1:] = pixels
    body = b""
    for row in range(height):
        body += bytes([kinds[row % len(kinds)]])
        for x in range(width):
            for channel in range(channels):
                left, up, corner = (int(before[row + 1 - a, x + 1 - b, channel]) for a, b in ((0, 1), (1, 0), (1, 1)))
                far, farther, farthest = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                nearest = left if far <= min(farther, farthest) else up if farther <= farthest else corner
                guess = [0, left, up, (left + up) // 2, nearest][kinds[row % len(kinds)]]
                body += bytes([(int(pixels[row, x, channel]) - guess) % 256])
    packed = zlib.compress(body)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)), (b"tEXt", b"a\0b"),
        (b"IDAT", packed[:20]), (b"IDAT", packed[20:]), (b"IEND", b""),
    ]  # fmt: skip
    return files.SIGNATURE + b"".join(struct.pack(">I", len(data)) + kind + data + bytes(4) for kind, data in parts)


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (4, 2), (2, 3), (6, 4)])
def test_png_of_every_filter_is_read(tmp_path, colour, channels):
    pixels = np.random.default_rng(1).integers(0, 256, (11, 7, channels))
    (tmp_path / "a.png").write_bytes(png(pixels, colour, (0, 1, 2, 3, 4)))
    expected = pixels[..., 0] if channels < 3 else pixels[..., :3] @ [0.299, 0.587, 0.114]
    assert np.array_equal(files.read(str(tmp_path / "a.png")), expected)


def test_what_is_written_is_read_again(tmp_path):
    picture = scene.lighthouse()
    assert picture.shape == (256, 256)
    assert 0 <= picture.min() < 60
    assert 200 < picture.max() <= 255
    files.write(str(tmp_path / "a.png"), sheet.plain(picture).picture)
    assert np.allclose(files.read(str(tmp_path / "a.png")), picture.astype(int), rtol=0, atol=1e-9)


def test_netpbm_is_read(tmp_path):
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    (tmp_path / "a.ppm").write_bytes(b"P6\n# made by hand\n3 2\n17\n" + pixels.tobytes())
    assert np.allclose(files.read(str(tmp_path / "a.ppm")), pixels @ [0.299, 0.587, 0.114] * 15)
    (tmp_path / "a.pgm").write_bytes(b"P5 3 2 255 " + pixels[..., 0].tobytes())
    assert np.array_equal(files.read(str(tmp_path / "a.pgm")), pixels[..., 0])


def test_the_example_does_the_arithmetic_and_writes_a_picture(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1] == " [2 1 2 2 2 3 2]"
    assert lines[5] == " [ 3 -3  3  2  1  7  1]"
    assert lines[9:11] == [
        "Sobel      1x1x3x3 of rank 1 (separable) as 1x1x3x1 · 1x1x1x3: exact, 6 MACs for 9",
        "Gaussian   1x1x7x7 of rank 1 (separable) as 1x1x7x1 · 1x1x1x7: exact, 14 MACs for 49",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["filters.png"]
    panels = files.read(str(tmp_path / "filters.png"))
    assert panels.shape == (2 * (256 + 40) + 14, 4 * 270 + 14)
    first = panels[40:296, 14:270]
    assert np.allclose(first, scene.lighthouse().astype(int), rtol=0, atol=1e-9)
    second = panels[40:296, 284:540]
    assert second.std() > first.std()


def test_a_picture_of_one_s_own(tmp_path):
    (tmp_path / "flat.pgm").write_bytes(b"P5 90 40 255 " + bytes([100] * 3600))
    done = run("flat.pgm", "out.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    panels = files.read(str(tmp_path / "out.png"))
    # A flat picture stays what it is sharpened and blurred; it has no edges, which is white with a sign and else black.
    grey = [np.unique(panels[top : top + 40, left : left + 90].round(9)).tolist()
            for top in (40, 120) for left in (14, 118, 222, 326)]  # fmt: skip
    assert grey == [[100], [100], [100], [255], [255], [255], [0], [0]]


def test_the_key_has_the_colours_of_the_panel():
    ramp = np.tile(np.arange(-100.0, 101), (5, 1))
    panel, key = sheet.signed(ramp)
    assert key[0, 0].tolist() == panel[0, 0].tolist() == [33, 102, 172]
    assert key[0, -1].tolist() == panel[0, -1].tolist() == [178, 24, 43]
    across, down = np.full((4, 5), 3.0), np.zeros((4, 5))
    middle = sheet.KEY // 2
    for one, place in ((sheet.directed(across, down), (middle, -1)), (sheet.directed(-across, down), (middle, 0)),
                       (sheet.directed(down, across), (-1, middle))):  # fmt: skip
        assert abs(one.picture[0, 0].astype(int) - one.key[place]).max() <= 2


@pytest.mark.parametrize(
    ("words", "body", "said"),
    [
        (("none.png",), None, "error: none.png: No such file or directory"),
        (("a.png",), b"GIF89a", "error: a.png: neither PNG nor binary PGM or PPM (convert it first)"),
        (("a.png",), b"P5 3 3 65535 ", "error: a.png: a header of width, height and at most 255 levels is expected"),
        (("a.png",), b"P5 3 3 255 abc", "error: a.png: the file is damaged or cut off"),
        (("a.png",), files.SIGNATURE, "error: a.png: the file is damaged or cut off"),
        (
            ("a.png",), png(np.zeros((3, 3, 1), int), 3, (0,)),
            "error: a.png: only 8 bits for each channel, without palette and interlacing, are read",
        ),
        (("a.png",), png(np.zeros((3, 3, 1), int), 2, (0,)), "error: a.png: the file is damaged or cut off"),
        (("a.png", "no/out.png"), b"P5 1 1 255 a", "error: no/out.png: No such file or directory"),
    ],
)  # fmt: skip
def test_refusals(tmp_path, words, body, said):
    if body is not None:
        (tmp_path / "a.png").write_bytes(body)
    done = run(*words, cwd=tmp_path)
    assert done.stderr.strip() == said
    assert done.returncode == 2
