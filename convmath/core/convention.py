"""Where frameworks disagree about sizes and values: a row for each framework, a column for each disagreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import crop
from .errors import unknown_name

if TYPE_CHECKING:
    from .crop import CropRule


class Convention(NamedTuple):
    """What one framework accepts and how it rounds; observed by running it, not read off its manual."""

    name: str
    must_fit: bool
    """A kernel larger than its padded input is an error; otherwise the output is empty (size 0)."""
    same_with_stride: bool
    """padding='same' may go with a stride above 1."""
    stride_with_dilation: bool
    """A stride above 1 may go with a dilation above 1."""
    half_pool_padding: bool
    """Pooling pads at most half its kernel."""
    output_padding_below_dilation: bool
    """output_padding may reach the stride as long as it stays below the dilation."""
    negative_padding: bool
    """Convolutions and poolings take negative padding, which crops."""
    ceil_with_names: bool
    """ceil_mode counts where the padding is a name; otherwise a name alone decides the size."""
    counts_padding: bool
    """An average may count padding in its divisor."""
    pools_norms: bool
    """A power-average pooling is the p-norm: of absolute values, and of what a last, partly filled window holds."""
    transposed_names: tuple[str, ...]
    """The names of padding that a transposed convolution takes."""
    crop: CropRule
    """How a transposed convolution's padding becomes pads of its stretched input."""


PYTORCH = Convention(
    "pytorch",
    must_fit=True,
    same_with_stride=False,
    stride_with_dilation=True,
    half_pool_padding=True,
    output_padding_below_dilation=True,
    negative_padding=False,
    ceil_with_names=True,
    counts_padding=True,
    pools_norms=False,
    transposed_names=("valid",),
    crop=crop.cropped,
)
TENSORFLOW = Convention(
    "tensorflow",
    must_fit=True,
    same_with_stride=True,
    stride_with_dilation=False,
    half_pool_padding=False,
    output_padding_below_dilation=False,
    negative_padding=False,
    ceil_with_names=True,
    counts_padding=False,
    pools_norms=False,
    transposed_names=("valid", "same"),
    crop=crop.keras,
)
ONNX = Convention(
    "onnx",
    must_fit=True,
    same_with_stride=True,
    stride_with_dilation=True,
    half_pool_padding=False,
    output_padding_below_dilation=False,
    negative_padding=False,
    ceil_with_names=False,
    counts_padding=True,
    pools_norms=True,
    transposed_names=("valid", "same", "same_lower"),
    crop=crop.onnx,
)
JAX = Convention(
    "jax",
    must_fit=False,
    same_with_stride=True,
    stride_with_dilation=True,
    half_pool_padding=False,
    output_padding_below_dilation=True,
    negative_padding=True,
    ceil_with_names=True,
    counts_padding=True,
    pools_norms=False,
    transposed_names=("valid", "same"),
    crop=crop.jax,
)

CONVENTIONS = {
    "pytorch": PYTORCH, "torch": PYTORCH, "tensorflow": TENSORFLOW, "keras": TENSORFLOW, "onnx": ONNX, "jax": JAX,
}  # fmt: skip


def convention(name: str) -> Convention:
    """The conventions of a framework; UnknownNameError if it is none of these.

    >>> convention("keras").same_with_stride
    True
    """
    found = CONVENTIONS.get(name.lower())
    if found is None:
        raise unknown_name("convention", name, list(CONVENTIONS))
    return found
