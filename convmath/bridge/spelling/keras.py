"""How Keras writes a layer: its padding has names and no numbers, its channels come last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...layers.field import spell_tuple
from ..layouts import is_depthwise
from ..sliding import zeros_around
from . import any_side, call, times, unless

if TYPE_CHECKING:
    from ..sliding import Sides, Sliding

VALID = 'padding="valid"'

PAD_MODES = {"reflect": "reflect"}
"""What keras.ops.pad copies; replication and wrapping it does not know."""


def pad(sides: Sides, kind: str = "ZeroPadding") -> list[str]:
    """A layer that pads, or with kind='Cropping' crops.

    >>> pad(((1, 1), (1, 2))), pad(((0, 1),), "Cropping")
    (['ZeroPadding2D(((1, 1), (1, 2)))'], ['Cropping1D((0, 1))'])
    """
    if not any_side(sides):
        return []
    return [f"{kind}{len(sides)}D({sides[0] if len(sides) == 1 else sides})"]


def conv(layer: Sliding) -> list[str]:
    """A name of padding where one always serves, otherwise a padding layer."""
    own = layer.layer
    both = max(layer.stride) > 1 and max(layer.dilation) > 1
    name, rows = _named(layer)
    if not layer.names:
        rows += _padded(layer)
    bias = None if own.bias else False
    stride = None if both else unless(1, layer.stride)
    dilation = unless(1, layer.dilation)
    kernel = spell_tuple(layer.kernel)
    if is_depthwise(layer):
        rows.append(call(
            f"DepthwiseConv{layer.rank}D", kernel, strides=stride, padding=name,
            depth_multiplier=unless(1, (own.out_channels // own.groups,)), dilation_rate=dilation, use_bias=bias,
        ))  # fmt: skip
    else:
        rows.append(call(
            f"Conv{layer.rank}D", own.out_channels, kernel, strides=stride, padding=name, dilation_rate=dilation,
            groups=unless(1, (own.groups,)), use_bias=bias,
        ))  # fmt: skip
    # Stride together with dilation is refused, so that every position is computed and some are kept.
    kept = ", ".join(f"::{s}" if s > 1 else ":" for s in layer.stride)
    return [*rows, f"x[:, {kept}]"] if both else rows


def transposed(layer: Sliding) -> list[str]:
    """The full output is cropped by a layer after it: Keras' own names always crop the end."""
    own = layer.layer
    _refuse_transposed(layer)
    options: dict[str, Any] = {
        "dilation_rate": unless(1, layer.dilation),
        "use_bias": None if own.bias else False,
    }
    head = (f"Conv{layer.rank}DTranspose", own.out_channels, spell_tuple(layer.kernel))
    stride = unless(1, layer.stride)
    name, _ = _named(layer)
    if layer.names:
        return [call(*head, strides=stride, padding=name, **options)]
    zeros, crops = zeros_around(layer.pads or (), layer.stride, tuple(s - 1 for s in layer.stride))
    if any(high < 0 for _, high in crops):
        extra = spell_tuple(tuple(max(-high, 0) for _, high in crops))
        rest = tuple((low, max(high, 0)) for low, high in crops)
    else:
        extra = None
        # Without output_padding the output is never shorter than the stride allows: i·s at least.
        rest = tuple(
            (low, high + max(s - extent, 0))
            for (low, high), s, extent in zip(crops, layer.stride, layer.extent, strict=True)
        )
    row = call(*head, strides=stride, padding=name, output_padding=extra, **options)
    return [*pad(zeros), row, *pad(rest, "Cropping")]


def max_pool(layer: Sliding) -> list[str]:
    """Padding is written as −inf, since zeros would win over negative numbers."""
    if max(layer.dilation) > 1:
        raise ParameterError(
            f"{layer.layer.op}: Keras pools without dilation, not with {spell_tuple(layer.dilation)}"
            " (use jax, onnx, or tf.nn.pool with dilations)"
        )
    name, rows = _named(layer)
    if not layer.names and any_side(layer.reached):
        rows.append(f'ops.pad(x, {_all_axes(layer.reached)}, constant_values=-float("inf"))')
    return [*rows, _pool("MaxPooling", layer, name)]


def average(layer: Sliding) -> list[str]:
    """Keras never counts padding: where it counts, a layer adds zeros; else sums are divided by those of ones."""
    name, rows = _named(layer)
    pool = _pool("AveragePooling", layer, name)
    scale = times(layer.scale)
    if layer.names or layer.counts == "taps":
        rows += [*([] if layer.names else pad(layer.reached)), pool]
        return [*rows, f"Rescaling({scale})"] if scale else rows
    stated = layer.padded if layer.counts == "clipped" else tuple((0, 0) for _ in layer.kernel)
    rest = tuple((0, over) for over in layer.overhang) if layer.counts == "clipped" else layer.reached
    ones = f"ops.ones_like({_applied(pad(stated), 'x')})"
    return [*rows, f"{_applied([*pad(layer.reached), pool], 'x')} / {_applied([*pad(rest), pool], ones)}"]


def shuffle(factor: int, rank: int) -> list[str]:
    """TensorFlow counts the channels of a block in another order, so they change places first."""
    order = f"np.arange(x.shape[-1]).reshape(-1, {factor**2}).T.ravel()"
    return [f"ops.take(x, {order}, axis=-1)", f"tf.nn.depth_to_space(x, {factor})"]


WRITE = {"conv": conv, "transposed": transposed, "max": max_pool, "average": average, "shuffle": shuffle}


def _named(layer: Sliding) -> tuple[str, list[str]]:
    """The word for padding='…', and the layers that crop before."""
    return (layer.names[0] if layer.names else VALID).partition("=")[2], pad(layer.cropped, "Cropping")


def _padded(layer: Sliding) -> list[str]:
    mode = layer.layer.padding_mode
    if mode == "zeros" or not any_side(layer.padded):
        return pad(layer.padded)
    if mode not in PAD_MODES:
        raise ParameterError(
            f"{layer.layer.op}: Keras pads with zeros or by reflection, not with padding_mode={mode!r}"
            " (use padding_mode='zeros' or 'reflect', or jax)"
        )
    return [f'ops.pad(x, {_all_axes(layer.padded)}, mode="{PAD_MODES[mode]}")']


def _refuse_transposed(layer: Sliding) -> None:
    own, s, d = layer.layer, spell_tuple(layer.stride), spell_tuple(layer.dilation)
    if own.groups > 1:
        raise ParameterError(
            f"{own.op}: Keras' transposed convolution has no groups, here groups={own.groups} (part the channels,"
            f" port a layer of {own.in_channels // own.groups} to {own.out_channels // own.groups} channels for each"
            " part, and concatenate)"
        )
    if max(layer.stride) > 1 and max(layer.dilation) > 1:
        raise ParameterError(
            f"{own.op}: Keras takes no stride above 1 together with a dilation above 1, here stride={s} with"
            f" dilation={d} (write the zeros between the taps into a kernel of {spell_tuple(layer.extent)})"
        )


def _pool(kind: str, layer: Sliding, name: str) -> str:
    stride = None if layer.stride == layer.kernel else spell_tuple(layer.stride)
    return call(f"{kind}{layer.rank}D", spell_tuple(layer.kernel), strides=stride, padding=name)


def _all_axes(sides: Sides) -> str:
    return str(((0, 0), *sides, (0, 0)))


def _applied(layers: list[str], x: str) -> str:
    for layer in layers:
        x = f"{layer}({x})"
    return x
