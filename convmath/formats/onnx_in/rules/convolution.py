"""Convolutions: Conv, ConvTranspose, DeformConv, and those of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.errors import GraphError
from ....core.size import larger
from ....layers import layer_type
from ..step import rank_of
from ..values import Array, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....layers.base import Layer
    from ..step import Step
    from ..values import Value


def ranked(family: str, rank: int) -> Callable[..., Layer]:
    """The layer type of a family for so many spatial axes."""
    return layer_type(f"{family}{rank}d")


def sliding(step: Step, rank: int) -> dict[str, Any]:
    """Stride, padding and dilation as the layers spell them; SAME_UPPER and VALID are names that they know."""
    name = step.text("auto_pad", "NOTSET").lower()
    pads = step.integers("pads", [0] * (2 * rank), 2 * rank)
    assert pads is not None
    if name not in {"notset", "same_upper", "same_lower", "valid"}:
        raise GraphError(f"{step.operator}: auto_pad is none of NOTSET, SAME_UPPER, SAME_LOWER and VALID")
    return {
        "stride": tuple(step.integers("strides", [1] * rank, rank) or ()),
        "dilation": tuple(step.integers("dilations", [1] * rank, rank) or ()),
        "padding": tuple(zip(pads[:rank], pads[rank:], strict=True)) if name == "notset" else name,
        "convention": "onnx",
    }


def kernel_of(step: Step, weight: Array) -> tuple[Any, ...]:
    """The taps along each axis, which the attribute may repeat."""
    kernel = tuple(weight.shape[2:])
    stated = step.integers("kernel_shape", kernel, len(kernel))
    if tuple(stated or ()) != kernel:
        raise GraphError(f"{step.operator}: kernel_shape is {stated}, its weights have {kernel} (one of them is wrong)")
    return kernel


def convolution(weight_at: int, bias_at: int) -> Callable[[Step], Value]:
    """The rule of a convolution whose weights and biases are these inputs."""

    def rule(step: Step) -> Value:
        x, rank = step.x, rank_of(step, step.x)
        if step.operator.type != "Conv":
            step.differs("8-bit numbers without their zero points, and nothing rounded to them")
        weight = step.weight(weight_at, rank + 2)
        filters, share = weight.shape[:2]
        groups = step.integer("group", 1)
        held = (weight, *step.weights(bias_at))
        layer = ranked("Conv", rank)(
            share * groups, filters, kernel_of(step, weight), groups=groups, bias=len(held) > 1, **sliding(step, rank)
        )
        return step.add(layer, x, weights=held)

    return rule


def _transposed(step: Step) -> Value:
    x, rank = step.x, rank_of(step, step.x)
    weight = step.weight(1, rank + 2)
    channels, share = weight.shape[:2]
    groups, slid = step.integer("group", 1), sliding(step, rank)
    extra = step.integers("output_padding", [0] * rank, rank)
    assert extra is not None
    kernel, held = kernel_of(step, weight), (weight, *step.weights(2))
    stated = step.integers("output_shape")
    if stated is not None:
        slid["padding"], extra = _for_size(step, x, kernel, slid, extra, stated[-rank:])
    layer = ranked("ConvTranspose", rank)(
        channels, share * groups, kernel, groups=groups, bias=len(held) > 1, output_padding=tuple(extra), **slid
    )
    return step.add(layer, x, weights=held)


def _for_size(
    step: Step, x: Value, kernel: tuple[Any, ...], slid: dict[str, Any], extra: list[Any], stated: list[int]
) -> tuple[tuple[tuple[Any, Any], ...], list[Any]]:
    """The padding that makes outputs of the stated size: half of what is too much goes to either side."""
    if len(stated) < len(kernel):
        raise GraphError(f"{step.operator}: output_shape has {len(stated)} numbers, {len(kernel)} are wanted")
    at_end = step.text("auto_pad", "NOTSET") == "SAME_UPPER"
    sides, added = [], []
    for axis, wanted in enumerate(stated):
        full = (x.shape[2 + axis] - 1) * slid["stride"][axis] + (kernel[axis] - 1) * slid["dilation"][axis] + 1
        surplus = full + extra[axis] - wanted
        cut = larger(surplus, 0)
        added.append(extra[axis] + larger(-surplus, 0))
        half = cut // 2
        sides.append((half, cut - half) if at_end else (cut - half, half))
    return tuple(sides), added


def _deformed(step: Step) -> Value:
    x, rank = step.x, rank_of(step, step.x)
    weight = step.weight(1, rank + 2)
    held, slid, groups = (weight, *step.weights(3)), sliding(step, rank), step.integer("group", 1)
    del slid["convention"]
    arguments = {
        "in_channels": weight.shape[1] * groups, "out_channels": weight.shape[0], "groups": groups, **slid,
        "kernel_size": kernel_of(step, weight), "bias": len(held) > 1, "offset_groups": step.integer("offset_group", 1),
    }  # fmt: skip
    branch = None if step.has(4) else _branch(step, ranked("DeformConv", rank)(**arguments))
    if branch is not None:
        return step.add(ranked("DeformConv", rank)(**arguments), x, weights=(*held, *branch))
    told = (step.value(2), step.value(4)) if step.has(4) else (step.value(2),)
    return step.add(ranked("OffsetConv", rank)(**arguments), x, *told, weights=held)


def _branch(step: Step, layer: Any) -> tuple[Array, ...] | None:
    """What the convolution holds that predicts the offsets as the layer's own branch would; None where none does."""
    x, offset = step.x, step.value(2)
    if not isinstance(x, Flow) or not isinstance(offset, Flow):
        return None
    draft = step.drafts.items[offset.draft]
    if draft.layer is None or draft.inputs != (x,) or type(draft.layer) is not type(layer.offset):
        return None
    alike = draft.layer.weights() == layer.offset.weights() and draft.layer.stages(x.shape) == layer.stages(x.shape)
    return draft.held.weights if alike else None


RULES = {
    "Conv": convolution(1, 2),
    "ConvInteger": convolution(1, 4),
    "QLinearConv": convolution(3, 8),
    "ConvTranspose": _transposed,
    "DeformConv": _deformed,
}
