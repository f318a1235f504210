"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....core.size import exact_div
from ....layers import layer_type
from ....layers.axes import Reshape, Unsqueeze
from ....layers.function import Abs, Shift, Sqrt, Square
from ....layers.norm import BatchNorm1d, GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm
from ....layers.reduction import Mean, Sum
from ....layers.repeat import Repeat
from ..step import UnsupportedError, rank_of
from .convolution import ranked

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Array, Value


def _by_batch(step: Step) -> tuple[Value, ...]:
    """What else some versions hand out are the statistics."""
    axes, channels = len(step.x.shape), step.weight(1, 1).shape[0]
    make = BatchNorm1d if axes < 4 else ranked("BatchNorm", rank_of(step, step.x))
    trains = bool(step.integer("training_mode", 0))
    layer = make(
        channels, eps=step.real("epsilon", 1e-5), momentum=1 - step.real("momentum", 0.9),
        track_running_stats=not trains,
    )  # fmt: skip
    statistics = step.weights(3, 4)
    if trains and any(step.operator.outputs[1:]):
        step.hands_on("training_mode=1: the statistics that it hands out are those that it reads")
    held = () if trains else statistics
    return (step.add(layer, step.x, weights=step.weights(1, 2), buffers=held), *statistics, *statistics)


def _by_instance(step: Step) -> Value:
    rank = rank_of(step, step.x)
    held = _learnt(step)
    layer = ranked("InstanceNorm", rank)(step.weight(1, 1).shape[0], eps=step.real("epsilon", 1e-5), affine=bool(held))
    return step.add(layer, step.x, weights=held)


def _learnt(step: Step) -> tuple[Array, ...]:
    """Scale and shift; nothing where they are ones and zeros of the exporter's own, which are no module's."""
    scale, shift = step.weight(1), step.weight(2)
    named = any(name.rpartition(".")[2] in {"weight", "bias"} for array in (scale, shift) for name, _ in array.roots)
    if named or not (scale.holds_only(1) and shift.holds_only(0)):
        return (scale, shift)
    step.drafts.filled_in += sum(count for array in (scale, shift) for _, count in array.roots)
    return ()


def _by_group(step: Step) -> Value:
    groups, channels = step.integer("num_groups", 1), step.x.shape[1]
    held = _learnt(step)
    layer = GroupNorm(groups, channels, eps=step.real("epsilon", 1e-5), affine=bool(held))
    if step.operator.version < 21:  # until then there was a number for each group
        each = exact_div(channels, groups)
        held = tuple(step.turned(array, Unsqueeze(1), Repeat((1, each)), Reshape((channels,))) for array in held)
    return step.add(layer, step.x, weights=held)


def _whitened(step: Step) -> Value:
    """MeanVarianceNormalization: what is added to the deviation is a constant of the standard."""
    x = step.x
    axes = tuple(step.axis(axis, len(x.shape)) for axis in step.integers("axes", (0, 2, 3)) or ())
    centred = step.add(layer_type("Subtract")(), x, step.add(Mean(axes, keepdim=True), x, part="mean"), part="centred")
    squares = step.add(Square(), centred, part="square")
    deviation = step.add(Sqrt(), step.add(Mean(axes, keepdim=True), squares, part="variance"), part="deviation")
    return step.add(layer_type("Divide")(), centred, step.add(Shift(1e-9), deviation, part="shift"))


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
    axis, p = step.integer("axis", -1), step.integer("p", 2)
    step.only("p", p, 1, 2)
    if p == 2:
        norm = step.add(layer_type("VectorNorm")(axis, keepdim=True), step.x, part="norm")
    else:
        norm = step.add(Sum(axis, keepdim=True), step.add(Abs(), step.x, part="abs"), part="norm")
    return step.add(layer_type("Divide")(), step.x, norm)


RULES = {
    "BatchNormalization": _by_batch,
    "InstanceNormalization": _by_instance,
    "GroupNormalization": _by_group,
    "LayerNormalization": _over_last,
    "RMSNormalization": _over_last,
    "MeanVarianceNormalization": _whitened,
    "LRN": _by_neighbours,
    "LpNormalization": _to_length,
}
