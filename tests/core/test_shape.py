"""Shapes: their parts, their spellings, and what is no shape."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convmath.core.errors import ParseError, ShapeError
from convmath.core.shape import Shape, as_shape, as_size, parse_shape
from convmath.core.size import LARGEST
from convmath.symbolic.polynomial import symbols


def test_parts() -> None:
    shape = Shape((2, 3, 5, 7))
    assert (shape.batch, shape.channels, shape.spatial, shape.rank, shape.elements) == (2, 3, (5, 7), 2, 210)
    assert str(shape) == "2x3x5x7"
    assert shape == (2, 3, 5, 7)
    assert Shape((4, 6)).spatial == ()
    assert Shape((4, 6)).rank == 0


def test_two_sizes_are_a_shape() -> None:
    assert as_shape("4x6") == as_shape((4, 6)) == (4, 6)
    assert as_shape(f"1x{LARGEST}") == (1, LARGEST)


def test_elements_are_exact() -> None:
    assert Shape((10**18,) * 5).elements == 10**90


@pytest.mark.parametrize(
    "value",
    [
        (2, 3, 5, 7), [2, 3, 5, 7], Shape((2, 3, 5, 7)), "2x3x5x7", "2,3,5,7", " 2 x 3,5 ×7 ",
        (np.int64(2), np.uint8(3), np.array(5), 7),
    ],
)  # fmt: skip
def test_spellings(value: object) -> None:
    shape = as_shape(value)
    assert shape == (2, 3, 5, 7)
    assert type(shape) is Shape
    assert all(type(size) is int for size in shape)


def test_a_shape_is_taken_as_it_is() -> None:
    shape = Shape((2, 3))
    assert as_shape(shape) is shape


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "a shape is a tuple of sizes such as (1, 3, 224, 224), not None"),
        (7, "a shape is a tuple of sizes such as (1, 3, 224, 224), not 7"),
        ({1, 2}, "a shape is a tuple of sizes such as (1, 3, 224, 224), not {1, 2}"),
        (np.array([1, 3]), "a shape is a tuple of sizes such as (1, 3, 224, 224), not array([1, 3])"),
        ((1, 3, 0), "a size in the shape (1, 3, 0) is not an integer from 1 to 10^18"),
        ((1, -3), "a size in the shape (1, -3) is not an integer from 1 to 10^18"),
        ((1, 3.0), "a size in the shape (1, 3.0) is not an integer from 1 to 10^18"),
        ((1, True), "a size in the shape (1, True) is not an integer from 1 to 10^18"),
        ((1, "3"), "a size in the shape (1, '3') is not an integer from 1 to 10^18"),
        ((1, None), "a size in the shape (1, None) is not an integer from 1 to 10^18"),
        ((1, float("nan")), "a size in the shape (1, nan) is not an integer from 1 to 10^18"),
        ((1, LARGEST + 1), "a size in the shape (1, 1000000000000000001) is not an integer from 1 to 10^18"),
        (
            (1, 10**5000),
            "a size in the shape a tuple that holds an integer too long to write is not an integer from 1 to 10^18",
        ),
        ((5,), "the shape (5,) has 1 sizes; batch and channels at least are needed"),
        ((), "the shape () has 0 sizes; batch and channels at least are needed"),
        ("7", "the shape (7,) has 1 sizes; batch and channels at least are needed"),
        ("1x0", "a size in the shape (1, 0) is not an integer from 1 to 10^18"),
    ],
)
def test_what_is_no_shape(value: object, text: str) -> None:
    with pytest.raises(ShapeError, match=f"^{re.escape(text)}$"):
        as_shape(value)


@pytest.mark.parametrize(
    ("text", "word", "column"),
    [
        ("", "''", 1), ("1x3xx5", "''", 5), ("1x3x-5", "'-5'", 5), ("1,a,3", "'a'", 3), ("1x3x5.0", "'5.0'", 5),
        ("1x٣", "'٣'", 3), ("1x3²", "'3²'", 3),
        ("1;3", "'1;3'", 1), ("1x1_0", "'1_0'", 3),
    ],
)  # fmt: skip
def test_the_part_of_a_text_that_is_no_size(text: str, word: str, column: int) -> None:
    message = f"{word} in the shape {text!r} is not a size (write numbers joined by x: 1x3x224x224)"
    with pytest.raises(ParseError, match=f"^{re.escape(message)}$") as caught:
        parse_shape(text)
    assert caught.value.column == column


def test_a_long_text_is_quoted_short() -> None:
    with pytest.raises(ParseError) as caught:
        parse_shape("a" * 10_000)
    assert len(str(caught.value)) < 220


def test_sizes() -> None:
    symbol = symbols("H")
    assert as_size(symbol) is symbol
    assert as_size(-symbol) is None
    assert as_size(0, least=0) == 0
    assert as_size(-5, least=-9) == -5
    assert as_size(LARGEST) == LARGEST
    assert as_size(np.int8(7)) == 7
    assert [as_size(value) for value in (LARGEST + 1, 0, -1, False, 2.0, "2", None, (2,), np.float64(2))] == [None] * 9


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", ">i4"])
def test_arrays_are_widened(dtype: str) -> None:
    """Else 200 · 200 in uint8 would be 64, and 3 − 5 no negative number."""
    sizes = as_size(np.array([100, 7], dtype=dtype))
    assert sizes.dtype == np.int64
    assert (sizes * sizes - 200).tolist() == [9800, -151]


def test_arrays_at_the_bounds() -> None:
    assert as_size(np.array([1, LARGEST])).tolist() == [1, LARGEST]
    assert as_size(np.array([0, 5]), least=0).tolist() == [0, 5]
    assert as_size(np.array([], dtype=np.int8)).tolist() == []
    same = np.array([1, 2])
    assert as_size(same) is same


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 0]), np.array([3, -1]), np.array([LARGEST + 1]), np.array([1.0, 2.0]), np.array([True, False]),
        np.array(["1"]), np.array([None]), np.array([2**64 - 1], dtype=np.uint64),
    ],
)  # fmt: skip
def test_arrays_that_hold_no_sizes(values: np.ndarray) -> None:
    assert as_size(values) is None


def test_a_shape_with_arrays() -> None:
    shape = as_shape((1, 3, np.array([[5, 6]], dtype=np.int32)))
    assert shape.elements.tolist() == [[15, 18]]
    with pytest.raises(ShapeError, match=r"^a size in the shape \(1, array\(\[3, 0\]\)\) is not an integer from 1 to"):
        as_shape((1, np.array([3, 0])))
