"""Resizing: Resize and the Upsample before it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ....core.errors import GraphError
from ....core.size import are_numbers, exact_div, is_one, same, scaled
from ....layers.upsample import Upsample
from ..fractional import Over, multiply
from ..placing import Axis, between, nearest_mode
from ..step import UnsupportedError

if TYPE_CHECKING:
    from ....core.size import Size
    from ..step import Step
    from ..values import Value

CUBIC = -0.75
"""The slope of the layer's cubic kernel."""

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _resized(step: Step) -> Value:
    x, axes = step.x, len(step.x.shape)
    inputs = (1, None) if step.operator.version < 11 else (2, 3)
    factors = _factors(step, inputs[0])
    stated = step.numbers(3) if inputs[1] and step.has(3) and step.value(3).shape != (0,) else None
    which = [step.axis(axis, axes) for axis in step.integers("axes", range(axes)) or ()]
    given = stated or factors
    if given is None or len(given) != len(which):
        raise GraphError(f"{step.operator}: states a scale or a size for {len(given or ())} of {len(which)} axes")
    if stated and (kept := step.text("keep_aspect_ratio_policy", "stretch")) != "stretch":
        given, stated = _in_proportion(step, kept, which, stated)
    every = [Axis(size, size) for size in x.shape]
    for axis, number in zip(which, given, strict=True):
        size = x.shape[axis]
        every[axis] = Axis(size, stated[which.index(axis)]) if stated else Axis(size, times(size, number), number)
    if not all(axis.stays for axis in every[:2]):
        raise UnsupportedError("batch or channels are resized")
    if all(axis.stays for axis in every):
        return x
    if step.integer("antialias", 0) and any(_shrinks(axis) for axis in every):
        raise UnsupportedError("antialias=1 where an axis shrinks: it reads more the more is left out")
    return step.add(_layer(step, every[2:]), x)


def _in_proportion(step: Step, policy: str, which: list[int], stated: list[Any]) -> tuple[list[Any], Any]:
    """(scales, sizes) where all axes are resized by one scale: the smallest or the largest of those that are wanted."""
    step.only("keep_aspect_ratio_policy", policy, "not_larger", "not_smaller")
    before = [step.x.shape[axis] for axis in which]
    if not are_numbers(*before, *stated):
        raise UnsupportedError(f"keep_aspect_ratio_policy={policy} of sizes with symbols")
    pick = min if policy == "not_larger" else max
    scale = pick(Fraction(new, old) for old, new in zip(before, stated, strict=True))
    sizes = [int(scale * old + Fraction(1, 2)) for old in before]
    if any(scale * old != new for old, new in zip(before, sizes, strict=True)):
        step.differs(f"keeps the aspect ratio, by {scale} along every axis, the layer by sizes that are rounded")
    return sizes, sizes


def _shrinks(axis: Axis) -> bool:
    return not are_numbers(axis.before, axis.after) or bool(axis.after < axis.before)


def _factors(step: Step, place: int) -> list[Any] | None:
    if step.operator.type == "Upsample" and step.operator.version < 9:
        attribute = step.operator.attributes.get("scales")
        return None if attribute is None else [float(str(number)) for number in map(_short, attribute.floats)]
    return step.numbers(place) if step.has(place) and step.value(place).shape != (0,) else None


def _short(number: float) -> float:
    from ..step import as_written

    return as_written(number)


def _layer(step: Step, axes: list[Axis]) -> Upsample:
    """By factors where these give just such sizes, else by the sizes; what it reads elsewhere is remarked."""
    factors = [_factor(axis) for axis in axes]
    if all(factor is not None for factor in factors):
        how: dict[str, Any] = {"scale_factor": tuple(factors)}
        paced = [_pace(axis, factor) for axis, factor in zip(axes, factors, strict=True)]
    else:
        how = {"size": tuple(axis.after for axis in axes)}
        paced = [_pace(axis, None) for axis in axes]
    mode, aligned = _mode(step, axes, paced)
    return Upsample(mode=mode, align_corners=aligned or None, **how)


def _pace(axis: Axis, factor: Any) -> Fraction:
    """How many positions go by for each output of a layer."""
    return (axis._replace(scale=factor) if are_numbers(axis.before, axis.after) else axis).numbers[2]


def _mode(step: Step, axes: list[Axis], paced: list[Fraction]) -> tuple[str, bool | None]:
    """The layer's mode, and whether corners are aligned; where it reads other positions, that is remarked."""
    rank, mode = len(axes), step.text("mode", "nearest")
    old = step.operator.version < 11
    where = "asymmetric" if old else step.text("coordinate_transformation_mode", "half_pixel")
    if where == "tf_crop_and_resize":
        raise UnsupportedError("coordinate_transformation_mode=tf_crop_and_resize, which resizes a region of interest")
    if mode == "nearest":
        rounding = step.text("nearest_mode", "floor" if old else "round_prefer_floor")
        found = nearest_mode(where, rounding, axes, paced)
        if not found:
            step.differs(f"reads other positions than {where}, {rounding}")
        return found or "nearest", None
    if (mode, rank) != ("cubic", 2) and (mode != "linear" or rank not in LINEAR):
        raise UnsupportedError(f"mode={mode} over {rank} axes")
    aligned = where == "align_corners"
    if not all(between(where, axis, pace, aligned) for axis, pace in zip(axes, paced, strict=True)):
        step.differs(f"its outputs lie at other positions than {where}")
    if mode == "cubic" and step.real("cubic_coeff_a", -0.75) != CUBIC:
        step.differs(f"cubic_coeff_a={step.real('cubic_coeff_a', -0.75):g}, the layer's is {CUBIC}")
    if mode == "cubic" and step.integer("exclude_outside", 0):
        step.differs("exclude_outside=1, the layer repeats the border")
    return ("bicubic" if mode == "cubic" else LINEAR[rank]), aligned


def times(size: Size, factor: Any) -> Size:
    """⌊size·factor⌋ as the standard's runtimes work it out, in numbers of 32 bits; formulas exactly."""
    if are_numbers(size) and isinstance(factor, float):
        import numpy as np

        return int(np.floor(np.float32(size) * np.float32(factor)))
    made = multiply(size, factor)
    if made is None:
        raise UnsupportedError("a scale that is not known")
    if isinstance(made, Over):
        return made.above // made.below
    return int(made) if isinstance(made, float) else made


def _factor(axis: Axis) -> Size | float | None:
    """The factor by which a size grows or shrinks: the one that is stated, or a whole one, a half or a quarter."""
    old, new, scale = axis
    if scale is not None and type(scale) in {int, float} and same(scaled(old, scale), new):
        return int(scale) if float(scale).is_integer() else scale
    if are_numbers(old, new):
        whole = exact_div(new, old) if new % old == 0 else None
        return whole if whole is not None else new / old if scaled(old, new / old) == new and old % new == 0 else None
    if is_one(old):
        return None
    return next((factor for factor in (1, 2, 3, 4, 8, 16, 32, 0.5, 0.25) if same(scaled(old, factor), new)), None)


RULES = {"Resize": _resized, "Upsample": _resized}
