"""How PyTorch writes a layer: modules of torch.nn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...layers.field import spell_tuple
from ..sliding import zeros_around
from . import any_side, call, times, unless

if TYPE_CHECKING:
    from ..sliding import Sides, Sliding

PADDING = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}


def pad(sides: Sides, mode: str = "zeros") -> list[str]:
    """A layer that pads, or crops where a side is negative; the last axis stands first.

    >>> pad(((1, 2), (0, -1)))
    ['nn.ZeroPad2d((0, -1, 1, 2))']
    """
    if not any_side(sides):
        return []
    return [f"nn.{PADDING[mode]}Pad{len(sides)}d({_from_the_last(sides)})"]


def conv(layer: Sliding) -> list[str]:
    """Padding of both sides alike stands in the layer, any other in a layer before it."""
    own, padding, mode = layer.layer, None, layer.layer.padding_mode
    rows = pad(_negated(layer.cropped))
    if layer.pads is not None and _alike(layer.padded):
        padding = unless(0, tuple(low for low, _ in layer.padded))
    elif layer.names:
        padding = layer.names[0].partition("=")[2]
    else:
        rows += pad(layer.padded, mode)
    return [*rows, call(
        f"nn.Conv{layer.rank}d", own.in_channels, own.out_channels, spell_tuple(layer.kernel),
        stride=unless(1, layer.stride), padding=padding, dilation=unless(1, layer.dilation),
        groups=unless(1, (own.groups,)), bias=None if own.bias else False,
        padding_mode=f'"{mode}"' if padding and mode != "zeros" else None,
    )]  # fmt: skip


def transposed(layer: Sliding) -> list[str]:
    """What padding and output_padding do not crop, a layer after it does; zeros in front lengthen the beginning."""
    own = layer.layer
    most = tuple(max(s, d) - 1 for s, d in zip(layer.stride, layer.dilation, strict=True))
    zeros, crops = zeros_around(layer.pads or (), layer.stride, most)
    settled = [_padding_of(*crop, m) for crop, m in zip(crops, most, strict=True)]
    padding, extra = (tuple(column) for column in zip(*settled, strict=True))
    rest = tuple((low - p, high - p + a) for (low, high), p, a in zip(crops, padding, extra, strict=True))
    row = call(
        f"nn.ConvTranspose{layer.rank}d", own.in_channels, own.out_channels, spell_tuple(layer.kernel),
        stride=unless(1, layer.stride), padding=unless(0, padding), output_padding=unless(0, extra),
        groups=unless(1, (own.groups,)), bias=None if own.bias else False, dilation=unless(1, layer.dilation),
    )  # fmt: skip
    return [*pad(zeros), row, *pad(_negated(rest))]


def max_pool(layer: Sliding) -> list[str]:
    """Padding that the layer does not take is written as −inf before it."""
    inside = _fits(layer)
    rows = pad(_negated(layer.cropped))
    if not inside and any_side(layer.reached):
        rows.append(f'nn.ConstantPad{layer.rank}d({_from_the_last(layer.reached)}, -float("inf"))')
    return [*rows, call(
        f"nn.MaxPool{layer.rank}d", spell_tuple(layer.kernel), stride=_pool_stride(layer),
        padding=unless(0, tuple(low for low, _ in layer.padded)) if inside else None,
        dilation=unless(1, layer.dilation), return_indices=True if layer.layer.return_indices else None,
        ceil_mode=True if inside and any(layer.overhang) else None,
    )]  # fmt: skip


def average(layer: Sliding) -> list[str]:
    """Where the padding does not go into the layer, sums over the padded input are divided by those of ones."""
    rows, scale = pad(_negated(layer.cropped)), times(layer.scale)
    kind, kernel, stride = f"nn.AvgPool{layer.rank}d", spell_tuple(layer.kernel), _pool_stride(layer)
    # Without divisor_override, which AvgPool1d does not know, the divisor shrinks with a last window that stands out.
    divisor = layer.layer.divisor_override if layer.rank > 1 else None
    shrinks = divisor is None and layer.counts == "taps" and any(layer.overhang)
    if _fits(layer) and not shrinks:
        padding = unless(0, tuple(low for low, _ in layer.padded))
        uncounted = False if padding and layer.counts == "real" else None
        rows.append(call(
            kind, kernel, stride=stride, padding=padding, ceil_mode=True if any(layer.overhang) else None,
            count_include_pad=uncounted, divisor_override=divisor,
        ))  # fmt: skip
    elif layer.counts == "taps":
        rows += [*pad(layer.reached), call(kind, kernel, stride=stride, divisor_override=divisor)]
    else:
        stated = layer.padded if layer.counts == "clipped" else tuple((0, 0) for _ in layer.kernel)
        rest = tuple((0, over) for over in layer.overhang) if layer.counts == "clipped" else layer.reached
        pool = call(kind, kernel, stride=stride)
        ones = f"torch.ones_like({_applied(pad(stated), 'x')})"
        rows.append(f"{_applied([*pad(layer.reached), pool], 'x')} / {_applied([*pad(rest), pool], ones)}")
    return [*rows, f"x * {scale}"] if scale and not divisor else rows


def shuffle(factor: int, rank: int) -> list[str]:
    """PyTorch's own order of channels."""
    return [f"nn.PixelShuffle({factor})"]


WRITE = {"conv": conv, "transposed": transposed, "max": max_pool, "average": average, "shuffle": shuffle}


def _padding_of(low: int, high: int, most: int) -> tuple[int, int]:
    """The (padding, output_padding) that crop as much of a transposed convolution as they can."""
    if 0 <= low - high <= most:
        return low, low - high
    shared = max(min(low, high), 0)
    return shared, max(-high, 0)


def _fits(layer: Sliding) -> bool:
    """Whether a pooling takes the padding itself: both sides alike, and at most half the kernel."""
    return _alike(layer.padded) and all(
        low <= k // 2 for (low, _), k in zip(layer.padded, layer.kernel, strict=True)
    ) and min(layer.overhang) >= 0 and not (any_side(layer.cropped) and any(layer.overhang))  # fmt: skip


def _alike(sides: Sides) -> bool:
    return all(low == high for low, high in sides)


def _pool_stride(layer: Sliding) -> str | None:
    return None if layer.stride == layer.kernel else spell_tuple(layer.stride)


def _from_the_last(sides: Sides) -> str:
    return f"({', '.join(str(side) for low, high in reversed(sides) for side in (low, high))})"


def _negated(sides: Sides) -> Sides:
    return tuple((-low, -high) for low, high in sides)


def _applied(layers: list[str], x: str) -> str:
    for layer in layers:
        x = f"{layer}({x})"
    return x
