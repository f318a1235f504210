"""Hypothesis strategies for every layer type, built from the domains that its fields declare.

    layers("Conv2d")              valid layers of a type
    layers_with_inputs("Conv2d")  a layer, and inputs it accepts: several tuples of shapes of the same ranks

A field draws from its domain by its class; the few names below stand for what fields ask of each other (groups
divide channels, half a kernel bounds a padding), so that little is drawn in vain. A new type is drawn as it
stands if its fields are of these classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import assume
from hypothesis import strategies as st

from convmath.core.convention import CONVENTIONS
from convmath.core.errors import ParameterError, ShapeError
from convmath.core.shape import Shape
from convmath.layers import FILE_OF, layer_type
from convmath.layers.adaptive_pool import OutputSize
from convmath.layers.field import (
    REQUIRED,
    Axes,
    Axis,
    Choice,
    ConventionField,
    Count,
    Field,
    Flag,
    Optional,
    PaddingField,
    PerAxis,
    Real,
    Sizes,
)
from convmath.layers.fold import OfPlane
from convmath.layers.pad import Sides
from convmath.layers.pool import Divisor
from convmath.layers.upsample import RANKS, Scale
from convmath.verification.fitting import AXES, VALUES, fitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from convmath.layers.base import Layer

WITHOUT_INPUTS = {"Parameter", "Constant", "Unknown"}
"""Types that read nothing, or have no rule: tests/layers/test_sources.py is theirs."""

TYPES = sorted(set(FILE_OF) - WITHOUT_INPUTS)
"""The names of all other layer types."""

Given = dict[str, Any]
"""The hyper-parameters drawn so far."""

SHARES = ("groups", "offset_groups", "num_groups")
"""Fields that divide channel counts; drawn first."""

CHANNELS = ("in_channels", "out_channels", "num_channels", "num_parameters")
"""Fields that the shares divide."""


def layers(name: str) -> st.SearchStrategy[Layer]:
    """Valid layers of the type."""
    return _layers(layer_type(name))


def layers_with_inputs(name: str, count: int = 1) -> st.SearchStrategy[tuple[Layer, list[tuple[Shape, ...]]]]:
    """A valid layer and `count` tuples of inputs that it accepts, alike in their number and their ranks."""
    return _layers_with_inputs(layer_type(name), count)


@st.composite
def _layers(draw: st.DrawFn, kind: type[Layer]) -> Layer:
    given: Given = {}
    for field in sorted(kind.fields.values(), key=_order):
        if field.default is REQUIRED or field.name in EAGER or draw(st.booleans()):
            special = VALUES.get((kind.__name__, field.name))
            value = special(_picks(draw)) if special else draw(_values(field, field.name, kind.rank or 1, given))
            if not (value is None and field.default is None):
                given[field.name] = value
    try:
        return kind(**given)
    except ParameterError:
        assume(False)
        raise


def _picks(draw: st.DrawFn) -> Callable[[int, int], int]:
    return lambda low, high: draw(st.integers(low, high))


EAGER = ("groups", "scale_factor")
"""Drawn even where they have defaults."""


def _order(field: Field) -> int:
    return 0 if field.name in SHARES else 1 if isinstance(field, ConventionField) else 2


def _values(field: Field, name: str, rank: int, given: Given) -> st.SearchStrategy[Any]:
    if isinstance(field, Optional):
        return st.one_of(st.none(), _values(field.inner, name, rank, given))
    if name in BY_NAME:
        return BY_NAME[name](field, rank, given)
    return next(BY_CLASS[kind] for kind in type(field).__mro__ if kind in BY_CLASS)(field, rank, given)


# By class: the domain itself, kept small.


def _count(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return st.integers(field.least, field.least + 4)


def _per_axis(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return _each(st.integers(field.least, field.least + 2), 2 if isinstance(field, OfPlane) else rank)


def _padding(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    """Numbers that fit any kernel drawn here, and the names, where the convention takes them."""
    convention = CONVENTIONS[given.get("convention", "pytorch")]
    least = -1 if convention.negative_padding and field.names else 0
    most = 3
    if convention.half_pool_padding and _pools(given):
        most = min(_as_tuple(given["kernel_size"], rank)) // 2
    side = st.integers(least, most)
    axis = st.one_of(side, st.tuples(side, side))
    names = [name for name in field.names if name == "valid" or _takes(convention, name, given)]
    named = st.sampled_from(names) if names else st.nothing()
    return st.one_of(side, _tuple(axis, rank), named, _tuple(st.one_of(axis, named), rank))


def _takes(convention: Any, name: str, given: Given) -> bool:
    steps = given.get("stride")
    if _pools(given) and steps is None:
        steps = given["kernel_size"]
    strided = steps is not None and set(_as_tuple(steps, 1)) != {1}
    transposed = "output_padding" in given
    return name in ("causal", "full") or convention.same_with_stride or not (strided or transposed)


def _pools(given: Given) -> bool:
    return "in_channels" not in given and "out_channels" not in given


def _scale(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return st.sampled_from([1, 2, 3, 0.5, 1.5, 2.25, 0.3])


def _output_size(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return _each(st.one_of(st.none(), st.integers(1, 5)), rank)


def _sides(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.integers(max(field.least, -1), 3),
        st.tuples(*[st.integers(max(field.least, -2), 3)] * (2 * rank)),
    )


BY_CLASS: dict[type[Field], Any] = {
    Count: _count,
    Divisor: lambda field, rank, given: st.sampled_from((-3, -1, 1, 2, 7)),
    PerAxis: _per_axis,
    PaddingField: _padding,
    Flag: lambda field, rank, given: st.booleans(),
    Choice: lambda field, rank, given: st.sampled_from(field.options),
    ConventionField: lambda field, rank, given: st.sampled_from(sorted(CONVENTIONS)),
    Real: lambda field, rank, given: st.one_of(
        st.integers(int(max(field.least, -3)), int(min(field.most, 3))),
        st.floats(max(field.least, -3), min(field.most, 3), width=16, allow_subnormal=False),
    ),
    Axis: lambda field, rank, given: st.integers(-2, 3),
    Axes: lambda field, rank, given: st.one_of(
        st.integers(-2, 1), st.lists(st.integers(-2, 1), min_size=1, max_size=2, unique=True).map(tuple)
    ),
    Sizes: lambda field, rank, given: st.one_of(st.integers(1, 4), st.tuples(*[st.integers(1, 4)] * 2)),
    Scale: _scale,
    OutputSize: _output_size,
    Sides: _sides,
}


# By name: what fields ask of each other.


def _channels(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    share = 1
    for name in SHARES:
        if name != "offset_groups" or field.name == "in_channels":
            share *= given.get(name, 1)
    return st.integers(1, 3).map(lambda times: share * times)


def _kernel(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    return _each(st.integers(1, 4), 2 if isinstance(field, OfPlane) else rank)


def _dilation(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    alone = not CONVENTIONS[given.get("convention", "pytorch")].stride_with_dilation
    strided = set(_as_tuple(given.get("stride", 1), 1)) != {1}
    axes = 2 if isinstance(field, OfPlane) else rank
    return st.just(1) if alone and strided else _each(st.integers(1, 3), axes)


def _output_padding(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    strides = _as_tuple(given.get("stride", 1), rank)
    return st.one_of(st.none(), st.tuples(*(st.integers(0, stride - 1) for stride in strides)))


def _any_padding(field: Any, rank: int, given: Given) -> st.SearchStrategy[Any]:
    if isinstance(field, PaddingField):
        return _padding(field, rank, given)
    if isinstance(field, Sides):
        return _sides(field, rank, given)
    if isinstance(field, OfPlane):
        return _each(st.integers(0, 2), 2)
    return st.integers(0, min(_as_tuple(given["kernel_size"], rank)) // 2)


BY_NAME: dict[str, Any] = {
    **dict.fromkeys(CHANNELS, _channels),
    **dict.fromkeys(SHARES, lambda field, rank, given: st.integers(1, 3)),
    "kernel_size": _kernel,
    "dilation": _dilation,
    "output_padding": _output_padding,
    "padding": _any_padding,
    "input_size": lambda field, rank, given: (
        _each(st.integers(4, 7), rank) if isinstance(field, PerAxis) else st.integers(1, 5)
    ),
    "num_layers": lambda field, rank, given: st.integers(1, 2),
    "output_size": lambda field, rank, given: (
        _each(st.integers(4, 7), 2) if isinstance(field, OfPlane) else _output_size(field, rank, given)
    ),
    "align_corners": lambda field, rank, given: st.booleans() if given.get("mode") in RANKS else st.none(),
    "scale_factor": lambda field, rank, given: st.none() if "size" in given else _scale(field, rank, given),
    "chunks": lambda field, rank, given: st.integers(1, 3),
    "norm_type": lambda field, rank, given: st.sampled_from([1, 2, 2.5]),
}


# Inputs.


@st.composite
def _layers_with_inputs(draw: st.DrawFn, kind: type[Layer], count: int) -> tuple[Layer, list[tuple[Shape, ...]]]:
    layer = draw(_layers(kind))
    rank = draw(_ranks(layer))
    number = draw(st.integers(kind.arity[0], min(kind.arity[1], kind.arity[0] + 2)))
    several = [draw(_accepted(layer, rank, number)) for _ in range(count)]
    assume(len({tuple(map(len, inputs)) for inputs in several}) == 1)
    return layer, several


def _ranks(layer: Layer) -> st.SearchStrategy[int]:
    if layer.rank is not None:
        return st.just(layer.rank)
    if layer.op in AXES:
        return st.just(AXES[layer.op](layer) - 2)
    if "mode" in layer.fields and layer.mode in RANKS:
        return st.just(RANKS[layer.mode])
    stated = [
        getattr(layer, name) for name in ("size", "scale_factor") if isinstance(getattr(layer, name, None), tuple)
    ]
    if stated and len(stated[0]) > 1:
        return st.just(len(stated[0]))
    return st.integers(0, 1) if layer.op.endswith("1d") else st.integers(0, 3)


@st.composite
def _accepted(draw: st.DrawFn, layer: Layer, rank: int, number: int) -> tuple[Shape, ...]:
    """Inputs that the layer accepts: those drawn, or the same with more room along every axis."""
    shape = draw(_shapes(layer, rank))
    for room in (0, 6, 12):
        first = Shape((*shape[:2], *(size + room for size in shape.spatial)))
        inputs = draw(_companions(layer, first, number))
        try:
            layer.facts(*inputs)
        except (ShapeError, ParameterError):
            continue
        return inputs
    assume(False)
    raise AssertionError


@st.composite
def _shapes(draw: st.DrawFn, layer: Layer, rank: int) -> Shape:
    batch, channels = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    spatial = draw(st.lists(st.integers(1, 8), min_size=rank, max_size=rank))
    fields = layer.fields
    for name in ("in_channels", "num_features", "num_channels"):
        if name in fields:
            channels = getattr(layer, name)
    if "num_parameters" in fields and layer.num_parameters != 1:
        channels = layer.num_parameters
    if "groups" in fields and "in_channels" not in fields:  # of a lazy layer, or of the channels themselves
        channels *= layer.groups
    if "upscale_factor" in fields:
        channels *= layer.upscale_factor**2
    if "downscale_factor" in fields:
        spatial = [size * layer.downscale_factor for size in spatial]
    if isinstance(fields.get("input_size"), PerAxis):
        spatial = list(layer.input_size)
    return Shape(_stated(layer, [batch, channels, *spatial]))


def _stated(layer: Layer, sizes: list[int]) -> list[int]:
    """The sizes, changed where the layer says what an axis must be."""
    fields = layer.fields
    if "in_features" in fields:
        sizes[-1] = layer.in_features
    if "normalized_shape" in fields:
        sizes = [*(sizes[: -len(layer.normalized_shape)] or sizes[:1]), *layer.normalized_shape]
    if "unflattened_size" in fields and -len(sizes) <= layer.dim < len(sizes):
        sizes[layer.dim] = Shape(layer.unflattened_size).elements
    if "sizes" in fields and len(layer.sizes) > 1 and -len(sizes) <= layer.dim < len(sizes):
        sizes[layer.dim] = sum(layer.sizes)
    return sizes


@st.composite
def _companions(draw: st.DrawFn, layer: Layer, first: Shape, number: int) -> tuple[Shape, ...]:
    """`first`, or what fits in its place, and shapes that a layer of several inputs takes beside it."""
    fits = fitted(layer, list(first), _picks(draw))
    if fits is not None:
        return fits
    inputs = [first]
    for _ in range(number - 1):
        sizes = list(first)
        if "dim" in layer.fields:
            sizes[layer.dim % len(sizes)] = draw(st.integers(1, 5))
        else:
            sizes = [draw(st.sampled_from((size, 1))) for size in sizes]
        inputs.append(Shape(sizes))
    return tuple(inputs)


def _each(axis: st.SearchStrategy[Any], rank: int) -> st.SearchStrategy[Any]:
    """One value for all axes, or one for each."""
    return st.one_of(axis, _tuple(axis, rank))


def _tuple(axis: st.SearchStrategy[Any], rank: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[axis] * rank)


def _as_tuple(value: Any, rank: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank
