"""Every spelling of padding, those that are refused, and what each name pads."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from convmath.core.padding import NamedPads, Pads, settle_padding, spell_padding
from convmath.core.size import LARGEST
from convmath.core.window import Window

SAME, CAUSAL = NamedPads("same"), NamedPads("causal")


@pytest.mark.parametrize(
    ("value", "rank", "settled"),
    [
        (0, 1, (Pads(0, 0),)),
        (2, 3, (Pads(2, 2),) * 3),
        (-1, 2, (Pads(-1, -1),) * 2),
        ((1, 2), 2, (Pads(1, 1), Pads(2, 2))),
        ([1, 2], 2, (Pads(1, 1), Pads(2, 2))),
        ((3,), 1, (Pads(3, 3),)),
        (((1, 2),), 1, (Pads(1, 2),)),
        (((1, 2), (3, 4)), 2, (Pads(1, 2), Pads(3, 4))),
        ([[1, 2], [3, 4]], 2, (Pads(1, 2), Pads(3, 4))),
        ((1, (2, 3), "same"), 3, (Pads(1, 1), Pads(2, 3), SAME)),
        ("same", 2, (SAME, SAME)),
        ("SAME", 1, (SAME,)),
        ("Same_Upper", 1, (SAME,)),
        ("half", 1, (SAME,)),
        ("same_lower", 1, (NamedPads("same_lower"),)),
        ("valid", 1, (NamedPads("valid"),)),
        ("causal", 1, (CAUSAL,)),
        ("full", 1, (NamedPads("full"),)),
        (("same", "causal"), 2, (SAME, CAUSAL)),
        (SAME, 2, (SAME, SAME)),
        (Pads(1, 2), 2, (Pads(1, 2), Pads(1, 2))),
        ((Pads(1, 2), SAME), 2, (Pads(1, 2), SAME)),
        (LARGEST, 1, (Pads(LARGEST, LARGEST),)),
        (np.int64(3), 1, (Pads(3, 3),)),
        ((np.int8(1), np.uint8(2)), 2, (Pads(1, 1), Pads(2, 2))),
    ],
)
def test_spellings(value: object, rank: int, settled: tuple) -> None:
    assert settle_padding(value, rank) == settled
    assert all(type(side) is int for pads in settled if isinstance(pads, Pads) for side in pads)


def test_numpy_scalars_become_ints() -> None:
    """Else conditions on them would be neither True nor False, and go unchecked."""
    (pads,) = settle_padding(np.int64(3), 1)
    assert type(pads.low) is type(pads.high) is int


@pytest.mark.parametrize(
    ("value", "rank"),
    [
        (None, 1), (True, 1), (1.0, 1), ("3", 1), ("", 1), ("samee", 1), (float("nan"), 1), (LARGEST + 1, 1),
        (-LARGEST - 1, 1), ([], 1), ((), 1), ((1, 2), 1), ((1, 2), 3), ((1,), 2), (((1, 2, 3),), 1), (((1,),), 1),
        (((1, True),), 1), ((1, None), 2), ((("same", 1),), 1), (((1, 2), (3, 4)), 1), ({1: 2}, 1), ("٣", 1),
        (b"same", 1), (np.float64(1), 1), (np.array(["1"]), 1),
    ],
)  # fmt: skip
def test_refused_spellings(value: object, rank: int) -> None:
    assert settle_padding(value, rank) is None


@pytest.mark.parametrize(
    ("value", "rank", "text"),
    [
        (0, 2, "0"), (3, 1, "3"), ((1, 2), 2, "(1, 2)"), ((1, 1), 2, "1"), (((1, 2),), 1, "((1, 2),)"),
        (((0, 1), (0, 1)), 2, "((0, 1), (0, 1))"), ("same", 3, "'same'"), ("HALF", 1, "'same'"),
        (("same", 1), 2, "('same', 1)"), ((1, (2, -3)), 2, "(1, (2, -3))"),
    ],
)  # fmt: skip
def test_the_shortest_spelling_settles_to_the_same(value: object, rank: int, text: str) -> None:
    settled = settle_padding(value, rank)
    assert settled is not None
    assert spell_padding(settled) == text
    assert settle_padding(eval(text), rank) == settled


SMALL = list(product(range(1, 20), range(1, 6), range(1, 5), range(1, 4)))
"""i, k, s, d."""


def pads(name: str, i: int, k: int, s: int, d: int) -> tuple[int, int]:
    return NamedPads(name).pads(i, k, s, d)


def test_same_is_the_least_padding_for_an_output_at_every_stride() -> None:
    for i, k, s, d in SMALL:
        low, high = pads("same", i, k, s, d)
        outputs = len(range(0, i, s))
        assert Window(k, s, d, low, high).output_size(i) == outputs
        assert 0 <= high - low <= 1
        if low + high:
            assert Window(k, s, d, low, high - 1).output_size(i) == outputs - 1
        assert pads("same_lower", i, k, s, d) == (high, low)


def test_same_at_stride_1_is_half_padding_for_odd_kernels() -> None:
    for i, k, _, d in SMALL:
        if k % 2 == 1:
            assert pads("same", i, k, 1, d) == (d * (k // 2), d * (k // 2))


def test_causal_reads_nothing_later() -> None:
    for i, k, s, d in SMALL:
        low, high = pads("causal", i, k, s, d)
        window = Window(k, s, d, low, high)
        assert high == 0
        assert all(window.interval(o) == (o * s - d * (k - 1), o * s) for o in range(3))
        assert window.output_size(i) == len(range(0, i, s))


def test_full_reads_every_position_with_every_tap() -> None:
    for i, k, _, d in SMALL:
        window = Window(k, 1, d, *pads("full", i, k, 1, d))
        outputs = window.output_size(i)
        assert outputs == i + d * (k - 1)
        assert window.touching(i, outputs) == i * k


def test_valid_pads_nothing() -> None:
    assert {pads("valid", *axis) for axis in SMALL} == {(0, 0)}


def test_numbers_pad_the_same_whatever_the_layer() -> None:
    assert {Pads(1, -2).pads(*axis) for axis in SMALL} == {(1, -2)}


def test_names_of_arrays() -> None:
    i, k, s, d = np.array(SMALL).T
    for name in ("valid", "same", "same_lower", "causal", "full"):
        low, high = pads(name, i, k, s, d)
        assert np.array_equal(Window(k, s, d, low, high).output_size(i), [
            Window(*axis[1:], *pads(name, *axis)).output_size(axis[0]) for axis in SMALL
        ])  # fmt: skip
