"""The fifteen relationships of Dumoulin and Visin's guide, and the examples its figures draw."""

from __future__ import annotations

from itertools import product

import pytest

from convmath.core.window import Window

SMALL = list(product(range(1, 12), range(1, 6), range(1, 4), range(4)))
"""i, k, s, p."""


def direct(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return Window(k, s, d, p, p).output_size(i)


def transposed(i: int, k: int, s: int = 1, p: int = 0, a: int = 0, d: int = 1) -> int:
    """The transpose of a convolution with k, s, p: its pads are d(k − 1) − p, and a more at the end."""
    reach = d * (k - 1)
    return Window(k, 1, d, reach - p, reach - p + a, s).output_size(i)


def test_relationships_1_to_7_direct() -> None:
    for i, k, s, p in SMALL:
        assert direct(i, k) == i - k + 1  # 1
        assert direct(i, k, p=p) == (i - k) + 2 * p + 1  # 2
        n = k // 2
        assert direct(i, 2 * n + 1, p=n) == i  # 3
        assert direct(i, k, p=k - 1) == i + (k - 1)  # 4
        assert direct(i, k, s) == (i - k) // s + 1  # 5, and 7 for pooling
        assert direct(i, k, s, p) == (i + 2 * p - k) // s + 1  # 6


def test_half_padding_needs_an_odd_kernel() -> None:
    for i, n in product(range(2, 9), range(1, 4)):
        assert direct(i, 2 * n, p=n) == i + 1


def test_relationships_8_to_14_transposed() -> None:
    for i, k, s, p in SMALL:
        assert transposed(i, k) == i + (k - 1)  # 8
        assert transposed(i, k, p=p) == i + (k - 1) - 2 * p  # 9
        n = k // 2
        assert transposed(i, 2 * n + 1, p=n) == i  # 10
        assert transposed(i, k, p=k - 1) == i - (k - 1)  # 11
        assert transposed(i, k, s) == s * (i - 1) + k  # 12
        assert transposed(i, k, s, p) == s * (i - 1) + k - 2 * p  # 13
        for a in range(s):
            assert transposed(i, k, s, p, a) == s * (i - 1) + a + k - 2 * p  # 14


def test_relationship_15_dilated() -> None:
    for (i, k, s, p), d in product(SMALL, range(1, 4)):
        assert direct(i, k, s, p, d) == (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1


def test_the_transpose_undoes_the_size() -> None:
    """With a = (i + 2p − k) mod s the transposed convolution returns to the input size, dilated or not."""
    for (i, k, s, p), d in product(SMALL, range(1, 4)):
        extent = d * (k - 1) + 1
        if i + 2 * p >= extent:
            a = (i + 2 * p - extent) % s
            assert transposed(direct(i, k, s, p, d), k, s, p, a, d) == i


@pytest.mark.parametrize(
    ("i", "k", "s", "p", "d", "o"),
    [
        (4, 3, 1, 0, 1, 2), (5, 4, 1, 2, 1, 6), (5, 3, 1, 1, 1, 5), (5, 3, 1, 2, 1, 7), (5, 3, 2, 0, 1, 2),
        (5, 3, 2, 1, 1, 3), (6, 3, 2, 1, 1, 3), (7, 3, 1, 0, 2, 3),
    ],
)  # fmt: skip
def test_figures_of_convolutions(i: int, k: int, s: int, p: int, d: int, o: int) -> None:
    assert direct(i, k, s, p, d) == o


@pytest.mark.parametrize(
    ("i", "k", "s", "p", "a", "o"),
    [
        (2, 3, 1, 0, 0, 4), (6, 4, 1, 2, 0, 5), (5, 3, 1, 1, 0, 5), (7, 3, 1, 2, 0, 5), (2, 3, 2, 0, 0, 5),
        (3, 3, 2, 1, 0, 5), (3, 3, 2, 1, 1, 6),
    ],
)  # fmt: skip
def test_figures_of_transposed_convolutions(i: int, k: int, s: int, p: int, a: int, o: int) -> None:
    assert transposed(i, k, s, p, a) == o


def test_a_last_row_goes_unused() -> None:
    """Figure of i = 6, k = 3, s = 2, p = 1: the last padded position is never read."""
    assert Window(3, 2, 1, 1, 1).interval(2) == (3, 5)
    assert Window(3, 2, 1, 1, 1).output_size(5) == Window(3, 2, 1, 1, 1).output_size(6) == 3
