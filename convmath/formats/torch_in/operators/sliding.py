"""Convolutions, poolings, resizing and unfolding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.size import same
from ....layers import layer_type
from ....layers.axes import Squeeze, Unsqueeze
from ....layers.deformable import OffsetConv2d
from ....layers.fold import Fold
from ....layers.pool import MaxPool
from ....layers.unfold import Unfold
from ....layers.upsample import Upsample

if TYPE_CHECKING:
    from ..call import Call, Value, Weight


def conv(call: Call) -> Value:
    """Convolution; its channels and kernel are those of the weights."""
    weight, bias, groups = _arrays(call)
    layer = layer_type(f"Conv{len(weight.shape) - 2}d")(
        weight.shape[1] * groups, weight.shape[0], tuple(weight.shape[2:]),
        stride=_per_axis(call["stride"], weight), padding=_per_axis(call["padding"], weight),
        dilation=_per_axis(call["dilation"], weight), groups=groups, bias=bias is not None,
    )  # fmt: skip
    return call.add(layer, call["input"], weights=(weight, bias))


def conv_transpose(call: Call) -> Value:
    """Transposed convolution, whose weights have the input's channels first."""
    weight, bias, groups = _arrays(call)
    layer = layer_type(f"ConvTranspose{len(weight.shape) - 2}d")(
        weight.shape[0], weight.shape[1] * groups, tuple(weight.shape[2:]),
        stride=_per_axis(call["stride"], weight), padding=_per_axis(call["padding"], weight),
        output_padding=_per_axis(call["output_padding"], weight), groups=groups, bias=bias is not None,
        dilation=_per_axis(call["dilation"], weight),
    )  # fmt: skip
    return call.add(layer, call["input"], weights=(weight, bias))


def convolution(call: Call) -> Value:
    """The general operator, of either kind."""
    return conv_transpose(call) if call["transposed"] else conv(call)


def offset_conv(call: Call) -> Value:
    """torchvision's deform_conv2d, which reads its offsets and, where use_mask says so, its masks."""
    weight, bias, groups = _arrays(call)
    if bias is not None and not bias.stored:  # torchvision hands in zeros where a layer has none
        bias = None
    told = (call["offset"], call["mask"]) if call["use_mask"] else (call["offset"],)
    layer = OffsetConv2d(
        weight.shape[1] * groups, weight.shape[0], tuple(weight.shape[2:]), groups=groups, bias=bias is not None,
        stride=(call["stride_h"], call["stride_w"]), padding=(call["pad_h"], call["pad_w"]),
        dilation=(call["dilation_h"], call["dilation_w"]), offset_groups=call["offset_groups"],
    )  # fmt: skip
    return call.add(layer, call["input"], *told, weights=(weight, bias))


def max_pool(rank: int) -> Any:
    """Max pooling, with the indices of the maxima where something reads them."""

    def read(call: Call) -> Value:
        layer = layer_type(f"MaxPool{rank}d")(
            _sizes(call["kernel_size"]), _sizes(call["stride"]) or None, _sizes(call["padding"]),
            _sizes(call["dilation"]), return_indices=call.is_read(1), ceil_mode=call["ceil_mode"],
        )  # fmt: skip
        return call.add(layer, call["self"])

    return read


def avg_pool(rank: int) -> Any:
    """Average pooling."""

    def read(call: Call) -> Value:
        layer = layer_type(f"AvgPool{rank}d")(
            _sizes(call["kernel_size"]), _sizes(call["stride"]) or None, _sizes(call["padding"]),
            ceil_mode=call["ceil_mode"], count_include_pad=call["count_include_pad"],
            **({"divisor_override": call["divisor_override"]} if "divisor_override" in call else {}),
        )  # fmt: skip
        return call.add(layer, call["self"])

    return read


def max_unpool(rank: int) -> Any:
    """Unpooling: its windows are those of the pooling whose indices it reads; of others, that lie side by side.

    Its call states the output's size alone, which may be another than the windows give.
    """

    def read(call: Call) -> Value:
        x, indices, wanted = call["self"], call["indices"], tuple(call["output_size"])
        sizes, pool = call.shape(x).spatial, call.made_by(indices)
        kind = layer_type(f"MaxUnpool{rank}d")
        if isinstance(pool, MaxPool) and indices.output == 1:
            how: tuple[Any, ...] = (pool.kernel_size, pool.steps, tuple(pads.low for pads in pool.padding))
        else:
            how = (tuple(o // i for o, i in zip(wanted, sizes, strict=True)),)
        regular = kind(*how).infer(call.shape(x))[0].spatial
        alike = all(same(o, made) for o, made in zip(wanted, regular, strict=True))
        return call.add(kind(*how) if alike else kind(*how, output_size=wanted), x, indices)

    return read


def unbatched(read: Any, rank: int) -> Any:
    """An operator that takes a batch or none: without one, there is a batch of 1 meanwhile."""

    def converted(call: Call) -> Value:
        x: Value = call["self"]
        if len(call.shape(x)) != rank + 1:
            return read(call)  # type: ignore[no-any-return]
        single = call.given("self", call.add(Unsqueeze(0), x))
        return call.add(Squeeze((0,)), read(single))

    return converted


def adaptive_pool(op: str) -> Any:
    """Pooling to a stated size."""

    def read(call: Call) -> Value:
        indices = {"return_indices": True} if call.is_read(1) else {}
        return call.add(layer_type(op)(_sizes(call["output_size"]), **indices), call["self"])

    return read


def upsample(mode: str) -> Any:
    """Resizing to a stated size, or by factors."""

    def read(call: Call) -> Value:
        size, factors = call["output_size"], call["scale_factors"]
        corners = {"align_corners": True} if call["align_corners"] else {}
        if size is not None:
            return call.add(Upsample(tuple(size), mode=mode, **corners), call["input"])
        whole = [int(factor) if factor == int(factor) else factor for factor in factors]
        shared = whole[0] if len(set(whole)) == 1 else tuple(whole)
        return call.add(Upsample(scale_factor=shared, mode=mode, **corners), call["input"])

    return read


def unfold(call: Call) -> Value:
    """im2col."""
    names = ("kernel_size", "dilation", "padding", "stride")
    return call.add(Unfold(*(_sizes(call[name]) for name in names)), call["self"])


def fold(call: Call) -> Value:
    """col2im."""
    names = ("output_size", "kernel_size", "dilation", "padding", "stride")
    return call.add(Fold(*(_sizes(call[name]) for name in names)), call["self"])


def _arrays(call: Call) -> tuple[Weight, Weight | None, int]:
    weight = call.weight("weight")
    assert weight is not None
    return weight, call.weight("bias"), call["groups"]


def _per_axis(value: Any, weight: Weight) -> Any:
    """One value for each spatial axis: a list of one serves for all, and a word stays."""
    if isinstance(value, str):
        return value
    sizes = value if isinstance(value, list) else [value]
    return tuple(sizes * (len(weight.shape) - 2)) if len(sizes) == 1 else tuple(sizes)


def _sizes(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return value[0] if len(value) == 1 else tuple(value)


OPERATORS = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), conv_transpose),
    "convolution": convolution,
    "torchvision.deform_conv2d": offset_conv,
    **{
        f"max_pool{rank}d{suffix}": unbatched(max_pool(rank), rank)
        for rank in (1, 2, 3)
        for suffix in ("", "_with_indices")
    },
    **{f"avg_pool{rank}d": unbatched(avg_pool(rank), rank) for rank in (1, 2, 3)},
    **{f"adaptive_avg_pool{rank}d": unbatched(adaptive_pool(f"AdaptiveAvgPool{rank}d"), rank) for rank in (1, 2, 3)},
    **{f"adaptive_max_pool{rank}d": adaptive_pool(f"AdaptiveMaxPool{rank}d") for rank in (1, 2, 3)},
    **{f"upsample_nearest{rank}d": upsample("nearest") for rank in (1, 2, 3)},
    **{f"_upsample_nearest_exact{rank}d": upsample("nearest-exact") for rank in (1, 2, 3)},
    "upsample_linear1d": upsample("linear"),
    "upsample_bilinear2d": upsample("bilinear"),
    "upsample_bicubic2d": upsample("bicubic"),
    "upsample_trilinear3d": upsample("trilinear"),
    **{f"max_unpool{rank}d": max_unpool(rank) for rank in (2, 3)},
    "im2col": unfold,
    "col2im": fold,
}
