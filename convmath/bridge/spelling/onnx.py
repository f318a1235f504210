"""How ONNX writes a layer: nodes with pads=[every beginning, every end]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sliding import zeros_around
from . import any_side, call, times

if TYPE_CHECKING:
    from ..sliding import Sides, Sliding

PAD_MODES = {"zeros": None, "reflect": '"reflect"', "replicate": '"edge"', "circular": '"wrap"'}


def pad(sides: Sides, mode: str | None = None, value: str | None = None) -> list[str]:
    """A node that pads, or crops where a side is negative.

    >>> pad(((1, 2), (0, -1)))
    ['Pad(x, [0, 0, 1, 0, 0, 0, 2, -1])']
    """
    return [call("Pad", "x", _begins_and_ends(((0, 0), (0, 0), *sides)), value, mode=mode)] if any_side(sides) else []


def conv(layer: Sliding) -> list[str]:
    """Padding stands in the node, unless it copies the input or crops it."""
    own, mode = layer.layer, layer.layer.padding_mode
    rows = _cropped(layer)
    if mode != "zeros":
        rows += pad(layer.padded, PAD_MODES[mode])
    return [*rows, call(
        "Conv", "x", layer.array("weight"), layer.array("bias") if own.bias else None, **_slid(layer),
        **_padding(layer, layer.padded if mode == "zeros" else ()), group=own.groups if own.groups > 1 else None,
    )]  # fmt: skip


def transposed(layer: Sliding) -> list[str]:
    """pads crop the output, each side by itself; output_padding lengthens the end."""
    own = layer.layer
    zeros, crops = zeros_around(layer.pads or (), layer.stride, tuple(s - 1 for s in layer.stride))
    extra = [max(-high, 0) for _, high in crops]
    pads = tuple((low, max(high, 0)) for low, high in crops)
    return [*pad(zeros), call(
        "ConvTranspose", "x", layer.array("weight"), layer.array("bias") if own.bias else None, **_slid(layer),
        pads=_begins_and_ends(pads) if any_side(pads) else None, output_padding=extra if any(extra) else None,
        group=own.groups if own.groups > 1 else None,
    )]  # fmt: skip


def max_pool(layer: Sliding) -> list[str]:
    """The node's own padding is −inf, and at most the kernel less one."""
    rows, sides = _cropped(layer), layer.padded
    rounded_after_cropping = any_side(layer.cropped) and any(layer.overhang)
    if rounded_after_cropping or any(max(pair) >= k for pair, k in zip(sides, layer.kernel, strict=False)):
        rows += pad(layer.reached, value='-float("inf")')
        return [*rows, call("MaxPool", "x", **_slid(layer))]
    return [*rows, call("MaxPool", "x", **_slid(layer), **_padding(layer, sides), ceil_mode=_ceil(layer))]


def average(layer: Sliding) -> list[str]:
    """The node's default is not to count padding."""
    counted = 1 if layer.counts != "real" and (layer.pads is None or any_side(layer.reached)) else None
    sides, ceil = layer.padded, _ceil(layer)
    if layer.counts == "taps" and ceil:
        sides, ceil = layer.reached, None  # a divisor of one's own does not shrink with the last window
    rows = [*_cropped(layer), call(
        "AveragePool", "x", **_slid(layer), **_padding(layer, sides), ceil_mode=ceil, count_include_pad=counted,
    )]  # fmt: skip
    scale = times(layer.scale)
    return [*rows, f"Mul(x, {scale})"] if scale else rows


def shuffle(factor: int, rank: int) -> list[str]:
    """mode="CRD" is PyTorch's order of channels; the default is TensorFlow's."""
    return [f'DepthToSpace(x, blocksize={factor}, mode="CRD")']


WRITE = {"conv": conv, "transposed": transposed, "max": max_pool, "average": average, "shuffle": shuffle}


def _slid(layer: Sliding) -> dict[str, object]:
    """The kernel, and stride and dilation where they are not 1."""
    return {
        "kernel_shape": list(layer.kernel),
        "strides": list(layer.stride) if max(layer.stride) > 1 else None,
        "dilations": list(layer.dilation) if max(layer.dilation) > 1 else None,
    }


def _padding(layer: Sliding, sides: Sides) -> dict[str, object]:
    if layer.pads is None:
        word, _, name = layer.names[0].partition("=")
        return {word: name}
    return {"pads": _begins_and_ends(sides) if any_side(sides) else None}


def _cropped(layer: Sliding) -> list[str]:
    return pad(tuple((-low, -high) for low, high in layer.cropped))


def _ceil(layer: Sliding) -> int | None:
    return 1 if any(layer.overhang) else None


def _begins_and_ends(sides: Sides) -> list[int]:
    return [low for low, _ in sides] + [high for _, high in sides]
