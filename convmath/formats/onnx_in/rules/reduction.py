"""Reductions over axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers.function import Abs, Exp, Log, Square
from ....layers.reduction import Amax, Amin, Argmax, Argmin, Mean, Prod, Sum, VectorNorm
from ..folding import axes_of
from ..values import INT64, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....layers.base import Layer
    from ..step import Step
    from ..values import Value


def _over_axes(
    kind: Callable[..., Layer], before: type[Layer] | None = None, after: type[Layer] | None = None, since: int = 18
) -> Callable[[Step], Value]:
    def rule(step: Step) -> Value:
        x = step.x
        axes = axes_of(step, since)
        if not axes and step.integer("noop_with_empty_axes", 0):
            return x
        found = tuple(step.axis(axis, len(x.shape)) for axis in axes) if axes else tuple(range(len(x.shape)))
        if not found:
            return x  # a single number
        x = step.add(before(), x, part=before.__name__.lower()) if before else x
        y = step.add(kind(found, keepdim=bool(step.integer("keepdims", 1))), x)
        return step.add(after(), y, part=after.__name__.lower()) if after else y

    return rule


def _place_of(kind: Callable[..., Layer]) -> Callable[[Step], Value]:
    def rule(step: Step) -> Value:
        axis = step.axis(step.integer("axis", 0), len(step.x.shape))
        y = step.add(kind(axis, keepdim=bool(step.integer("keepdims", 1))), step.x)
        return y._replace(type=INT64) if isinstance(y, Flow) else y

    return rule


RULES = {
    "ReduceMean": _over_axes(Mean),
    "ReduceSum": _over_axes(Sum, since=13),
    "ReduceMax": _over_axes(Amax),
    "ReduceMin": _over_axes(Amin),
    "ReduceProd": _over_axes(Prod),
    "ReduceL1": _over_axes(Sum, before=Abs),
    "ReduceL2": _over_axes(VectorNorm),
    "ReduceSumSquare": _over_axes(Sum, before=Square),
    "ReduceLogSum": _over_axes(Sum, after=Log),
    "ReduceLogSumExp": _over_axes(Sum, before=Exp, after=Log),
    "ArgMax": _place_of(Argmax),
    "ArgMin": _place_of(Argmin),
}
