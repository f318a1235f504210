"""Every formula of every layer type, at numbers, is what the layer itself says of the same numbers."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from random import Random

import pytest

from convmath.core.errors import ConvmathError, FormulaError, ParameterError, ShapeError
from convmath.formulas.formula import formula, formulas
from convmath.formulas.quantities import QUANTITIES
from convmath.layers import FILE_OF, layer_type
from tests.formulas.numbers import AXES, OF_GRAPHS, SIZES, TYPES, WITHOUT, draw, made, rank_of

every_type = pytest.mark.parametrize("name", TYPES)

ALONG_AN_AXIS = ("output", "padded", "receptive_field", "jump", "start")

COUNTED_ELSEWHERE = (
    "padded",
    "keeping_padding",
    "matrix_rows",
    "matrix_columns",
    "nonzeros",
    "im2col",
    "winograd",
    "fft",
)
"""Quantities that no layer tells by itself: test_counted.py counts them."""

STATED = {name: list(formulas(name)) for name in TYPES}


def along(layer, shapes, quantity, axis):
    """What a layer says along one axis."""
    output = layer.output_shape(*shapes)
    if quantity == "output":
        return output.spatial[axis] if output.rank else output[1]
    field = layer.receptive_field(*shapes)[axis]
    return {"receptive_field": field.size, "jump": field.jump, "start": field.start}[quantity]


def in_all(layer, shapes, quantity, b):
    """What a layer says in all."""
    cost, output = layer.cost(*shapes), layer.output_shape(*shapes)
    moved = sum(map(prod, shapes)) + layer.params + sum(map(prod, layer.output_shapes(*shapes)))
    return {
        "channels": output.channels, "params": layer.params, "params_without_bias": layer.params,
        "macs": layer.macs(*shapes), "macs_touching": layer.macs_touching(*shapes), "flops": layer.flops(*shapes),
        "activations": cost.activations, "memory": b * cost.activations, "backward_macs": 2 * cost.macs,
        "intensity": Fraction(cost.flops, b * moved),
    }[quantity]  # fmt: skip


def at(f, values):
    """The formula at the values that it asks for."""
    return f.at(**{name: values[name] for name in f.names})


def accepted(dice, name, count):
    """So many draws that the type accepts."""
    found = 0
    for _ in range(100 * count):
        drawn = draw(dice, name)
        try:
            layer = made(name, drawn)
            layer.output_shape(*drawn.shapes)
        except (ParameterError, ShapeError):
            continue
        found += 1
        yield drawn, layer
        if found == count:
            return
    raise AssertionError(f"only {found} layers of {name} found")


def test_every_type_is_here():
    assert {FILE_OF[name] for name in set(FILE_OF) - set(TYPES)} == {*OF_GRAPHS, *WITHOUT}
    assert set(QUANTITIES) == {f.quantity for stated in STATED.values() for f in stated}


@every_type
def test_formulas_say_what_the_layer_says(name):
    suffixes = AXES[rank_of(name)] or ("",)
    for drawn, layer in accepted(Random(f"numbers {name}"), name, 12):
        bare = made(name, drawn, bias=False) if "bias" in layer.fields else layer
        for f in STATED[name]:
            if f.quantity in COUNTED_ELSEWHERE:
                continue
            if f.quantity in ALONG_AN_AXIS:
                for axis, suffix in enumerate(suffixes):
                    size = (SIZES[rank_of(name)] or ("N",))[axis]
                    if "input_size" in layer.fields:
                        size = f"i{suffix}"
                    values = drawn.of_axis(suffix, size)
                    assert at(f, values) == along(layer, drawn.shapes, f.quantity, axis), (f, values)
            else:
                who = bare if f.quantity == "params_without_bias" else layer
                told = in_all(who, drawn.shapes, f.quantity, drawn.values["b"])
                assert at(f, drawn.values) == told, (f, drawn.values)


@every_type
def test_what_the_layer_has_none_of_has_no_formula(name):
    stated = {f.quantity for f in STATED[name]}
    for drawn, layer in accepted(Random(f"none {name}"), name, 6):
        cost = layer.cost(*drawn.shapes)
        assert ("params" in stated) == (cost.params > 0)
        assert ("macs" in stated) == ("intensity" in stated) == ("backward_macs" in stated) == (cost.macs > 0)
        if "flops" not in stated:
            assert cost.flops == 0
        assert ("params_without_bias" in stated) == ("bias" in layer.fields)


UNSEEN = ("ChannelShuffle", "GroupNorm")
"""Types whose number of groups changes no quantity, so that no formula holds it."""


@pytest.mark.parametrize("name", [name for name in TYPES if name not in UNSEEN])
def test_formulas_refuse_what_the_layer_refuses(name):
    """Some formula of the type refuses numbers if, and only if, the type or the layer does."""
    dice = Random(f"wild {name}")
    refused = 0
    for _ in range(60):
        drawn = draw(dice, name, wild=True)
        try:
            made(name, drawn).output_shape(*drawn.shapes)
        except ConvmathError:
            refused += 1
            with pytest.raises(FormulaError) as caught:
                all_at(name, drawn)
            assert "\n" not in str(caught.value)
        else:
            all_at(name, drawn)
    assert refused < 60


def all_at(name, drawn):
    suffixes = AXES[rank_of(name)] or ("",)
    for f in STATED[name]:
        if not QUANTITIES[f.quantity].alike:
            at(f, drawn.values)
            continue
        for axis, suffix in enumerate(suffixes):
            size = (SIZES[rank_of(name)] or ("N",))[axis]
            if "input_size" in layer_type(name).fields:
                size = f"i{suffix}"
            at(f, drawn.of_axis(suffix, size))


@every_type
def test_a_missing_value_is_asked_for(name):
    for f in STATED[name]:
        needed = [symbol for symbol in f.names if symbol not in f.defaults]
        if needed:
            with pytest.raises(FormulaError, match=rf"^{name} {f.quantity}: give .*{needed[0]}=….* as well$"):
                f.at()


@pytest.mark.parametrize("name", [name for name in FILE_OF if name.startswith("Lazy")])
def test_a_lazy_type_names_the_one_it_becomes(name):
    become = name.removeprefix("Lazy")
    with pytest.raises(FormulaError, match=rf"^{name}: takes numbers from its input \(ask for {become}\)$"):
        formula(name, "output")
