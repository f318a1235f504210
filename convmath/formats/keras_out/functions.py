"""Layers that reckon, as rows of Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...bridge.spelling import call
from ...bridge.unequal import NoEqualError
from ...layers.field import spell_tuple
from .axes import between, moved
from .spelled import expression, joined, named, one, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..leaves import Leaf
    from .spelled import Rule


def _activation(word: str) -> Rule:
    return one("Activation", f'"{word}"')


def _along(leaf: Leaf) -> int:
    """Where the axis of a softmax lies."""
    count = len(leaf.inputs[0])
    return moved(leaf.layer.along(count), count)


def _sloped(leaf: Leaf) -> tuple[str, ...]:
    x = leaf.inputs[0]
    if leaf.layer.num_parameters != (x[1] if len(x) > 1 else 1):
        raise NoEqualError("has a slope for each channel, not one for all")
    shared = list(range(1, len(x) - 1)) or None
    return (named("PReLU", shared_axes=shared),)


def _gaussian(leaf: Leaf) -> tuple[str, ...]:
    return (f"ops.gelu({{0}}, approximate={leaf.layer.approximate == 'tanh'})",)


def _clipped(low: str, high: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        bounds = [leaf.layer.__dict__[name] for name in (low, high)]
        functions = [
            f"ops.{word}({{0}}, {bound})"
            for word, bound in zip(("maximum", "minimum"), bounds, strict=True)
            if bound is not None
        ]
        return tuple(functions) or ("layers.Identity({name})({0})",)

    return write


def _by_batch(leaf: Leaf) -> tuple[str, ...]:
    layer = leaf.layer
    if not layer.track_running_stats:
        raise NoEqualError("normalises a batch by running statistics when it predicts")
    if layer.momentum is None:
        raise NoEqualError("has no running mean of all batches")
    without = None if layer.affine else False
    return (
        named(
            "BatchNormalization",
            momentum=round(1 - layer.momentum, 12),
            epsilon=layer.eps,
            center=without,
            scale=without,
        ),
    )


def _by_group(groups: Callable[[Any], int]) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        layer = leaf.layer
        if layer.__dict__.get("track_running_stats"):
            raise NoEqualError("has no running statistics of groups")
        without = None if layer.affine else False
        return (named("GroupNormalization", groups(layer), epsilon=layer.eps, center=without, scale=without),)

    return write


def _by_layer(leaf: Leaf) -> tuple[str, ...]:
    layer, x = leaf.layer, leaf.inputs[0]
    axes = list(range(-len(layer.normalized_shape), 0))
    without = None if layer.elementwise_affine else False
    center = without if layer.bias else False
    row = named("LayerNormalization", axis=axes, epsilon=layer.eps, center=center, scale=without)
    return between([row], x, x)


def _by_neighbours(leaf: Leaf) -> tuple[str, ...]:
    layer = leaf.layer
    if layer.size % 2 == 0:
        raise NoEqualError("has as many neighbours on either side, so size must be odd")
    told = call("tf.nn.local_response_normalization", "x", depth_radius=layer.size // 2, bias=layer.k,
                alpha=f"{layer.alpha} / {layer.size}", beta=layer.beta)  # fmt: skip
    return (f"layers.Lambda(lambda x: {told}, {{name}})({{0}})",)


def _linear(leaf: Leaf) -> tuple[str, ...]:
    row = named("Dense", leaf.layer.out_features, use_bias=None if leaf.layer.bias else False)
    return between([row], leaf.inputs[0], leaf.outputs[0])


def _into_bins(kind: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        layer, x, y = leaf.layer, leaf.inputs[0], leaf.outputs[0]
        if layer.makes_indices:
            raise NoEqualError("does not tell the indices of maxima")
        if not 1 <= x.rank <= 3:
            raise NoEqualError("pools over one to three axes")
        asked = layer.__dict__.get("output_size", (1,) * x.rank)
        if set(asked) == {1}:
            return (named(f"Global{kind}Pooling{x.rank}D", keepdims=True),)
        if any(i % o for i, o in zip(x.spatial, y.spatial, strict=True)):
            raise NoEqualError("pools into bins of one size only")
        bins = spell_tuple(tuple(i // o for i, o in zip(x.spatial, y.spatial, strict=True)))
        return (named(f"{kind}Pooling{x.rank}D", bins),)

    return write


def _over_axes(function: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        layer, x = leaf.layer, leaf.inputs[0]
        dims = tuple(range(len(x))) if layer.dim is None else layer.dim
        kept = ", keepdims=True" if layer.keepdim else ""
        return between([f"ops.{function}({{0}}, axis={dims}{kept})"], x, leaf.outputs[0])

    return write


def _dropped(leaf: Leaf) -> tuple[str, ...]:
    rank = leaf.layer.rank
    return (named(f"SpatialDropout{rank}D" if rank else "Dropout", leaf.layer.p),)


FUNCTIONS: dict[str, Rule] = {
    "Linear": _linear,
    "BatchNorm": _by_batch,
    "GroupNorm": _by_group(lambda layer: layer.num_groups),
    "InstanceNorm": _by_group(lambda layer: layer.num_features),
    "LayerNorm": _by_layer,
    "LocalResponseNorm": _by_neighbours,
    "ReLU": one("ReLU"),
    "ReLU6": one("ReLU", max_value=6.0),
    "LeakyReLU": lambda leaf: (named("LeakyReLU", negative_slope=leaf.layer.negative_slope),),
    "ELU": lambda leaf: (named("ELU", alpha=leaf.layer.alpha),),
    "PReLU": _sloped,
    "GELU": _gaussian,
    "Sigmoid": _activation("sigmoid"),
    "Tanh": _activation("tanh"),
    "SiLU": _activation("silu"),
    "SELU": _activation("selu"),
    "Softsign": _activation("softsign"),
    "Mish": _activation("mish"),
    "LogSigmoid": _activation("log_sigmoid"),
    "Hardsigmoid": _activation("hard_sigmoid"),
    "Hardswish": _activation("hard_silu"),
    "Hardtanh": _clipped("min_val", "max_val"),
    "Clip": _clipped("min", "max"),
    "Softmax": lambda leaf: (named("Softmax", axis=_along(leaf)),),
    "LogSoftmax": lambda leaf: (f"ops.log_softmax({{0}}, axis={_along(leaf)})",),
    **{name: expression(f"ops.{name.lower()}({{0}})") for name in (
        "Abs", "Sign", "Sqrt", "Rsqrt", "Square", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor", "Ceil",
        "Round",
    )},
    "Neg": expression("-{0}"),
    "Scale": expression("{0} * <0>", "factor"),
    "Shift": expression("{0} + <0>", "addend"),
    "Pow": expression("{0} ** <0>", "exponent"),
    "Dropout": _dropped,
    "Add": joined("Add"),
    "Multiply": joined("Multiply"),
    "Maximum": joined("Maximum"),
    "Minimum": joined("Minimum"),
    "Subtract": signed("-"),
    "Divide": signed("/"),
    "Power": signed("**"),
    "AdaptiveAvgPool": _into_bins("Average"),
    "AdaptiveMaxPool": _into_bins("Max"),
    "GlobalAvgPool": _into_bins("Average"),
    "GlobalMaxPool": _into_bins("Max"),
    "Mean": _over_axes("mean"),
    "Sum": _over_axes("sum"),
    "Prod": _over_axes("prod"),
    "Amax": _over_axes("max"),
    "Amin": _over_axes("min"),
}  # fmt: skip
"""Families by how they are written."""
