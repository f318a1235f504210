"""The table of where frameworks disagree, and its names."""

from __future__ import annotations

import pytest

from convmath.core import crop
from convmath.core.convention import CONVENTIONS, Convention, convention
from convmath.core.errors import UnknownNameError

TABLE = {
    "pytorch": Convention("pytorch", True, False, True, True, True, False, True, True, False, ("valid",), crop.cropped),
    "tensorflow": Convention(
        "tensorflow", True, True, False, False, False, False, True, False, False, ("valid", "same"), crop.keras
    ),
    "onnx": Convention(
        "onnx", True, True, True, False, False, False, False, True, True, ("valid", "same", "same_lower"), crop.onnx
    ),
    "jax": Convention("jax", False, True, True, False, True, True, True, True, False, ("valid", "same"), crop.jax),
}


def test_the_table() -> None:
    assert Convention._fields == (
        "name", "must_fit", "same_with_stride", "stride_with_dilation", "half_pool_padding",
        "output_padding_below_dilation", "negative_padding", "ceil_with_names", "counts_padding", "pools_norms",
        "transposed_names", "crop",
    )  # fmt: skip
    assert {**TABLE, "torch": TABLE["pytorch"], "keras": TABLE["tensorflow"]} == CONVENTIONS


@pytest.mark.parametrize("name", [*CONVENTIONS, "PyTorch", "JAX", "Keras"])
def test_names_in_any_case(name: str) -> None:
    assert convention(name) is CONVENTIONS[name.lower()]


def test_a_framework_nobody_knows() -> None:
    with pytest.raises(UnknownNameError, match=r"^no convention is called 'caffe'$"):
        convention("caffe")
    with pytest.raises(UnknownNameError, match=r"^no convention is called 'pytroch'; did you mean pytorch or torch\?$"):
        convention("pytroch")
