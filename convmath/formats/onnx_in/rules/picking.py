"""Operators that choose numbers, or read them where others say: GatherElements, TopK, GridSample; and CumSum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....core.size import same
from ....layers.cumulative import CumSum
from ....layers.grid_sample import GridSample
from ....layers.lookup import GatherElements
from ....layers.ranking import TopK
from ..step import UnsupportedError

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Value


def _looked_up(step: Step) -> Value:
    axis = step.axis(step.integer("axis", 0), len(step.x.shape))
    return step.add(GatherElements(axis), step.x, step.value(1))


def _largest(step: Step) -> tuple[Value, ...]:
    """How many are chosen is an attribute before opset 10; without `sorted` any order will do."""
    k = step.scalar(1) if step.operator.version >= 10 else step.integer("k", 1)
    if same(k, 0):
        raise UnsupportedError("none is chosen")
    axis = step.axis(step.integer("axis", -1), len(step.x.shape))
    return step.add_many(TopK(k, axis, bool(step.integer("largest", 1))), step.x)


def _added_up(step: Step) -> Value:
    axis = step.axis(step.scalar(1), len(step.x.shape))
    return step.add(CumSum(axis, bool(step.integer("exclusive", 0)), bool(step.integer("reverse", 0))), step.x)


def _sampled(step: Step) -> Value:
    """Linear interpolation was called bilinear before opset 20."""
    mode = step.text("mode", "linear")
    step.only("mode", mode, "linear", "bilinear", "nearest")
    how = "nearest" if mode == "nearest" else "bilinear"
    layer = GridSample(how, step.text("padding_mode", "zeros"), bool(step.integer("align_corners", 0)))
    return step.add(layer, step.x, step.value(1))


RULES = {"GatherElements": _looked_up, "TopK": _largest, "CumSum": _added_up, "GridSample": _sampled}
