"""Normalisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers import layer_type
from ....layers.norm import GroupNorm, LayerNorm, RMSNorm

if TYPE_CHECKING:
    from ..call import Call, Value


def batch_norm(call: Call) -> Value:
    """Batch normalisation, by running statistics unless it has none."""
    x, arrays = call["input"], tuple(map(call.weight, ("weight", "bias", "running_mean", "running_var")))
    shape = call.shape(x)
    layer = layer_type(f"BatchNorm{max(shape.rank, 1)}d")(
        shape.channels, call["eps"], affine=arrays[0] is not None,
        track_running_stats=arrays[2] is not None and not call["training"],
    )  # fmt: skip
    return call.add(layer, x, weights=arrays)


def instance_norm(call: Call) -> Value:
    """Instance normalisation, by the input's own moments unless it keeps running ones."""
    x, arrays = call["input"], tuple(map(call.weight, ("weight", "bias", "running_mean", "running_var")))
    shape = call.shape(x)
    layer = layer_type(f"InstanceNorm{shape.rank}d")(
        shape.channels, call["eps"], affine=arrays[0] is not None, track_running_stats=not call["use_input_stats"]
    )
    return call.add(layer, x, weights=arrays)


def group_norm(call: Call) -> Value:
    """Group normalisation."""
    x, arrays = call["input"], (call.weight("weight"), call.weight("bias"))
    layer = GroupNorm(call["num_groups"], call.shape(x).channels, call["eps"], affine=arrays[0] is not None)
    return call.add(layer, x, weights=arrays)


def layer_norm(call: Call) -> Value:
    """Layer normalisation."""
    arrays = call.weight("weight"), call.weight("bias")
    affine, shift = (array is not None for array in arrays)
    layer = LayerNorm(tuple(call["normalized_shape"]), call["eps"], elementwise_affine=affine, bias=shift)
    return call.add(layer, call["input"], weights=arrays)


def rms_norm(call: Call) -> Value:
    """Normalisation by the root of the mean square."""
    weight = call.weight("weight")
    layer = RMSNorm(tuple(call["normalized_shape"]), elementwise_affine=weight is not None)
    return call.add(layer, call["input"], weights=(weight,))


OPERATORS = {
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
}
