"""The gradient of every layer type against differences: along a random direction the output changes as it says."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convmath import numeric
from convmath.core.errors import ShapeError
from tests.numeric.drawn import with_indices
from tests.strategies import TYPES, layers_with_inputs

MOST = 3_000
"""Larger tensors than this, and layers of more multiplications than a hundred times this, are left out."""

STEP = 1e-6
"""Differences are taken over this much, which passes no kink: see `apart`."""

example = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def apart(generator, shape):
    """Numbers from −3 to 3, all different, in random order; between them and 0, ±1 and ±3 lies more than a step."""
    count = prod(shape)
    return generator.permutation((np.arange(count) + 0.37) / count * 6 - 3).reshape(shape)


def operands(ready, generator):
    """Weights from 0.5 to 1.5, places in the output's map, and offsets that are nowhere near a whole number."""
    made = {}
    for name, (sizes, dtype) in ready.weights.items():
        if dtype.kind == "i":
            made[name] = generator.integers(0, prod(ready.outputs[0].spatial), sizes)
        elif name == "offset.bias":
            made[name] = generator.integers(-2, 2, sizes) + generator.uniform(0.35, 0.65, sizes)
        else:
            made[name] = generator.uniform(0.5, 1.5, sizes) * (1e-3 if name == "offset.weight" else 1)
    return made


@pytest.mark.parametrize("name", TYPES)
@np.errstate(all="ignore")
@example
@given(data=st.data())
def test_the_output_changes_as_the_gradient_says(name, data):
    layer, several = data.draw(layers_with_inputs(name))
    inputs = several[0]
    facts = layer.facts(*inputs)
    shapes = (*inputs, *facts.outputs, *facts.layer.weights().values())
    assume(all(prod(shape) <= MOST for shape in shapes) and facts.cost.macs <= 100 * MOST)
    ready = numeric.plan(layer, list(inputs), "float64")
    generator = np.random.default_rng(0)
    xs = tuple(apart(generator, shape) + place / 64 for place, shape in enumerate(inputs))  # no two inputs are equal
    if name.startswith("LPPool") or name in {
        "Sqrt",
        "Rsqrt",
        "Log",
        "Power",
        "Pow",
    }:  # of negative numbers there are none
        xs = tuple(abs(x) for x in xs)
    xs = with_indices(layer, inputs, xs)
    weights = operands(ready, generator)
    dys = tuple(generator.standard_normal(shape) for shape in ready.outputs)
    toward = tuple(generator.standard_normal(x.shape) * (x.dtype.kind == "f") for x in xs)
    changes = {own: generator.standard_normal(sizes) for own, sizes in ready.layer.weights().items()}

    def outputs(step):
        moved = tuple((x + step * v).astype(x.dtype) for x, v in zip(xs, toward, strict=True))
        held = weights | {own: weights[own] + step * v for own, v in changes.items()}
        made = ready(moved if len(moved) > 1 else moved[0], held)
        return (made if isinstance(made, tuple) else (made,))[: len(dys)]

    try:
        before = outputs(0)
    except ShapeError:  # what is cropped on one side does not come round on the other
        assume(not name.startswith("CircularPad"))
        raise
    # Means of nothing, the largest of nothing and divisions by a parameter that is 0 have no slope.
    assume(all(np.isfinite(y).all() for step in (-STEP, 0, STEP) for y in outputs(step)))
    dxs, dweights = ready.backward(xs if len(xs) > 1 else xs[0], dys if len(dys) > 1 else dys[0], weights)
    dxs = dxs if len(xs) > 1 else (dxs,)
    assert [dx.shape for dx in dxs] == [x.shape for x in xs]
    assert [(own, dw.shape) for own, dw in dweights.items()] == [(own, v.shape) for own, v in changes.items()]
    parts = [dx * v for dx, v in zip(dxs, toward, strict=True)] + [dweights[own] * v for own, v in changes.items()]

    def slope(step):
        pairs = zip(outputs(step), outputs(-step), dys, strict=True)
        return sum(((up - down) * dy).sum() for up, down, dy in pairs) / (2 * step)

    size = sum(abs(part).sum() for part in parts)
    rounding = 1e-8 * sum(abs(y * dy).sum() for y, dy in zip(before, dys, strict=True))
    bend = 10 * abs(slope(STEP) - slope(STEP / 2))
    assert abs(sum(part.sum() for part in parts) - slope(STEP)) <= 1e-6 * size + rounding + bend
