"""Layers that PyTorch has by name, but refuses with these numbers or for this input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.size import product
from ...layers.activation import CELU, Hardtanh
from ...layers.attention import ScaledDotProductAttention
from ...layers.norm import BatchNorm, GroupNorm, InstanceNorm, LocalResponseNorm
from ...layers.pool import AvgPool3d, LPPool
from ...layers.recurrent import GRU
from ...layers.shrink import RReLU
from ...layers.shuffle import ChannelShuffle
from ...layers.upsample import Upsample

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..leaves import Leaf


def unfit(leaf: Leaf) -> str:
    """Why PyTorch refuses a layer; empty where it does not.

    >>> from convmath.core.shape import Shape
    >>> from ..leaves import Leaf
    >>> unfit(Leaf("act", CELU(0.0), (), (Shape((1, 3)),), (Shape((1, 3)),)))
    'divides by alpha, which is 0'
    """
    return next((why for kinds, due, why in UNFIT if isinstance(leaf.layer, kinds) and due(leaf)), "")


def _normalises_one(leaf: Leaf) -> bool:
    """Whether moments are taken of single numbers."""
    layer, x = leaf.layer, leaf.inputs[0]
    if isinstance(layer, GroupNorm):
        return bool(x.elements == layer.num_groups)
    if layer.track_running_stats:
        return False
    return bool(product(x.spatial) * (1 if isinstance(layer, InstanceNorm) else x.batch) == 1)


def _outgrows(leaf: Leaf) -> bool:
    return any(i < k for i, k in zip(leaf.inputs[0].spatial, leaf.layer.kernel_size, strict=True))


def _is_flat(leaf: Leaf) -> bool:
    return len(leaf.inputs[0]) < 3


UNFIT: tuple[tuple[Any, Callable[[Leaf], bool], str], ...] = (
    ((BatchNorm, InstanceNorm, GroupNorm), _normalises_one, "takes no moments of a single number"),
    ((LocalResponseNorm, ChannelShuffle), _is_flat, "takes three axes or more"),
    (Upsample, lambda leaf: not 1 <= leaf.inputs[0].rank <= 3, "resizes one to three axes"),
    (
        (BatchNorm, InstanceNorm), lambda leaf: leaf.layer.eps <= 0 and not leaf.layer.track_running_stats,
        "takes an eps above 0",
    ),
    (GRU, lambda leaf: not leaf.layer.reset_after, "resets a state after it is multiplied only"),
    (CELU, lambda leaf: leaf.layer.alpha == 0, "divides by alpha, which is 0"),
    (RReLU, lambda leaf: leaf.layer.lower > leaf.layer.upper, "takes a lower bound of at most the upper one"),
    (Hardtanh, lambda leaf: leaf.layer.min_val >= leaf.layer.max_val, "takes a min_val below max_val"),
    (
        ScaledDotProductAttention, lambda leaf: leaf.layer.is_causal and len(leaf.reads) > 3,
        "takes a mask or is_causal, not both",
    ),
    ((LPPool, AvgPool3d), _outgrows, "takes no input below the kernel"),
)  # fmt: skip
"""For layers of these types, whether it is so, and why."""
