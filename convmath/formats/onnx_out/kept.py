"""What ONNX can compute but not state: layers that would be read back with other numbers, and so are not written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...bridge.sliding import sliding, zeros_around
from ...core.size import ceil_div, product
from ...layers.activation import Softplus
from ...layers.adaptive_pool import AdaptiveMaxPool
from ...layers.deformable import DeformConv
from ...layers.linear import Linear
from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from ...layers.pool import AvgPool, MaxPool
from ...layers.shrink import Threshold
from ...layers.source import Constant, Source
from ...layers.transposed import ConvTranspose
from ...layers.upsample import Upsample

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..leaves import Leaf


def lost(leaf: Leaf) -> tuple[str, str]:
    """Why a layer's numbers would not be kept, and what to do; two empty texts where they are.

    >>> from convmath.core.shape import Shape
    >>> from convmath.layers.norm import GroupNorm
    >>> from ..leaves import Leaf
    >>> x = (Shape((1, 8, 5, 7)),)
    >>> lost(Leaf("norm", GroupNorm(4, 8, affine=False), (), x, x))[1]
    'use one with parameters'
    """
    return next(
        ((why, mend) for kinds, due, why, mend in LOST if isinstance(leaf.layer, kinds) and due(leaf)), ("", "")
    )


def _finds_indices(leaf: Leaf) -> bool:
    return bool(leaf.layer.makes_indices)


def _has_no_scale(leaf: Leaf) -> bool:
    return not leaf.layer.weights()


def _outgrows(leaf: Leaf) -> bool:
    """Whether a transposed convolution's output is lengthened by zeros around its input, which costs more."""
    settled = sliding(leaf.layer, leaf.inputs[0])
    zeros, _ = zeros_around(settled.pads or (), settled.stride, tuple(s - 1 for s in settled.stride))
    return any(map(any, zeros))


def _is_no_multiple(leaf: Leaf) -> bool:
    layer, x, y = leaf.layer, leaf.inputs[0], leaf.outputs[0]
    if layer.scale_factor is None:
        return False
    factors = layer.scale_factor * x.rank if len(layer.scale_factor) == 1 else layer.scale_factor
    return any(i * factor != o for i, o, factor in zip(x.spatial, y.spatial, factors, strict=True))


def _rounds_up_otherwise(leaf: Leaf) -> bool:
    """Whether ONNX's rule of ceil_mode gives another size: it keeps a last window that begins in the padding."""
    settled, y = sliding(leaf.layer, leaf.inputs[0]), leaf.outputs[0].spatial
    axes = zip(leaf.inputs[0].spatial, settled.padded, settled.extent, settled.stride, y, strict=True)
    return any(settled.overhang) and any(
        ceil_div(i + low + high - extent, s) + 1 != o for i, (low, high), extent, s, o in axes
    )


def _adds_one_number(leaf: Leaf) -> bool:
    return leaf.layer.bias and leaf.layer.out_features == 1 and len(leaf.inputs[0]) > 2


LOST: tuple[tuple[Any, Callable[[Leaf], bool], str, str], ...] = (
    (
        (MaxPool, AdaptiveMaxPool), _finds_indices,
        "counts the indices of maxima over the whole tensor, not in each map", "leave them out",
    ),
    (
        (BatchNorm, InstanceNorm, GroupNorm, LayerNorm), _has_no_scale,
        "normalises with a scale and a shift always, which would be counted as parameters", "use one with parameters",
    ),
    (
        ConvTranspose, _outgrows, "crops nothing less than its full output, and zeros around the input would cost more",
        "use less negative padding, or a layer that pads after it",
    ),
    (
        AvgPool, lambda leaf: max(leaf.layer.spread) > 1, "averages with a dilation in its newest versions alone",
        "pool by a convolution with one weight in each channel",
    ),
    (
        (MaxPool, AvgPool), _rounds_up_otherwise, "rounds up to a window that begins beyond the input",
        "pad the end in its place, by a layer before it",
    ),
    (
        DeformConv, lambda leaf: leaf.layer.mask, "has a mask that its readers do not follow to one layer",
        "use mask=False",
    ),
    (
        Upsample, _is_no_multiple, "is read by its sizes, which are no multiples by this factor",
        "state the size in its place",
    ),
    (
        Softplus, lambda leaf: leaf.layer.threshold < 20, "has no threshold, only numbers so large that none is needed",
        "use threshold=20",
    ),
    (Threshold, lambda leaf: leaf.layer.value != 0, "puts zeros in the place of small numbers", "use value=0"),
    (Linear, _adds_one_number, "adds a single number to products of more than two axes, which is read as no bias",
     "use bias=False, or flatten before"),
    (Constant, lambda leaf: True, "has no array whose numbers are left out and are no parameters",
     "leave it out, or let it be a Parameter"),
    (RMSNorm, lambda leaf: leaf.layer.params == 1, "takes an array of one number for that number",
     "use elementwise_affine=False"),
    (Source, lambda leaf: product(leaf.outputs[0]) == 1, "takes an array of one number for that number",
     "use Scale or Shift"),
)  # fmt: skip
"""For layers of these types, whether it is so; why; what to do."""
