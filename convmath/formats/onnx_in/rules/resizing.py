"""Resizing: Resize and the Upsample before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.errors import GraphError
from ....core.size import are_numbers, exact_div, is_one, same, scaled
from ....layers.upsample import Upsample
from ..fractional import Over, multiply
from ..placing import nearest_mode
from ..step import UnsupportedError

if TYPE_CHECKING:
    from ....core.size import Size
    from ..step import Step
    from ..values import Value

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _resized(step: Step) -> Value:
    x, axes = step.x, len(step.x.shape)
    old = step.operator.version < 11
    if step.integer("antialias", 0):
        raise UnsupportedError("antialias")
    step.only("keep_aspect_ratio_policy", step.text("keep_aspect_ratio_policy", "stretch"), "stretch")
    places = (1, None) if old else (2, 3)
    factors = _factors(step, places[0])
    stated = step.numbers(3) if places[1] and step.has(3) and step.value(3).shape != (0,) else None
    which = [step.axis(axis, axes) for axis in step.integers("axes", range(axes)) or ()]
    given = stated or factors
    if given is None or len(given) != len(which):
        raise GraphError(f"{step.operator}: states a scale or a size for {len(given or ())} of {len(which)} axes")
    sizes = list(x.shape)
    for axis, number in zip(which, given, strict=True):
        sizes[axis] = number if stated else times(sizes[axis], number)
    if not all(same(before, after) for before, after in zip(x.shape[:2], sizes[:2], strict=True)):
        raise UnsupportedError("batch or channels are resized")
    if all(same(before, after) for before, after in zip(x.shape, sizes, strict=True)):
        return x
    mode, aligned = _mode(step, x.shape[2:], tuple(sizes[2:]))
    return step.add(_layer(x.shape[2:], sizes[2:], mode, aligned), x)


def _factors(step: Step, place: int) -> list[Any] | None:
    if step.operator.type == "Upsample" and step.operator.version < 9:
        attribute = step.operator.attributes.get("scales")
        return None if attribute is None else [float(str(number)) for number in map(_short, attribute.floats)]
    return step.numbers(place) if step.has(place) and step.value(place).shape != (0,) else None


def _short(number: float) -> float:
    from ..step import as_written

    return as_written(number)


def _mode(step: Step, before: tuple[Size, ...], after: tuple[Size, ...]) -> tuple[str, bool | None]:
    """The layer's mode, and whether corners are aligned; where it reads other positions, that is remarked."""
    rank, mode, places = (
        len(before),
        step.text("mode", "nearest"),
        step.text("coordinate_transformation_mode", "half_pixel"),
    )
    if step.operator.version < 11:
        places = "asymmetric"
    if places == "tf_crop_and_resize":
        raise UnsupportedError("coordinate_transformation_mode=tf_crop_and_resize")
    if mode == "nearest":
        rounding = step.text("nearest_mode", "round_prefer_floor" if step.operator.version >= 11 else "floor")
        found = nearest_mode(places, rounding, before, after)
        if not found:
            step.drafts.nearby.append(f"{step.operator} ({places}, {rounding})")
        return found or "nearest", None
    if places in {"asymmetric", "half_pixel_symmetric"}:
        step.drafts.nearby.append(f"{step.operator} ({places})")
    if mode == "cubic" and rank == 2:
        return "bicubic", places == "align_corners"
    if mode != "linear" or rank not in LINEAR:
        raise UnsupportedError(f"mode={mode} over {rank} axes")
    return LINEAR[rank], places == "align_corners"


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


def _layer(before: tuple[Size, ...], after: tuple[Size, ...] | list[Size], mode: str, aligned: bool | None) -> Upsample:
    """By a factor where one gives just these sizes, else by the sizes."""
    factors = tuple(_factor(old, new) for old, new in zip(before, after, strict=True))
    how = {"mode": mode, "align_corners": aligned or None}
    if all(factor is not None for factor in factors):
        return Upsample(scale_factor=factors, **how)
    return Upsample(size=tuple(after), **how)


def _factor(old: Size, new: Size) -> Size | float | None:
    """The whole factor, or a half or a quarter, by which a size grows or shrinks."""
    if are_numbers(old, new):
        whole = exact_div(new, old) if new % old == 0 else None
        return whole if whole is not None else new / old if scaled(old, new / old) == new and old % new == 0 else None
    if is_one(old):
        return None
    return next((factor for factor in (1, 2, 3, 4, 8, 16, 32, 0.5, 0.25) if same(scaled(old, factor), new)), None)


RULES = {"Resize": _resized, "Upsample": _resized}
