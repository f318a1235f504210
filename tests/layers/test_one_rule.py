"""Rules are written once: ints, arrays and symbols of the same sizes are answered alike, for every layer type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convmath.core.convention import Convention
from convmath.core.errors import ParameterError, ShapeError
from convmath.core.padding import NamedPads, Pads
from convmath.core.shape import Shape
from convmath.layers import layer_type
from convmath.layers.field import Count, PaddingField
from convmath.layers.field import Optional as OrNone
from convmath.verification.fitting import fitted
from tests.opaque import NotExactError, Opaque, reveal
from tests.strategies import TYPES, layers, layers_with_inputs

if TYPE_CHECKING:
    from convmath.layers.base import Facts, Layer

every_type = pytest.mark.parametrize("name", TYPES)

example = settings(max_examples=8, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])

COUNTED = "how many outputs there are must be a number"

NEEDS_A_NUMBER = {"Split": COUNTED}
"""Types that a size decides more for than sizes: a single piece size says how many pieces there are."""


def counts_pieces(layer: Layer) -> bool:
    return layer.op in NEEDS_A_NUMBER and len(layer.sizes) == 1


# Arrays


def stacked(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def stack_shapes(shapes: tuple[Shape, ...]) -> Shape:
    """One shape whose every size is the array of that size in the others."""
    return Shape(stacked(list(sizes)) for sizes in zip(*shapes, strict=True))


def assert_alike(together: Facts, alone: list[Facts]) -> None:
    """Arrays answer at each place what the numbers at that place answer."""
    places = range(len(alone))
    assert len(together.outputs) == len(alone[0].outputs)
    for n, output in enumerate(together.outputs):
        for axis, size in enumerate(output):
            assert np.broadcast_to(size, len(alone)).tolist() == [facts.outputs[n][axis] for facts in alone]
    for quantity in (*together.cost._fields, "flops"):
        numbers = np.broadcast_to(getattr(together.cost, quantity), len(alone)).tolist()
        assert numbers == [getattr(facts.cost, quantity) for facts in alone], quantity
    for condition in together.conditions:
        assert np.broadcast_to(condition.verdict, len(alone)).tolist() == [True for _ in places]


@pytest.mark.parametrize("name", [name for name in TYPES if name != "ScatterND"])
@example
@given(st.data())
def test_arrays_of_sizes(name: str, data: st.DataObject) -> None:
    layer, several = data.draw(layers_with_inputs(name, count=3))
    together = tuple(stack_shapes(shapes) for shapes in zip(*several, strict=True))
    if counts_pieces(layer):
        with pytest.raises(ShapeError, match="which is no number"):
            layer.facts(*together)
        return
    assert_alike(layer.facts(*together), [layer.facts(*inputs) for inputs in several])


# Arrays for hyper-parameters

NO_ARRAYS = {
    "Fold": "as many columns as placements, whatever the numbers are",
    **dict.fromkeys(("RNN", "GRU", "LSTM"), "how many arrays of weights there are must be a number"),
    "PReLU": "a single slope is another rule than one for each channel",
    **dict.fromkeys(("Chunk", "Split"), COUNTED),
    **dict.fromkeys(("LayerNorm", "Unflatten", "Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"),
                    "a tuple of sizes, which is a shape and no row of numbers"),
}  # fmt: skip
"""Types with numbers of which no array is made here, and why."""


def numeric(domain: Any) -> bool:
    """Whether a field's values are sizes, of which there may be arrays."""
    return isinstance(domain.inner if isinstance(domain, OrNone) else domain, Count | PaddingField)


ARRAYS = [
    name
    for name in TYPES
    if name not in NO_ARRAYS and any(numeric(domain) for domain in layer_type(name).fields.values())
]


def shape_of(value: Any) -> Any:
    """A value without its numbers: what must be the same for two values to be stacked."""
    if isinstance(value, Pads):
        return Pads
    if isinstance(value, tuple) and not isinstance(value, Convention | NamedPads):
        return tuple(map(shape_of, value))
    return int if type(value) is int else value


def stack(values: list[Any]) -> Any:
    if isinstance(values[0], Pads):
        return Pads(*map(stack, zip(*values, strict=True)))
    if isinstance(values[0], tuple) and not isinstance(values[0], NamedPads):
        return tuple(map(stack, zip(*values, strict=True)))
    return stacked(values) if type(values[0]) is int else values[0]


@pytest.mark.parametrize("name", ARRAYS)
@settings(example, max_examples=6)
@given(st.data())
def test_arrays_of_hyper_parameters(name: str, data: st.DataObject) -> None:
    """Two layers that differ in numbers only are one layer of arrays."""
    one, other = (data.draw(layers(name)) for _ in range(2))
    given = {field: getattr(one, field) for field in one.fields}
    for field, domain in one.fields.items():
        if numeric(domain) and shape_of(getattr(other, field)) == shape_of(given[field]):
            given[field] = getattr(other, field)
    try:
        other = layer_type(name)(**given)
    except ParameterError:
        other = one
    both = layer_type(name)(**{
        field: stack([getattr(one, field), getattr(other, field)]) if numeric(domain) else getattr(one, field)
        for field, domain in one.fields.items()
    })  # fmt: skip
    rank = one.rank or data.draw(st.integers(0, 1))
    spatial = data.draw(st.lists(st.integers(14, 18), min_size=rank, max_size=rank))
    inputs = [Shape((2, *data.draw(channels_of(layer)), *spatial)) for layer in (one, other)]
    if "input_size" in one.fields:
        inputs = [Shape((*x[:2], *layer.input_size)) for x, layer in zip(inputs, (one, other), strict=True)]
    if "in_features" in one.fields:
        inputs = [Shape((*x[:-1], layer.in_features)) for x, layer in zip(inputs, (one, other), strict=True)]
    try:
        beside = [fitted(layer, list(x), min) or (x,) for layer, x in zip((one, other), inputs, strict=True)]
        alone = [layer.facts(*shapes) for layer, shapes in zip((one, other), beside, strict=True)]
    except (ShapeError, ParameterError):
        assume(False)
    together = tuple(stack_shapes(shapes) for shapes in zip(*beside, strict=True))
    assert_alike(both.facts(*together), alone)
    assert isinstance(repr(both), str)


def channels_of(layer: Layer) -> st.SearchStrategy[tuple[int]]:
    for name in ("in_channels", "num_features", "num_channels", "num_parameters"):
        if name in layer.fields and getattr(layer, name) != 1:
            return st.just((getattr(layer, name),))
    share = getattr(layer, "groups", 1) * getattr(layer, "upscale_factor", 1) ** 2
    return st.just((share,)) if "in_channels" in layer.fields else st.integers(1, 2).map(lambda n: (n * share,))


# Symbols

STRUCTURAL = {
    "Reshape": "which axes stay is a question of equal sizes, which hidden ones do not answer",
    "ScatterND": "a size of its indices says how many axes they name",
}
"""Types that ask a size what it is, and why."""


def opaque_shape(shape: Shape) -> Shape:
    """The shape with its sizes hidden, but for those of 1: broadcasting has to know them."""
    return Shape(size if size == 1 else Opaque(size) for size in shape)


def assert_revealed(symbols: Facts, numbers: Facts) -> None:
    assert reveal(symbols.outputs) == numbers.outputs
    assert reveal(tuple(symbols.cost)) == tuple(numbers.cost)
    assert reveal(symbols.cost.flops) == numbers.cost.flops
    assert all(condition.verdict.truth for condition in symbols.conditions)


@pytest.mark.parametrize("name", [name for name in TYPES if name not in STRUCTURAL])
@example
@given(st.data())
def test_no_rule_branches_on_a_size(name: str, data: st.DataObject) -> None:
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    if counts_pieces(layer) and inputs[0][layer.dim] != 1:
        with pytest.raises(ShapeError, match="which is no number"):
            layer.facts(*map(opaque_shape, inputs))
        return
    assert_revealed(layer.facts(*map(opaque_shape, inputs)), layer.facts(*inputs))


@every_type
@example
@given(st.data())
def test_conditions_on_symbols_are_those_on_numbers(name: str, data: st.DataObject) -> None:
    """Inputs that need not fit: a number raises where, and only where, a proposition about symbols is false."""
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    shapes = [Shape(max(1, size - data.draw(st.integers(0, 4))) for size in x) for x in inputs]
    try:
        symbols = layer.facts(*map(opaque_shape, shapes))
        holds = all(condition.verdict.truth for condition in symbols.conditions)
    except NotExactError:
        holds = False
    except (ShapeError, ParameterError):
        assume(False)
    try:
        numbers = layer.facts(*shapes)
    except (ShapeError, ParameterError):
        assert not holds
    else:
        assert holds
        assert_revealed(symbols, numbers)


SYMBOLIC = [
    name
    for name in TYPES
    if layer_type(name).rank in (1, 2) and {"kernel_size", "in_channels"} & set(layer_type(name).fields)
]  # fmt: skip


def hidden(value: Any) -> Any:
    if isinstance(value, Convention | NamedPads):
        return value
    if isinstance(value, Pads):
        return Pads(*map(Opaque, value))
    if isinstance(value, tuple):
        return tuple(map(hidden, value))
    return Opaque(value) if type(value) is int else value


@pytest.mark.parametrize("name", SYMBOLIC)
@settings(example, max_examples=6)
@given(st.data())
def test_no_rule_branches_on_a_hyper_parameter(name: str, data: st.DataObject) -> None:
    """The types that a window makes: kernels, strides, pads, channels and groups may all be symbols."""
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    given = {
        field: hidden(getattr(layer, field)) if numeric(domain) else getattr(layer, field)
        for field, domain in layer.fields.items()
    }
    symbolic = layer_type(name)(**given)
    assert_revealed(symbolic.facts(*map(opaque_shape, inputs)), layer.facts(*inputs))
    assert repr(symbolic).startswith(f"{name}(")


def test_opaque_sizes_do_not_answer() -> None:
    """The test above can fail: every question that a rule must not put raises."""
    size = Opaque(3)
    questions = (
        bool, int, float, hash, range, len, abs, round,
        lambda s: s == 3, lambda s: s != 3, lambda s: s < 3, lambda s: s <= 3, lambda s: s > 3, lambda s: s >= 3,
        lambda s: 3 - s > 0, lambda s: s in (4, 5), lambda s: [1, 2][s], lambda s: s / 2, lambda s: max(s, 1),
        lambda s: divmod(s, 2), lambda s: s**2, lambda s: bool(s.at_least(2)),
    )  # fmt: skip
    for ask in questions:
        with pytest.raises(AssertionError, match=r"^a rule "):
            ask(size)
