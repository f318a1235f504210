"""How JAX writes a layer: functions of jax.lax, on arrays that are laid out as PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import any_side, call

if TYPE_CHECKING:
    from ..sliding import Sides, Sliding

PAD_MODES = {"reflect": '"reflect"', "replicate": '"edge"', "circular": '"wrap"'}

LAYOUT = {1: '("NCH", "OIH", "NCH")', 2: '("NCHW", "OIHW", "NCHW")', 3: '("NCDHW", "OIDHW", "NCDHW")'}


def conv(layer: Sliding) -> list[str]:
    """Padding is a (low, high) pair for each axis, and may be negative."""
    own, mode = layer.layer, layer.layer.padding_mode
    rows, padding = [], _padding(layer)
    if mode != "zeros" and any_side(layer.padded):
        rows.append(f"jnp.pad(x, {((0, 0), (0, 0), *layer.padded)}, mode={PAD_MODES[mode]})")
        padding = str(tuple((-low, -high) for low, high in layer.cropped))
    rows.append(call(
        "lax.conv_general_dilated", "x", layer.array("weight"), window_strides=layer.stride, padding=padding,
        rhs_dilation=_unless_dense(layer), feature_group_count=own.groups if own.groups > 1 else None,
    ))  # fmt: skip
    return rows + _bias(layer)


def transposed(layer: Sliding) -> list[str]:
    """Its pads are those of the stretched input: the kernel's extent less one, less what is cropped."""
    own = layer.layer
    padding = tuple(
        (extent - 1 - low, extent - 1 - high)
        for extent, (low, high) in zip(layer.extent, layer.pads or (), strict=True)
    )
    if own.groups > 1:
        row = call(
            "lax.conv_general_dilated", "x", layer.array("weight"), window_strides=(1,) * layer.rank, padding=padding,
            lhs_dilation=layer.stride, rhs_dilation=_unless_dense(layer), feature_group_count=own.groups,
        )  # fmt: skip
    else:
        row = call(
            "lax.conv_transpose", "x", layer.array("weight"), strides=layer.stride, padding=padding,
            rhs_dilation=_unless_dense(layer), dimension_numbers=LAYOUT[layer.rank],
        )  # fmt: skip
    return [row, *_bias(layer)]


def max_pool(layer: Sliding) -> list[str]:
    """The largest over each window, from −inf on."""
    return [*_cropped(layer), _reduced(layer, "x", "-jnp.inf, lax.max", layer.reached)]


def average(layer: Sliding) -> list[str]:
    """Sums over each window, divided by a number or by the sums of ones."""
    rows, total = _cropped(layer), _reduced(layer, "x", "0.0, lax.add", layer.reached)
    if layer.counts == "taps":
        return [*rows, f"{total} / {layer.scale[1]}"]
    if layer.counts == "real":
        return [*rows, f"{total} / {_reduced(layer, 'jnp.ones_like(x)', '0.0, lax.add', layer.reached)}"]
    ones = f"jnp.ones_like(jnp.pad(x, {((0, 0), (0, 0), *layer.padded)}))"
    rest = tuple((0, over) for over in layer.overhang)
    return [*rows, f"{total} / {_reduced(layer, ones, '0.0, lax.add', rest)}"]


def shuffle(factor: int, rank: int) -> list[str]:
    """JAX has no function for it."""
    apart = f"x.reshape(x.shape[0], -1, {factor}, {factor}, *x.shape[2:]).transpose(0, 1, 4, 2, 5, 3)"
    return [f"{apart}.reshape(x.shape[0], -1, {factor} * x.shape[2], {factor} * x.shape[3])"]


WRITE = {"conv": conv, "transposed": transposed, "max": max_pool, "average": average, "shuffle": shuffle}


def _padding(layer: Sliding) -> str:
    return layer.names[0].partition("=")[2] if layer.pads is None else str(layer.pads)


def _cropped(layer: Sliding) -> list[str]:
    """A pooling's negative padding, taken away before: XLA compiles it only for some windows."""
    if not any_side(layer.cropped):
        return []
    kept = ", ".join(f"{low or ''}:{-high if high else ''}" for low, high in layer.cropped)
    return [f"x[:, :, {kept}]"]


def _reduced(layer: Sliding, x: str, what: str, sides: Sides) -> str:
    window, strides = (1, 1, *layer.kernel), (1, 1, *layer.stride)
    padding = _padding(layer) if layer.pads is None else ((0, 0), (0, 0), *sides)
    dilation = (1, 1, *layer.dilation) if max(layer.dilation) > 1 else None
    return call("lax.reduce_window", x, what, window, strides, padding, window_dilation=dilation)


def _unless_dense(layer: Sliding) -> tuple[int, ...] | None:
    return layer.dilation if max(layer.dilation) > 1 else None


def _bias(layer: Sliding) -> list[str]:
    if not layer.layer.bias:
        return []
    return [f"x + {layer.array('bias')}[:{', None' * layer.rank}]"]
