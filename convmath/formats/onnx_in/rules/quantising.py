"""Numbers of 8 bits: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers import layer_type
from ....layers.function import Clip, Neg, Round, Scale
from ....layers.merge import Add, Divide, Subtract
from ....layers.reduction import Amax, Amin
from ..step import UnsupportedError, reshaped
from ..values import Array, Flow
from .elementwise import number_in

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Value


def _quantised(step: Step) -> Value:
    """x over the scale, rounded and clipped to the range of the type."""
    x, scale = step.x, step.value(1)
    if isinstance(x, Array):
        return Array(x.shape, x.type, x.roots)
    _check_zero_point(step)
    number = number_in(scale, x)
    y = step.add(Scale(1 / number), x, part="scale") if number else step.add(
        Divide(), x, _per_axis(step, scale, x), part="scale"
    )  # fmt: skip
    y = step.add(Round(), y, part="round")
    return step.add(Clip(-128, 127) if step.has(2) and step.value(2).type == 3 else Clip(0, 255), y)


def _dequantised(step: Step) -> Value:
    x, scale = step.x, step.value(1)
    if isinstance(x, Array):
        return Array(x.shape, scale.type, x.roots)
    _check_zero_point(step)
    number = number_in(scale, x)
    made = step.add(Scale(number), x) if number else step.add(layer_type("Multiply")(), x, _per_axis(step, scale, x))
    return made._replace(type=scale.type) if isinstance(made, Flow) else made


def _check_zero_point(step: Step) -> None:
    point = step.value(2) if step.has(2) else None
    if point is not None and not (isinstance(point, Array) and point.holds_only(0)):
        step.differs("8-bit numbers without their zero points")


def _per_axis(step: Step, scale: Value, x: Value) -> Value:
    if step.integer("block_size", 0):
        raise UnsupportedError("scales of blocks")
    if len(scale.shape) != 1:
        return scale
    axis = step.axis(step.integer("axis", 1), len(x.shape))
    return reshaped(step, scale, [scale.shape[0] if place == axis else 1 for place in range(len(x.shape))])


def _by_its_range(step: Step) -> tuple[Value, ...]:
    """The scale and the place of 0 follow from the largest and smallest number, of which 0 is one."""
    x = step.x
    high = step.add(Clip(min=0), step.add(Amax(), x, part="largest"), part="high")
    low = step.add(Clip(max=0), step.add(Amin(), x, part="smallest"), part="low")
    scale = step.add(Scale(1 / 255), step.add(Subtract(), high, low, part="range"), part="scale")
    zero = step.add(Neg(), step.add(Divide(), low, scale, part="below"), part="above")
    zero = step.add(Clip(0, 255), step.add(Round(), zero, part="whole"), part="zero")
    y = step.add(Round(), step.add(Divide(), x, scale, part="steps"), part="round")
    return step.add(Clip(0, 255), step.add(Add(), y, zero, part="shift")), scale, zero


RULES = {"QuantizeLinear": _quantised, "DequantizeLinear": _dequantised, "DynamicQuantizeLinear": _by_its_range}
