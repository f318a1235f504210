"""Pooling: by a window, over everything, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.shape import Shape
from ....core.size import same
from ....layers import layer_type
from ..step import UnsupportedError, rank_of
from ..values import INT64, Flow
from .convolution import ranked
from .convolution import sliding as sliding_of_convolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..step import Step
    from ..values import Value


def _kernel(step: Step, rank: int) -> tuple[int, ...]:
    found = step.integers("kernel_shape", None, rank)
    if found is None:
        raise UnsupportedError("kernel_shape is missing")
    return tuple(found)


def sliding(step: Step, rank: int) -> dict[str, Any]:
    """As of convolutions; VALID is no padding, so that it rounds up as runtimes do, not as the standard's formula."""
    slid = sliding_of_convolution(step, rank)
    return slid | {"padding": ((0, 0),) * rank} if slid["padding"] == "valid" else slid


def _largest(step: Step) -> tuple[Value, ...]:
    rank, more = rank_of(step, step.x), len(step.operator.outputs) > 1 and bool(step.operator.outputs[1])
    layer = ranked("MaxPool", rank)(
        _kernel(step, rank), ceil_mode=bool(step.integer("ceil_mode", 0)), return_indices=more, **sliding(step, rank)
    )
    y, *indices = step.add_many(layer, step.x)
    if more and step.integer("storage_order", 0):
        step.differs("storage_order=1: indices are counted column by column, the layer's row by row")
    return (y, *(place._replace(type=INT64) if isinstance(place, Flow) else place for place in indices))


def _average(step: Step) -> Value:
    rank = rank_of(step, step.x)
    layer = ranked("AvgPool", rank)(
        _kernel(step, rank), ceil_mode=bool(step.integer("ceil_mode", 0)),
        count_include_pad=bool(step.integer("count_include_pad", 0)), **sliding(step, rank),
    )  # fmt: skip
    return step.add(layer, step.x)


def _powers(step: Step) -> Value:
    rank = rank_of(step, step.x)
    slid, kernel, x = sliding(step, rank), _kernel(step, rank), step.x
    # Rounded up as of the largest, the last window has zeros where it reads beyond; one that begins there is left out.
    rounded = ranked("MaxPool", rank)(kernel, ceil_mode=bool(step.integer("ceil_mode", 0)), **slid)
    given = rounded.windows(Shape(x.shape))  # type: ignore[attr-defined]
    sides = tuple(side for window in reversed(given) for side in (window.low, window.high))
    if any(type(side) is not int or side for side in sides):
        x = step.add(ranked("ZeroPad", rank)(sides), x, part="pad")
    del slid["padding"]
    exponent = step.integer("p", 2) if step.operator.version > 1 else step.real("p", 2.0)
    return step.add(ranked("LPPool", rank)(exponent, kernel, **slid), x)


def _unpooled(step: Step) -> Value:
    x, rank = step.x, rank_of(step, step.x)
    pads = step.integers("pads", [0] * (2 * rank), 2 * rank)
    stride = tuple(step.integers("strides", [1] * rank, rank) or ())
    assert pads is not None
    if pads[:rank] != pads[rank:]:
        raise UnsupportedError("pads differ on the two sides")
    how, indices = (_kernel(step, rank), stride, tuple(pads[:rank])), step.value(1)
    layer = ranked("MaxUnpool", rank)
    regular = layer(*how).infer(Shape(x.shape))[0].spatial
    wanted = step.numbers(2)[2:] if step.has(2) else regular
    if all(same(size, made) for size, made in zip(wanted, regular, strict=True)):
        return step.add(layer(*how), x, indices)
    found_in = _pooled(step, indices)
    if found_in is not None and all(same(size, there) for size, there in zip(wanted, found_in, strict=True)):
        return step.add(layer(*how, output_size=tuple(wanted)), x, indices)
    # Indices that come from elsewhere count in the regular map, as in ONNX's own case; the rest follows it.
    y = step.add(layer(*how), x, indices)
    rest = [(0, size - made) for size, made in zip(wanted, regular, strict=True)]
    return step.add(ranked("ZeroPad", rank)(tuple(side for pair in reversed(rest) for side in pair)), y, part="pad")


def _pooled(step: Step, indices: Value) -> tuple[Any, ...] | None:
    """The sizes of the map in which a pooling of the network found these indices; None for other indices."""
    draft = step.drafts.items[indices.draft] if isinstance(indices, Flow) and indices.output == 1 else None
    if draft is None or draft.layer is None or not draft.layer.op.startswith("MaxPool"):
        return None
    return step.drafts.items[draft.inputs[0].draft].outputs[draft.inputs[0].output].spatial


def _global(name: str) -> Callable[[Step], Value]:
    def rule(step: Step) -> Value:
        if len(step.x.shape) < 3:
            raise UnsupportedError(f"an input of {len(step.x.shape)} axes")
        return step.add(layer_type(name)(), step.x)

    return rule


def _global_power(step: Step) -> Value:
    if step.integer("p", 2) != 2:
        raise UnsupportedError("p is not 2")
    return step.add(layer_type("VectorNorm")(tuple(range(2, len(step.x.shape))), keepdim=True), step.x)


def of_regions(step: Step) -> Shape:
    """What RoiAlign and MaxRoiPool make: a small map of every region."""
    if step.operator.type == "MaxRoiPool":
        sizes = step.integers("pooled_shape", (1, 1), 2) or []
    else:
        sizes = [step.integer("output_height", 1), step.integer("output_width", 1)]
    return Shape((step.value(1).shape[0], step.x.shape[1], *sizes))


RULES = {
    "MaxPool": _largest,
    "AveragePool": _average,
    "LpPool": _powers,
    "MaxUnpool": _unpooled,
    "GlobalAveragePool": _global("GlobalAvgPool"),
    "GlobalMaxPool": _global("GlobalMaxPool"),
    "GlobalLpPool": _global_power,
}
