"""What a resize reads, in fractions; and the fields of layers that see, move or keep whole axes."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest

import convmath as cm
from convmath.core.receptive_field import MOVED

RESIZED = [(i, o) for i in range(1, 10) for o in range(1, 14)]


def place(i: int, o: int, j: int, mode: str) -> Fraction:
    """Where output j falls among the inputs: PyTorch's formulas."""
    if mode == "corners":
        return Fraction(j * (i - 1), max(o - 1, 1))
    if mode == "nearest":
        return Fraction(j * i, o)
    return (j + Fraction(1, 2)) * Fraction(i, o) - Fraction(1, 2)


@pytest.mark.parametrize(
    ("mode", "align_corners", "rule", "spread"),
    [
        ("nearest", None, "nearest", None), ("nearest-exact", None, "centred", None), ("linear", False, "centred", 1),
        ("linear", True, "corners", 1), ("bicubic", False, "centred", 2), ("bicubic", True, "corners", 2),
    ],
)  # fmt: skip
def test_what_a_resize_reads(mode: str, align_corners: bool | None, rule: str, spread: int | None) -> None:
    rank = 2 if mode == "bicubic" else 1
    for i, o in RESIZED:
        layer = cm.Upsample((o,) * rank, mode=mode, align_corners=align_corners)
        field = layer.receptive_field((1, 1, *(i,) * rank))[0]
        for j in range(2 * o):
            x = place(i, o, j, rule)
            if spread is None:
                nearest = floor(x) if rule == "nearest" else floor(x + Fraction(1, 2))
                wanted = (nearest, nearest)
            elif x.denominator == 1:
                wanted = (int(x), int(x))
            else:
                wanted = (floor(x) - spread + 1, ceil(x) + spread - 1)
            assert field is not None
            assert field.interval(j) == wanted, (i, o, j)


def test_a_pixel_shuffle_shows_each_input_r_times() -> None:
    for r in range(1, 5):
        field = cm.PixelShuffle(r).receptive_field((1, r * r, 5, 5))[0]
        assert [field.interval(o) for o in range(3 * r)] == [(o // r, o // r) for o in range(3 * r)]
        field = cm.PixelUnshuffle(r).receptive_field((1, 1, 4 * r, 4 * r))[0]
        assert [field.interval(o) for o in range(3)] == [(o * r, o * r + r - 1) for o in range(3)]


@pytest.mark.parametrize(
    ("layer", "seen"),
    [
        (cm.GlobalAvgPool(), (None, None)),
        (cm.AdaptiveAvgPool2d(1), (None, None)),
        (cm.AdaptiveAvgPool2d((1, None)), (None, 1)),
        (cm.Flatten(), (None, None)),
        (cm.Flatten(1, 2), (None, 1)),
        (cm.Unfold(3), (MOVED, MOVED)),
        (cm.Linear(8, 3), (1, None)),
        (cm.Concat(2), (MOVED, 1)),
        (cm.Concat(), (1, 1)),
        (cm.Chunk(2, -1), (1, MOVED)),
        (cm.Split((2, 6), 3), (1, MOVED)),
        (cm.Unflatten(1, (2, 2)), (MOVED, MOVED)),
        (cm.ReLU(), (1, 1)),
        (cm.Identity(), (1, 1)),
        (cm.ZeroPad2d((1, 2, 3, 4)), (1, 1)),
        (cm.Conv2d(4, 4, (3, 4), dilation=2), (5, 7)),
        (cm.DepthwiseSeparableConv2d(4, 4, (3, 2)), (3, 2)),
        (cm.SpatiallySeparableConv2d(4, 4, (3, 2)), (3, 2)),
        (cm.MaxUnpool2d(2), (1, 1)),
        (cm.ConvTranspose2d(4, 4, (3, 4), stride=2), (2, 2)),
        (cm.LazyConv2d(4, (3, 1)), (3, 1)),
    ],
    ids=repr,
)
def test_the_longest_interval_of_a_layer(layer, seen: tuple[object, ...]) -> None:
    """Over (1, 4, 8, 8); None is the whole axis, MOVED that positions are put elsewhere."""
    fields = layer.receptive_field((1, 4, 8, 8))
    assert tuple(field if field in {None, MOVED} else field.size for field in fields) == seen


def test_pads_and_crops_move_the_field() -> None:
    fields = cm.ZeroPad2d((1, 2, 3, 4)).receptive_field((1, 4, 8, 8))
    assert [field.start for field in fields] == [-3, -1]
    fields = cm.Cropping2d((1, 2, 3, 4)).receptive_field((1, 4, 8, 8))
    assert [field.start for field in fields] == [3, 1]
