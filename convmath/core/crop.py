"""How frameworks crop a transposed convolution: pads of the stretched input from padding and output_padding.

Each rule takes an axis' padding, its size, the kernel's extent, the stride, output_padding and whether that was
given, and answers (low, high): a crop of c is a pad of extent − 1 − c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .padding import NamedPads
from .size import Size, larger

if TYPE_CHECKING:
    from collections.abc import Callable

    from .padding import AxisPads

    CropRule = Callable[[AxisPads, Size, Size, Size, Size, bool], tuple[Size, Size]]


def cropped(p: AxisPads, size: Size, extent: Size, stride: Size, extra: Size, given: bool) -> tuple[Size, Size]:
    """PyTorch: the padding is cropped, output_padding added at the end."""
    low, high = p.pads(size, extent, stride, 1)
    return extent - 1 - low, extent - 1 - high + extra


def keras(p: AxisPads, size: Size, extent: Size, stride: Size, extra: Size, given: bool) -> tuple[Size, Size]:
    """Keras and TensorFlow: the output size is stated by name, and what is too much goes at the end."""
    same = isinstance(p, NamedPads) and p.name != "valid"
    crop = 2 * (extent // 2) if same else sum(p.pads(size, extent, stride, 1))
    if given:
        outputs = (size - 1) * stride + extent - crop + extra
    else:
        outputs = size * stride if same else size * stride + larger(extent - stride, 0) - crop
    surplus = (size - 1) * stride + extent - outputs
    low = larger(surplus // 2, 0) if same else p.pads(size, extent, stride, 1)[0]
    return extent - 1 - low, extent - 1 - (surplus - low)


def onnx(p: AxisPads, size: Size, extent: Size, stride: Size, extra: Size, given: bool) -> tuple[Size, Size]:
    """ONNX: as PyTorch where the padding is in numbers; a name makes i·s outputs."""
    if not isinstance(p, NamedPads) or p.name == "valid":
        return cropped(p, size, extent, stride, extra, given)
    surplus = extent + extra - stride
    low = surplus // 2 if p.name == "same" else surplus - surplus // 2
    return extent - 1 - low, extent - 1 - (surplus - low) + extra


def jax(p: AxisPads, size: Size, extent: Size, stride: Size, extra: Size, given: bool) -> tuple[Size, Size]:
    """JAX: numbers pad the stretched input itself; names are as in Keras."""
    if not isinstance(p, NamedPads):
        return p.low, p.high + extra
    return keras(p, size, extent, stride, extra, given)
