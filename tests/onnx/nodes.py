"""ONNX nodes as layers: what a node computes, run by the library.

A node is its operator's name, its attributes and its input arrays (None where an optional one is left out); each
function below gives the tuple of its outputs.
"""

from __future__ import annotations

from math import prod

import numpy as np

import convmath as cm
from convmath import numeric

SHAPES = {
    "Unsqueeze": lambda how, x: (np.expand_dims(x, tuple(how["axes"])),),
    "Squeeze": lambda how, x: (np.squeeze(x, tuple(how["axes"])),),
}
"""Nodes that stand around a layer in a stored model and only give another shape."""


class NoLayerError(Exception):
    """The library has no layer that does what the node asks."""


def run_node(op, how, inputs):
    """The outputs of a node."""
    return {**NODES, **SHAPES}[op](how, *inputs)


def layer_of(family, rank, *args, **kwargs):
    return getattr(cm, f"{family}{rank}d")(*args, **kwargs)


def run(layer, x, **weights):
    made = numeric.plan(layer, x.shape, x.dtype)(x, {name: w for name, w in weights.items() if w is not None})
    return made if isinstance(made, tuple) else (made,)


def word(how, name, default=""):
    return how.get(name, default.encode()).decode()


def padding(how, rank):
    """The padding as the library spells it; SAME_UPPER and VALID are names of ONNX's that it knows."""
    name = word(how, "auto_pad", "NOTSET").lower()
    if name != "notset":
        return name
    pads = how.get("pads", [0] * (2 * rank))
    return tuple(zip(pads[:rank], pads[rank:], strict=True))


def sliding(how, rank):
    """The hyper-parameters that all nodes share that slide a window."""
    found = {"stride": tuple(how.get("strides", [1] * rank)), "padding": padding(how, rank), "convention": "onnx"}
    return found | ({"dilation": tuple(how["dilations"])} if set(how.get("dilations", [1])) != {1} else {})


def conv(how, x, weight, bias=None):
    rank, groups = x.ndim - 2, how.get("group", 1)
    filters, share, *kernel = weight.shape
    more = sliding(how, rank)
    layer = layer_of("Conv", rank, share * groups, filters, tuple(kernel), groups=groups, bias=bias is not None, **more)
    return run(layer, x, weight=weight, bias=bias)


def conv_integer(how, x, weight, x_zero=0, weight_zero=0):
    """Integers less their zero points, so that padding is 0."""
    own = np.asarray(weight_zero, np.int64).reshape(-1, *(1,) * (weight.ndim - 1))
    (y,) = conv(how, x.astype(np.int64) - int(x_zero), weight.astype(np.int64) - own)
    return (y.astype(np.int32),)


def conv_transpose(how, x, weight, bias=None):
    """A stated size is padding: half of what is too much goes to either side, the odd one where auto_pad says."""
    rank, groups = x.ndim - 2, how.get("group", 1)
    channels, share, *kernel = weight.shape
    more = sliding(how, rank)
    added = list(how.get("output_padding", [0] * rank))
    if "output_shape" in how:
        dilation = more.get("dilation", (1,) * rank)
        sides = []
        for axis, wanted in enumerate(how["output_shape"][-rank:]):
            full = (x.shape[2 + axis] - 1) * more["stride"][axis] + (kernel[axis] - 1) * dilation[axis] + 1
            surplus = full + added[axis] - wanted
            added[axis] += max(-surplus, 0)
            half, most = max(surplus, 0) // 2, max(surplus, 0) - max(surplus, 0) // 2
            sides.append((half, most) if word(how, "auto_pad") == "SAME_UPPER" else (most, half))
        more["padding"] = tuple(sides)
    layer = layer_of(
        "ConvTranspose", rank, channels, share * groups, tuple(kernel), groups=groups, bias=bias is not None,
        output_padding=tuple(added), **more,
    )  # fmt: skip
    return run(layer, x, weight=weight, bias=bias)


def deform_conv(how, x, weight, offset, bias=None, mask=None):
    filters, share, *kernel = weight.shape
    groups, more = how.get("group", 1), sliding(how, x.ndim - 2)
    del more["convention"]
    layer = layer_of(
        "OffsetConv", x.ndim - 2, share * groups, filters, tuple(kernel), groups=groups, bias=bias is not None,
        offset_groups=how.get("offset_group", 1), **more,
    )  # fmt: skip
    read = [x, offset] if mask is None else [x, offset, mask]
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return (numeric.plan(layer, [one.shape for one in read], x.dtype)(read, weights),)


def max_pool(how, x):
    """ONNX counts places over the whole tensor, with storage_order=1 column by column within a map."""
    rank = x.ndim - 2
    layer = layer_of(
        "MaxPool", rank, tuple(how["kernel_shape"]), ceil_mode=bool(how.get("ceil_mode")), return_indices=True,
        **sliding(how, rank),
    )  # fmt: skip
    y, places = run(layer, x)
    maps = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *(1,) * rank)
    if how.get("storage_order"):
        places = np.ravel_multi_index(np.unravel_index(places, x.shape[2:]), x.shape[2:], order="F")
    return y, places + maps * prod(x.shape[2:])


def average_pool(how, x):
    rank = x.ndim - 2
    layer = layer_of(
        "AvgPool", rank, tuple(how["kernel_shape"]), ceil_mode=bool(how.get("ceil_mode")),
        count_include_pad=bool(how.get("count_include_pad")), **sliding(how, rank),
    )  # fmt: skip
    return run(layer, x)


def lp_pool(how, x):
    """Zeros add nothing to a norm, so that padding is a layer before."""
    rank = x.ndim - 2
    more, kernel = sliding(how, rank), tuple(how["kernel_shape"])
    given = layer_of("MaxPool", rank, kernel, **more).windows(cm.Shape(x.shape))
    (padded,) = run(layer_of("ZeroPad", rank, sides([(window.low, window.high) for window in given])), x)
    del more["padding"]
    layer = layer_of("LPPool", rank, how.get("p", 2), kernel, ceil_mode=bool(how.get("ceil_mode")), **more)
    return run(layer, padded)


def sides(pads):
    """Pads as the padding layers spell them: the last axis first."""
    return tuple(side for pair in reversed(pads) for side in pair)


def max_unpool(how, x, places, shape=None):
    """Places count over the whole tensor; what a stated shape has more of is at the end of every axis."""
    rank = x.ndim - 2
    layer = layer_of("MaxUnpool", rank, tuple(how["kernel_shape"]), sliding(how, rank)["stride"])
    y = layer.output_shape(x.shape)
    (made,) = run(layer, x, indices=places % prod(y.spatial))
    if shape is None:
        return (made,)
    rest = [(0, int(wanted) - size) for wanted, size in zip(shape[2:], y.spatial, strict=True)]
    return run(layer_of("ZeroPad", rank, sides(rest)), made)


def depth_to_space(how, x):
    """In mode DCR the channels of a block lie apart, so that they change places first."""
    r = how["blocksize"]
    if word(how, "mode", "DCR") == "DCR":
        (x,) = run(cm.ChannelShuffle(r * r), x)
    return run(cm.PixelShuffle(r), x)


def space_to_depth(how, x):
    (y,) = run(cm.PixelUnshuffle(how["blocksize"]), x)
    return (y,) if word(how, "mode", "DCR") == "CRD" else run(cm.ChannelShuffle(x.shape[1]), y)


PADS = {"constant": "ConstantPad", "edge": "ReplicationPad", "reflect": "ReflectionPad", "wrap": "CircularPad"}


def pad(how, x, pads=None, value=None, axes=None):
    pads = list(how["pads"] if pads is None else pads)
    half = len(pads) // 2
    own = range(x.ndim) if axes is None else [axis % x.ndim for axis in axes]
    around = dict.fromkeys(range(x.ndim), (0, 0)) | dict(
        zip(own, zip(pads[:half], pads[half:], strict=True), strict=True)
    )
    assert around[0] == around[1] == (0, 0), "padding of batch or channels"
    mode = word(how, "mode", "constant")
    filled = [float(how.get("value", 0) if value is None else value)] if mode == "constant" else []
    spatial = sides([tuple(map(int, around[axis])) for axis in range(2, x.ndim)])
    return run(layer_of(PADS[mode], x.ndim - 2, spatial, *filled), x)


def global_pool(kind):
    return lambda how, x: run(kind(), x)


MODES = {
    ("nearest", "half_pixel", "round_prefer_floor"): ("nearest-exact", None),
    ("nearest", "asymmetric", "floor"): ("nearest", None),
    ("linear", "half_pixel", ""): ("linear", False),
    ("linear", "align_corners", ""): ("linear", True),
    ("cubic", "half_pixel", ""): ("cubic", False),
    ("cubic", "align_corners", ""): ("cubic", True),
}
"""Mode, coordinates and rounding of ONNX, as mode and align_corners of Upsample."""

OF_RANK = {"linear": {1: "linear", 2: "bilinear", 3: "trilinear"}, "cubic": {2: "bicubic"}}


def resize(how, x, roi=None, scales=None, sizes=None):
    mode, rank = word(how, "mode", "nearest"), x.ndim - 2
    rounding = word(how, "nearest_mode", "round_prefer_floor") if mode == "nearest" else ""
    asked = (mode, word(how, "coordinate_transformation_mode", "half_pixel"), rounding)
    if asked not in MODES:
        raise NoLayerError(f"Upsample has no {' '.join(asked).strip()}")
    for name, only in (("antialias", 0), ("exclude_outside", 0), ("cubic_coeff_a", -0.75)):
        if how.get(name, only) != only:
            raise NoLayerError(f"Upsample has no {name}")
    own, corners = MODES[asked]
    own = OF_RANK[own][rank] if own in OF_RANK else own
    axes = list(how.get("axes", range(x.ndim)))
    if sizes is not None and len(sizes):
        wanted = dict(zip(axes, (int(size) for size in sizes), strict=True))
        policy = word(how, "keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            ratio = (min if policy == "not_larger" else max)(size / x.shape[axis] for axis, size in wanted.items())
            wanted = {axis: int(ratio * x.shape[axis] + 0.5) for axis in wanted}
        target = {"size": tuple(wanted.get(axis, x.shape[axis]) for axis in range(2, x.ndim))}
        if own == "nearest-exact":
            return mirrored(cm.Upsample(mode=own, **target), x)
    else:
        # A float32 stands for the shortest decimal that it is nearest to.
        factors = dict(zip(axes, (float(str(factor)) for factor in scales), strict=True))
        target = {"scale_factor": tuple(factors.get(axis, 1.0) for axis in range(2, x.ndim))}
    return run(cm.Upsample(mode=own, align_corners=corners, **target), x)


def mirrored(layer, x):
    """Half-way positions go down in ONNX and up in the library, so the picture is turned round before and after."""
    turn = (..., *(slice(None, None, -1),) * (x.ndim - 2))
    (y,) = run(layer, x[turn])
    return (y[turn],)


def upsample(how, x, scales):
    """The operator before Resize: positions as j·i/o."""
    return resize({**how, "coordinate_transformation_mode": b"asymmetric", "nearest_mode": b"floor"}, x, None, scales)


def scatter_elements(how, x, places, values):
    reduction = word(how, "reduction", "none")
    return scattered(cm.ScatterElements(how.get("axis", 0), reduction), x, places, values)


def scatter_nd(how, x, places, values):
    return scattered(cm.ScatterND(word(how, "reduction", "none")), x, places, values)


def scattered(layer, x, places, values):
    read = [x, places, values]
    return (numeric.plan(layer, [cm.Shape(one.shape) for one in read], x.dtype)(read),)


NODES = {
    "Conv": conv, "ConvInteger": conv_integer, "ConvTranspose": conv_transpose, "DeformConv": deform_conv,
    "MaxPool": max_pool, "AveragePool": average_pool, "LpPool": lp_pool, "MaxUnpool": max_unpool,
    "GlobalAveragePool": global_pool(cm.GlobalAvgPool), "GlobalMaxPool": global_pool(cm.GlobalMaxPool),
    "Scatter": scatter_elements, "ScatterElements": scatter_elements, "ScatterND": scatter_nd,
    "DepthToSpace": depth_to_space, "SpaceToDepth": space_to_depth, "Pad": pad, "Resize": resize, "Upsample": upsample,
}  # fmt: skip
"""What runs each operator."""
