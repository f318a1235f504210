"""What convmath raises, and how it quotes what it was given."""

from __future__ import annotations

import numpy as np
import pytest

import convmath
from convmath.core import errors
from convmath.core.errors import (
    ConvmathError,
    DiskFullError,
    FileError,
    FormulaError,
    GraphError,
    NoGraphvizError,
    ParameterError,
    ParseError,
    ShapeError,
    SpecError,
    UnknownNameError,
    show,
    unknown_name,
)

TREE = {
    ParameterError: (ConvmathError, ValueError),
    ShapeError: (ConvmathError, ValueError),
    ParseError: (ConvmathError, ValueError),
    FormulaError: (ConvmathError, ArithmeticError),
    GraphError: (ConvmathError, ValueError),
    NoGraphvizError: (ConvmathError,),
    UnknownNameError: (ConvmathError, LookupError),
    FileError: (ConvmathError, OSError),
    SpecError: (FileError,),
    DiskFullError: (FileError,),
}


def test_the_tree() -> None:
    assert {error: error.__bases__ for error in TREE} == TREE
    assert ConvmathError.__bases__ == (Exception,)


def test_the_tree_is_drawn_in_the_docstring() -> None:
    drawn = [line.replace("│", " ").replace("├", " ").replace("└", " ").replace("─", " ").split() for line in
             (errors.__doc__ or "").splitlines()]  # fmt: skip
    names = [words[0] for words in drawn if words and words[0].endswith("Error")]
    assert names == ["ConvmathError", *(error.__name__ for error in TREE)]


def test_every_error_is_public() -> None:
    assert all(getattr(convmath, error.__name__) is error for error in (ConvmathError, *TREE))


def test_columns_and_faults() -> None:
    assert ParseError("text").column == 1
    assert ParseError("text", 7).column == 7
    assert str(ParseError("text", 7)) == "text"
    assert UnknownNameError("text", 3).column == 3
    assert SpecError(("a:1:1: x", "a:2:1: y")).faults == ("a:1:1: x", "a:2:1: y")
    assert str(SpecError(("a:1:1: x", "a:2:1: y"))) == "a:1:1: x\na:2:1: y"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Conv2D", "no layer type is called 'Conv2D'; did you mean Conv2d or Conv3d or Conv1d?"),
        ("conv2d", "no layer type is called 'conv2d'; did you mean Conv2d or Conv3d or Conv1d?"),
        ("Pool", "no layer type is called 'Pool'"),
        ("", "no layer type is called ''"),
        ("x" * 70, "no layer type is called '" + "x" * 56 + "..."),
    ],
)
def test_the_nearest_names(name: str, text: str) -> None:
    assert str(unknown_name("layer type", name, ["Conv1d", "Conv2d", "Conv3d", "ReLU"])) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), ("3", "'3'"), (2**200 - 1, "160693804425899027554196209234116260252220299378279283530..."),
        (2**200, "an integer of 201 bits"),
        pytest.param(10**5000, "an integer of 16610 bits", id="huge"), (-(10**400), "an integer of 1329 bits"),
        ([10**5000], "a list that holds an integer too long to write"),
        ((1, 10**5000), "a tuple that holds an integer too long to write"),
        ("a\nb", r"'a\nb'"), (np.array([[1, 2], [3, 4]]), "array([[1, 2], [3, 4]])"), ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."), (None, "None"), (True, "True"), (1.0, "1.0"),
    ],
)  # fmt: skip
def test_a_value_is_quoted_in_one_line(value: object, text: str) -> None:
    assert show(value) == text
    assert len(text) <= 60
