"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers import layer_type
from ....layers.norm import BatchNorm1d, GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm
from ..step import UnsupportedError, rank_of
from .convolution import ranked

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Value


def _by_batch(step: Step) -> tuple[Value, ...]:
    """What else some versions hand out are the statistics."""
    axes, channels = len(step.x.shape), step.weight(1, 1).shape[0]
    make = BatchNorm1d if axes < 4 else ranked("BatchNorm", rank_of(step, step.x))
    layer = make(channels, eps=step.real("epsilon", 1e-5), momentum=1 - step.real("momentum", 0.9))
    statistics = step.weights(3, 4)
    return (step.add(layer, step.x, weights=step.weights(1, 2), buffers=statistics), *statistics, *statistics)


def _by_instance(step: Step) -> Value:
    rank = rank_of(step, step.x)
    layer = ranked("InstanceNorm", rank)(step.weight(1, 1).shape[0], eps=step.real("epsilon", 1e-5), affine=True)
    return step.add(layer, step.x, weights=step.weights(1, 2))


def _by_group(step: Step) -> Value:
    layer = GroupNorm(step.integer("num_groups", 1), step.x.shape[1], eps=step.real("epsilon", 1e-5))
    return step.add(layer, step.x, weights=step.weights(1, 2))


def _over_last(step: Step) -> Value:
    """LayerNormalization and RMSNormalization: from an axis to the last one."""
    x = step.x
    first = step.axis(step.integer("axis", -1), len(x.shape))
    if first == 0:
        raise UnsupportedError("the batch is among the axes")
    sizes, eps = tuple(x.shape[first:]), step.real("epsilon", 1e-5)
    if step.operator.type == "RMSNormalization":
        return step.add(RMSNorm(sizes, eps=eps), x, weights=step.weights(1))
    if any(len(step.operator.outputs) > place and step.operator.outputs[place] for place in (1, 2)):
        raise UnsupportedError("mean and deviation are handed out")
    return step.add(LayerNorm(sizes, eps=eps, bias=step.has(2)), x, weights=step.weights(1, 2))


def _by_neighbours(step: Step) -> Value:
    layer = LocalResponseNorm(
        step.integer("size", 1), step.real("alpha", 1e-4), step.real("beta", 0.75), step.real("bias", 1.0)
    )
    return step.add(layer, step.x)


def _to_length(step: Step) -> Value:
    step.only("p", step.integer("p", 2), 2)
    norm = step.add(layer_type("VectorNorm")(step.integer("axis", -1), keepdim=True), step.x, part="norm")
    return step.add(layer_type("Divide")(), step.x, norm)


RULES = {
    "BatchNormalization": _by_batch,
    "InstanceNormalization": _by_instance,
    "GroupNormalization": _by_group,
    "LayerNormalization": _over_last,
    "RMSNormalization": _over_last,
    "LRN": _by_neighbours,
    "LpNormalization": _to_length,
}
